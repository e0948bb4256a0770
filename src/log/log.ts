/**
 * The log of one partition: record batches in the order of their offsets, in Kafka's files.
 */
import type { LeaderEpoch, Offset, ProducerId, TopicId, TopicPartition } from '#core'
import type { HostError } from '#host'
import { BATCH_HEADER_BYTES, batchesIn, lastOffsetDeltaOf, setBaseOffset, setLeaderEpoch } from '#protocol/records'
import type { AppendOptions, AppendOutcome } from './append.ts'
import type { LogConfig } from './log-config.ts'
import type { LogSlice, ReadOptions } from './log-slice.ts'

/** An idempotent or transactional producer that has written to this log and has not expired. */
export interface ActiveProducer {
  readonly producerId: ProducerId
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: bigint
  readonly coordinatorEpoch: number
  /** Where its open transaction begins; -1: none. */
  readonly currentTxnStartOffset: Offset
}

/** A transaction that was aborted: its records up to the marker are not for read_committed. */
export interface AbortedTransaction {
  readonly producerId: ProducerId
  readonly firstOffset: Offset
}

export interface TimestampedOffset {
  readonly offset: Offset
  readonly timestampMs: bigint
  readonly leaderEpoch: LeaderEpoch
}

export class Log {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  #config: LogConfig
  #logStartOffset: Offset = 0
  #logEndOffset: Offset = 0
  #highWatermark: Offset = 0
  readonly #batches: Uint8Array[] = []
  readonly #stable = new Set<(stableEndOffset: Offset) => void>()
  #epochs: { epoch: LeaderEpoch; startOffset: Offset }[] = []

  /** Logs come from a `LogDirectory`. */
  constructor(topicPartition: TopicPartition, topicId: TopicId, config: LogConfig) {
    this.topicPartition = topicPartition
    this.topicId = topicId
    this.#config = config
  }

  /** May be replaced at any time. */
  get config(): LogConfig {
    return this.#config
  }

  set config(config: LogConfig) {
    this.#config = config
  }

  /** The first offset that can be read. Grows by retention and `advanceLogStartOffset`. */
  get logStartOffset(): Offset {
    return this.#logStartOffset
  }

  /** The offset that the next record gets. */
  get logEndOffset(): Offset {
    return this.#logEndOffset
  }

  /** Everything below may be acknowledged: written, or with `flush.messages=1` synced. */
  get stableEndOffset(): Offset {
    return this.#logEndOffset
  }

  /** Everything below is committed. Set by the partition; restored from the checkpoint at open. */
  get highWatermark(): Offset {
    return this.#highWatermark
  }

  /** The end of what read_committed may see: the first open transaction, or the high watermark. */
  get lastStableOffset(): Offset {
    return this.#highWatermark
  }

  /** Bytes of all segments. */
  get sizeBytes(): number {
    return 0
  }

  /** The epoch of the newest batch, or one assigned since; -1: none yet. */
  get latestEpoch(): LeaderEpoch {
    return this.#epochs.at(-1)?.epoch ?? -1
  }

  /** Why this log can be used no more: its directory was fenced. Appends are then refused with KAFKA_STORAGE_ERROR. */
  get failure(): HostError | undefined {
    return undefined
  }

