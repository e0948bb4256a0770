/**
 * The header of a record batch of format 2, read and written in place.
 *
 * A batch is bytes: nothing here makes an object of it, so that looking at a field costs a few loads wherever the bytes
 * came from. Each accessor takes the bytes and where the batch begins in them.
 *
 *      0  baseOffset             int64    given by the leader
 *      8  batchLength            int32    bytes that follow this field
 *     12  partitionLeaderEpoch   int32    given by the leader
 *     16  magic                  int8     2
 *     17  crc                    uint32   CRC-32C of everything from 21 on
 *     21  attributes             int16    codec 0-2, timestamp type 3, transactional 4, control 5, delete horizon 6
 *     23  lastOffsetDelta        int32
 *     27  baseTimestamp          int64
 *     35  maxTimestamp           int64
 *     43  producerId             int64    -1: none
 *     51  producerEpoch          int16
 *     53  baseSequence           int32
 *     57  recordCount            int32
 *     61  the records, compressed as a whole where the codec is not 0
 *
 * What a leader assigns lies before the CRC on purpose: an append changes a batch without summing it again.
 *
 * The accessors trust the caller that `BATCH_HEADER_BYTES` are there. What they return is what the bytes say, which
 * from a peer may be anything: `checkBatch` and `validateBatch` decide whether it can be.
 */
import { crc32c, type LeaderEpoch, type Offset, type ProducerId } from '#core'
import { int16At, int32At, int64At, numberAt, putInt16, putInt32, putInt64, putNumber } from './big-endian.ts'

/** A whole header; the records begin here. */
export const BATCH_HEADER_BYTES = 61
/** `baseOffset` and `batchLength`: what must be there to know how long a batch is. */
export const BATCH_PREFIX_BYTES = 12
/** The record format of Kafka since 0.11, the only one we write and accept. */
export const MAGIC = 2
export const NO_TIMESTAMP = -1n
export const NO_PRODUCER_ID: ProducerId = -1n
export const NO_PRODUCER_EPOCH = -1
export const NO_SEQUENCE = -1

const LEADER_EPOCH = 12
const MAGIC_AT = 16
const CRC = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const BASE_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const PRODUCER_ID = 43
const PRODUCER_EPOCH = 51
const BASE_SEQUENCE = 53
const RECORD_COUNT = 57

/** Bits of `attributes`; the lowest three are the codec. */
export const CODEC_MASK = 0x07
export const LOG_APPEND_TIME_BIT = 0x08
export const TRANSACTIONAL_BIT = 0x10
export const CONTROL_BIT = 0x20
export const DELETE_HORIZON_BIT = 0x40
const ATTRIBUTES_IN_USE = 0x7f

/** Whose clock a record's timestamp is of, by the words of `message.timestamp.type`. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** Exact within 2^53; a peer may send more, then `isOffset` is false. */
export function baseOffsetOf(bytes: Uint8Array, at = 0): Offset {
  return numberAt(bytes, at)
}

/** Bytes of the whole batch: what `batchLength` says and the 12 before it. Needs only `BATCH_PREFIX_BYTES`. */
export function sizeOf(bytes: Uint8Array, at = 0): number {
  return BATCH_PREFIX_BYTES + int32At(bytes, at + 8)
}

export function leaderEpochOf(bytes: Uint8Array, at = 0): LeaderEpoch {
  return int32At(bytes, at + LEADER_EPOCH)
}

export function magicOf(bytes: Uint8Array, at = 0): number {
  return (bytes[at + MAGIC_AT]! << 24) >> 24
}

/** The checksum as stored, unsigned. */
export function crcOf(bytes: Uint8Array, at = 0): number {
  return int32At(bytes, at + CRC) >>> 0
}

export function attributesOf(bytes: Uint8Array, at = 0): number {
  return int16At(bytes, at + ATTRIBUTES)
}

/** The number of the compression codec, 0 to 7; `compressionOf` gives its name, if there is one. */
export function codecOf(bytes: Uint8Array, at = 0): number {
  return bytes[at + ATTRIBUTES + 1]! & CODEC_MASK
}

export function timestampTypeOf(bytes: Uint8Array, at = 0): TimestampType {
  return (bytes[at + ATTRIBUTES + 1]! & LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime'
}

export function isTransactional(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + ATTRIBUTES + 1]! & TRANSACTIONAL_BIT) !== 0
}

/** True where the records are the broker's own: transaction markers, or the quorum's. */
export function isControl(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + ATTRIBUTES + 1]! & CONTROL_BIT) !== 0
}

/** True where compaction has put the time from which tombstones may go into `baseTimestamp`. */
export function hasDeleteHorizon(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + ATTRIBUTES + 1]! & DELETE_HORIZON_BIT) !== 0
}

export function lastOffsetDeltaOf(bytes: Uint8Array, at = 0): number {
  return int32At(bytes, at + LAST_OFFSET_DELTA)
}

export function lastOffsetOf(bytes: Uint8Array, at = 0): Offset {
  return numberAt(bytes, at) + int32At(bytes, at + LAST_OFFSET_DELTA)
}

