import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  addToSequence,
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  batchesIn,
  checkBatch,
  codecOf,
  computeCrc,
  crcOf,
  encodeBatch,
  hasDeleteHorizon,
  hasProducerId,
  isControl,
  isTransactional,
  lastOffsetDeltaOf,
  lastOffsetOf,
  lastSequenceOf,
  leaderEpochOf,
  magicOf,
  maxTimestampOf,
  nextOffsetOf,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
  setBaseOffset,
  setCrc,
  setLeaderEpoch,
  setMaxTimestamp,
  sizeOf,
  timestampTypeOf,
} from './index.ts'

function golden(file: string): Uint8Array {
  const folder = new URL('../../../src/protocol/records/golden/', import.meta.url)
  return Uint8Array.from(readFileSync(new URL(`${file}.bin`, folder)))
}

/** The bytes somewhere in the middle of others, as batches lie in a request. */
function embedded(batch: Uint8Array): { bytes: Uint8Array; at: number } {
  const bytes = new Uint8Array(batch.length + 200).fill(0xee)
  bytes.set(batch, 77)
  return { bytes, at: 77 }
}

describe('the header of a batch', () => {
  it('is read field by field, as Kafka wrote it', () => {
    const { bytes, at } = embedded(golden('mixed-lz4'))
    assert.equal(baseOffsetOf(bytes, at), 1000)
    assert.equal(sizeOf(bytes, at), bytes.length - 200)
    assert.equal(leaderEpochOf(bytes, at), 7)
    assert.equal(magicOf(bytes, at), 2)
    assert.equal(crcOf(bytes, at), computeCrc(bytes, at))
    assert.equal(attributesOf(bytes, at), 3)
    assert.equal(codecOf(bytes, at), 3)
    assert.equal(timestampTypeOf(bytes, at), 'CreateTime')
    assert.equal(isTransactional(bytes, at), false)
    assert.equal(isControl(bytes, at), false)
    assert.equal(hasDeleteHorizon(bytes, at), false)
    assert.equal(lastOffsetDeltaOf(bytes, at), 7)
    assert.equal(lastOffsetOf(bytes, at), 1007)
    assert.equal(nextOffsetOf(bytes, at), 1008)
    assert.equal(baseTimestampOf(bytes, at), 1_700_000_000_000n)
    assert.equal(maxTimestampOf(bytes, at), 1_700_086_400_000n)
    assert.equal(hasProducerId(bytes, at), true)
    assert.equal(producerIdOf(bytes, at), 4711n)
    assert.equal(producerEpochOf(bytes, at), 3)
    assert.equal(baseSequenceOf(bytes, at), 42)
    assert.equal(lastSequenceOf(bytes, at), 49)
    assert.equal(recordCountOf(bytes, at), 8)
  })

  it('keeps every int64, and wraps sequences from 2^31 - 1 to 0', () => {
    const { bytes, at } = embedded(golden('transactional-none'))
    assert.equal(producerIdOf(bytes, at), 2n ** 63n - 1n)
    assert.equal(producerEpochOf(bytes, at), 32767)
    assert.equal(leaderEpochOf(bytes, at), 2147483647)
    assert.equal(timestampTypeOf(bytes, at), 'LogAppendTime')
    assert.equal(isTransactional(bytes, at), true)
    assert.equal(baseSequenceOf(bytes, at), 2147483646)
    assert.equal(lastSequenceOf(bytes, at), 1)
    assert.equal(addToSequence(2147483647, 1), 0)
    assert.equal(addToSequence(2147483647, 2147483647), 2147483646)
  })

  it('has no last sequence and no producer where there is none', () => {
    const batch = encodeBatch([{ timestamp: -1 }])
    assert.equal(lastSequenceOf(batch), -1)
    assert.equal(hasProducerId(batch), false)
    assert.equal(producerIdOf(batch), -1n)
    assert.equal(maxTimestampOf(batch), -1n)
    assert.equal(leaderEpochOf(batch), -1)
  })

  it('takes a base offset and a leader epoch without a change of the checksum', () => {
    const { bytes, at } = embedded(golden('mixed-none'))
    setBaseOffset(bytes, at, Number.MAX_SAFE_INTEGER - 7)
    setLeaderEpoch(bytes, at, 123)
    assert.equal(baseOffsetOf(bytes, at), Number.MAX_SAFE_INTEGER - 7)
    assert.equal(lastOffsetOf(bytes, at), Number.MAX_SAFE_INTEGER)
    assert.equal(leaderEpochOf(bytes, at), 123)
    assert.equal(checkBatch(bytes, at), undefined)
  })

  it("takes the broker's time with its type, and is summed again", () => {
    const { bytes, at } = embedded(golden('mixed-none'))
    setMaxTimestamp(bytes, at, 'LogAppendTime', 1_800_000_000_000n)
    assert.equal(timestampTypeOf(bytes, at), 'LogAppendTime')
    assert.equal(maxTimestampOf(bytes, at), 1_800_000_000_000n)
    assert.equal(checkBatch(bytes, at), undefined)
    setMaxTimestamp(bytes, at, 'CreateTime', 1_700_086_400_000n)
    assert.deepEqual(bytes.subarray(at, at + sizeOf(bytes, at)), golden('mixed-none'))
  })

  it('clears attributes without a meaning only when it is summed again', () => {
    const batch = golden('mixed-none')
    batch[21] = 0xff
    batch[22]! |= 0x80
    setCrc(batch, 0)
    setMaxTimestamp(batch, 0, 'CreateTime', maxTimestampOf(batch))
    assert.equal(attributesOf(batch) & 0xffff, 0xff80)
    setMaxTimestamp(batch, 0, 'CreateTime', 5n)
    assert.equal(attributesOf(batch), 0)
  })
})