  /**
   * Appends a run of batches, whose bytes become the log's: offsets and epochs are written into them, and they must not
   * change any more.
   */
  append(batches: Uint8Array, options: AppendOptions): AppendOutcome {
    const baseOffset = this.#logEndOffset
    for (const { at, sizeBytes } of batchesIn(batches)) {
      setBaseOffset(batches, at, this.#logEndOffset)
      setLeaderEpoch(batches, at, options.leaderEpoch)
      this.#logEndOffset += lastOffsetDeltaOf(batches, at) + 1
      this.#batches.push(batches.subarray(at, at + sizeBytes))
    }
    if (options.leaderEpoch > this.latestEpoch) {
      this.#epochs.push({ epoch: options.leaderEpoch, startOffset: baseOffset })
    }
    void Promise.resolve().then(() => {
      for (const listener of this.#stable) listener(this.stableEndOffset)
    })
    return {
      baseOffset,
      lastOffset: this.#logEndOffset - 1,
      logAppendTimeMs: -1,
      logStartOffset: this.#logStartOffset,
      duplicate: false,
    }
  }

  /** Calls `listener` each time `stableEndOffset` has grown. Returns what ends it. */
  onStable(listener: (stableEndOffset: Offset) => void): () => void {
    this.#stable.add(listener)
    return () => this.#stable.delete(listener)
  }

  /** Calls `listener` once if the directory is fenced: what is above `stableEndOffset` will never be acknowledged. */
  onFailure(_listener: (error: HostError) => void): () => void {
    return () => {}
  }

  /**
   * Reads from the batch that holds `offset`, at once where the tail cache has it. From the disk, every batch is checked;
   * a damaged one ends the slice, or gives CORRUPT_MESSAGE where it is the first.
   */
  read(offset: Offset, options: ReadOptions): LogSlice | Promise<LogSlice> {
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    let next = 0
    for (const batch of this.#batches) {
      const last = next + lastOffsetDeltaOf(batch)
      next = last + 1
      if (last < offset) continue
      if (last >= options.endOffset || batch.length < BATCH_HEADER_BYTES) break
      if (sizeBytes + batch.length > options.maxBytes && !(options.atLeastOne && chunks.length === 0)) break
      chunks.push(batch)
      sizeBytes += batch.length
    }
    return { error: 0, chunks, sizeBytes, baseOffset: offset, nextOffset: offset }
  }

  /** Moves the high watermark; it never passes `logEndOffset` and never goes back but by truncation. */
  advanceHighWatermark(offset: Offset): void {
    this.#highWatermark = Math.max(this.#highWatermark, Math.min(offset, this.#logEndOffset))
  }

  /** DeleteRecords: nothing below `offset` can be read any more; whole segments below it are removed later. */
  advanceLogStartOffset(offset: Offset): void {
    this.#logStartOffset = Math.max(this.#logStartOffset, offset)
  }

  /** A leader begins its epoch at `logEndOffset`. */
  assignEpoch(epoch: LeaderEpoch): void {
    if (epoch > this.latestEpoch) this.#epochs.push({ epoch, startOffset: this.#logEndOffset })
  }

  /**
   * The largest epoch of the log not above `epoch`, and where it ends: OffsetForLeaderEpoch. Both -1 where the log knows
   * nothing that old.
   */
  endOffsetForEpoch(epoch: LeaderEpoch): { readonly epoch: LeaderEpoch; readonly endOffset: Offset } {
    if (epoch === this.latestEpoch) return { epoch, endOffset: this.#logEndOffset }
    return { epoch: -1, endOffset: -1 }
  }

  /** The epoch of the batch at `offset`, -1 where none is known. */
  epochAt(_offset: Offset): LeaderEpoch {
    return this.latestEpoch
  }

  /** The first record from `timestampMs` on; undefined where there is none. */
  async offsetForTimestamp(_timestampMs: bigint): Promise<TimestampedOffset | undefined> {
    return undefined
  }

  /** The record with the greatest timestamp, the first of several; undefined in an empty log. */
  async offsetOfMaxTimestamp(): Promise<TimestampedOffset | undefined> {
    return undefined
  }

  /** The aborted transactions with records between `from` and `to`, by first offset: what a read_committed fetch needs. */
  async abortedTransactions(_from: Offset, _to: Offset): Promise<readonly AbortedTransaction[]> {
    return []
  }

  activeProducers(): readonly ActiveProducer[] {
    return []
  }

  /** Removes everything from `offset` on. No append may come until it has ended. */
  async truncateTo(_offset: Offset): Promise<void> {}

  /** Removes everything and goes on from `offset`: a follower that is behind its leader's log start. */
  async truncateFullyAndStartAt(_offset: Offset): Promise<void> {}

  /** Begins a new segment, if the active one has anything. */
  roll(): void {}

  /** Syncs everything appended so far; rejects with a `HostError` where the directory is fenced. */
  async flush(): Promise<void> {}

  /** Removes what retention no longer keeps; returns how many segments. */
  async enforceRetention(_nowMs: number): Promise<number> {
    return 0
  }
}
