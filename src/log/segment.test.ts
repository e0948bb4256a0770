import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeBatch } from '#protocol/records'
import { append, FOLDER, World } from './log-world.kit.test.ts'
import { OffsetIndex } from './offset-index.ts'
import { TimeIndex } from './time-index.ts'

const NEVER = 2 ** 63

describe('the indexes of a segment', () => {
  test('are those that Kafka 4.4 builds for the same log', async () => {
    const world = await World.open({ config: { timestampAfterMaxMs: NEVER, timestampBeforeMaxMs: NEVER } })
    const log = await world.create()
    for (let i = 0; i < 40; i++) {
      const timestamp = 1_700_000_000_000 + ((i * 7) % 20) * 1000
      append(log, encodeBatch([{ timestamp, value: new Uint8Array(100 + i * 20) }, { timestamp }]))
    }
    await world.close()
    const hex = async (suffix: string) =>
      Buffer.from(await world.disk.readFile(`${FOLDER}/00000000000000000000${suffix}`)).toString('hex')
    assert.equal(await hex('.index'), '0000001d000010ca0000002d000021420000003b000033c500000047000046af')
    assert.equal(await hex('.timeindex'), '0000018bcfe5ae500000001d0000018bcfe5b23800000023')
  })

  test('by offset lead to the last batch that does not end behind it', () => {
    const index = new OffsetIndex(100)
    for (const [offset, position] of [
      [104, 50],
      [110, 90],
      [120, 200],
    ] as const) {
      index.append(offset, position)
    }
    const found = (offset: number) => {
      const entry = index.find(offset)
      return entry < 0 ? 0 : index.positionAt(entry)
    }
    assert.deepEqual([100, 103, 104, 109, 110, 119, 120, 500].map(found), [0, 0, 50, 50, 90, 90, 200, 200])
    index.truncateTo(111)
    assert.deepEqual([index.count, found(500)], [2, 90])
    index.truncateTo(110)
    assert.equal(index.count, 1)
  })

  test('by time tell before which offset nothing is newer', () => {
    const index = new TimeIndex(100)
    for (const [timestamp, offset] of [
      [1000n, 104],
      [900n, 110],
      [1000n, 112],
      [2000n, 120],
    ] as const) {
      index.append(timestamp, offset)
    }
    assert.deepEqual(
      [999n, 1000n, 1999n, 2000n, 9000n].map((time) => index.lookup(time)),
      [100, 104, 104, 120, 120],
    )
    assert.equal(index.count, 2, 'only growth is noted')
  })

  test('are stored to where they have been before, and as a whole after a cut', () => {
    const index = new OffsetIndex(0)
    index.append(10, 100)
    assert.deepEqual(index.entries.takeUnstored(), { bytes: bytes(10, 100), position: 0 })
    assert.equal(index.entries.takeUnstored(), undefined)
    index.append(20, 200)
    index.append(30, 300)
    assert.deepEqual(index.entries.takeUnstored(), { bytes: bytes(20, 200, 30, 300), position: 8 })
    index.truncateTo(20)
    index.append(25, 200)
    assert.deepEqual(index.entries.takeUnstored(), { bytes: bytes(25, 200), position: 8 })
  })

  test('that Kafka left padded with zeros are told, and read without them', () => {
    const index = new OffsetIndex(0)
    assert.ok(index.load(new Uint8Array([...bytes(10, 100, 20, 200), ...new Uint8Array(64)]), 1000))
    assert.deepEqual([index.count, index.offsetAt(1), index.entries.isPadded], [2, 20, true])
    assert.deepEqual(index.entries.takeUnstored(), { bytes: new Uint8Array(0), position: 16 })
  })

  test('whose entries do not rise are not taken; those beyond the log are left out', () => {
    for (const wrong of [bytes(10, 100, 10, 200), bytes(10, 100, 20, 100), bytes(10, 0)]) {
      const index = new OffsetIndex(0)
      assert.ok(!index.load(wrong, 1000))
      assert.equal(index.count, 0)
    }
    const index = new OffsetIndex(0)
    assert.ok(index.load(bytes(10, 100, 20, 200, 30, 300), 200))
    assert.equal(index.count, 1)
  })
})

function bytes(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [i, value] of values.entries()) view.setInt32(i * 4, value)
  return new Uint8Array(view.buffer)
}
