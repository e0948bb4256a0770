/**
 * Takes records out of a batch, as compaction does, and leaves the others what they are: their offsets, sequences and
 * timestamps, keys, values and headers; and the batch its offsets, its producer, its epoch and its codec.
 *
 * A batch of which every record stays is not touched. Another is written anew in Kafka's way (`MemoryRecords.filterTo`):
 * the first record that is left gives the base timestamp, the greatest of them the greatest, and the last offset stays
 * the batch's own, so that the sequence that a producer has reached can be told from it. The records' bytes are copied,
 * but for the timestamp's delta where the base has changed.
 *
 * KIP-534: where a tombstone or the marker of an emptied transaction is met for the first time, the time from which it may
 * go is written where the base timestamp was, and attribute bit 6 says so.
 */
import { assert } from '#core'
import type { Compute } from '#host'
import { type Compression, compress, compressionOf } from '../compression/index.ts'
import {
  attributesOf,
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  CODEC_MASK,
  CONTROL_BIT,
  codecOf,
  DELETE_HORIZON_BIT,
  hasDeleteHorizon,
  LOG_APPEND_TIME_BIT,
  lastOffsetDeltaOf,
  leaderEpochOf,
  maxTimestampOf,
  NO_TIMESTAMP,
  producerEpochOf,
  producerIdOf,
  putHeader,
  sizeOf,
  TRANSACTIONAL_BIT,
  timestampTypeOf,
} from './batch-header.ts'
import { RecordCursor } from './record-cursor.ts'
import { exactVarlongAt, exactVarlongSize, putExactVarlong, putVarint, putVarlong, varlongSize } from './varint.ts'

/** What a filter has left of a batch. */
export interface FilteredBatch {
  /** Undefined where no record is left, and `keepsEmpty` did not ask for the header. */
  readonly bytes: Uint8Array | undefined
  /** Records that are left, of those that there were. */
  readonly keptCount: number
  readonly readCount: number
}

export interface FilterRules {
  /** Whether the record that the cursor is at stays. */
  keeps(record: RecordCursor): boolean
  /** Keeps a batch without records, for the sake of its offsets and its sequence. */
  readonly keepsEmpty: boolean
  /** When a tombstone that is met for the first time may go, in ms since 1970. */
  readonly deleteHorizonMs: number
  /** Sets the delete horizon also where there is no tombstone: the marker of a transaction of which nothing else is left. */
  readonly marksHorizon: boolean
  readonly compute: Compute
}

/** Attributes that a rewritten batch keeps. */
const KEPT_ATTRIBUTES = CODEC_MASK | LOG_APPEND_TIME_BIT | TRANSACTIONAL_BIT | CONTROL_BIT
/** By so much a record may grow: a length takes five bytes at most, a timestamp's delta ten. */
const NUMBERS_BYTES_MAX = 16
/** Sums of two such numbers are exact, and `putVarlong` takes them. */
const SMALL = 2 ** 51

export class BatchFilter {
  readonly #cursor = new RecordCursor()
  /** Of each record that is left: where it begins, the timestamp's delta, what follows it, and where it ends. */
  #places = new Int32Array(4 * 1024)
  #deltas = new Float64Array(1024)

