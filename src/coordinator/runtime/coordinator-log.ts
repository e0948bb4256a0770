/**
 * The partition of an internal topic that a coordinator's shard lives on, as its leader sees it: the runtime's one port
 * to replication. An object stands for one time of leading, in one leader epoch; the next time brings a new one.
 */
import type { LeaderEpoch, Offset } from '#core'
import type { ErrorCode } from '#protocol'

export interface CoordinatorLog {
  /** The epoch this broker leads the partition in. */
  readonly leaderEpoch: LeaderEpoch
  /** The largest batch `append` takes: `max.message.bytes` of the topic. */
  readonly batchBytesMax: number
  readonly logStartOffset: Offset
  /** One past the last record. */
  readonly logEndOffset: Offset
  /** One past the last committed record. */
  readonly highWatermark: Offset
  /**
   * Appends one batch, whose offsets and leader epoch the log fills in, or refuses it as a whole. Synchronous: where it
   * answers, the records have their place, and are durable and replicated when the high watermark has passed them.
   */
  append(batch: Uint8Array): CoordinatorAppend | CoordinatorAppendRefusal
  /** Calls `listener` each time the high watermark has risen; what is returned ends it. */
  onHighWatermark(listener: (highWatermark: Offset) => void): () => void
  /**
   * The next whole batches from `offset`, which is below `logEndOffset`, in one or more pieces of a few megabytes in all.
   * The first batch may begin before `offset`. Rejects where the log cannot be read.
   */
  read(offset: Offset): Promise<readonly Uint8Array[]>
}

export interface CoordinatorAppend {
  /** Offset of the batch's last record. */
  readonly lastOffset: Offset
  readonly error?: undefined
}

/** Nothing was written. */
export interface CoordinatorAppendRefusal {
  readonly error: ErrorCode
  readonly message: string
}
