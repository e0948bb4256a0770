import type { Offset } from '#core'

export interface ReadOptions {
  /** As many whole batches as fit. */
  readonly maxBytes: number
  /** One batch even where it is larger than `maxBytes`. */
  readonly atLeastOne: boolean
  /** Only batches whose last offset is below this: the high watermark, the last stable offset, or the log's end. */
  readonly endOffset: Offset
}

/** Whole batches of a log, one after another, from the one that holds the offset asked for. Not to be changed. */
export interface LogSlice {
  /** Kafka's code: 0, OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR (the disk failed), CORRUPT_MESSAGE (damaged batches). */
  readonly error: number
  readonly chunks: readonly Uint8Array[]
  readonly sizeBytes: number
  /** Of the first batch, which may begin before the offset asked for; the offset asked for where there is none. */
  readonly baseOffset: Offset
  /** The offset after the last batch; `baseOffset` where there is none. */
  readonly nextOffset: Offset
}
