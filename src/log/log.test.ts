import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCode } from '#protocol'
import { append, batch, contentOf, orders, settle, TOPIC_ID, World } from './log-world.kit.test.ts'

describe('appending to a log', () => {
  test('gives offsets at once, and tells when they may be acknowledged', async () => {
    const world = await World.open()
    const log = await world.create()
    const told: number[] = []
    log.onStable((endOffset) => told.push(endOffset))
    assert.deepEqual(append(log, batch(3)), {
      baseOffset: 0,
      lastOffset: 2,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      duplicate: false,
    })
    assert.equal(append(log, batch(2)).baseOffset, 3)
    assert.deepEqual([log.logEndOffset, log.stableEndOffset, log.highWatermark], [5, 0, 0])
    await settle()
    assert.deepEqual(told, [5])
    assert.equal(log.stableEndOffset, 5)
    assert.deepEqual(log.topicPartition, orders)
    assert.equal(log.topicId, TOPIC_ID)
  })

  test('what was appended is read back, from memory and from the disk', async () => {
    for (const tailBytes of [0, 1_000_000]) {
      const world = await World.open({ tailBytes })
      const log = await world.create()
      append(log, batch(['a', 'b', 'c']))
      append(log, batch(['d']))
      const content = await contentOf(log)
      assert.deepEqual(
        [...content],
        [
          [0, 'a'],
          [1, 'b'],
          [2, 'c'],
          [3, 'd'],
        ],
      )
    }
  })

  test('a clean stop and start loses nothing', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(['a', 'b', 'c']))
    const { log: again } = await world.reopen()
    assert.equal(again.logEndOffset, 3)
    assert.deepEqual([...(await contentOf(again)).values()], ['a', 'b', 'c'])
    assert.equal(again.append(batch(1, { codec: 'none' }), { origin: 'client', leaderEpoch: 0 }).error, undefined)
    assert.equal(ErrorCode.NONE, 0)
  })

  test('a batch too large for the reader is not passed over for a smaller one behind it', async () => {
    const large = 'x'.repeat(2000)
    const world = await World.open({ config: { segmentBytes: 2100 } })
    const log = await world.create()
    for (const value of ['a', large, 'b']) append(log, batch([value]))
    const options = { maxBytes: 1000, endOffset: log.logEndOffset }
    const slice = await log.read(1, { ...options, atLeastOne: false })
    assert.deepEqual([slice.error, slice.sizeBytes, slice.nextOffset], [0, 0, 1])
    const forced = await log.read(1, { ...options, atLeastOne: true })
    assert.deepEqual([forced.baseOffset, forced.nextOffset], [1, 2])
  })
})