  /**
   * The batch at `at` of `bytes`, which `checkBatch` has found to be whole, without the records that `rules` do not keep.
   * What stays as it is, is a view of `bytes`. Throws `MalformedError` or `CompressionError`.
   */
  filter(bytes: Uint8Array, at: number, rules: FilterRules): FilteredBatch {
    const cursor = this.#cursor
    cursor.open(bytes, at, rules.compute)
    let readCount = 0
    let keptCount = 0
    let hasTombstones = false
    while (cursor.next()) {
      readCount++
      if (!rules.keeps(cursor)) continue
      if (!cursor.hasValue) hasTombstones = true
      this.#note(keptCount++)
    }
    const batch = bytes.subarray(at, at + sizeOf(bytes, at))
    const setsHorizon = (hasTombstones || rules.marksHorizon) && !hasDeleteHorizon(batch)
    if (keptCount === 0) return { bytes: rules.keepsEmpty ? emptyBatch(batch) : undefined, keptCount, readCount }
    if (keptCount === readCount && !setsHorizon) return { bytes: batch, keptCount, readCount }
    const horizon = setsHorizon ? BigInt(rules.deleteHorizonMs) : undefined
    return { bytes: this.#rewrite(batch, keptCount, horizon, rules.compute), keptCount, readCount }
  }

  #note(index: number): void {
    if (index === this.#deltas.length) {
      const places = new Int32Array(this.#places.length * 2)
      places.set(this.#places)
      this.#places = places
      const deltas = new Float64Array(this.#deltas.length * 2)
      deltas.set(this.#deltas)
      this.#deltas = deltas
    }
    const { start, timestampAt, offsetAt, end, timestampDelta } = this.#cursor
    this.#places[4 * index] = start
    this.#places[4 * index + 1] = timestampAt
    this.#places[4 * index + 2] = offsetAt
    this.#places[4 * index + 3] = end
    this.#deltas[index] = timestampDelta
  }

  /** The batch with the first `count` of the noted records; `horizon` undefined: the one that it has, if it has one. */
  #rewrite(batch: Uint8Array, count: number, horizon: bigint | undefined, compute: Compute): Uint8Array {
    const hasHorizon = horizon !== undefined || hasDeleteHorizon(batch)
    const isAppendTime = timestampTypeOf(batch) === 'LogAppendTime'
    const base = horizon ?? (hasHorizon ? baseTimestampOf(batch) : this.#timestampOf(batch, 0))
    const shift = Number(baseTimestampOf(batch) - base)
    const source = this.#cursor.bytes
    let room = BATCH_HEADER_BYTES
    for (let i = 0; i < count; i++) room += this.#places[4 * i + 3]! - this.#places[4 * i]! + NUMBERS_BYTES_MAX
    const target = new Uint8Array(room)
    let to = BATCH_HEADER_BYTES
    let greatest = 0
    for (let i = 0; i < count; i++) {
      const delta = this.#deltas[i]!
      if (delta > this.#deltas[greatest]!) greatest = i
      if (shift === 0 && !isAppendTime) {
        to = copy(source, this.#places[4 * i]!, this.#places[4 * i + 3]!, target, to)
        continue
      }
      const isSmall = !isAppendTime && Math.abs(delta) <= SMALL && Math.abs(shift) <= SMALL
      // It wraps around as the reader's sum does: Kafka stores any time.
      const shifted = isSmall ? delta + shift : BigInt.asIntN(64, this.#timestampOf(batch, i) - base)
      const rest = this.#places[4 * i + 2]!
      const end = this.#places[4 * i + 3]!
      to = putVarint(target, to, 1 + sizeOfVarlong(shifted) + end - rest)
      target[to++] = 0 // Attributes: no bit is in use.
      to = typeof shifted === 'number' ? putVarlong(target, to, shifted) : putExactVarlong(target, to, shifted)
      to = copy(source, rest, end, target, to)
    }
    assert(to <= room, 'records take no more than was reserved')
    const maxTimestamp = isAppendTime ? maxTimestampOf(batch) : this.#timestampOf(batch, greatest)
    return wrap(batch, target.subarray(0, to), { base, maxTimestamp, hasHorizon, count, compute })
  }

  /** Exactly. Records of a LogAppendTime batch all have its greatest, whatever their deltas say. */
  #timestampOf(batch: Uint8Array, index: number): bigint {
    if (timestampTypeOf(batch) === 'LogAppendTime') return maxTimestampOf(batch)
    const delta = this.#deltas[index]!
    const exact = Number.isFinite(delta)
      ? BigInt(delta)
      : exactVarlongAt(this.#cursor.bytes, this.#places[4 * index + 1]!)
    return BigInt.asIntN(64, baseTimestampOf(batch) + exact)
  }
}

function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  into.set(from.subarray(start, end), at)
  return at + end - start
}

function sizeOfVarlong(value: number | bigint): number {
  return typeof value === 'number' ? varlongSize(value) : exactVarlongSize(value)
}

interface Rewritten {
  readonly base: bigint
  readonly maxTimestamp: bigint
  readonly hasHorizon: boolean
  readonly count: number
  readonly compute: Compute
}

/** `plain` has the records, behind room for the header. */
function wrap(batch: Uint8Array, plain: Uint8Array, { base, maxTimestamp, hasHorizon, count, compute }: Rewritten) {
  const compression = compressionOf(codecOf(batch)) as Compression
  let bytes = plain
  if (compression !== 'none') {
    const payload = compress(compression, plain.subarray(BATCH_HEADER_BYTES), { compute })
    bytes = new Uint8Array(BATCH_HEADER_BYTES + payload.length)
    bytes.set(payload, BATCH_HEADER_BYTES)
  }
  putHeader(bytes, 0, {
    ...keptOf(batch),
    sizeBytes: bytes.length,
    attributes: (attributesOf(batch) & KEPT_ATTRIBUTES) | (hasHorizon ? DELETE_HORIZON_BIT : 0),
    baseTimestamp: base,
    maxTimestamp,
    recordCount: count,
  })
  return bytes
}

/** The header alone: offsets, producer and sequence, in a batch without records. */
export function emptyBatch(source: Uint8Array, at = 0): Uint8Array {
  const batch = source.subarray(at)
  const bytes = new Uint8Array(BATCH_HEADER_BYTES)
  putHeader(bytes, 0, {
    ...keptOf(batch),
    sizeBytes: BATCH_HEADER_BYTES,
    attributes: attributesOf(batch) & KEPT_ATTRIBUTES & ~CODEC_MASK,
    baseTimestamp: NO_TIMESTAMP,
    maxTimestamp: maxTimestampOf(batch),
    recordCount: 0,
  })
  return bytes
}

function keptOf(batch: Uint8Array) {
  return {
    baseOffset: baseOffsetOf(batch),
    leaderEpoch: leaderEpochOf(batch),
    lastOffsetDelta: lastOffsetDeltaOf(batch),
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    baseSequence: baseSequenceOf(batch),
  }
}
