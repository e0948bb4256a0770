/** Logs with gaps of which nothing tells but the batches: they were compacted by a broker that has left no note of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MemoryDisk } from '#host/memory'
import { ErrorCode } from '#protocol'
import { DamagedLogError } from '../damaged-log.ts'
import { append, batch, contentOf, FOLDER, PATH, settle, World } from '../log-world.kit.test.ts'
import { clean, keyed, openCompacted, put, recordsOf, roll } from './compaction.kit.test.ts'

/** No longer compacted. */
const config = { compacted: false, deletes: true, retentionMs: -1, segmentBytes: 200, indexIntervalBytes: 100 }

/** Segments with gaps within, between and at the beginning of them; what a Kafka would give that has lost its checkpoints. */
async function compacted(): Promise<{ disk: MemoryDisk; records: readonly string[] }> {
  const { world, log } = await openCompacted({ segmentBytes: 200, indexIntervalBytes: 100 })
  for (const key of ['first', 'second']) append(log, keyed([put(key, 'kept')]))
  for (let i = 0; i < 24; i++) {
    append(log, keyed([put(`key ${i % 5}`, `${i}`), ...(i % 7 === 0 ? [put(`only ${i}`, 'x')] : [])]))
    await settle()
  }
  await roll(log)
  await clean(world, log)
  append(log, keyed([put('key 1', 'last')]))
  await settle()
  log.advanceHighWatermark(log.logEndOffset)
  const records = await recordsOf(log)
  assert.ok(records.length < 14 && log.segmentCount > 2)
  await world.close()
  await world.disk.remove(`${PATH}/cleaner-offset-checkpoint`)
  return { disk: world.disk, records }
}

async function logNames(disk: MemoryDisk): Promise<readonly string[]> {
  return (await disk.list(FOLDER)).map(({ name }) => name).filter((name) => name.endsWith('.log'))
}

