/**
 * A produced batch, judged twice: by `validateBatch`, and by the few rules below, which say the same in the plainest words
 * that could be found, from Kafka's format and Kafka's checks. What one accepts, the other does, and it reads back.
 *
 * The first two bytes say what the topic wants and in which codec the records are: the others are a batch whose records
 * are not compressed yet, so that changes get into the records and not only into streams that nobody can decompress.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { CompressionError } from '#host'
import { nodeCompute as compute, useNativeCrc32c } from '#host/node'
import * as records from '#protocol/records'
import { Violation } from '../engine/violation.mjs'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000
const HEAD = 2
const { BATCH_HEADER_BYTES } = records

useNativeCrc32c()

/** By the first byte. */
const topics = [
  {},
  { compacted: true },
  { timestampType: 'LogAppendTime' },
  { compressionType: 'uncompressed' },
  { compressionType: 'lz4' },
  { timestampBeforeMaxMs: HOUR },
  { maxMessageBytes: 300 },
  { maxDecompressedMessageBytes: 40 },
].map((wants) => ({
  maxMessageBytes: 1_048_588,
  maxDecompressedMessageBytes: records.NO_DECOMPRESSED_LIMIT,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: HOUR,
  compacted: false,
  ...wants,
}))
/** By the second byte; most do not compress, which is quick. */
const codecs = ['none', 'none', 'none', 'none', 'none', 'none', 'lz4', 'snappy']

function seeds() {
  const golden = new URL('../../src/protocol/records/golden/', import.meta.url)
  const batches = readdirSync(golden)
    .filter((file) => file.endsWith('.bin') && !file.includes('mixed-none'))
    .map((file) => Uint8Array.from(readFileSync(new URL(file, golden))))
  const text = (value) => new TextEncoder().encode(value)
  const plain = [
    [{ timestamp: NOW, key: text('k'), value: text('v') }],
    [
      { timestamp: NOW, key: text('k'), value: null },
      { timestamp: NOW + 5, key: null, value: text('value'), headers: [{ key: 'h', value: text('x') }] },
      { timestamp: NOW - 5, key: text(''), value: text(''), headers: [{ key: '', value: null }] },
    ],
    Array.from({ length: 20 }, (_, i) => ({ timestamp: NOW + i, key: text(`key ${i}`), value: text(`value ${i}`) })),
  ]
  for (const content of plain) {
    batches.push(records.encodeBatch(content))
    batches.push(records.encodeBatch(content, { producerId: 5n, producerEpoch: 1, baseSequence: 9 }))
  }
  return batches.flatMap((batch) => topics.map((_, topic) => Uint8Array.of(topic, batch.length % 8, ...batch)))
}

/** Length and sum are made right, and mostly what else has to fit before the records are looked at. */
function repair(bytes, length) {
  const batch = bytes.subarray(HEAD, length)
  if (batch.length < BATCH_HEADER_BYTES) return
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
  view.setInt32(8, batch.length - 12)
  if (batch[16] < 200) view.setInt8(16, 2)
  if ((batch[60] & 3) !== 0) view.setInt32(23, view.getInt32(57) - 1)
  if ((batch[20] & 3) !== 0) view.setBigInt64(0, 0n)
  view.setUint32(17, records.computeCrc(batch))
}

function run(bytes) {
  if (bytes.length < HEAD) return
  const rules = topics[bytes[0] % topics.length]
  const codec = codecs[bytes[1] % codecs.length]
  const plain = bytes.subarray(HEAD)
  const produced = codec === 'none' ? plain.slice() : compressed(plain, codec)
  const before = produced.slice()
  const valid = records.validateBatch(produced, rules, compute, NOW)
  const expected = whyRefused(before, rules)
  if (valid.error !== undefined) {
    if (expected === undefined) throw new Violation(`refused without a reason: ${valid.error} ${valid.message}`)
    return
  }
  if (expected !== undefined) throw new Violation(`accepted though ${expected}`)
  checkStored(valid, before, rules)
}

/** What is accepted is whole, reads as what it was, and says the truth about itself. */
function checkStored({ batch, recordCount, maxTimestamp }, before, rules) {
  const damage = records.checkBatch(batch)
  if (damage !== undefined) throw new Violation(`what was accepted is damaged: ${damage}`)
  if (records.sizeOf(batch) !== batch.length) throw new Violation('what was accepted has another size')
  const was = [...records.readRecords(before, compute)]
  let count = 0
  let greatest
  for (const { offset, timestamp, key, value, headers } of records.readRecords(batch, compute)) {
    const old = was[count]
    if (offset !== count++) throw new Violation('offsets do not follow on')
    if (greatest === undefined || timestamp > greatest) greatest = timestamp
    if (!same(key, old.key) || !same(value, old.value) || headers.length !== old.headers.length) {
      throw new Violation('a record changed')
    }
    if (rules.timestampType === 'CreateTime' && timestamp !== old.timestamp) throw new Violation('a time changed')
  }
  if (count !== was.length || count !== recordCount) throw new Violation(`${count} records, ${recordCount} said`)
  if (greatest !== maxTimestamp) throw new Violation(`the greatest time is ${greatest}, not ${maxTimestamp}`)
}

function same(a, b) {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}

