import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import { type FetchPartition, type FetchSessionRequest, FetchSessions } from './fetch-sessions.ts'

const HIGH_WATERMARK = 10

function asked(partition: number, fetchOffset = 0): FetchPartition {
  return {
    topic: 'orders',
    topicId: ZERO_UUID,
    partition,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    partitionMaxBytes: 1000,
  }
}

function request(sessionId: number, sessionEpoch: number, partitions: FetchPartition[]): FetchSessionRequest {
  return { sessionId, sessionEpoch, byTopicId: false, partitions, forgotten: [] }
}

function news(records: readonly Uint8Array[] = [], highWatermark = HIGH_WATERMARK, errorCode = 0) {
  return { errorCode, highWatermark, logStartOffset: 0, records }
}

function sessions(slots = 10): FetchSessions {
  let id = 0
  return new FetchSessions(slots, () => ++id)
}

function numbers(partitions: Iterable<FetchPartition>): number[] {
  return Array.from(partitions, ({ partition }) => partition)
}

test('a session remembers what was asked, and answers only what is new', () => {
  const all = sessions()
  const first = all.plan(request(0, 0, [asked(0), asked(1)]), 0)
  assert.equal(first.sessionId, 1)
  for (const partition of first.partitions) assert.equal(first.answers(partition, news()), true)

  const second = all.plan(request(1, 1, []), 1)
  assert.deepEqual(numbers(second.partitions), [0, 1])
  assert.equal(second.answers(asked(0), news()), false)
  assert.equal(second.answers(asked(1), news([], HIGH_WATERMARK + 1)), true)
})

test('a partition that had data is served last the next time', () => {
  const all = sessions()
  const first = all.plan(request(0, 0, [asked(0), asked(1), asked(2)]), 0)
  first.answers(asked(0), news([new Uint8Array(10)]))
  assert.deepEqual(numbers(all.plan(request(1, 1, []), 0).partitions), [1, 2, 0])
})

test('a request changes, adds and forgets partitions', () => {
  const all = sessions()
  all.plan(request(0, 0, [asked(0), asked(1)]), 0)
  const plan = all.plan(
    {
      ...request(1, 1, [asked(1, 50), asked(7)]),
      forgotten: [{ topic: 'orders', topicId: ZERO_UUID, partition: 0 }],
    },
    0,
  )
  assert.deepEqual(
    Array.from(plan.partitions, ({ partition, fetchOffset }) => [partition, fetchOffset]),
    [
      [1, 50],
      [7, 0],
    ],
  )
})

test('an error is answered, and so is the first answer after it', () => {
  const all = sessions()
  const first = all.plan(request(0, 0, [asked(0)]), 0)
  first.answers(asked(0), news())
  const second = all.plan(request(1, 1, []), 0)
  assert.equal(second.answers(asked(0), news([], HIGH_WATERMARK, ErrorCode.NOT_LEADER_OR_FOLLOWER)), true)
  const third = all.plan(request(1, 2, []), 0)
  assert.equal(third.answers(asked(0), news()), true)
})

test('a wrong id, epoch or kind of topic is refused by its own error', () => {
  const all = sessions()
  all.plan(request(0, 0, [asked(0)]), 0)
  assert.equal(all.plan(request(9, 1, []), 0).errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  assert.equal(all.plan(request(1, 5, []), 0).errorCode, ErrorCode.INVALID_FETCH_SESSION_EPOCH)
  assert.equal(all.plan({ ...request(1, 1, []), byTopicId: true }, 0).errorCode, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
})

test('the epoch after the largest is 1, as 0 begins a session', () => {
  const all = sessions()
  all.plan(request(0, 0, [asked(0)]), 0)
  for (const epoch of [1, 2, 3]) assert.equal(all.plan(request(1, epoch, []), 0).errorCode, ErrorCode.NONE)
})

test('where all slots are in use, a session begins only in place of one long unused', () => {
  const all = sessions(1)
  assert.equal(all.plan(request(0, 0, [asked(0)]), 0).sessionId, 1)
  assert.equal(all.plan(request(0, 0, [asked(0)]), 119_999).sessionId, 0)
  assert.equal(all.plan(request(0, 0, [asked(0)]), 120_000).sessionId, 2)
  assert.equal(all.size, 1)
})

test('a final epoch ends the session', () => {
  const all = sessions()
  all.plan(request(0, 0, [asked(0)]), 0)
  assert.equal(all.plan(request(1, -1, [asked(0)]), 0).sessionId, 0)
  assert.equal(all.size, 0)
})
