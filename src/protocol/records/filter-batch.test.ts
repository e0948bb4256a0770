import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MalformedError } from '#core'
import { nodeCompute as compute } from '#host/node'
import {
  attributesOf,
  BatchFilter,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  COMPRESSIONS,
  checkBatch,
  codecOf,
  emptyBatch,
  encodeBatch,
  type FilterRules,
  hasDeleteHorizon,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  type RecordView,
  readRecords,
  recordCountOf,
  setMaxTimestamp,
  sizeOf,
} from './index.ts'

const filter = new BatchFilter()
const rules: FilterRules = {
  keeps: () => true,
  keepsEmpty: false,
  deleteHorizonMs: 9_000_000,
  marksHorizon: false,
  compute,
}
const bytes = (text: string) => new TextEncoder().encode(text)
const producer = { producerId: 5n, producerEpoch: 2, baseSequence: 40, baseOffset: 1000, leaderEpoch: 3 }

function recordsOf(batch: Uint8Array): RecordView[] {
  return Array.from(readRecords(batch, compute), (record) => ({
    ...record,
    key: record.key && Uint8Array.from(record.key),
    value: record.value && Uint8Array.from(record.value),
  }))
}

const record = fc.record({
  timestamp: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.bigInt({ min: 0n, max: 2n ** 51n })),
  key: fc.uint8Array({ maxLength: 200 }),
  value: fc.option(fc.uint8Array({ maxLength: 300 })),
  headers: fc.array(fc.record({ key: fc.string(), value: fc.option(fc.uint8Array({ maxLength: 9 })) }), {
    maxLength: 2,
  }),
})

describe('records are taken out of a batch', () => {
  test('and the others, and the header, stay what they are, in every codec', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.constantFrom(...COMPRESSIONS),
        fc.boolean(),
        (records, kept, codec, isAppendTime) => {
          const batch = encodeBatch(records, { ...producer, codec, compute, transactional: true })
          if (isAppendTime) setMaxTimestamp(batch, 0, 'LogAppendTime', 7777n)
          const surrounded = new Uint8Array(batch.length + 20)
          surrounded.set(batch, 10)
          const keeps: FilterRules['keeps'] = ({ offsetDelta }) => kept[offsetDelta]!
          const result = filter.filter(surrounded, 10, { ...rules, keeps, keepsEmpty: true })
          const left = result.bytes!
          const expected = recordsOf(batch).filter((_, i) => kept[i]!)
          assert.equal(checkBatch(left), undefined)
          assert.equal(sizeOf(left), left.length)
          assert.deepEqual(recordsOf(left), expected)
          assert.deepEqual([result.readCount, result.keptCount], [records.length, expected.length])
          assert.deepEqual(
            [baseOffsetOf(left), lastOffsetOf(left), baseSequenceOf(left), leaderEpochOf(left)],
            [1000, 999 + records.length, 40, 3],
          )
          const times = expected.map(({ timestamp }) => timestamp)
          if (expected.length > 0) {
            assert.equal(codecOf(left), codecOf(batch))
            assert.equal(
              maxTimestampOf(left),
              times.reduce((a, b) => (b > a ? b : a)),
            )
            assert.equal(
              hasDeleteHorizon(left),
              expected.some(({ value }) => value === null),
            )
          } else {
            assert.deepEqual([recordCountOf(left), left.length, maxTimestampOf(left)], [0, 61, maxTimestampOf(batch)])
          }
        },
      ),
    )
  })

  test('and where all stay, the batch is not touched', () => {
    const batch = encodeBatch([{ timestamp: 5, key: bytes('a'), value: bytes('1') }], producer)
    const result = filter.filter(batch, 0, rules)
    assert.equal(result.bytes!.buffer, batch.buffer)
    assert.deepEqual(result.bytes, batch)
  })

  test('and where none stays, nothing does unless it is asked for', () => {
    const batch = encodeBatch([{ timestamp: 5, key: bytes('a'), value: bytes('1') }], {
      ...producer,
      codec: 'gzip',
      compute,
    })
    assert.equal(filter.filter(batch, 0, { ...rules, keeps: () => false }).bytes, undefined)
    assert.deepEqual(
      filter.filter(batch, 0, { ...rules, keeps: () => false, keepsEmpty: true }).bytes,
      emptyBatch(batch),
    )
    assert.equal(attributesOf(emptyBatch(batch)), 0)
    assert.equal(baseTimestampOf(emptyBatch(batch)), -1n)
  })

  test('and a tombstone that is met first gets its horizon, once', () => {
    const puts = [
      { timestamp: 50, key: bytes('a'), value: null },
      { timestamp: 20, key: bytes('b'), value: bytes('1') },
    ]
    const first = filter.filter(encodeBatch(puts, producer), 0, rules).bytes!
    assert.deepEqual([hasDeleteHorizon(first), baseTimestampOf(first), maxTimestampOf(first)], [true, 9_000_000n, 50n])
    assert.deepEqual(recordsOf(first), recordsOf(encodeBatch(puts, producer)))
    const later = { ...rules, deleteHorizonMs: 12_000_000 }
    assert.equal(filter.filter(first, 0, later).bytes!.buffer, first.buffer)
    const less = filter.filter(first, 0, { ...later, keeps: ({ offsetDelta }) => offsetDelta === 0 }).bytes!
    assert.deepEqual([hasDeleteHorizon(less), baseTimestampOf(less)], [true, 9_000_000n])
    assert.equal(recordsOf(less)[0]!.timestamp, 50n)
  })

  test('and timestamps beyond what numbers hold stay exact', () => {
    // A delta of more than 2^52, as only another producer would write it.
    const batch = encodeBatch([{ timestamp: 0n, key: bytes('a'), value: null }], producer)
    const far = encodeBatch([{ timestamp: 2n ** 62n, key: bytes('a'), value: null }], producer)
    for (const original of [batch, far]) {
      const filtered = filter.filter(original, 0, rules).bytes!
      assert.equal(recordsOf(filtered)[0]!.timestamp, recordsOf(original)[0]!.timestamp)
      const again = filter.filter(filtered, 0, { ...rules, keeps: () => true })
      assert.equal(recordsOf(again.bytes!)[0]!.timestamp, recordsOf(original)[0]!.timestamp)
      assert.equal(maxTimestampOf(filtered), maxTimestampOf(original))
    }
  })

  test('and times at the end of int64 stay exact, though a horizon is further from them than an int64', () => {
    const batch = encodeBatch([
      { timestamp: -(2n ** 63n), key: bytes('k') },
      { timestamp: -(2n ** 63n) + 5n, key: bytes('l') },
    ])
    const filtered = filter.filter(batch, 0, rules).bytes!
    assert.equal(hasDeleteHorizon(filtered), true)
    assert.deepEqual(recordsOf(filtered), recordsOf(batch))
  })

  test('and what is no record is refused', () => {
    const batch = encodeBatch([{ timestamp: 5, key: bytes('abc'), value: bytes('123') }], producer)
    for (let at = 61; at < batch.length; at++) {
      const damaged = batch.slice()
      damaged[at] = 0x7f
      try {
        filter.filter(damaged, 0, { ...rules, keeps: () => false })
      } catch (error) {
        assert.ok(error instanceof MalformedError, `${error}`)
      }
    }
  })
})
