import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nodeCompute } from '#host/node'
import {
  type BatchOptions,
  baseOffsetOf,
  ControlType,
  encodeBatch,
  encodeEndTxnMarker,
  hasDeleteHorizon,
  lastOffsetOf,
  readRecords,
  recordCountOf,
  sizeOf,
} from '#protocol/records'
import type { CleanedRange } from './clean-log.ts'
import { Throttle } from './cleaning-pace.ts'
import type { Log } from './log.ts'
import { append, FOLDER, settle, World } from './log-world.kit.test.ts'

const DAY_MS = 24 * 60 * 60 * 1000

interface Put {
  readonly key: string
  readonly value: string | null
}

function keyed(puts: readonly Put[], options: BatchOptions & { timestamp?: number } = {}): Uint8Array {
  const { timestamp = 1000, ...rest } = options
  const bytes = (text: string) => new TextEncoder().encode(text)
  return encodeBatch(
    puts.map(({ key, value }) => ({ timestamp, key: bytes(key), value: value === null ? null : bytes(value) })),
    { compute: nodeCompute, ...rest },
  )
}

const put = (key: string, value: string | null): Put => ({ key, value })

async function open(config: NonNullable<Parameters<typeof World.open>[0]>['config'] = {}) {
  const world = await World.open({
    config: { compacted: true, deletes: false, minCleanableDirtyRatio: 0, timestampBeforeMaxMs: 2 ** 63, ...config },
  })
  return { world, log: await world.create() }
}

/** Everything so far is committed, in a segment that is not active. */
async function roll(log: Log): Promise<void> {
  await log.flush()
  log.advanceHighWatermark(log.logEndOffset)
  log.roll()
  await settle()
}

async function clean(world: World, log: Log, mapBytes = 1 << 20): Promise<CleanedRange | undefined> {
  const range = await log.cleanable(world.clock.nowMs())
  if (range?.isDue !== true) return undefined
  const limits = { mapBytes, loadFactor: 0.9, ioBytes: 4096 }
  return await log.clean(range, { limits, throttle: new Throttle(() => Number.POSITIVE_INFINITY) })
}

interface Found {
  readonly base: number
  readonly last: number
  readonly count: number
  readonly hasHorizon: boolean
  readonly records: readonly string[]
}

/** All batches of a log, read as a consumer would. */
async function batchesOf(log: Log): Promise<Found[]> {
  const found: Found[] = []
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const slice = await log.read(next, { maxBytes: 200, atLeastOne: true, endOffset: log.logEndOffset })
    assert.equal(slice.error, 0)
    if (slice.sizeBytes === 0) break
    for (const chunk of slice.chunks) {
      for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) {
        const text = (bytes: Uint8Array | null) => (bytes === null ? '-' : new TextDecoder().decode(bytes))
        found.push({
          base: baseOffsetOf(chunk, at),
          last: lastOffsetOf(chunk, at),
          count: recordCountOf(chunk, at),
          hasHorizon: hasDeleteHorizon(chunk, at),
          records: Array.from(
            readRecords(chunk.subarray(at), nodeCompute),
            ({ offset, key, value }) => `${offset} ${text(key)}=${text(value)}`,
          ),
        })
      }
    }
    next = slice.nextOffset
  }
  return found
}

async function recordsOf(log: Log): Promise<readonly string[]> {
  return (await batchesOf(log)).flatMap(({ records }) => records)
}

describe('compaction of a log', () => {
  test('keeps the newest record of each key, where it was', async () => {
    const { world, log } = await open()
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
    const { world, log } = await open()
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

  test('goes on in a next pass where its map was full', async () => {
    const { world, log } = await open()
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
    const { world, log } = await open({ deleteRetentionMs: DAY_MS })
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
    const { world, log } = await open({ deleteRetentionMs: 1000 })
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
    const { world, log } = await open({ minCompactionLagMs: 5000 })
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
    const { world, log } = await open()
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
