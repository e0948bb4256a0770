/**
 * Batches that a hostile or broken client sends. Each is refused with its code, or taken without harm; the numbers are
 * those of our list of bad inputs, and stay.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '#core'
import { nodeCompute as compute } from '#host/node'
import { type Compression, compress } from '../compression/index.ts'
import { xxh32 } from '../compression/xxh32.ts'
import { ErrorCode, errorName } from '../errors.ts'
import {
  attributesOf,
  type BatchRules,
  checkBatch,
  codecNumberOf,
  encodeBatch,
  putHeader,
  readRecords,
  setCrc,
  validateBatch,
} from './index.ts'
import { defaults, HOUR, MIB, NOW } from './rules.kit.test.ts'

/** The name of the error that a batch is answered with, or `NONE`. */
function answer(batch: Uint8Array, rules: Partial<BatchRules> = {}): string {
  const outcome = validateBatch(batch, { ...defaults, ...rules }, compute, NOW)
  if (outcome.error === undefined) assert.equal(checkBatch(outcome.batch), undefined)
  return errorName(outcome.error ?? ErrorCode.NONE)
}

const good = encodeBatch([1, 2, 3].map((i) => ({ timestamp: NOW + i, key: utf8(`k${i}`), value: utf8(`value ${i}`) })))

/** The good batch with other bytes at `at`, summed again unless it is not to be. */
function patched(at: number, bytes: readonly number[], { sum = true } = {}): Uint8Array {
  const batch = good.slice()
  batch.set(bytes, at)
  if (sum) setCrc(batch, 0)
  return batch
}

function int32(value: number): number[] {
  return [value >> 24, value >> 16, value >> 8, value]
}

/** A batch of this payload, whatever it is, with a header that is right. */
function batchOf(payload: Iterable<number>, { recordCount = 1, attributes = 0 } = {}): Uint8Array {
  const bytes = Uint8Array.from(payload)
  const batch = new Uint8Array(61 + bytes.length)
  batch.set(bytes, 61)
  putHeader(batch, 0, {
    baseOffset: 0,
    sizeBytes: batch.length,
    leaderEpoch: -1,
    attributes,
    lastOffsetDelta: recordCount - 1,
    baseTimestamp: BigInt(NOW),
    maxTimestamp: BigInt(NOW),
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    recordCount,
  })
  return batch
}

/** A record of this body, with its length. */
function record(...body: number[]): number[] {
  return [body.length * 2, ...body]
}

function compressed(codec: 'gzip' | 'snappy' | 'lz4' | 'zstd', payload: Uint8Array, recordCount = 1): Uint8Array {
  return batchOf(compress(codec, payload, { compute }), { recordCount, attributes: codecNumberOf(codec) })
}

/** A body with one field replaced: attributes, timestamp, offset, key, value, header count. */
const whole = [0, 0, 0, 1, 1, 0]

