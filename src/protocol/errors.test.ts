import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode, errorMessage, errorName, invalidatesMetadata, isRetriable } from './errors.ts'

test('every code from -1 to 136 has a name of its own and a sentence', () => {
  const codes = Object.values(ErrorCode).sort((a, b) => a - b)
  assert.deepEqual(
    codes,
    Array.from({ length: 138 }, (_, i) => i - 1),
  )
  for (const [name, code] of Object.entries(ErrorCode)) {
    assert.equal(errorName(code), name)
    assert.match(errorMessage(code), /^.{5,}\.$/)
  }
})

test('a code tells whether to try again, and whether to refresh metadata before', () => {
  const known = [ErrorCode.NONE, ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NOT_LEADER_OR_FOLLOWER] as const
  assert.deepEqual(known.map(isRetriable), [false, true, true])
  assert.deepEqual(known.map(invalidatesMetadata), [false, false, true])
})

test('a code of another version is shown by its number and not retried', () => {
  assert.equal(errorName(9999), 'ERROR_9999')
  assert.equal(isRetriable(9999), false)
  assert.match(errorMessage(9999), /9999/)
})