describe('a run of batches', () => {
  const first = golden('mixed-gzip')
  const second = golden('commit')
  const run = Uint8Array.from([...first, ...second])

  it('is given batch by batch', () => {
    assert.deepEqual(
      [...batchesIn(run)],
      [
        { at: 0, sizeBytes: first.length },
        { at: first.length, sizeBytes: second.length },
      ],
    )
    assert.deepEqual([...batchesIn(run, first.length)], [{ at: first.length, sizeBytes: second.length }])
    assert.deepEqual([...batchesIn(new Uint8Array())], [])
  })

  it('ends before a batch that is cut off, wherever that is', () => {
    for (let length = 0; length < run.length; length++) {
      const batches = [...batchesIn(run.subarray(0, length))]
      assert.equal(batches.length, length < first.length ? 0 : 1)
    }
  })

  it('ends before a length that cannot be', () => {
    for (const length of [-2147483648, -1, 0, 48, 2147483647]) {
      const bytes = run.slice()
      new DataView(bytes.buffer).setInt32(first.length + 8, length)
      assert.equal([...batchesIn(bytes)].length, 1)
    }
  })
})

describe('the check of a stored batch', () => {
  it('finds every bit that is wrong but those that the leader assigns', () => {
    const whole = golden('transactional-lz4')
    assert.equal(checkBatch(whole), undefined)
    for (let at = 0; at < whole.length; at++) {
      const batch = whole.slice()
      batch[at]! ^= 1 << (at & 7)
      const assigned = at < 8 || (at >= 12 && at < 16)
      assert.equal(checkBatch(batch) === undefined, assigned, `byte ${at}`)
    }
  })

  it('says what is wrong, with the values', () => {
    const whole = golden('mixed-none')
    assert.match(checkBatch(whole.subarray(0, 60))!, /60 bytes are left/)
    assert.match(checkBatch(whole.subarray(0, 70_000))!, /70225 bytes, 70000 are left/)
    const old = whole.slice()
    old[16] = 1
    assert.match(checkBatch(old)!, /format 1, not 2/)
    const torn = whole.slice()
    torn[5000]! ^= 1
    assert.match(checkBatch(torn)!, /CRC \d+, its bytes have \d+/)
  })
})
