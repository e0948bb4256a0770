import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { append, batch, FOLDER, World } from './log-world.kit.test.ts'

const BATCH_BYTES = batch(1).length
/** Two batches a slice (later ones are a byte or two longer), of a log of eight that are nowhere but on the disk. */
const two = { maxBytes: 2.5 * BATCH_BYTES, atLeastOne: true, endOffset: 1000 }

async function written() {
  const world = await World.open({ tailBytes: 0 })
  const log = await world.create()
  for (let i = 0; i < 8; i++) append(log, batch(1))
  await log.flush()
  return { world, log, file: `${FOLDER}/00000000000000000000.log` }
}

const turns = async () => {
  for (let i = 0; i < 50; i++) await undefined
}

describe('reading ahead', () => {
  test('has what comes next ready when it is asked for, and so on to the end', async () => {
    const { log } = await written()
    assert.ok(log.read(0, two) instanceof Promise)
    await turns()
    for (const offset of [2, 4, 6]) {
      const slice = log.read(offset, two)
      assert.ok(!(slice instanceof Promise), `${offset} was read ahead`)
      assert.deepEqual([slice.baseOffset, slice.nextOffset], [offset, offset + 2])
      await turns()
    }
  })

  test('gives no more than is asked for then', async () => {
    const { log } = await written()
    await log.read(0, two)
    await turns()
    const shorter = log.read(2, { ...two, maxBytes: 1.5 * BATCH_BYTES })
    assert.ok(!(shorter instanceof Promise))
    assert.deepEqual([shorter.baseOffset, shorter.nextOffset], [2, 3])
    await turns()
    const { nextOffset } = await log.read(3, { ...two, endOffset: 4 })
    assert.equal(nextOffset, 4)
  })

  test('is for who comes at once: two readers have a slice each, and the disk is asked again for the second', async () => {
    const { log } = await written()
    await log.read(0, two)
    await turns()
    const slices = [await log.read(2, two), await log.read(2, two)]
    assert.deepEqual(
      slices.map(({ baseOffset, nextOffset }) => [baseOffset, nextOffset]),
      [
        [2, 4],
        [2, 4],
      ],
    )
    assert.notEqual(slices[0]!.chunks[0]!.buffer, slices[1]!.chunks[0]!.buffer)
  })

  test('forgets what was cut away, also while it is being read', async () => {
    for (const isRead of [true, false]) {
      const { world, log } = await written()
      const release = isRead ? () => {} : world.disk.hold('read')
      const first = log.read(0, two)
      release()
      await first
      if (isRead) await turns()
      await log.truncateTo(2)
      append(log, batch(2))
      await log.flush()
      const { baseOffset, nextOffset } = await log.read(2, two)
      assert.deepEqual([baseOffset, nextOffset], [2, 4])
    }
  })

  test('does not serve what fails its check', async () => {
    const { world, log, file } = await written()
    world.disk.corrupt(file, 2 * BATCH_BYTES + 70, Uint8Array.of(0xff))
    await log.read(0, two)
    await turns()
    assert.equal((await log.read(2, two)).error, 2)
  })

  test('gives up what nobody comes for', async () => {
    const { world, log, file } = await written()
    await log.read(0, two)
    await turns()
    world.clock.advance(10_000)
    await world.directory.maintain(world.clock.nowMs())
    // Read from the disk as it is now, not as it was.
    world.disk.corrupt(file, 2 * BATCH_BYTES + 70, Uint8Array.of(0xff))
    const { chunks } = await log.read(2, two)
    assert.ok(chunks[0]?.subarray(61, 80).includes(0xff))
  })
})
