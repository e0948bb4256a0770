import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MalformedError, utf8 } from '#core'
import { CompressionError } from '#host'
import { nodeCompute as compute } from '#host/node'
import {
  BATCH_HEADER_BYTES,
  COMPRESSIONS,
  checkBatch,
  encodeBatch,
  type RecordInput,
  type RecordView,
  readRecords,
  setCrc,
} from './index.ts'

function golden(file: string): Uint8Array {
  const folder = new URL('../../../src/protocol/records/golden/', import.meta.url)
  return Uint8Array.from(readFileSync(new URL(`${file}.bin`, folder)))
}

const T = 1_700_000_000_000
const big = new Uint8Array(70_000).map((_, i) => (i * 7 + (i >> 8)) & 0x3f)

/** What the golden files `mixed-*` hold. */
const mixed: RecordInput[] = [
  { timestamp: T, key: utf8('key-0'), value: utf8('value-0') },
  { timestamp: T + 5, key: null, value: utf8('no key') },
  { timestamp: T - 1500, key: utf8('tombstone'), value: null },
  { timestamp: T + 86_400_000, key: utf8(''), value: utf8('') },
  {
    timestamp: T + 1,
    key: utf8('headers'),
    value: utf8('with headers'),
    headers: [
      { key: 'a', value: utf8('1') },
      { key: 'a', value: utf8('2') },
      { key: 'none', value: null },
      { key: '', value: utf8('') },
      { key: 'größe ☃', value: Uint8Array.of(0, 255, 127, 128) },
    ],
  },
  { timestamp: -1, key: utf8('no timestamp'), value: utf8('x') },
  { timestamp: T + 2, key: utf8('big'), value: big },
  { timestamp: T + 3, key: null, value: null },
]

/** What is to be read where `records` were written from `offset` and `sequence` on. */
function views(records: readonly RecordInput[], offset: number, sequence: number): RecordView[] {
  return records.map(({ timestamp, key = null, value = null, headers = [] }, i) => ({
    offset: offset + i,
    timestamp: BigInt(timestamp),
    sequence: sequence === -1 ? -1 : sequence + i,
    key,
    value,
    headers,
  }))
}

const data = fc.option(fc.uint8Array({ maxLength: 300 }))
const plain = { noNullPrototype: true }
const timestamp = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map((delta) => T + delta),
  fc.constantFrom(-1, 0, T + 2 ** 40),
  fc.bigInt({ min: -1n, max: 2n ** 51n }),
)
const headers = fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: data }, plain), { maxLength: 3 })
const records = fc.array(fc.record({ timestamp, key: data, value: data, headers }, plain), {
  minLength: 1,
  maxLength: 100,
})

for (const codec of COMPRESSIONS) {
  describe(`records in a batch with codec ${codec}`, () => {
    it('are read as Kafka wrote them', () => {
      const batch = golden(`mixed-${codec}`)
      assert.equal(checkBatch(batch), undefined)
      assert.deepEqual([...readRecords(batch, compute)], views(mixed, 1000, 42))
    })

    it("have the broker's time where the batch has, and sequences that wrap", () => {
      const read = [...readRecords(golden(`transactional-${codec}`), compute)]
      assert.deepEqual(
        read.map(({ offset, timestamp, sequence }) => [offset, timestamp, sequence]),
        [2147483646, 2147483647, 0, 1].map((sequence, i) => [i, BigInt(T + 9), sequence]),
      )
    })

    it('are read as they were written', () => {
      fc.assert(
        fc.property(records, fc.nat(2 ** 52), (written, baseOffset) => {
          const batch = encodeBatch(written, { codec, compute, baseOffset })
          assert.equal(checkBatch(batch), undefined)
          assert.deepEqual([...readRecords(batch, compute)], views(written, baseOffset, -1))
        }),
        { numRuns: 50 },
      )
    })

    it('are given, or a MalformedError or CompressionError, whatever the bytes are', () => {
      const small = encodeBatch(mixed.slice(0, 6), { codec, compute })
      const change = fc.tuple(fc.integer({ min: BATCH_HEADER_BYTES - 4, max: small.length - 1 }), fc.nat(255))
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(30), (changes, cut) => {
          const batch = small.slice(0, small.length - Math.max(0, cut - 15))
          for (const [at, byte] of changes) if (at < batch.length) batch[at] = byte
          new DataView(batch.buffer).setInt32(8, batch.length - 12)
          try {
            assert.ok([...readRecords(batch, compute, { maxBytes: 100_000 })].length <= small.length)
          } catch (error) {
            assert.ok(error instanceof MalformedError || error instanceof CompressionError, `${error}`)
          }
        }),
        { numRuns: 500 },
      )
    })
  })
}

