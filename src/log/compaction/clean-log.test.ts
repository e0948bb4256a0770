import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ControlType, encodeEndTxnMarker } from '#protocol/records'
import { append, FOLDER, settle } from '../log-world.kit.test.ts'
import { batchesOf, clean, DAY_MS, keyed, openCompacted, put, recordsOf, roll } from './compaction.kit.test.ts'

describe('compaction of a log', () => {
  test('keeps the newest record of each key, where it was', async () => {
    const { world, log } = await openCompacted()
    append(log, keyed([put('a', '1'), put('b', '1')]))
    append(log, keyed([put('a', '2')]))
    await roll(log)
    append(log, keyed([put('c', '1'), put('a', '3')]))
    await roll(log)
    append(log, keyed([put('b', 'active')]))
    const cleaned = await clean(world, log)
    assert.deepEqual([cleaned?.from, cleaned?.to, cleaned?.keyCount], [0, 5, 3])
    assert.deepEqual(await recordsOf(log), ['1 b=1', '3 c=1', '4 a=3', '5 b=active'])
    assert.equal(log.segmentCount, 2)
  })

  test('is what a start finds, clean or after a crash that loses what was not synced', async () => {
    const { world, log } = await openCompacted()
    for (let i = 0; i < 40; i++) {
      append(log, keyed([put(`key ${i % 7}`, `value ${i}`)]))
      if (i % 10 === 9) await roll(log)
    }
    await clean(world, log)
    const expected = await recordsOf(log)
    assert.equal(expected.length, 7)
    const after = await world.reopen()
    assert.deepEqual(await recordsOf(after.log), expected)
    assert.equal(after.log.cleanedOffset, 40)
    const crashed = await after.world.crash()
    assert.deepEqual(await recordsOf(crashed.log), expected)
    assert.equal(crashed.log.cleanedOffset, 40)
  })

  test('is what a start finds in page-cache mode, with nothing noted of the pass', async () => {
    const { world, log } = await openCompacted({ flushMessages: 2 ** 63, segmentBytes: 400, fileDeleteDelayMs: 0 })
    for (let i = 0; i < 30; i++) append(log, keyed([put(i < 25 ? 'a' : `key ${i}`, `value ${i}`)]))
    await roll(log)
    append(log, keyed([put('a', 'active')]))
    const release = world.disk.hold('rename', (path) => path.includes('cleaner-offset-checkpoint'))
    void clean(world, log)
    for (let i = 0; i < 100; i++) await settle()
    const expected = await recordsOf(log)
    assert.equal(expected.length, 7)
    // No former file says that there was a compaction; the gaps are known for one because all had been noted as stored.
    await world.directory.maintain(world.clock.nowMs() + 1)
    const { log: again } = await world.crash(() => true)
    assert.deepEqual(await recordsOf(again), expected)
    release()
  })

  test('goes on in a next pass where its map was full', async () => {
    const { world, log } = await openCompacted()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) append(log, keyed([put(`key ${i}`, `value ${round}`)]))
    }
    await roll(log)
    let passes = 0
    for (let last = await clean(world, log, 24 * 10); last !== undefined; last = await clean(world, log, 24 * 10))
      passes++
    assert.ok(passes > 3)
    assert.deepEqual(
      await recordsOf(log),
      Array.from({ length: 20 }, (_, i) => `${40 + i} key ${i}=value 2`),
    )
  })

  test('keeps a tombstone for delete.retention.ms, from when it was first met', async () => {
    const { world, log } = await openCompacted({ deleteRetentionMs: DAY_MS })
    append(log, keyed([put('a', '1'), put('b', '1')]))
    append(log, keyed([put('a', null)]))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(await batchesOf(log), [
      { base: 0, last: 1, count: 1, hasHorizon: false, records: ['1 b=1'] },
      { base: 2, last: 2, count: 1, hasHorizon: true, records: ['2 a=-'] },
    ])
    world.clock.advance(DAY_MS - 1)
    append(log, keyed([put('c', '1')]))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(await recordsOf(log), ['1 b=1', '2 a=-', '3 c=1'])
    world.clock.advance(2)
    append(log, keyed([put('d', '1')]))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(await recordsOf(log), ['1 b=1', '3 c=1', '4 d=1'])
  })

  test('removes aborted records at once and their marker when its time is over', async () => {
    const { world, log } = await openCompacted({ deleteRetentionMs: 1000 })
    const producer = { producerId: 7n, producerEpoch: 0 }
    append(log, keyed([put('a', 'before')]))
    append(log, keyed([put('a', 'aborted')], { ...producer, baseSequence: 0, transactional: true }))
    append(log, encodeEndTxnMarker(ControlType.ABORT, 1, { timestamp: 1000, ...producer }), { origin: 'coordinator' })
    append(log, keyed([put('b', 'committed')], { ...producer, baseSequence: 1, transactional: true }))
    append(log, encodeEndTxnMarker(ControlType.COMMIT, 1, { timestamp: 1000, ...producer }), { origin: 'coordinator' })
    append(log, keyed([put('c', '1')]))
    await roll(log)
    await clean(world, log)
    const after = (await batchesOf(log)).map(({ base, count, hasHorizon }) => [base, count, hasHorizon])
    assert.deepEqual(after, [
      [0, 1, false],
      [2, 1, false],
      [3, 1, false],
      [4, 1, false],
      [5, 1, false],
    ])
    assert.equal((await log.abortedTransactions(0, 6)).length, 1)
    append(log, keyed([put('b', 'newer')]))
    await roll(log)
    await clean(world, log)
    // Of its commit nothing is left but the batch that says the producer's sequence.
    const later = (await batchesOf(log)).map(({ base, count, hasHorizon }) => [base, count, hasHorizon])
    assert.deepEqual(later, [
      [0, 1, false],
      [2, 1, true],
      [3, 0, false],
      [4, 1, false],
      [5, 1, false],
      [6, 1, false],
    ])
    assert.equal((await log.abortedTransactions(0, 7)).length, 0)
    world.clock.advance(1001)
    append(log, keyed([put('d', '1')]))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(
      (await batchesOf(log)).map(({ base }) => base),
      [0, 3, 4, 5, 6, 7],
    )
    const { log: again } = await world.crash()
    assert.equal(again.activeProducers()[0]?.lastSequence, 1)
  })

  test('leaves what is not stable, active or too young', async () => {
    const { world, log } = await openCompacted({ minCompactionLagMs: 5000 })
    const nowMs = world.clock.nowMs()
    append(log, keyed([put('a', '1')], { timestamp: nowMs - 9000 }))
    append(log, keyed([put('a', '2')], { timestamp: nowMs - 9000 }))
    await roll(log)
    append(log, keyed([put('a', '3')], { timestamp: nowMs - 1000 }))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(await recordsOf(log), ['1 a=2', '2 a=3'])
    world.clock.advance(10_000)
    append(log, keyed([put('a', 'open')], { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true }))
    await roll(log)
    await clean(world, log)
    assert.deepEqual(await recordsOf(log), ['2 a=3', '3 a=open'])
  })

  test('does not touch a log with a damaged batch, and says where it is', async () => {
    const { world, log } = await openCompacted()
    append(log, keyed([put('a', '1')]))
    append(log, keyed([put('a', '2')]))
    await roll(log)
    const path = `${FOLDER}/00000000000000000000.log`
    const file = await world.disk.open(path, 'write')
    await file.write([new Uint8Array([1])], 100)
    await file.close()
    await assert.rejects(clean(world, log), {
      name: 'UncleanableError',
      message: /00000000000000000000.log is damaged at byte/,
    })
    assert.equal(log.segmentCount, 2)
    assert.deepEqual(
      (await world.disk.list(FOLDER)).filter(({ name }) => name.includes('.cleaned')),
      [],
    )
  })
})
