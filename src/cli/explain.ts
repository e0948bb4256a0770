/**
 * What went wrong, in a sentence on stderr, and what to do about it where we know; and the exit code: 1 where the work
 * failed, 2 where the command line or the configuration is wrong. Set OTTLA_DEBUG for the stack.
 */
import process from 'node:process'
import { CommanderError } from 'commander'
import { errorColors, OutputClosed, printable, say } from './output.ts'
import { UsageError } from './usage-error.ts'

const FAILED = 1
const WRONG_USAGE = 2

/** Tells of an error and returns the exit code that belongs to it. */
export function explain(error: unknown): number {
  // Help and versions end this way too. Commander has said what there is to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  if (error instanceof OutputClosed) return 0
  const failures = error instanceof AggregateError ? error.errors : [error]
  for (const failure of failures) tell(failure)
  const hints = new Set(failures.map(hintOf).filter((hint) => hint !== undefined))
  for (const hint of hints) say(hint)
  return failures.some((failure) => failure instanceof UsageError || nameOf(failure) === 'ConfigError')
    ? WRONG_USAGE
    : FAILED
}

function tell(failure: unknown): void {
  const message = failure instanceof Error ? failure.message : String(failure)
  say(`${errorColors.red('ottla:')} ${message.split('\n').map(printable).join('\n')}`)
  if (process.env.OTTLA_DEBUG && failure instanceof Error) say(failure.stack ?? '')
}

/** By the code of a `KafkaError` or a `HostError`. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Is a broker running there? `ottla start` starts one; --bootstrap names another.',
  ENOTFOUND: 'Is the name of the host right?',
  EAI_AGAIN: 'Is the name right, and the network up? --bootstrap takes host:port.',
  ETIMEDOUT: 'Is it the address of a broker, and does nothing on the way hold it back?',
  ECONNRESET: 'Is it a broker, and a listener without TLS and SASL? These are not spoken yet.',
  UNKNOWN_TOPIC_OR_PARTITION: '`ottla topic list` shows what there is, `ottla topic create` makes one.',
  TOPIC_ALREADY_EXISTS: 'With --if-not-exists that is fine.',
  GROUP_ID_NOT_FOUND: '`ottla group list` shows what there is.',
  NON_EMPTY_GROUP: 'Stop its members first; `ottla group describe` shows them.',
  INCONSISTENT_GROUP_PROTOCOL: 'Its members share out partitions in another way than `range`. Take another group.',
  MESSAGE_TOO_LARGE: 'The topic allows so much: max.message.bytes, see `ottla topic alter --config`.',
  TOPIC_AUTHORIZATION_FAILED: 'Somebody who may administer the cluster has to allow it.',
  GROUP_AUTHORIZATION_FAILED: 'Somebody who may administer the cluster has to allow it.',
  CLUSTER_AUTHORIZATION_FAILED: 'Somebody who may administer the cluster has to allow it.',
}

function hintOf(failure: unknown): string | undefined {
  if (failure instanceof UsageError) return failure.hint
  if (nameOf(failure) === 'ConfigError' && (failure as Error).message.startsWith('advertised.listeners cannot')) {
    return 'Say how others reach this broker: --set advertised.listeners=PLAINTEXT://NAME:PORT'
  }
  if (nameOf(failure) === 'MalformedError') return 'Is it a broker of Apache Kafka, or of what speaks as it does?'
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : ''
  return Object.hasOwn(HINTS, code) ? HINTS[code] : undefined
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : ''
}