/** The offset after this batch. Compaction may have removed the last record; its offset is used up all the same. */
export function nextOffsetOf(bytes: Uint8Array, at = 0): Offset {
  return lastOffsetOf(bytes, at) + 1
}

/** What the records' timestamp deltas are added to; the delete horizon where `hasDeleteHorizon`. */
export function baseTimestampOf(bytes: Uint8Array, at = 0): bigint {
  return int64At(bytes, at + BASE_TIMESTAMP)
}

export function maxTimestampOf(bytes: Uint8Array, at = 0): bigint {
  return int64At(bytes, at + MAX_TIMESTAMP)
}

/** -1n: not from an idempotent producer. */
export function producerIdOf(bytes: Uint8Array, at = 0): ProducerId {
  return int64At(bytes, at + PRODUCER_ID)
}

/** Whether a producer id is given, without making a bigint of it. Kafka counts every negative one as none. */
export function hasProducerId(bytes: Uint8Array, at = 0): boolean {
  return bytes[at + PRODUCER_ID]! < 0x80
}

export function producerEpochOf(bytes: Uint8Array, at = 0): number {
  return int16At(bytes, at + PRODUCER_EPOCH)
}

export function baseSequenceOf(bytes: Uint8Array, at = 0): number {
  return int32At(bytes, at + BASE_SEQUENCE)
}

/** The sequence of the last record, or -1 where the batch has none. */
export function lastSequenceOf(bytes: Uint8Array, at = 0): number {
  const base = baseSequenceOf(bytes, at)
  return base === NO_SEQUENCE ? NO_SEQUENCE : addToSequence(base, lastOffsetDeltaOf(bytes, at))
}

export function recordCountOf(bytes: Uint8Array, at = 0): number {
  return int32At(bytes, at + RECORD_COUNT)
}

/** Sequences run from 0 to 2^31 - 1 and then from 0 again. */
export function addToSequence(sequence: number, count: number): number {
  const sum = sequence + count
  return sum > 0x7fffffff ? sum - 0x80000000 : sum
}

export function setBaseOffset(bytes: Uint8Array, at: number, baseOffset: Offset): void {
  putNumber(bytes, at, baseOffset)
}

export function setLeaderEpoch(bytes: Uint8Array, at: number, leaderEpoch: LeaderEpoch): void {
  putInt32(bytes, at + LEADER_EPOCH, leaderEpoch)
}

/**
 * Sets the type and greatest of the timestamps. Where that changes the batch, attributes without a meaning are cleared,
 * as Kafka does, and it is summed again.
 */
export function setMaxTimestamp(bytes: Uint8Array, at: number, type: TimestampType, maxTimestamp: bigint): void {
  if (timestampTypeOf(bytes, at) === type && maxTimestampOf(bytes, at) === maxTimestamp) return
  const attributes = attributesOf(bytes, at) & ATTRIBUTES_IN_USE & ~LOG_APPEND_TIME_BIT
  putInt16(bytes, at + ATTRIBUTES, type === 'LogAppendTime' ? attributes | LOG_APPEND_TIME_BIT : attributes)
  putInt64(bytes, at + MAX_TIMESTAMP, maxTimestamp)
  setCrc(bytes, at)
}

/** The checksum that the batch should have: of all that `sizeOf` says, from the attributes on. */
export function computeCrc(bytes: Uint8Array, at = 0): number {
  return crc32c(bytes.subarray(at + ATTRIBUTES, at + sizeOf(bytes, at)))
}

export function setCrc(bytes: Uint8Array, at: number): void {
  putInt32(bytes, at + CRC, computeCrc(bytes, at))
}

/** All fields of a header but the CRC. */
export interface BatchHeader {
  readonly baseOffset: Offset
  /** Of the whole batch. */
  readonly sizeBytes: number
  readonly leaderEpoch: LeaderEpoch
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: ProducerId
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** Writes a header before the records that are already in place, and sums the batch. */
export function putHeader(bytes: Uint8Array, at: number, header: BatchHeader): void {
  putNumber(bytes, at, header.baseOffset)
  putInt32(bytes, at + 8, header.sizeBytes - BATCH_PREFIX_BYTES)
  putInt32(bytes, at + LEADER_EPOCH, header.leaderEpoch)
  bytes[at + MAGIC_AT] = MAGIC
  putInt16(bytes, at + ATTRIBUTES, header.attributes)
  putInt32(bytes, at + LAST_OFFSET_DELTA, header.lastOffsetDelta)
  putInt64(bytes, at + BASE_TIMESTAMP, header.baseTimestamp)
  putInt64(bytes, at + MAX_TIMESTAMP, header.maxTimestamp)
  putInt64(bytes, at + PRODUCER_ID, header.producerId)
  putInt16(bytes, at + PRODUCER_EPOCH, header.producerEpoch)
  putInt32(bytes, at + BASE_SEQUENCE, header.baseSequence)
  putInt32(bytes, at + RECORD_COUNT, header.recordCount)
  setCrc(bytes, at)
}