/** Kafka's rules, and where README.md of the records says that we are stricter. */
function whyRefused(batch, rules) {
  if (batch.length < BATCH_HEADER_BYTES) return 'it is no batch'
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
  if (view.getInt32(8) !== batch.length - 12) return 'its length is not its length'
  if (view.getInt8(16) !== 2) return 'it has another format'
  if (view.getBigInt64(0) !== 0n) return 'its first offset is not 0'
  if (batch.length > rules.maxMessageBytes) return 'it is too large'
  if (records.computeCrc(batch) !== view.getUint32(17)) return 'its sum is wrong'
  const attributes = view.getInt16(21)
  const codec = records.compressionOf(attributes & 7)
  if (codec === undefined) return 'there is no such codec'
  if ((attributes & 0x20) !== 0) return 'it is a control batch'
  const count = view.getInt32(57)
  if (count < 1) return 'it has no records'
  if (view.getInt32(23) !== count - 1) return 'its last offset delta is not that of its last record'
  const producerId = view.getBigInt64(43)
  if (producerId < -1n) return 'there is no such producer'
  if (producerId >= 0n && (view.getInt16(51) < 0 || view.getInt32(53) < 0)) return 'its producer has no sequence'
  if (producerId === -1n && (attributes & 0x10) !== 0) return 'a transaction has a producer'
  let content = batch.subarray(BATCH_HEADER_BYTES)
  try {
    content = records.decompress(codec, content, {
      compute,
      bytesMax: records.decompressedBytesMax(batch.length, rules),
    })
  } catch (error) {
    if (error instanceof CompressionError) return 'it cannot be decompressed'
    throw error
  }
  const base = view.getBigInt64(27)
  const isLogTime = (attributes & 8) !== 0
  if (isLogTime) return 'only brokers set LogAppendTime'
  const cursor = { content, at: 0 }
  for (let i = 0; i < count; i++) {
    const length = varint(cursor, content.length)
    if (length === undefined || length < 1n || length > content.length - cursor.at) return 'a record does not fit'
    if (codec !== 'none' && length > rules.maxDecompressedMessageBytes) return 'a record is too long'
    const end = cursor.at + Number(length)
    cursor.at++
    const delta = varlong(cursor, end)
    if (delta === undefined) return 'a time is cut off'
    if (varint(cursor, end) !== BigInt(i)) return 'offsets do not follow on'
    const key = piece(cursor, end)
    const value = piece(cursor, end)
    if (key === undefined || value === undefined) return 'key or value do not fit'
    const headers = varint(cursor, end)
    if (headers === undefined || headers < 0n) return 'headers do not fit'
    for (let h = 0n; h < headers; h++) {
      if ((piece(cursor, end) ?? null) === null || piece(cursor, end) === undefined) return 'a header does not fit'
    }
    if (cursor.at !== end) return 'a record does not end where it says'
    if (rules.compacted && key === null) return 'a record of a compacted topic needs a key'
    if (rules.timestampType !== 'CreateTime') continue
    const time = base + delta
    if (delta > 2n ** 52n || delta < -(2n ** 52n)) return 'a time is further from the first than 2^52 ms'
    const isBounded = rules.timestampBeforeMaxMs !== Number.POSITIVE_INFINITY
    const least = isBounded ? BigInt(NOW - rules.timestampBeforeMaxMs) : 0n
    if (time !== -1n && (time < least || time > BigInt(NOW + rules.timestampAfterMaxMs)))
      return 'a time is out of bounds'
  }
  return cursor.at === content.length ? undefined : 'something follows the records'
}

/** A length and so many bytes; null for -1; undefined where they do not fit. */
function piece(cursor, end) {
  const length = varint(cursor, end)
  if (length === -1n) return null
  if (length === undefined || length < 0n || length > end - cursor.at) return undefined
  cursor.at += Number(length)
  return true
}

function varint(cursor, end) {
  return zigzag(cursor, end, 5, 32)
}

function varlong(cursor, end) {
  return zigzag(cursor, end, 10, 64)
}

function zigzag(cursor, end, bytesMax, bits) {
  let value = 0n
  for (let i = 0; i < bytesMax; i++) {
    if (cursor.at >= end) return undefined
    const byte = cursor.content[cursor.at++]
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte >= 0x80) continue
    if (value >= 1n << BigInt(bits)) return undefined
    return (value >> 1n) ^ -(value & 1n)
  }
  return undefined
}

/** The batch with its records compressed. */
function compressed(plain, codec) {
  if (plain.length < BATCH_HEADER_BYTES) return plain.slice()
  const payload = records.compress(codec, plain.subarray(BATCH_HEADER_BYTES), { compute })
  const batch = new Uint8Array(BATCH_HEADER_BYTES + payload.length)
  batch.set(plain.subarray(0, BATCH_HEADER_BYTES))
  batch.set(payload, BATCH_HEADER_BYTES)
  const view = new DataView(batch.buffer)
  view.setInt32(8, batch.length - 12)
  view.setInt16(21, (view.getInt16(21) & ~7) | records.codecNumberOf(codec))
  view.setUint32(17, records.computeCrc(batch))
  return batch
}

export const target = {
  about: 'a produced batch, validated by two sets of rules that must agree, and read back',
  kind: 'records and codecs',
  bytesMax: 4096,
  seeds,
  repair,
  heapBytesMax: ({ length }) => 2 * 1024 * 1024 + 4 * 1000 * length,
  run,
}
