/** Slices that are sent without being read: the same as those that are. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isBytes, joinBytes, readRange } from '#core'
import { MemoryDisk, seededRandom } from '#host/memory'
import { ErrorCode } from '#protocol'
import { clean, keyed, put, roll } from './compaction/compaction.kit.test.ts'
import { cutSlice } from './cut-slice.ts'
import type { Log } from './log.ts'
import type { ReadOptions, SentSlice } from './log-slice.ts'
import { append, batch, FOLDER, settle, World } from './log-world.kit.test.ts'
import { RANGE_BYTES_MIN } from './range-reads.ts'

const config = { segmentBytes: 1_000_000, indexIntervalBytes: 4096 }
const ALL = { maxBytes: 10_000_000, atLeastOne: true, endOffset: Number.MAX_SAFE_INTEGER }

/** About 1.5 MB of batches of every size, in two segments. */
async function filled(seed: number) {
  const random = seededRandom(seed)
  const world = await World.open({ config, disk: new MemoryDisk({ readsAtOnce: true }) })
  const log = await world.create()
  while (log.sizeBytes < 1_500_000) {
    const valueBytes = 2 ** random.below(15)
    append(log, batch(Array.from({ length: 1 + random.below(4) }, () => 'v'.repeat(valueBytes))))
    if (random.below(20) === 0) await settle()
  }
  await settle()
  assert.equal(log.segmentCount, 2)
  return { world, log, random }
}

/** Reads the log from one end to the other, which sums it. */
async function sum(log: Log): Promise<void> {
  for (let offset = 0; offset < log.logEndOffset; ) {
    const slice = await log.read(offset, { ...ALL, maxBytes: 300_000 })
    assert.equal(slice.error, ErrorCode.NONE)
    offset = slice.nextOffset
  }
}

function bytesOf({ chunks }: SentSlice): Uint8Array {
  return joinBytes(chunks.map((chunk) => (isBytes(chunk) ? chunk : readRange(chunk)!)))
}

const isRange = ({ chunks: [chunk] }: SentSlice) => chunk !== undefined && !isBytes(chunk)

describe('what is read to be sent', () => {
  test('is what a cut through the whole segment gives', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { world, log, random } = await filled(seed)
      await sum(log)
      const files = (await world.disk.list(FOLDER)).filter(({ name }) => name.endsWith('.log'))
      const segments = await Promise.all(
        files.map(async ({ name }) => ({
          baseOffset: Number(name.slice(0, 20)),
          content: await world.disk.readFile(`${FOLDER}/${name}`),
        })),
      )
      let ranges = 0
      for (let i = 0; i < 300; i++) {
        const offset = random.below(log.logEndOffset)
        const options: ReadOptions = {
          maxBytes: 1 + random.below(600_000),
          atLeastOne: random.below(2) === 0,
          endOffset: random.below(3) === 0 ? offset + 1 + random.below(100) : log.logEndOffset,
        }
        const slice = await log.readToSend(offset, options)
        if (!isRange(slice)) continue
        ranges++
        const { content } = segments.findLast(({ baseOffset }) => baseOffset <= offset)!
        const { start, end } = cutSlice(content, offset, options)
        assert.ok(end - start >= RANGE_BYTES_MIN)
        assert.equal(Buffer.compare(bytesOf(slice), content.subarray(start, end)), 0)
      }
      assert.ok(ranges > 100, `${ranges} of 300 reads`)
      await world.close()
    }
  })

  test('is what a cut gives in a compacted log, too, and what was there before while it is held', async () => {
    const compacted = { ...config, compacted: true, deletes: false, minCleanableDirtyRatio: 0 }
    const world = await World.open({ config: compacted, disk: new MemoryDisk({ readsAtOnce: true }) })
    const log = await world.create()
    const random = seededRandom(3)
    for (let i = 0; i < 400; i++) {
      append(log, keyed([put(`${random.below(150)}`, `${i}`.padEnd(2 ** random.below(14), '.'))]))
      if (i % 10 === 0) await settle()
    }
    await roll(log)
    await sum(log)
    const before = await log.readToSend(0, ALL)
    assert.ok(isRange(before))
    const bytes = bytesOf(before)
    await clean(world, log)
    assert.ok(!isRange(await log.readToSend(0, ALL)))
    await sum(log)
    const content = await world.disk.readFile(`${FOLDER}/00000000000000000000.log`)
    assert.ok(content.length < bytes.length)
    let ranges = 0
    for (let offset = 0; offset < 400; offset++) {
      const options = { ...ALL, maxBytes: RANGE_BYTES_MIN + random.below(200_000), endOffset: log.logEndOffset }
      const slice = await log.readToSend(offset, options)
      if (!isRange(slice)) continue
      ranges++
      const { start, end } = cutSlice(content, offset, options)
      assert.equal(Buffer.compare(bytesOf(slice), content.subarray(start, end)), 0)
    }
    assert.ok(ranges > 50, `${ranges} of 400 reads`)
    assert.equal(Buffer.compare(bytesOf(before), bytes), 0)
    await world.close()
  })

  test('is read and checked where that was not done lately', async () => {
    const { world, log } = await filled(6)
    const first = await log.readToSend(0, { ...ALL, maxBytes: 200_000 })
    assert.ok(!isRange(first))
    assert.ok(isRange(await log.readToSend(0, { ...ALL, maxBytes: 150_000 })))
    assert.ok(!isRange(await log.readToSend(0, { ...ALL, maxBytes: 300_000 })))
    await world.clock.advance(10 * 60_000)
    assert.ok(!isRange(await log.readToSend(0, { ...ALL, maxBytes: 150_000 })))
    await world.close()
  })

  test('is read where it is little, or the first batch does not fit', async () => {
    const { world, log } = await filled(7)
    await sum(log)
    assert.ok(!isRange(await log.readToSend(0, { ...ALL, maxBytes: RANGE_BYTES_MIN - 1 })))
    assert.ok(!isRange(await log.readToSend(log.logEndOffset - 1, ALL)))
    await world.close()
  })

  test('stays in its file when that is removed, until it is let go', async () => {
    const { world, log } = await filled(8)
    await sum(log)
    const slice = await log.readToSend(0, ALL)
    assert.ok(isRange(slice))
    const before = bytesOf(slice)
    log.advanceHighWatermark(log.logEndOffset)
    await log.advanceLogStartOffset(log.logEndOffset)
    assert.equal(await log.enforceRetention(0), 1)
    await world.close()
    assert.deepEqual(bytesOf(slice), before)
    const { openFiles } = world.disk
    const [range] = slice.chunks
    if (range !== undefined && !isBytes(range)) range.release()
    await settle()
    assert.equal(world.disk.openFiles, openFiles - 1)
  })

  test('is not where an index leads to something else', async () => {
    const { world, log } = await filled(9)
    await sum(log)
    assert.ok(isRange(await log.readToSend(0, ALL)))
    const path = `${FOLDER}/00000000000000000000.log`
    // The magic of the first batch.
    world.disk.corrupt(path, 16, new Uint8Array([1]))
    assert.ok(!isRange(await log.readToSend(0, ALL)))
    await world.close()
  })
})
