import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCode } from '#protocol'
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { append, batch, contentOf, FOLDER, sent, settle, World } from './log-world.kit.test.ts'

/** A log of segments with one batch of two records each, `timestamps[i]` in the i-th. */
async function segmented(timestamps: readonly number[], config: Partial<LogConfig> = {}) {
  const world = await World.open({ config: { retentionMs: -1, segmentBytes: 100, ...config } })
  const log = await world.create()
  for (const timestamp of timestamps) append(log, batch(['some', 'text'], { timestamp }))
  await settle()
  log.advanceHighWatermark(log.logEndOffset)
  return { world, log, now: world.clock.nowMs() }
}

async function filesOf(world: World): Promise<string[]> {
  return (await world.disk.list(FOLDER)).map(({ name }) => name)
}

const start = async (log: Log, nowMs: number) => [await log.enforceRetention(nowMs), log.logStartOffset]

describe('retention', () => {
  test('by time removes segments whose newest record is too old, from the oldest on', async () => {
    const now = 1_704_067_200_000
    const { log } = await segmented([now - 5000, now - 1000, now - 4000, now], { retentionMs: 2000 })
    assert.deepEqual(await start(log, now - 4000), [0, 0])
    assert.deepEqual(await start(log, now), [1, 2], 'a newer one holds what comes after it')
    assert.deepEqual(await start(log, now + 1001), [2, 6])
    assert.deepEqual([...(await contentOf(log)).keys()], [6, 7])
  })

  test('by time may take the active segment too, which is rolled first', async () => {
    const { log, now } = await segmented([1000, 1000], { retentionMs: 2000 })
    assert.deepEqual(await start(log, now), [2, 4])
    assert.deepEqual([log.segmentCount, log.sizeBytes, log.logEndOffset], [1, 0, 4])
    append(log, batch(['next']))
    assert.deepEqual([...(await contentOf(log)).keys()], [4])
  })

  test('leaves the producers as they were at the first segment, whatever a crash takes', async () => {
    for (const flushMessages of [1, 2 ** 63]) {
      const world = await World.open({ config: { retentionMs: -1, flushMessages } })
      const log = await world.create()
      append(log, sent(7n, 0, 2))
      await settle()
      log.roll()
      append(log, batch(['next']))
      await settle()
      log.advanceHighWatermark(3)
      log.advanceLogStartOffset(2)
      assert.equal(await log.enforceRetention(world.clock.nowMs()), 1)
      const { log: recovered } = await world.crash()
      assert.equal(recovered.logStartOffset, 2)
      assert.deepEqual(
        recovered.activeProducers().map(({ producerId, lastSequence }) => [producerId, lastSequence]),
        [[7n, 1]],
      )
    }
  })

  test('gives nothing up before the producers at the first segment are stored', async () => {
    const world = await World.open({ config: { retentionMs: -1 } })
    const log = await world.create()
    append(log, sent(7n, 0, 2))
    await settle()
    world.disk.hold('sync', (path) => path.endsWith('.snapshot'))
    log.roll()
    append(log, batch(['next']))
    await settle()
    log.advanceHighWatermark(3)
    log.advanceLogStartOffset(2)
    void log.enforceRetention(world.clock.nowMs())
    await settle()
    const { log: recovered } = await world.crash()
    assert.deepEqual([recovered.logStartOffset, recovered.activeProducers().length], [0, 1])
  })

  test('by size keeps at least so many bytes', async () => {
    const { log, now } = await segmented([1, 2, 3, 4, 5])
    const segmentBytes = log.sizeBytes / 5
    log.config = { ...log.config, retentionBytes: 3 * segmentBytes - 1 }
    assert.deepEqual(await start(log, now), [2, 4])
    log.config = { ...log.config, retentionBytes: 3 * segmentBytes }
    assert.deepEqual(await start(log, now), [0, 4])
  })

  test('never takes what is not committed', async () => {
    const world = await World.open({ config: { segmentBytes: 100, retentionBytes: 0 } })
    const log = await world.create()
    for (let i = 0; i < 4; i++) append(log, batch(['some', 'text']))
    await settle()
    assert.deepEqual(await start(log, world.clock.nowMs()), [0, 0])
    log.advanceHighWatermark(5)
    assert.deepEqual(await start(log, world.clock.nowMs()), [2, 4])
  })

  test('takes what lies below the start of the log, also of a topic that is only compacted', async () => {
    const { log, now } = await segmented([1, 2, 3])
    log.config = { ...log.config, deletes: false, compacted: true, retentionMs: 1, retentionBytes: 0 }
    assert.deepEqual(await start(log, now), [0, 0])
    log.advanceLogStartOffset(3)
    assert.deepEqual(await start(log, now), [1, 3])
    assert.equal(log.segmentCount, 2)
  })

  test('goes by the time of the file where records have none', async () => {
    const { log, now } = await segmented([-1, -1], { retentionMs: 2000 })
    assert.deepEqual(await start(log, now + 2000), [0, 0])
    assert.deepEqual(await start(log, now + 2001), [2, 4])
  })

  test('renames files and removes them after file.delete.delay.ms, or at the next start', async () => {
    const { world, log, now } = await segmented([1, 2, 3], { retentionBytes: 0, fileDeleteDelayMs: 500 })
    await log.enforceRetention(now)
    assert.deepEqual(
      (await filesOf(world)).filter((name) => name.endsWith('.log.deleted')),
      [0, 2, 4].map((offset) => `${offset}`.padStart(20, '0').concat('.log.deleted')),
    )
    await world.directory.maintain(now + 499)
    assert.ok((await filesOf(world)).some((name) => name.endsWith('.deleted')))
    await world.directory.maintain(now + 500)
    assert.deepEqual(
      (await filesOf(world)).filter((name) => name.endsWith('.deleted')),
      [],
    )
    const { world: again, log: second } = await world.reopen()
    append(second, batch(['x']))
    await settle()
    second.advanceHighWatermark(second.logEndOffset)
    await second.enforceRetention(now)
    const { world: last } = await again.reopen()
    assert.deepEqual(
      (await filesOf(last)).filter((name) => name.endsWith('.deleted')),
      [],
    )
  })

  test('survives a crash at any point: the start is stored before a file goes', async () => {
    for (const operation of ['rename', 'remove', 'syncDirectory'] as const) {
      const { world, log, now } = await segmented([1, 2, 3, 4], { retentionBytes: 300 })
      const release = world.disk.hold(operation)
      const enforced = log.enforceRetention(now)
      await settle()
      for (const keep of [
        () => true,
        () => false,
        ({ change }: { change: { kind: string } }) => change.kind === 'rename',
      ]) {
        const { log: recovered } = await world.crash(keep)
        assert.equal(recovered.logEndOffset, 8)
        assert.ok(recovered.logStartOffset <= 4)
        assert.equal((await contentOf(recovered)).size, 8 - recovered.logStartOffset)
      }
      release()
      void enforced
    }
  })
})

