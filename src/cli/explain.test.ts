import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'
import { CommanderError } from 'commander'
import { KafkaError } from '#client'
import { ConfigError } from '#config'
import { HostError } from '#host'
import { ErrorCode } from '#protocol'
import { explain } from './explain.ts'
import { OutputClosed } from './output.ts'
import { UsageError } from './usage-error.ts'

function explained(error: unknown): { readonly code: number; readonly said: string } {
  const { write } = process.stderr
  let said = ''
  process.stderr.write = (text: string | Uint8Array) => {
    said += text
    return true
  }
  try {
    return { code: explain(error), said }
  } finally {
    process.stderr.write = write
  }
}

test('wrong usage is exit code 2, with what would be right', () => {
  assert.deepEqual(explained(new UsageError('This is wrong', 'Do that.')), {
    code: 2,
    said: 'ottla: This is wrong\nDo that.\n',
  })
  assert.equal(explained(new ConfigError('Invalid value')).code, 2)
})

test('work that failed is exit code 1, with a hint where we know one', () => {
  const refused = new HostError('ECONNREFUSED', 'Cannot connect to a:1')
  assert.match(explained(refused).said, /^ottla: Cannot connect to a:1\nIs a broker running there\? /)
  const missing = new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'Cannot use topic t')
  assert.match(explained(missing).said, /\(UNKNOWN_TOPIC_OR_PARTITION\)\n`ottla topic list` shows/)
  assert.deepEqual(explained(new Error('Nobody knows')), { code: 1, said: 'ottla: Nobody knows\n' })
  assert.deepEqual(explained('text'), { code: 1, said: 'ottla: text\n' })
})

test('several failures are told one by one, and what to do about them once', () => {
  const failures = ['t', 'u'].map((name) => new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `Cannot create ${name}`))
  const { code, said } = explained(new AggregateError(failures))
  assert.equal(code, 1)
  assert.deepEqual(said.match(/^ottla: Cannot create ./gm), ['ottla: Cannot create t', 'ottla: Cannot create u'])
  assert.equal(said.match(/--if-not-exists/g)?.length, 1)
})

test('what commander has said is not said again, and a reader that has gone is no failure', () => {
  assert.deepEqual(explained(new CommanderError(0, 'commander.help', '')), { code: 0, said: '' })
  assert.deepEqual(explained(new CommanderError(1, 'commander.unknownCommand', '')), { code: 2, said: '' })
  assert.deepEqual(explained(new OutputClosed()), { code: 0, said: '' })
})

test('a message does not move the cursor', () => {
  assert.equal(explained(new Error('a\x1b[2Jb')).said, 'ottla: a\\x1b[2Jb\n')
})