describe('bad batches', () => {
  it('BAD-30 a wrong CRC is CORRUPT_MESSAGE, wherever the difference is', () => {
    for (let at = 17; at < good.length; at++) {
      assert.equal(answer(patched(at, [good[at]! ^ 0x10], { sum: false })), 'CORRUPT_MESSAGE')
    }
  })

  it('BAD-31 a length that is not that of the bytes is INVALID_RECORD, though the CRC is right', () => {
    assert.equal(answer(good.subarray(0, good.length - 1)), 'INVALID_RECORD')
    assert.equal(answer(good.subarray(0, 61)), 'INVALID_RECORD')
    assert.equal(answer(Uint8Array.from([...good, 0])), 'INVALID_RECORD')
    assert.equal(answer(Uint8Array.from([...good, ...new Uint8Array(100)])), 'INVALID_RECORD')
  })

  it('BAD-32 a length that no batch can have is refused', () => {
    for (const length of [-2147483648, -1, 0, 13, 14, 48]) {
      assert.equal(answer(patched(8, int32(length), { sum: false })), 'CORRUPT_MESSAGE')
    }
    assert.equal(answer(patched(8, int32(2147483647), { sum: false })), 'INVALID_RECORD')
  })

  it('BAD-33 another record format is INVALID_RECORD', () => {
    for (const magic of [0, 1, 3, 127, 128, 255]) assert.equal(answer(patched(16, [magic])), 'INVALID_RECORD')
  })

  it('BAD-34 two batches for one partition are INVALID_RECORD', () => {
    assert.equal(answer(Uint8Array.from([...good, ...good])), 'INVALID_RECORD')
  })

  it('BAD-35 no batch at all is INVALID_RECORD', () => {
    for (const length of [0, 1, 11]) assert.equal(answer(new Uint8Array(length)), 'INVALID_RECORD')
    assert.equal(answer(batchOf([], { recordCount: 1 })), 'INVALID_RECORD')
  })

  it('BAD-36 a record count that is not that of the records is INVALID_RECORD', () => {
    for (const count of [-2147483648, -1, 0, 2, 4, 2147483647]) {
      assert.equal(answer(patched(57, int32(count))), 'INVALID_RECORD')
      // Also where the last offset delta agrees.
      const batch = patched(57, int32(count))
      batch.set(int32(count - 1), 23)
      setCrc(batch, 0)
      assert.equal(answer(batch), 'INVALID_RECORD')
    }
  })

  it('BAD-37 a last offset delta that is not the count less one is INVALID_RECORD', () => {
    for (const delta of [-1, 0, 1, 3, 2147483647, -2147483648]) {
      assert.equal(answer(patched(23, int32(delta))), 'INVALID_RECORD')
    }
  })

  it('BAD-38 offset deltas that are not 0, 1, 2, ... are INVALID_RECORD', () => {
    for (const deltas of [
      [1, 2],
      [0, 2],
      [0, 0],
      [1, 0],
      [0, -1],
    ]) {
      const payload = deltas.flatMap((delta) => record(0, 0, (delta << 1) ^ (delta >> 31), 1, 1, 0))
      const batch = batchOf(Uint8Array.from(payload), { recordCount: 2 })
      assert.equal(answer(batch), 'INVALID_RECORD')
      assert.equal(answer(compressed('lz4', Uint8Array.from(payload), 2)), 'INVALID_RECORD')
    }
  })

  it('BAD-39 a record whose length is negative, past the end or not that of its parts is INVALID_RECORD', () => {
    assert.equal(answer(batchOf(record(...whole))), 'NONE')
    for (const length of [0, 1, 2, 4, 10, 14, 16, 0x7e]) {
      assert.equal(answer(batchOf([length, ...whole])), 'INVALID_RECORD')
    }
    // Lengths of five and six bytes.
    assert.equal(answer(batchOf([0xff, 0xff, 0xff, 0xff, 0x0f, ...whole])), 'INVALID_RECORD')
    assert.equal(answer(batchOf([0xfe, 0xff, 0xff, 0xff, 0x0f, ...whole])), 'INVALID_RECORD')
    assert.equal(answer(batchOf([0x80, 0x80, 0x80, 0x80, 0x80, 0x06, ...whole])), 'INVALID_RECORD')
    assert.equal(answer(batchOf(record(...whole, 0))), 'INVALID_RECORD')
    assert.equal(answer(batchOf([...record(...whole), 0])), 'INVALID_RECORD')
    for (let length = 0; length < whole.length; length++) {
      assert.equal(answer(batchOf(record(...whole.slice(0, length)))), 'INVALID_RECORD')
    }
  })

  it('BAD-40 a header count that is negative or does not fit, and a header without key, are INVALID_RECORD', () => {
    const headers = (...bytes: number[]) => answer(batchOf(record(0, 0, 0, 1, 1, ...bytes)))
    assert.equal(headers(2, 2, 0x61, 1), 'NONE')
    for (const count of [1, 3, 4, 0x7e]) assert.equal(headers(count, 2, 0x61, 1), 'INVALID_RECORD')
    assert.equal(headers(0xfe, 0xff, 0xff, 0xff, 0x0f, 2, 0x61, 1), 'INVALID_RECORD')
    assert.equal(headers(0xff, 0xff, 0xff, 0xff, 0x0f), 'INVALID_RECORD')
    assert.equal(headers(2, 1, 1), 'INVALID_RECORD')
    assert.equal(headers(2, 3, 1), 'INVALID_RECORD')
    assert.equal(headers(2, 2, 0x61, 3), 'INVALID_RECORD')
    assert.equal(headers(2, 0x7e, 0x61, 1), 'INVALID_RECORD')
    assert.equal(headers(2, 2, 0x61, 0x7e), 'INVALID_RECORD')
  })

  it('BAD-41 a key or value of length -2, or longer than the record, is INVALID_RECORD', () => {
    for (const length of [3, 5, 0x7f, 2, 4, 0x7e]) {
      assert.equal(answer(batchOf(record(0, 0, 0, length, 1, 0))), 'INVALID_RECORD')
      assert.equal(answer(batchOf(record(0, 0, 0, 1, length, 0))), 'INVALID_RECORD')
    }
    assert.equal(answer(batchOf(record(0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0))), 'INVALID_RECORD')
    assert.equal(answer(batchOf(record(0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 0))), 'INVALID_RECORD')
  })

  it('BAD-42 control records of a client are INVALID_RECORD', () => {
    assert.equal(answer(patched(22, [0x20])), 'INVALID_RECORD')
    assert.equal(answer(patched(22, [0x30])), 'INVALID_RECORD')
  })

  it('BAD-43 a transaction without producer id, one below -1, or one without epoch or sequence is INVALID_RECORD', () => {
    const producer = (producerId: bigint, producerEpoch: number, baseSequence: number, transactional = false) =>
      answer(encodeBatch([{ timestamp: NOW }], { producerId, producerEpoch, baseSequence, transactional }))
    assert.equal(producer(-1n, -1, -1, true), 'INVALID_RECORD')
    assert.equal(producer(5n, 0, -1), 'INVALID_RECORD')
    assert.equal(producer(5n, -1, 0), 'INVALID_RECORD')
    assert.equal(producer(5n, 0, -2147483648), 'INVALID_RECORD')
    assert.equal(producer(-2n, -1, -1), 'INVALID_RECORD')
    assert.equal(producer(-(2n ** 63n), 0, 0), 'INVALID_RECORD')
    assert.equal(producer(0n, 0, 0), 'NONE')
    assert.equal(producer(2n ** 63n - 1n, 32767, 2147483647, true), 'NONE')
  })

  it('BAD-44 a codec that does not exist, or zstd before its time, is UNSUPPORTED_COMPRESSION_TYPE', () => {
    for (const codec of [5, 6, 7]) assert.equal(answer(patched(22, [codec])), 'UNSUPPORTED_COMPRESSION_TYPE')
    const zstd = compressed('zstd', Uint8Array.from(record(...whole)))
    assert.equal(answer(zstd, { zstdRefused: true }), 'UNSUPPORTED_COMPRESSION_TYPE')
    assert.equal(answer(zstd, { zstdRefused: false }), 'NONE')
    assert.equal(answer(compressed('gzip', Uint8Array.from(record(...whole))), { zstdRefused: true }), 'NONE')
  })

  it('BAD-45 attributes without a meaning, and the delete horizon, are kept in place and dropped in a rebuilt batch', () => {
    for (const attributes of [
      [0, 0x40],
      [0xff, 0x80],
    ]) {
      const batch = patched(21, attributes)
      assert.equal(answer(batch), 'NONE')
      assert.deepEqual([...batch.subarray(21, 23)], attributes)
      const outcome = validateBatch(batch, { ...defaults, compressionType: 'lz4' }, compute, NOW)
      assert.ok(outcome.error === undefined)
      assert.equal(attributesOf(outcome.batch), 3)
    }
  })

  it("BAD-46 a leader epoch is the leader's to overwrite; a base offset other than 0 is INVALID_RECORD, as in Kafka", () => {
    assert.equal(answer(patched(12, int32(2147483647))), 'NONE')
    for (const offset of [1n, -1n, 2n ** 63n - 1n]) {
      const batch = good.slice()
      new DataView(batch.buffer).setBigInt64(0, offset)
      assert.equal(answer(batch), 'INVALID_RECORD')
    }
  })

  it('BAD-47 a bomb is MESSAGE_TOO_LARGE: more than a thousandfold, or than the topic makes plausible', () => {
    const zeros = (bytes: number, codec: Compression) =>
      encodeBatch([{ timestamp: NOW, value: new Uint8Array(bytes) }], { codec, compute })
    for (const codec of ['gzip', 'zstd'] as const) {
      assert.equal(answer(zeros(MIB - 100, codec)), 'NONE')
      assert.equal(answer(zeros(4 * MIB, codec)), 'MESSAGE_TOO_LARGE')
    }
    for (const codec of ['gzip', 'zstd', 'lz4', 'snappy'] as const) {
      const batch = zeros(17 * MIB, codec)
      assert.equal(answer(batch, { maxMessageBytes: Math.max(MIB, batch.length) }), 'MESSAGE_TOO_LARGE')
    }
  })

  it('BAD-47 what a stream says of its size is not believed', () => {
    const lie = (codec: 'snappy' | 'lz4' | 'zstd', bytes: number[]) =>
      answer(batchOf(bytes, { attributes: codecNumberOf(codec) }))
    // Raw Snappy of 4 GiB, and one that 20 bytes cannot give.
    assert.equal(lie('snappy', [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 65]), 'CORRUPT_MESSAGE')
    assert.equal(lie('snappy', [0x80, 0x80, 0x40, ...Array(20).fill(0xfe)]), 'CORRUPT_MESSAGE')
    // The framing with blocks of -1, 2^31 - 1, 0 bytes.
    const xerial = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    for (const size of [-1, 2147483647, 0]) {
      assert.equal(lie('snappy', [...xerial, ...int32(size), 1, 0, 65]), 'CORRUPT_MESSAGE')
    }
    const lz4 = (flags: number, block: number, rest: number[]) => {
      const head = [0x04, 0x22, 0x4d, 0x18, flags, block]
      const size = (flags & 8) === 0 ? [] : rest.splice(0, 8)
      const header = Uint8Array.from([...head, ...size])
      return lie('lz4', [...header, (xxh32(header, 4, header.length) >> 8) & 0xff, ...rest])
    }
    // Content sizes of 2^63 and of 5, over a stored block of one byte.
    const stored = [1, 0, 0, 0x80, 0x41, 0, 0, 0, 0]
    assert.equal(lz4(0x68, 0x40, [0, 0, 0, 0, 0, 0, 0, 0x80, ...stored]), 'MESSAGE_TOO_LARGE')
    assert.equal(lz4(0x68, 0x40, [5, 0, 0, 0, 0, 0, 0, 0, ...stored]), 'CORRUPT_MESSAGE')
    // Block maxima that do not exist, blocks that depend on each other, a block larger than the maximum.
    for (const block of [0x00, 0x30, 0x41, 0x80, 0xf0]) assert.equal(lz4(0x60, block, [...stored]), 'CORRUPT_MESSAGE')
    assert.equal(lz4(0x40, 0x40, [...stored]), 'CORRUPT_MESSAGE')
    assert.equal(lz4(0x60, 0x40, [1, 0, 1, 0x80, ...new Uint8Array(65_537), 0, 0, 0, 0]), 'CORRUPT_MESSAGE')
    // A zstd frame of 2^62 bytes, and a chain of frames that are to be skipped.
    const zstd = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40]
    assert.equal(lie('zstd', [...zstd, 0x09, 0, 0, 0x41]), 'CORRUPT_MESSAGE')
    const skipped = Array.from({ length: 20_000 }, () => [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]).flat()
    assert.equal(lie('zstd', skipped), 'INVALID_RECORD')
    assert.equal(lie('zstd', [0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]), 'CORRUPT_MESSAGE')
  })

  it('BAD-47 a value that is itself compressed is left alone', () => {
    const value = compress('gzip', new Uint8Array(50 * MIB), { compute })
    const batch = encodeBatch([{ timestamp: NOW, value }], { codec: 'gzip', compute })
    assert.equal(answer(batch), 'NONE')
    assert.deepEqual([...readRecords(batch, compute)][0]!.value, value)
  })

  it('BAD-48 a stream that is cut off, damaged or goes on after its end is CORRUPT_MESSAGE', () => {
    const payload = Uint8Array.from(record(...whole))
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const stream = compress(codec, payload, { compute })
      const attributes = codecNumberOf(codec)
      const cut = answer(batchOf(stream.subarray(0, stream.length - 1), { attributes }))
      assert.equal(cut, 'CORRUPT_MESSAGE', codec)
      assert.equal(answer(batchOf([...stream, 0, 0, 0, 9, 1], { attributes })), 'CORRUPT_MESSAGE', codec)
      assert.equal(answer(batchOf([1, 2, 3, 4, 5, 6, 7, 8, 9], { attributes })), 'CORRUPT_MESSAGE', codec)
      assert.equal(answer(batchOf([], { attributes })), 'CORRUPT_MESSAGE', codec)
      // A stream that is right, with more or fewer records than the header says.
      const two = Uint8Array.from([...payload, ...payload])
      assert.equal(answer(compressed(codec, two)), 'INVALID_RECORD', codec)
      assert.equal(answer(compressed(codec, payload, 2)), 'INVALID_RECORD', codec)
    }
  })

  it('BAD-49 a batch larger than max.message.bytes is MESSAGE_TOO_LARGE, to the byte', () => {
    assert.equal(answer(good, { maxMessageBytes: good.length }), 'NONE')
    assert.equal(answer(good, { maxMessageBytes: good.length - 1 }), 'MESSAGE_TOO_LARGE')
    assert.equal(answer(good, { maxMessageBytes: 0 }), 'MESSAGE_TOO_LARGE')
  })

  it('BAD-50 a timestamp of -2, in the far future, or beyond counting is INVALID_TIMESTAMP', () => {
    for (const timestamp of [-2n, -(2n ** 63n), BigInt(NOW + HOUR + 1), 2n ** 53n, 2n ** 63n - 1n]) {
      assert.equal(answer(encodeBatch([{ timestamp }])), 'INVALID_TIMESTAMP')
    }
    // A delta of ten bytes, and one whose eleventh never comes.
    const far = [0, ...Array(9).fill(0xff), 0x01, 0, 1, 1, 0]
    assert.equal(answer(batchOf(record(...far))), 'INVALID_TIMESTAMP')
    assert.equal(answer(batchOf(record(0, ...Array(11).fill(0x80), 0, 1, 1, 0))), 'INVALID_RECORD')
  })

  it('BAD-50 a lie about the greatest timestamp is corrected', () => {
    for (const lie of [0n, -1n, -5n, 2n ** 63n - 1n]) {
      const batch = good.slice()
      new DataView(batch.buffer).setBigInt64(35, lie)
      setCrc(batch, 0)
      const outcome = validateBatch(batch, defaults, compute, NOW)
      assert.ok(outcome.error === undefined)
      assert.deepEqual(outcome.batch, good)
    }
  })

  it('BAD-52 a record without key is INVALID_RECORD in a compacted topic', () => {
    assert.equal(answer(batchOf(record(...whole)), { compacted: true }), 'INVALID_RECORD')
    assert.equal(answer(compressed('zstd', Uint8Array.from(record(...whole))), { compacted: true }), 'INVALID_RECORD')
    assert.equal(answer(good, { compacted: true }), 'NONE')
  })

  it('nothing that is accepted fails a reader, and nothing throws', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: good.length - 1 }), fc.nat(255))
    const rules = fc.record({
      compressionType: fc.constantFrom('producer' as const, 'zstd' as const),
      timestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
      compacted: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 3 }),
        rules,
        fc.constantFrom(0, 1, 2, 3, 4),
        (changes, wanted, codec) => {
          const plain = good.slice()
          for (const [at, byte] of changes) plain[at] = byte
          const name = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[codec]!
          const payload = compress(name, plain.subarray(61), { compute })
          const batch = Uint8Array.from([...plain.subarray(0, 61), ...payload])
          batch[22]! |= codec
          new DataView(batch.buffer).setInt32(8, batch.length - 12)
          setCrc(batch, 0)
          const outcome = validateBatch(batch, { ...defaults, ...wanted }, compute, NOW)
          if (outcome.error !== undefined) return
          assert.equal(checkBatch(outcome.batch), undefined)
          assert.equal([...readRecords(outcome.batch, compute)].length, outcome.recordCount)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
