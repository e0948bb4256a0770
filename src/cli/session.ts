/**
 * What every command that talks to a cluster shares: the options for it, a connection, and a tidy end.
 */
import process from 'node:process'
import type { Command } from 'commander'
import { Cluster } from '#client'
import { createNodeHost } from '#host/node'
import { parseBootstrap } from './arguments.ts'
import type { OutputFormat } from './output.ts'
import { UsageError } from './usage-error.ts'

export interface SessionOptions {
  readonly bootstrap: string
  readonly output: OutputFormat
  readonly timeout: string
}

/** Adds the options that say which cluster, and how to answer. */
export function withSession(command: Command): Command {
  return command
    .option(
      '-b, --bootstrap <host:port,...>',
      'brokers to begin with (environment: OTTLA_BOOTSTRAP)',
      process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:9092',
    )
    .option('-o, --output <text|json>', 'how to print the result', parseOutput, 'text')
    .option('--timeout <seconds>', 'how long to try before giving up', '10')
}

/** Runs `work` with a cluster, and closes it. */
export async function inSession<Result>(
  options: SessionOptions,
  work: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const timeoutMs = Number(options.timeout) * 1000
  if (!(timeoutMs > 0)) throw new UsageError(`--timeout is ${JSON.stringify(options.timeout)}`, 'Give seconds above 0.')
  const cluster = new Cluster(createNodeHost(), {
    bootstrap: parseBootstrap(options.bootstrap),
    clientId: 'ottla-cli',
    requestTimeoutMs: Math.max(timeoutMs, 30_000),
    retryTimeoutMs: timeoutMs,
  })
  try {
    return await work(cluster)
  } finally {
    await cluster.close()
  }
}

function parseOutput(text: string): OutputFormat {
  if (text === 'text' || text === 'json') return text
  throw new UsageError(`--output is ${JSON.stringify(text)}`, 'Give text or json.')
}