/** The first batch of all moves far ahead, with nothing known of what was stored; what is then opened, opens again. */
async function opensTwiceWithoutFirst(disk: MemoryDisk): Promise<void> {
  for (const file of ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint']) await disk.remove(`${PATH}/${file}`)
  disk.corrupt(`${FOLDER}/${(await logNames(disk))[0]!}`, 2, new Uint8Array([9]))
  const world = await World.open({ disk, config })
  const { logStartOffset, logEndOffset } = await world.openLog()
  await world.close()
  const again = await (await World.open({ disk, config })).openLog()
  assert.deepEqual([again.logStartOffset, again.logEndOffset], [logStartOffset, logEndOffset])
}

describe('a log that was compacted elsewhere', () => {
  test('is served after a clean stop, whatever is missing in it', async () => {
    const { disk, records } = await compacted()
    const world = await World.open({ disk, config })
    assert.ok(world.directory.wasCleanShutdown)
    assert.deepEqual(await recordsOf(await world.openLog()), records)
  })

  test('is known by what is missing between its batches, or before the only one', async () => {
    for (const keyCount of [5, 1]) {
      const { world, log } = await openCompacted()
      for (let i = 0; i < 24; i++) append(log, keyed([put(`key ${i % keyCount}`, `${i}`)]))
      await roll(log)
      await clean(world, log)
      append(log, keyed([put('key 0', 'last')]))
      await settle()
      log.advanceHighWatermark(log.logEndOffset)
      const records = await recordsOf(log)
      assert.equal(records.length, keyCount + 1)
      await world.close()
      await world.disk.remove(`${PATH}/cleaner-offset-checkpoint`)
      const again = await World.open({ disk: world.disk, config })
      assert.deepEqual(await recordsOf(await again.openLog()), records)
    }
  })

  test('is recovered whole where nothing is known of what was stored', async () => {
    const { disk, records } = await compacted()
    await disk.remove(`${PATH}/.kafka_cleanshutdown`)
    await disk.remove(`${PATH}/recovery-point-offset-checkpoint`)
    for (const { name } of await disk.list(FOLDER)) {
      if (name.endsWith('.snapshot')) await disk.remove(`${FOLDER}/${name}`)
    }
    const world = await World.open({ disk, config })
    assert.deepEqual(await recordsOf(await world.openLog()), records)
    assert.match(world.said.join(), /was compacted elsewhere/)
  })

  test('opens again as the same log where what shows it is cut off', async () => {
    const { disk } = await compacted()
    await opensTwiceWithoutFirst(disk)
  })

  test('is not shown by a batch whose offset is none', async () => {
    const world = await World.open({ config })
    const log = await world.create()
    for (let i = 0; i < 13; i++) append(log, batch(['a', 'b', 'c']))
    await settle()
    await world.close()
    const path = `${FOLDER}/${(await logNames(world.disk)).at(-1)!}`
    const { length } = await world.disk.readFile(path)
    // Rounded, beyond 2^53, it is farther from its last one than it has records.
    world.disk.corrupt(path, length - batch(['a', 'b', 'c']).length, new Uint8Array([0, 0x7f, 0xff, 0xff, 0xff]))
    await opensTwiceWithoutFirst(world.disk)
  })

  test('of two batches that claim the same offsets does not serve the one that has moved', async () => {
    const { world, log } = await openCompacted()
    for (const value of ['a', 'b', 'c', 'd', 'e']) append(log, keyed([put(value, value)]))
    await roll(log)
    append(log, keyed([put('f', 'f')]))
    await settle()
    await world.close()
    const path = `${FOLDER}/00000000000000000000.log`
    const sizeBytes = (await world.disk.readFile(path)).length / 5
    // The second batch claims to be the fourth.
    world.disk.corrupt(path, sizeBytes + 7, new Uint8Array([3]))
    const again = await (await World.open({ disk: world.disk, config: world.config })).openLog()
    const read = (offset: number) => again.read(offset, { maxBytes: 1000, atLeastOne: true, endOffset: 5 })
    assert.equal((await read(0)).nextOffset, 1)
    assert.equal((await read(1)).error, ErrorCode.CORRUPT_MESSAGE)
  })
})

test('a batch that has moved beyond all that was stored damages the log, and nothing is cut away for it', async () => {
  const { world, log } = await openCompacted()
  for (const value of ['a', 'b', 'c', 'd']) append(log, keyed([put(value, value)]))
  await settle()
  await world.directory.checkpoint()
  const path = `${FOLDER}/00000000000000000000.log`
  const { length } = await world.disk.readFile(path)
  world.disk.corrupt(path, length / 4 + 6, new Uint8Array([1]))
  const again = await World.open({ disk: world.disk.crash(() => true), config: world.config })
  await assert.rejects(again.openLog(), DamagedLogError)
  assert.equal((await again.disk.readFile(path)).length, length)
})

test('batches that have moved one after the other are of an epoch that had ended, and damage the log', async () => {
  const { world, log } = await openCompacted()
  for (const [leaderEpoch, value] of ['a', 'b', 'c'].entries()) append(log, keyed([put(value, value)]), { leaderEpoch })
  await settle()
  await world.directory.checkpoint()
  const path = `${FOLDER}/00000000000000000000.log`
  const { length } = await world.disk.readFile(path)
  for (const i of [1, 2]) world.disk.corrupt(path, (i * length) / 3 + 6, new Uint8Array([i]))
  const again = await World.open({ disk: world.disk.crash(() => true), config: world.config })
  await assert.rejects(again.openLog(), /the batch is of epoch 1, by leader-epoch-checkpoint of 2/)
})

test('a last batch that has moved beyond where the log was closed damages it', async () => {
  const { world, log } = await openCompacted()
  for (const value of ['a', 'b', 'c', 'd']) append(log, keyed([put(value, value)]))
  await settle()
  await world.close()
  const path = `${FOLDER}/00000000000000000000.log`
  const { length } = await world.disk.readFile(path)
  world.disk.corrupt(path, (3 * length) / 4 + 6, new Uint8Array([1]))
  const again = await World.open({ disk: world.disk, config: world.config })
  await assert.rejects(again.openLog(), /it ends at offset 260, but was closed at 4/)
})

describe('a log that shows no compaction', () => {
  test('has lost what is missing between two segments, or moved what is missing within one', async () => {
    const dense = { segmentBytes: 350 }
    for (const harm of ['cut', 'moved'] as const) {
      const world = await World.open({ config: dense })
      const log = await world.create()
      for (let i = 0; i < 12; i++) append(log, batch([`${i}`]))
      await settle()
      const values = [...(await contentOf(log)).values()]
      assert.equal(values.length, 12)
      await world.close()
      const path = `${FOLDER}/00000000000000000000.log`
      const batchBytes = batch(['0']).length
      if (harm === 'cut') await (await world.disk.open(path, 'write')).truncate(2 * batchBytes)
      else world.disk.corrupt(path, batchBytes + 7, new Uint8Array([2]))
      const again = await (await World.open({ disk: world.disk, config: dense })).openLog()
      const slice = await again.read(harm === 'cut' ? 2 : 1, { maxBytes: 1000, atLeastOne: true, endOffset: 12 })
      assert.deepEqual([slice.error, slice.sizeBytes], [ErrorCode.CORRUPT_MESSAGE, 0], harm)
    }
  })
})

test('a log whose compaction is noted has lost what is missing between two segments above it', async () => {
  const { world, log } = await openCompacted()
  for (let i = 0; i < 24; i++) append(log, keyed([put(`key ${i % 5}`, `${i}`)]))
  await roll(log)
  await clean(world, log)
  const cleanedOffset = log.cleanedOffset!
  await world.close()
  const dense = { ...config, segmentBytes: 350 }
  const next = await World.open({ disk: world.disk, config: dense })
  const grown = await next.openLog()
  grown.roll()
  const first = grown.logEndOffset
  for (let i = 0; i < 12; i++) append(grown, batch([`${i}`]))
  await settle()
  await next.close()
  assert.ok(first >= cleanedOffset)
  const file = await next.disk.open(`${FOLDER}/${String(first).padStart(20, '0')}.log`, 'write')
  await file.truncate(2 * batch(['0']).length)
  const again = await (await World.open({ disk: next.disk, config: dense })).openLog()
  assert.equal(again.cleanedOffset, cleanedOffset)
  const slice = await again.read(first + 2, { maxBytes: 1000, atLeastOne: true, endOffset: again.logEndOffset })
  assert.deepEqual([slice.error, slice.sizeBytes], [ErrorCode.CORRUPT_MESSAGE, 0])
})
