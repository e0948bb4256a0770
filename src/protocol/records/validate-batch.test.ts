import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '#core'
import { nodeCompute as compute } from '#host/node'
import { ErrorCode } from '../errors.ts'
import {
  attributesOf,
  type BatchRules,
  baseOffsetOf,
  COMPRESSIONS,
  checkBatch,
  codecOf,
  compressionOf,
  decompressedBytesMax,
  encodeBatch,
  leaderEpochOf,
  maxTimestampOf,
  NO_DECOMPRESSED_LIMIT,
  producerIdOf,
  type RecordInput,
  readRecords,
  setCrc,
  timestampTypeOf,
  validateBatch,
} from './index.ts'
import { defaults, HOUR, MIB, NOW } from './rules.kit.test.ts'

function validate(batch: Uint8Array, rules: Partial<BatchRules> = {}) {
  return validateBatch(batch, { ...defaults, ...rules }, compute, NOW)
}

function valid(batch: Uint8Array, rules: Partial<BatchRules> = {}) {
  const outcome = validate(batch, rules)
  assert.ok(outcome.error === undefined, `${outcome.error} ${'message' in outcome && outcome.message}`)
  assert.equal(checkBatch(outcome.batch), undefined)
  return outcome
}

function refused(batch: Uint8Array, rules: Partial<BatchRules> = {}) {
  const outcome = validate(batch, rules)
  assert.ok(outcome.error !== undefined, 'The batch is accepted')
  return outcome
}

const some: RecordInput[] = Array.from({ length: 50 }, (_, i) => ({
  timestamp: NOW - 25 + i,
  key: utf8(`key-${i}`),
  value: utf8('the same text again and again, '.repeat(i % 5)),
  headers: i % 7 === 0 ? [{ key: 'seventh', value: null }] : [],
}))

