#!/usr/bin/env node
/**
 * The `ottla` command: runs what the command line says, and tells what went wrong in one place.
 */
import process from 'node:process'
import { type Command, CommanderError } from 'commander'
import { HostError } from '#host'
import { colors } from './output.ts'
import { createProgram } from './program.ts'
import { UsageError } from './usage-error.ts'

/** Exit codes: the work failed; the command line or the configuration is wrong. */
const FAILED = 1
const WRONG_USAGE = 2

async function main(): Promise<void> {
  try {
    const program = await createProgram(process.argv[2])
    exitInsteadOfEnding(program)
    await program.parseAsync()
  } catch (error) {
    process.exitCode = report(error)
  }
  // A connection that is still closing must not keep the command alive.
  if (process.exitCode !== undefined && process.exitCode !== 0) process.exit()
}

/** Lets errors of the command line come here instead of ending the process, so that one place decides how they look. */
function exitInsteadOfEnding(command: Command): void {
  command.exitOverride()
  for (const sub of command.commands) exitInsteadOfEnding(sub)
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  const say = (message: string, hint?: string) => {
    process.stderr.write(`${colors.red('ottla:')} ${message}\n`)
    if (hint !== undefined) process.stderr.write(`${hint}\n`)
  }
  if (error instanceof UsageError) {
    say(error.message, error.hint)
    return WRONG_USAGE
  }
  if (error instanceof HostError && error.code === 'ECONNREFUSED') {
    say(error.message, 'Is a broker running there? Start one with `ottla start`, or name another with --bootstrap.')
    return FAILED
  }
  if (error instanceof Error) say(process.env['OTTLA_DEBUG'] ? (error.stack ?? error.message) : error.message)
  else say(String(error))
  return error instanceof Error && error.name === 'ConfigError' ? WRONG_USAGE : FAILED
}

await main()
