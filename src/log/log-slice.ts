import type { Chunk, Offset } from '#core'
import type { ErrorCode } from '#protocol'
import type { AbortedTransaction } from './transaction-index.ts'

export interface ReadOptions {
  /** As many whole batches as fit. */
  readonly maxBytes: number
  /** One batch even where it is larger than `maxBytes`. */
  readonly atLeastOne: boolean
  /** Only batches whose last offset is below this: the high watermark, the last stable offset, or the log's end. */
  readonly endOffset: Offset
}

/**
 * Whole batches of a log, one after another, from the one that holds the offset asked for. Not to be changed. The chunks are
 * held for the reader (see the slabs of core): who reads much releases each once, for others the collector does it.
 */
export interface LogSlice {
  /** NONE, OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR (the disk failed) or CORRUPT_MESSAGE (damaged batches). */
  readonly error: ErrorCode
  readonly chunks: readonly Uint8Array[]
  readonly sizeBytes: number
  /** Of the first batch, which may begin before the offset asked for; the offset asked for where there is none. */
  readonly baseOffset: Offset
  /** The offset after the last batch; `baseOffset` where there is none. */
  readonly nextOffset: Offset
}

/** Of a slice, what there is to be sent. File ranges are released like chunks that are held. */
export interface SentSlice {
  readonly error: ErrorCode
  readonly chunks: readonly Chunk[]
}

/** What read_committed is given: records, and which of them a consumer has to leave out. */
export interface CommittedSlice {
  readonly slice: LogSlice
  /** By the offset of their markers. */
  readonly aborted: readonly AbortedTransaction[]
}

/** A slice without batches. */
export function emptySlice(offset: Offset, error: ErrorCode): LogSlice {
  return { error, chunks: [], sizeBytes: 0, baseOffset: offset, nextOffset: offset }
}