describe('records', () => {
  it('are written byte for byte as Kafka writes them', () => {
    const options = { baseOffset: 1000, leaderEpoch: 7, producerId: 4711n, producerEpoch: 3, baseSequence: 42 }
    assert.deepEqual(encodeBatch(mixed, options), golden('mixed-none'))
    const values = [0, 1, 2, 3].map((i) => ({
      timestamp: BigInt(T + i),
      key: utf8(`k${i}`),
      value: utf8('same value same value same value'),
    }))
    const batch = encodeBatch(values, {
      producerId: 2n ** 63n - 1n,
      producerEpoch: 32767,
      baseSequence: 2147483646,
      leaderEpoch: 2147483647,
      transactional: true,
      timestampType: 'LogAppendTime',
    })
    const kafkas = golden('transactional-none')
    // There the broker's time, later than the records', stands in the header.
    batch.set(kafkas.subarray(35, 43), 35)
    setCrc(batch, 0)
    assert.deepEqual(batch, kafkas)
  })

  it('are views of the batch, not copies', () => {
    const batch = encodeBatch([{ timestamp: T, key: utf8('abc') }])
    const [record] = readRecords(batch, compute)
    assert.equal(record!.key!.buffer, batch.buffer)
  })

  it('are read lazily: what is wrong with the third is not known at the second', () => {
    const batch = encodeBatch([1, 2, 3].map((i) => ({ timestamp: T, value: Uint8Array.of(i, i, i, i) })))
    batch[batch.length - 6] = 0x7f
    const reading = readRecords(batch, compute)
    assert.deepEqual(reading.next().value!.value, Uint8Array.of(1, 1, 1, 1))
    assert.deepEqual(reading.next().value!.value, Uint8Array.of(2, 2, 2, 2))
    assert.throws(() => reading.next(), MalformedError)
  })

  it('that others stored keep timestamps beyond 2^52 and header keys that are not UTF-8', () => {
    const batch = encodeBatch([{ timestamp: 0, headers: [{ key: 'xy', value: null }] }])
    // As the delta, one byte of 0, the ten bytes of -2^63; the length grows by 9.
    const body = [0, ...Array(9).fill(0xff), 1, 0, 1, 1, 2, 4, 0xff, 0x79, 1]
    const bytes = Uint8Array.from([...batch.subarray(0, BATCH_HEADER_BYTES), body.length * 2, ...body])
    new DataView(bytes.buffer).setInt32(8, bytes.length - 12)
    const [record] = readRecords(bytes, compute)
    assert.equal(record!.timestamp, -(2n ** 63n))
    assert.equal(record!.headers[0]!.key, '\ufffdy')
  })

  it('are not decompressed beyond what the reader allows', () => {
    const batch = encodeBatch([{ timestamp: T, value: new Uint8Array(100_000) }], { codec: 'zstd', compute })
    assert.throws(() => [...readRecords(batch, compute, { maxBytes: 99_999 })], CompressionError)
    assert.equal([...readRecords(batch, compute, { maxBytes: 101_000 })].length, 1)
  })
})
