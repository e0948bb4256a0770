/** What read_committed is told of aborted transactions while the log's older segments change under the reader. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCode } from '#protocol'
import { ControlType, encodeEndTxnMarker } from '#protocol/records'
import { clean, keyed, put, recordsOf, roll } from './compaction/compaction.kit.test.ts'
import type { Log } from './log.ts'
import { append, batch, FOLDER, sent, settle, World } from './log-world.kit.test.ts'

const transactional = { producerId: 7n, producerEpoch: 0, baseSequence: 0, transactional: true }
const options = (log: Log) => ({ maxBytes: 1000, atLeastOne: true, endOffset: log.lastStableOffset })

function abort(log: Log): void {
  const marker = { timestamp: 1000, producerId: 7n, producerEpoch: 0 }
  append(log, encodeEndTxnMarker(ControlType.ABORT, 1, marker), { origin: 'coordinator' })
}

describe('a read of what is committed', () => {
  test('tells of the aborted transactions with records in it', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, sent(7n, 0, 2, { transactional: true }))
    abort(log)
    await settle()
    log.advanceHighWatermark(log.logEndOffset)
    const { slice, aborted } = await log.readCommitted(0, options(log))
    assert.deepEqual([slice.error, slice.nextOffset], [ErrorCode.NONE, 3])
    assert.deepEqual([aborted.length, aborted[0]?.firstOffset], [1, 0])
  })

  test('gives no records of which retention has taken what tells that they were aborted', async () => {
    const world = await World.open({ config: { retentionBytes: 0 } })
    const created = await world.create()
    append(created, batch(['first']))
    created.roll()
    append(created, sent(7n, 0, 2, { transactional: true }))
    abort(created)
    created.roll()
    append(created, batch(['kept']))
    await settle()
    created.advanceHighWatermark(4)
    const { world: again, log } = await world.reopen()
    // The records have been read, and are held against what was known of producers before them.
    const release = again.disk.hold('read', (path) => path === `${FOLDER}/00000000000000000001.snapshot`)
    const reading = log.readCommitted(1, options(log))
    await settle()
    assert.equal(await log.enforceRetention(again.clock.nowMs()), 2)
    release()
    const { slice, aborted } = await reading
    assert.deepEqual([slice.error, slice.sizeBytes, aborted.length], [ErrorCode.OFFSET_OUT_OF_RANGE, 0, 0])
  })

  test('tells of those that compaction takes between the records and the telling', async () => {
    const world = await World.open({
      tailBytes: 10_000,
      config: { compacted: true, deletes: false, minCleanableDirtyRatio: 0 },
    })
    const log = await world.create()
    append(log, keyed([put('a', 'aborted')], transactional))
    abort(log)
    await roll(log)
    append(log, keyed([put('b', 'kept')]))
    const release = world.disk.hold('rename', (path) => path.endsWith('.cleaned'))
    const cleaning = clean(world, log)
    await settle()
    // From memory, at once; what was aborted is told by a file that is about to be replaced.
    const reading = log.readCommitted(0, { ...options(log), maxBytes: 1 })
    await settle()
    release()
    const [{ slice, aborted }] = [await reading, await cleaning]
    assert.deepEqual([slice.nextOffset, aborted.length], [1, 1])
    assert.ok(!(await recordsOf(log)).includes('0 a=aborted'), 'its records are gone')
  })
})