describe('deleting records', () => {
  test('while they are read tells the reader that they are gone, not that they are damaged', async () => {
    const { world, log } = await segmented([1, 2, 3])
    const reading = log.read(0, { maxBytes: 1000, atLeastOne: true, endOffset: 6 })
    log.advanceLogStartOffset(4)
    const slice = await reading
    assert.equal(slice.error, ErrorCode.OFFSET_OUT_OF_RANGE)
    assert.deepEqual(world.said, [])
  })

  test('moves the start of the log, for good', async () => {
    const { world, log } = await segmented([1, 2, 3])
    log.advanceLogStartOffset(3)
    log.advanceLogStartOffset(1)
    assert.equal(log.logStartOffset, 3)
    await world.directory.checkpoint()
    const { log: recovered } = await world.crash()
    assert.equal(recovered.logStartOffset, 3)
    assert.deepEqual([...(await contentOf(recovered)).keys()], [3, 4, 5])
  })

  test('up to the end leaves an empty log that goes on', async () => {
    const { world, log } = await segmented([1, 2, 3])
    log.advanceLogStartOffset(6)
    await log.enforceRetention(world.clock.nowMs())
    const { log: again } = await world.reopen()
    assert.deepEqual([again.logStartOffset, again.logEndOffset], [6, 6])
    assert.equal(append(again, batch(1)).baseOffset, 6)
  })
})
