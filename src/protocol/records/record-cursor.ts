/**
 * Walks over the records of a batch without making an object for one: where each lies, and what compaction asks of it.
 *
 * The cursor is the record: `next` moves it on, and its fields say what `record-reader.ts` would give as a view. Offset
 * deltas may have gaps, as compaction leaves them. Nothing is copied; a compressed batch is decompressed as a whole.
 */
import { MalformedError } from '#core'
import type { Compute } from '#host'
import { compressionOf, decompress } from '../compression/index.ts'
import { BATCH_HEADER_BYTES, codecOf, recordCountOf, sizeOf } from './batch-header.ts'
import { PAST_EVERYTHING, unzigzag, varintEnd, varlongAt, zigzagAt } from './varint.ts'

/** The most that one batch is decompressed to, as in `readRecords`. */
const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024

export class RecordCursor {
  /** What the places below are in: the batch, or what it was decompressed to. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the record begins, with its length, and where it ends. */
  start = 0
  end = 0
  /** From `timestampAt` to `offsetAt` is the timestamp's delta; what follows does not change when that one does. */
  timestampAt = 0
  offsetAt = 0
  /** To the batch's base; infinite where it is beyond 2^52. */
  timestampDelta = 0
  offsetDelta = 0
  keyAt = 0
  /** -1: no key. */
  keyBytes = 0
  /** False for a tombstone. */
  hasValue = false
  #left = 0

  /**
   * Goes to the beginning of the batch at `at`, which `checkBatch` has found to be whole. Throws `MalformedError` or
   * `CompressionError`.
   */
  open(batch: Uint8Array, at: number, compute: Compute): void {
    const compression = compressionOf(codecOf(batch, at))
    if (compression === undefined) throw new MalformedError(`A batch is compressed by codec ${codecOf(batch, at)}`)
    const payload = batch.subarray(at + BATCH_HEADER_BYTES, at + sizeOf(batch, at))
    this.bytes = decompress(compression, payload, { compute, bytesMax: DECOMPRESSED_BYTES_MAX })
    this.end = 0
    this.#left = recordCountOf(batch, at)
  }

  /** Goes to the next record; false where there is none. Throws `MalformedError`. */
  next(): boolean {
    if (this.#left <= 0) {
      if (this.end !== this.bytes.length) throw malformed(this.end, 'is behind the last one that is declared')
      return false
    }
    this.#left--
    const { bytes } = this
    this.start = this.end
    const length = this.#varint(this.start, bytes.length)
    const end = varintEnd + length
    if (length < 1 || end > bytes.length) throw malformed(this.start, `of ${length} bytes does not fit`)
    this.end = end
    this.timestampAt = varintEnd + 1 // Attributes: no bit is in use.
    this.timestampDelta = varlongAt(bytes, this.timestampAt, end)
    if (Number.isNaN(this.timestampDelta)) throw malformed(this.start, 'has no timestamp')
    this.offsetAt = varintEnd
    this.offsetDelta = this.#varint(this.offsetAt, end)
    this.keyBytes = this.#varint(varintEnd, end)
    this.keyAt = varintEnd
    if (this.keyBytes < 0) this.keyBytes = -1
    const valueAt = this.keyAt + Math.max(0, this.keyBytes)
    if (valueAt >= end) throw malformed(this.start, 'is cut off in its key')
    this.hasValue = this.#varint(valueAt, end) >= 0
    return true
  }

  #varint(at: number, end: number): number {
    const bits = zigzagAt(this.bytes, at, end)
    if (varintEnd === PAST_EVERYTHING) throw malformed(this.start, `has no number at byte ${at}`)
    return unzigzag(bits)
  }
}

function malformed(at: number, what: string): MalformedError {
  return new MalformedError(`The record at byte ${at} of a batch ${what}`)
}