describe('a batch that is right', () => {
  for (const codec of COMPRESSIONS) {
    it(`is kept as it came: ${codec}`, () => {
      const batch = encodeBatch(some, { codec, compute, producerId: 7n, producerEpoch: 0, baseSequence: 0 })
      const before = batch.slice()
      const outcome = valid(batch)
      assert.equal(outcome.batch, batch)
      assert.deepEqual(batch, before)
      assert.equal(outcome.recordCount, 50)
      assert.equal(outcome.maxTimestamp, BigInt(NOW + 24))
      assert.equal(outcome.logAppendTimeMs, -1)
    })

    it(`is accepted as Kafka's producer writes it: ${codec}`, () => {
      const folder = new URL('../../../src/protocol/records/golden/', import.meta.url)
      const batch = Uint8Array.from(readFileSync(new URL(`mixed-${codec}.bin`, folder)))
      batch.fill(0, 0, 8)
      const before = batch.slice()
      assert.equal(valid(batch, { timestampAfterMaxMs: 24 * HOUR }).maxTimestamp, BigInt(NOW + 24 * HOUR))
      assert.deepEqual(batch, before)
    })
  }

  it('is accepted whatever its records are', () => {
    const data = fc.option(fc.uint8Array({ maxLength: 200 }))
    const record = fc.record({
      timestamp: fc.oneof(fc.integer({ min: NOW - HOUR, max: NOW + HOUR }), fc.constantFrom(-1, 0)),
      key: data,
      value: data,
      headers: fc.array(fc.record({ key: fc.string(), value: data }), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(...COMPRESSIONS),
        (records, codec) => {
          const batch = encodeBatch(records, { codec, compute })
          const before = batch.slice()
          const greatest = records.reduce((most, { timestamp }) => Math.max(most, timestamp), -1)
          assert.equal(valid(batch).maxTimestamp, BigInt(greatest))
          assert.deepEqual(batch, before)
        },
      ),
    )
  })

  it('lies where its records have no timestamp: -1 is the greatest', () => {
    assert.equal(valid(encodeBatch([{ timestamp: -1 }, { timestamp: -1 }])).maxTimestamp, -1n)
  })
})

describe('compression.type', () => {
  for (const source of COMPRESSIONS) {
    for (const target of ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      it(`makes ${target} of ${source}, with the same records`, () => {
        const batch = encodeBatch(some, {
          codec: source,
          compute,
          producerId: 2n ** 63n - 1n,
          producerEpoch: 9,
          baseSequence: 77,
          transactional: true,
        })
        const before = [...readRecords(batch, compute)]
        const outcome = valid(batch, { compressionType: target })
        assert.equal(compressionOf(codecOf(outcome.batch)), target === 'uncompressed' ? 'none' : target)
        assert.deepEqual([...readRecords(outcome.batch, compute)], before)
        assert.equal(producerIdOf(outcome.batch), 2n ** 63n - 1n)
        assert.equal(attributesOf(outcome.batch) & 0xf8, 0x10)
        const name = source === 'none' ? 'uncompressed' : source
        assert.equal(outcome.batch === batch, name === target)
      })
    }
  }

  it('has a level of its own for each codec', () => {
    const size = (zstd: number) =>
      valid(encodeBatch(some), { compressionType: 'zstd', compressionLevels: { gzip: 1, lz4: 1, zstd } }).batch.length
    assert.ok(size(19) < size(-1000))
  })

  it('that makes a batch too large for the topic refuses it', () => {
    const batch = encodeBatch([{ timestamp: NOW, value: new Uint8Array(100_000) }], { codec: 'gzip', compute })
    assert.equal(valid(batch, { maxMessageBytes: 10_000 }).batch, batch)
    const rules = { maxMessageBytes: 10_000, compressionType: 'uncompressed' } as const
    assert.equal(refused(batch, rules).error, ErrorCode.MESSAGE_TOO_LARGE)
  })
})

describe('message.timestamp.type', () => {
  for (const compressionType of ['producer', 'lz4'] as const) {
    it(`LogAppendTime gives all records the broker's time (compression.type ${compressionType})`, () => {
      const batch = encodeBatch(some, { codec: 'gzip', compute })
      const outcome = valid(batch, { timestampType: 'LogAppendTime', compressionType })
      assert.equal(outcome.maxTimestamp, BigInt(NOW))
      assert.equal(outcome.logAppendTimeMs, NOW)
      assert.equal(timestampTypeOf(outcome.batch), 'LogAppendTime')
      for (const { timestamp } of readRecords(outcome.batch, compute)) assert.equal(timestamp, BigInt(NOW))
    })
  }

  it("LogAppendTime does not mind the producer's timestamps, whatever they are", () => {
    for (const timestamp of [-(2n ** 63n), -2n, 0n, 2n ** 63n - 1n]) {
      const batch = encodeBatch([{ timestamp }])
      assert.equal(valid(batch, { timestampType: 'LogAppendTime' }).maxTimestamp, BigInt(NOW))
    }
  })

  it('CreateTime keeps timestamps in their bounds, to the millisecond', () => {
    const rules = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 2000 }
    for (const timestamp of [NOW - 1000, NOW, NOW + 2000, -1]) valid(encodeBatch([{ timestamp }]), rules)
    for (const timestamp of [NOW - 1001, NOW + 2001, 0, -2, 2n ** 62n]) {
      const { error, recordErrors } = refused(encodeBatch([{ timestamp }]), rules)
      assert.equal(error, ErrorCode.INVALID_TIMESTAMP)
      assert.equal(recordErrors.length, 1)
    }
  })

  it('CreateTime without bounds takes every timestamp from 0 to the greatest int64', () => {
    const rules = { timestampAfterMaxMs: Number(2n ** 63n - 1n) }
    for (const timestamp of [0n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      const outcome = valid(encodeBatch([{ timestamp }]), rules)
      assert.equal(outcome.maxTimestamp, timestamp)
    }
    for (const timestamp of [-2n, -(2n ** 53n) - 2n, -(2n ** 63n)]) {
      assert.equal(refused(encodeBatch([{ timestamp }]), rules).error, ErrorCode.INVALID_TIMESTAMP)
    }
    // The second would be the greatest int64 and one more, the least.
    const beyond = encodeBatch([{ timestamp: 2n ** 63n - 1n }, { timestamp: 2n ** 63n }])
    assert.deepEqual(
      refused(beyond, rules).recordErrors.map(({ batchIndex }) => batchIndex),
      [1],
    )
  })

  it("of the batch is the broker's to set: a producer's is refused in every record", () => {
    for (const timestampType of ['CreateTime', 'LogAppendTime'] as const) {
      const batch = encodeBatch(some.slice(0, 3), { timestampType: 'LogAppendTime' })
      const { error, recordErrors } = refused(batch, { timestampType })
      assert.equal(error, ErrorCode.INVALID_TIMESTAMP)
      assert.deepEqual(
        recordErrors.map(({ batchIndex }) => batchIndex),
        [0, 1, 2],
      )
      assert.match(recordErrors[0]!.message, /only the broker may set/)
    }
  })
})

describe('a record that is not allowed', () => {
  it('is named with its index and reason', () => {
    const batch = encodeBatch([
      { timestamp: NOW, key: utf8('k') },
      { timestamp: NOW, key: null },
      { timestamp: NOW, key: utf8('') },
      { timestamp: NOW },
    ])
    const { error, message, recordErrors } = refused(batch, { compacted: true })
    assert.equal(error, ErrorCode.INVALID_RECORD)
    assert.match(message, /^2 records are refused; the first: Record 1 has no key/)
    assert.deepEqual(
      recordErrors.map(({ batchIndex }) => batchIndex),
      [1, 3],
    )
  })

  it('makes the answer one about timestamps where any timestamp is wrong, as in Kafka', () => {
    const batch = encodeBatch([
      { timestamp: NOW + 2 * HOUR },
      { timestamp: NOW + 2 * HOUR, key: utf8('k') },
      { timestamp: NOW, key: utf8('k') },
    ])
    const { error, recordErrors } = refused(batch, { compacted: true })
    assert.equal(error, ErrorCode.INVALID_TIMESTAMP)
    assert.match(recordErrors[0]!.message, /has no key/)
    assert.match(recordErrors[1]!.message, /timestamp 1700007200000, .* from 0 to 1700003600000/)
    assert.equal(recordErrors.length, 2)
  })

  it('is named in the first hundred only: an answer does not grow with what is wrong', () => {
    const batch = encodeBatch(Array.from({ length: 5000 }, () => ({ timestamp: NOW })))
    const { message, recordErrors } = refused(batch, { compacted: true })
    assert.match(message, /^5000 records/)
    assert.equal(recordErrors.length, 100)
  })
})

describe('the budget for decompressing', () => {
  const rules = { maxMessageBytes: MIB, maxDecompressedMessageBytes: NO_DECOMPRESSED_LIMIT }

  it('is a thousandfold, at least what would be taken uncompressed, at most 16 MiB or twice that', () => {
    assert.equal(decompressedBytesMax(100, rules), MIB)
    assert.equal(decompressedBytesMax(5000, rules), 5_000_000)
    assert.equal(decompressedBytesMax(MIB, rules), 16 * MIB)
    assert.equal(decompressedBytesMax(MIB, { ...rules, maxMessageBytes: 20 * MIB }), 40 * MIB)
    assert.equal(decompressedBytesMax(100, { ...rules, maxMessageBytes: 20 * MIB }), 20 * MIB)
  })

  it('is more where max.decompressed.message.bytes was set to more', () => {
    assert.equal(decompressedBytesMax(MIB, { ...rules, maxDecompressedMessageBytes: 100 * MIB }), 100 * MIB)
    assert.equal(decompressedBytesMax(MIB, { ...rules, maxDecompressedMessageBytes: 5 }), 16 * MIB)
  })

  it("has beside it max.decompressed.message.bytes for each record of a compressed batch, as Kafka's", () => {
    const records = [1, 2, 3].map(() => ({ timestamp: NOW, value: new Uint8Array(1000) }))
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const batch = encodeBatch(records, { codec, compute })
      valid(batch, { maxDecompressedMessageBytes: 1007 })
      const { error, message } = refused(batch, { maxDecompressedMessageBytes: 1006 })
      assert.equal(error, ErrorCode.INVALID_RECORD)
      assert.match(message, /1007 bytes, 1006 are allowed/)
    }
    valid(encodeBatch(records), { maxDecompressedMessageBytes: 10 })
  })
})

describe('what the log assigns', () => {
  it('is not touched: the leader epoch of the producer stays until the log writes its own', () => {
    const batch = encodeBatch(some, { leaderEpoch: 99 })
    for (const compressionType of ['producer', 'zstd'] as const) {
      const outcome = valid(batch, { compressionType })
      assert.equal(leaderEpochOf(outcome.batch), 99)
      assert.equal(baseOffsetOf(outcome.batch), 0)
    }
  })
})

describe('a greatest timestamp in the header that is not that of the records', () => {
  for (const codec of ['none', 'zstd'] as const) {
    it(`is corrected: ${codec}`, () => {
      const batch = encodeBatch(some, { codec, compute })
      new DataView(batch.buffer).setBigInt64(35, BigInt(NOW + 5 * HOUR))
      setCrc(batch, 0)
      const outcome = valid(batch)
      assert.equal(outcome.batch, batch)
      assert.equal(outcome.maxTimestamp, BigInt(NOW + 24))
      assert.equal(maxTimestampOf(batch), BigInt(NOW + 24))
    })
  }
})
