/**
 * Writes batches: what a producer sends, what a coordinator and the quorum append.
 *
 * Sizes are added up first, so that the batch is written once, into bytes of exactly its size.
 */
import { assert, type LeaderEpoch, type Offset, type ProducerId, utf8Length, writeUtf8 } from '#core'
import type { Compute } from '#host'
import { type Compression, type CompressionLevels, codecNumberOf, compress } from '../compression/index.ts'
import {
  BATCH_HEADER_BYTES,
  CONTROL_BIT,
  LOG_APPEND_TIME_BIT,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  putHeader,
  type TimestampType,
  TRANSACTIONAL_BIT,
} from './batch-header.ts'
import type { RecordHeader } from './record-reader.ts'
import { putVarint, putVarlong, varintSize, varlongSize } from './varint.ts'

export interface RecordInput {
  /** Milliseconds since 1970; -1 for none. */
  readonly timestamp: bigint | number
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly headers?: readonly RecordHeader[]
}

export interface BatchOptions {
  /** Default `none`. */
  readonly codec?: Compression
  /** Needed for `gzip` and `zstd`. */
  readonly compute?: Compute
  readonly levels?: CompressionLevels
  /** Default 0, as producers must send it. */
  readonly baseOffset?: Offset
  /** Default -1: unknown. */
  readonly leaderEpoch?: LeaderEpoch
  readonly producerId?: ProducerId
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Default `CreateTime`. */
  readonly timestampType?: TimestampType
}

const NULL_BYTES = 1
const DELTA_MAX = 2 ** 52

/** One batch of `records`, of which there is at least one; their offsets are consecutive. */
export function encodeBatch(records: readonly RecordInput[], options: BatchOptions = {}): Uint8Array {
  const [first] = records
  assert(first !== undefined, 'A batch has a record at least')
  const base = BigInt(first.timestamp)
  const baseNumber = Number(base)
  const exact = Number.isSafeInteger(baseNumber)
  const deltas = new Float64Array(records.length)
  const bodySizes = new Int32Array(records.length)
  let payloadBytes = 0
  let deltaMax = 0
  for (let i = 0; i < records.length; i++) {
    const { timestamp } = records[i]!
    const delta = typeof timestamp === 'number' && exact ? timestamp - baseNumber : Number(BigInt(timestamp) - base)
    assert(delta >= -DELTA_MAX && delta <= DELTA_MAX, 'The timestamps of one batch are within 2^52 ms of the first')
    deltas[i] = delta
    if (delta > deltaMax) deltaMax = delta
    const size = bodySize(records[i]!, i, delta)
    bodySizes[i] = size
    payloadBytes += varintSize(size) + size
  }

  const { codec = 'none', compute, levels } = options
  // Uncompressed records are written where they stay.
  const room = codec === 'none' ? BATCH_HEADER_BYTES : 0
  let batch = new Uint8Array(room + payloadBytes)
  let at = room
  for (let i = 0; i < records.length; i++) {
    at = putVarint(batch, at, bodySizes[i]!)
    at = putBody(batch, at, records[i]!, i, deltas[i]!)
  }
  assert(at === batch.length, 'Records take as many bytes as was added up')
  if (codec !== 'none') {
    const payload = compress(codec, batch, { compute: compute ?? NO_COMPUTE, ...(levels && { levels }) })
    batch = new Uint8Array(BATCH_HEADER_BYTES + payload.length)
    batch.set(payload, BATCH_HEADER_BYTES)
  }
  const { transactional = false, control = false, timestampType = 'CreateTime' } = options
  putHeader(batch, 0, {
    baseOffset: options.baseOffset ?? 0,
    sizeBytes: batch.length,
    leaderEpoch: options.leaderEpoch ?? -1,
    attributes:
      codecNumberOf(codec) |
      (timestampType === 'LogAppendTime' ? LOG_APPEND_TIME_BIT : 0) |
      (transactional ? TRANSACTIONAL_BIT : 0) |
      (control ? CONTROL_BIT : 0),
    lastOffsetDelta: records.length - 1,
    baseTimestamp: base,
    maxTimestamp: base + BigInt(deltaMax),
    producerId: options.producerId ?? NO_PRODUCER_ID,
    producerEpoch: options.producerEpoch ?? NO_PRODUCER_EPOCH,
    baseSequence: options.baseSequence ?? NO_SEQUENCE,
    recordCount: records.length,
  })
  return batch
}

const NO_COMPUTE = {
  gzip: needsCompute,
  gunzip: needsCompute,
  zstdCompress: needsCompute,
  zstdDecompress: needsCompute,
}

function needsCompute(): never {
  assert(false, 'gzip and zstd need a `compute`')
}

function bodySize(record: RecordInput, offsetDelta: number, timestampDelta: number): number {
  const { key, value, headers } = record
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + dataSize(key) + dataSize(value)
  size += varintSize(headers?.length ?? 0)
  if (headers !== undefined) {
    for (const header of headers) {
      const length = utf8Length(header.key)
      size += varintSize(length) + length + dataSize(header.value)
    }
  }
  return size
}

function dataSize(data: Uint8Array | null | undefined): number {
  return data == null ? NULL_BYTES : varintSize(data.length) + data.length
}

function putBody(bytes: Uint8Array, start: number, record: RecordInput, offsetDelta: number, delta: number): number {
  const { key, value, headers } = record
  let at = start
  bytes[at++] = 0 // Attributes: no bit is in use.
  at = putVarlong(bytes, at, delta)
  at = putVarint(bytes, at, offsetDelta)
  at = putData(bytes, at, key)
  at = putData(bytes, at, value)
  at = putVarint(bytes, at, headers?.length ?? 0)
  if (headers !== undefined) {
    for (const header of headers) {
      at = putVarint(bytes, at, utf8Length(header.key))
      at = writeUtf8(header.key, bytes, at)
      at = putData(bytes, at, header.value)
    }
  }
  return at
}

function putData(bytes: Uint8Array, at: number, data: Uint8Array | null | undefined): number {
  if (data == null) return putVarint(bytes, at, -1)
  const to = putVarint(bytes, at, data.length)
  bytes.set(data, to)
  return to + data.length
}
