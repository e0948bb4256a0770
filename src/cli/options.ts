/** The options that commands have in common. */
import { type Command, Option } from 'commander'
import type { Address } from '#host'
import { parseBootstrap, parseSeconds } from './arguments.ts'
import type { OutputFormat } from './output.ts'

/** What a command that talks to a cluster is given. */
export interface SessionOptions {
  readonly bootstrap: readonly Address[]
  readonly output: OutputFormat
  /** Seconds. */
  readonly timeout: number
}

export const DEFAULT_BOOTSTRAP = '127.0.0.1:9092'
/** For work that outlives the restart of a broker. */
export const PATIENCE_SECONDS = 120

/** Adds the options that say which cluster, and how to answer. */
export function withSession(command: Command, { timeoutSeconds = 10 } = {}): Command {
  return command
    .addOption(bootstrapOption())
    .addOption(outputOption())
    .option('--timeout <seconds>', 'how long to go on trying when brokers do not answer', parseSeconds, timeoutSeconds)
}

export function bootstrapOption(): Option {
  return new Option('-b, --bootstrap <host:port,...>', 'brokers to begin with')
    .env('OTTLA_BOOTSTRAP')
    .argParser(parseBootstrap)
    .default(parseBootstrap(DEFAULT_BOOTSTRAP), DEFAULT_BOOTSTRAP)
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json']).default('text')
}
