/**
 * Reads the records of a batch, one after another, without copying: keys, values and headers are views of the batch, or
 * of what it was decompressed to.
 */
import { MalformedError, readUtf8Leniently } from '#core'
import type { Compute } from '#host'
import { compressionOf, decompress } from '../compression/index.ts'
import {
  addToSequence,
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  codecOf,
  maxTimestampOf,
  recordCountOf,
  sizeOf,
  timestampTypeOf,
} from './batch-header.ts'
import { exactVarlongAt, PAST_EVERYTHING, unzigzag, varintEnd, varlongAt, zigzagAt } from './varint.ts'

/** A record as a view of its batch: lasts as long as the batch's bytes stay as they are. */
export interface RecordView {
  readonly offset: number
  readonly timestamp: bigint
  /** -1 where the batch has no sequence. */
  readonly sequence: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

const NO_HEADERS: readonly RecordHeader[] = []
const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024

/**
 * The records of the batch at the start of `bytes`. A compressed one is decompressed at the first step, to at most
 * `maxBytes` (64 MiB). The CRC is not looked at: `checkBatch` does.
 *
 * Throws `MalformedError` where the records are not what the header says, `CompressionError` where they cannot be
 * decompressed.
 */
export function* readRecords(
  bytes: Uint8Array,
  compute: Compute,
  options: { readonly maxBytes?: number } = {},
): Generator<RecordView, void, undefined> {
  if (bytes.length < BATCH_HEADER_BYTES || sizeOf(bytes) < BATCH_HEADER_BYTES || sizeOf(bytes) > bytes.length) {
    throw new MalformedError(`${bytes.length} bytes are not one whole batch`)
  }
  const compression = compressionOf(codecOf(bytes))
  if (compression === undefined) throw new MalformedError(`A batch is compressed by codec ${codecOf(bytes)}`)
  const payload = bytes.subarray(BATCH_HEADER_BYTES, sizeOf(bytes))
  const { maxBytes = DECOMPRESSED_BYTES_MAX } = options
  const records = compression === 'none' ? payload : decompress(compression, payload, { compute, bytesMax: maxBytes })

  const cursor = new Cursor(records)
  const baseOffset = baseOffsetOf(bytes)
  const baseSequence = baseSequenceOf(bytes)
  const baseTimestamp = baseTimestampOf(bytes)
  const logAppendTime = timestampTypeOf(bytes) === 'LogAppendTime' ? maxTimestampOf(bytes) : undefined
  for (let left = recordCountOf(bytes); left > 0; left--) {
    const bodyEnd = cursor.beginRecord()
    const timestampDelta = cursor.varlong()
    const offsetDelta = cursor.varint()
    const key = cursor.data()
    const value = cursor.data()
    const headers = cursor.headers()
    if (cursor.at !== bodyEnd) throw new MalformedError(`A record ends at byte ${cursor.at}, not at ${bodyEnd}`)
    yield {
      offset: baseOffset + offsetDelta,
      timestamp: logAppendTime ?? BigInt.asIntN(64, baseTimestamp + timestampDelta),
      sequence: baseSequence < 0 ? -1 : addToSequence(baseSequence, offsetDelta),
      key,
      value,
      headers,
    }
  }
  if (cursor.at !== records.length) {
    throw new MalformedError(`${records.length - cursor.at} bytes follow the records of a batch`)
  }
}

/** Where in the records we are. */
class Cursor {
  readonly #bytes: Uint8Array
  #end: number
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  /** Steps into the next record and returns where it ends. */
  beginRecord(): number {
    this.#end = this.#bytes.length
    const length = this.varint()
    if (length < 1 || length > this.#end - this.at) {
      throw new MalformedError(`A record of ${length} bytes is declared at byte ${this.at} of ${this.#end}`)
    }
    this.#end = this.at + length
    this.at++ // Attributes: no bit is in use.
    return this.#end
  }

  varint(): number {
    const bits = zigzagAt(this.#bytes, this.at, this.#end)
    if (varintEnd === PAST_EVERYTHING) throw new MalformedError(`A varint at byte ${this.at} of a record is malformed`)
    this.at = varintEnd
    return unzigzag(bits)
  }

  varlong(): bigint {
    const value = varlongAt(this.#bytes, this.at, this.#end)
    if (Number.isNaN(value)) throw new MalformedError(`A timestamp at byte ${this.at} of a record is malformed`)
    const exact = Number.isFinite(value) ? BigInt(value) : exactVarlongAt(this.#bytes, this.at)
    this.at = varintEnd
    return exact
  }

  /** Bytes behind their length; a negative length is none, as Java reads it. */
  data(): Uint8Array | null {
    const length = this.varint()
    if (length < 0) return null
    if (length > this.#end - this.at) {
      throw new MalformedError(`${length} bytes are declared at byte ${this.at} of a record, ${this.#end} is its end`)
    }
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  headers(): readonly RecordHeader[] {
    const count = this.varint()
    if (count === 0) return NO_HEADERS
    if (count < 0 || count * 2 > this.#end - this.at) {
      throw new MalformedError(`${count} headers are declared at byte ${this.at} of a record`)
    }
    const headers: RecordHeader[] = []
    for (let left = count; left > 0; left--) {
      const key = this.data()
      if (key === null) throw new MalformedError(`A header at byte ${this.at} of a record has no key`)
      headers.push({ key: readUtf8Leniently(key), value: this.data() })
    }
    return headers
  }
}
