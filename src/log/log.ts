/**
 * The log of one partition: record batches in the order of their offsets, in Kafka's files.
 *
 * An append is a state transition and ends at once: the batch gets its offset, the indexes, the producers and the tail in
 * memory take it in, and its bytes are on their way to the disk. What the disk makes of them is told later, by
 * `stableEndOffset` and those who listen to it.
 *
 * Invariants:
 *   logStartOffset <= highWatermark <= logEndOffset, lastStableOffset <= highWatermark
 *   stableEndOffset <= logEndOffset; fewer than `flush.messages` records below it are unsynced
 *   offsets in the log rise, leader epochs do not fall
 *   the bytes of a batch do not change once it is appended
 */
import {
  assert,
  type LeaderEpoch,
  nameOf,
  type Offset,
  type ProducerId,
  type TopicId,
  type TopicPartition,
} from '#core'
import { HostError } from '#host'
import { ErrorCode } from '#protocol'
import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  hasProducerId,
  leaderEpochOf,
  nextOffsetOf,
  setBaseOffset,
  setLeaderEpoch,
  sizeOf,
  validateBatch,
} from '#protocol/records'
import type { AppendOptions, AppendOrigin, AppendOutcome, AppendRefused } from './append.ts'
import { type CleanedRange, type CleanerLimits, cleanLog } from './compaction/clean-log.ts'
import { type Cleanable, type CleanableRange, cleanableOf } from './compaction/cleanable-range.ts'
import type { Throttle } from './compaction/cleaning-pace.ts'
import { LogCleaning } from './compaction/log-cleaning.ts'
import type { LastOfProducer } from './compaction/rewrite-segments.ts'
import type { EpochEnd, LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import { LogLookup } from './log-lookup.ts'
import { type CommittedSlice, emptySlice, type LogSlice, type ReadOptions, type SentSlice } from './log-slice.ts'
import { type LogEnvironment, LogStore } from './log-store.ts'
import { producerSnapshot } from './producer-snapshot.ts'
import type { ActiveProducer, ProducerStates } from './producer-states.ts'
import type { RecoveredLog } from './recovery.ts'
import { reloadProducers } from './reload-producers.ts'
import { checkReplicated } from './replicated-batches.ts'
import { expiredSegments } from './retention.ts'
import type { Segment } from './segment.ts'
import { StableEnd } from './stable-end.ts'
import type { LogTail } from './tail-cache.ts'
import type { TimestampedOffset } from './time-lookup.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export interface LogIdentity {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  readonly folder: string
}

/** How compaction works: shared by all logs. */
export interface CleanOptions {
  readonly limits: CleanerLimits
  readonly throttle: Throttle
}

export interface LogOptions {
  readonly config: LogConfig
  readonly tail: LogTail
  /** Where the last pass of compaction ended, if there was one. */
  readonly cleanedOffset: Offset | undefined
}

export class Log {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  readonly folder: string
  readonly #environment: LogEnvironment
  readonly #store: LogStore
  readonly #lookup: LogLookup
  readonly #tail: LogTail
  #producers: ProducerStates
  readonly #epochs: LeaderEpochs
  #config: LogConfig
  #logStartOffset: Offset
  #logEndOffset: Offset
  readonly #stableEnd: StableEnd
  #highWatermark: Offset
  #closed: HostError | undefined
  #isAbandoned = false
  #storingEpochs: Promise<void> | undefined
  /** Where the last pass of compaction ended, as `cleaner-offset-checkpoint` says; undefined: there was none. */
  cleanedOffset: Offset | undefined
  readonly #cleaning = new LogCleaning()
  /** While the log is cut nothing may be appended. */
  #isChanging = false
  #isRetiring = false
  /** Segments that the log has no more, but the disk. */
  readonly #givenUp: Segment[] = []
  readonly #failureListeners = new Set<(error: HostError) => void>()

  /** Logs come from a `LogDirectory`. */
  constructor(
    environment: LogEnvironment,
    { topicPartition, topicId, folder }: LogIdentity,
    recovered: RecoveredLog,
    { config, tail, cleanedOffset }: LogOptions,
  ) {
    this.topicPartition = topicPartition
    this.topicId = topicId
    this.folder = folder
    this.#environment = environment
    this.#config = config
    this.#tail = tail
    this.#producers = recovered.producers
    this.#epochs = recovered.epochs
    this.#logStartOffset = recovered.logStartOffset
    this.#logEndOffset = recovered.logEndOffset
    this.#highWatermark = recovered.highWatermark
    this.cleanedOffset = cleanedOffset
    // Where acknowledging waits for syncs, recovery has synced what it found.
    this.#stableEnd = new StableEnd(recovered.logEndOffset)
    this.#store = new LogStore(environment, folder, recovered, {
      changed: () =>
        this.#stableEnd.settle(this.#store.writer, this.#config.flushMessages, environment.host.clock.nowMs()),
      snapshot: () => producerSnapshot(this.#producers.all()),
      replaced: (from, to) => {
        this.#tail.forget(from, to)
        this.#lookup.forget()
      },
    })
    this.#lookup = new LogLookup(environment, this.#store)
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
    return this.#stableEnd.offset
  }

  /** Everything below survives a crash. */
  get recoveryPoint(): Offset {
    return this.#store.writer.synced
  }

  /** Everything below is committed. Set by the partition; restored from the checkpoint at open. */
  get highWatermark(): Offset {
    return this.#highWatermark
  }

  /** The end of what read_committed may see: the first transaction that is not decided and committed, or the high watermark. */
  get lastStableOffset(): Offset {
    const unstable = this.#producers.firstUnstableOffset
    return unstable === undefined ? this.#highWatermark : Math.min(this.#highWatermark, unstable)
  }

  /** Bytes of all segments. */
  get sizeBytes(): number {
    return this.#store.segments.sizeBytes
  }

  get segmentCount(): number {
    return this.#store.segments.count
  }

  /** The epoch of the newest batch, or one assigned since; -1: none yet. */
  get latestEpoch(): LeaderEpoch {
    return this.#epochs.latest
  }

  /** Whether the disk does not keep up: who waits for no answer should be made to wait. */
  get isBehind(): boolean {
    return this.#environment.shared.space.isBehind
  }

  /** Why this log can be used no more: its directory was fenced, or it was closed. Appends are refused, reads fail. */
  get failure(): HostError | undefined {
    return this.#environment.shared.failure ?? this.#closed
  }

  /**
   * Appends a run of batches, whose bytes become the log's: offsets and epochs are written into them, and they must not
   * change any more. A client's is one batch, and is validated; where the topic has another codec it is stored anew.
   */
  append(batches: Uint8Array, options: AppendOptions): AppendOutcome {
    assert(!this.#isChanging, 'nothing is appended while a log is cut')
    const { failure } = this
    if (failure !== undefined) return this.#refuse(ErrorCode.KAFKA_STORAGE_ERROR, failure.message)
    const fullness = this.#fullnessFor(options.origin)
    if (fullness !== undefined) return this.#refuse(ErrorCode.KAFKA_STORAGE_ERROR, fullness)
    if (options.origin === 'replica') return this.#appendReplicated(batches)
    if (options.origin === 'client') return this.#appendProduced(batches, options)
    return this.#appendOwn(batches, options)
  }

  /**
   * Clients leave the last of the space to the broker; coordinators, whose clients try again, to what the disk is to be
   * freed with. What the quorum has decided, and what a leader has, is always taken, and waits.
   */
  #fullnessFor(origin: AppendOrigin): string | undefined {
    const { disk, space } = this.#environment.shared
    if (origin === 'client') return space.refusal ?? space.backlog
    return origin === 'coordinator' && disk.isFull ? space.refusal : undefined
  }

  #appendProduced(produced: Uint8Array, { leaderEpoch, zstdRefused = false }: AppendOptions): AppendOutcome {
    const { compute, clock } = this.#environment.host
    const rules = zstdRefused ? { ...this.#config, zstdRefused } : this.#config
    const valid = validateBatch(produced, rules, compute, clock.nowMs())
    if (valid.error !== undefined) return valid
    const { batch, logAppendTimeMs } = valid
    if (batch.length > this.#config.segmentBytes) return this.#refuseSize(batch.length)
    if (hasProducerId(batch)) {
      const earlier = this.#producers.findDuplicate(batch, 0)
      if (earlier !== undefined) {
        const { lastOffset, offsetDelta } = earlier
        const { logStartOffset } = this
        return { baseOffset: lastOffset - offsetDelta, lastOffset, logAppendTimeMs, logStartOffset, duplicate: true }
      }
      const refusal = this.#producers.check(batch, 0, 'client')
      if (refusal !== undefined) return this.#refuse(refusal.error, refusal.message)
    }
    return this.#accept(batch, leaderEpoch, logAppendTimeMs)
  }

  /** What this broker has made itself needs no validation, but transaction markers are held against what is known. */
  #appendOwn(batches: Uint8Array, { origin, leaderEpoch, transactionVersion = 0 }: AppendOptions): AppendOutcome {
    for (let at = 0; at < batches.length; at += sizeOf(batches, at)) {
      const sizeBytes = sizeOf(batches, at)
      assert(sizeBytes >= BATCH_HEADER_BYTES && at + sizeBytes <= batches.length, 'our own batches are whole')
      if (sizeBytes > this.#config.segmentBytes) return this.#refuseSize(sizeBytes)
      if (origin !== 'coordinator' || !hasProducerId(batches, at)) continue
      const refusal = this.#producers.check(batches, at, origin, transactionVersion)
      if (refusal !== undefined) return this.#refuse(refusal.error, refusal.message)
    }
    return this.#accept(batches, leaderEpoch, -1)
  }

  /** The leader has validated it; that it is whole and follows on is checked before any of it is taken. */
  #appendReplicated(batches: Uint8Array): AppendOutcome {
    assert(batches.length > 0, 'a leader that has nothing new is not appended')
    const problem = checkReplicated(batches, this.#logEndOffset, this.#epochs.epochAt(this.#logEndOffset - 1))
    if (problem !== undefined) return this.#refuse(ErrorCode.CORRUPT_MESSAGE, problem)
    this.#noteGaps(batches)
    return this.#accept(batches, undefined, -1)
  }

  /** What is missing here, compaction took from the leader: up to there at least it had come. */
  #noteGaps(batches: Uint8Array): void {
    let nextOffset = this.#logEndOffset
    for (let at = 0; at < batches.length; at += sizeOf(batches, at)) {
      const baseOffset = baseOffsetOf(batches, at)
      if (baseOffset > nextOffset) this.cleanedOffset = Math.max(this.cleanedOffset ?? 0, baseOffset)
      nextOffset = nextOffsetOf(batches, at)
    }
  }

  /** Takes batches in; `leaderEpoch` undefined where they have their offsets and epochs. Nothing can be refused from here. */
  #accept(batches: Uint8Array, leaderEpoch: LeaderEpoch | undefined, logAppendTimeMs: number): AppendOutcome {
    const baseOffset = leaderEpoch === undefined ? baseOffsetOf(batches) : this.#logEndOffset
    const { segments } = this.#store
    for (let at = 0; at < batches.length; ) {
      const sizeBytes = sizeOf(batches, at)
      if (leaderEpoch !== undefined) {
        setBaseOffset(batches, at, this.#logEndOffset)
        setLeaderEpoch(batches, at, leaderEpoch)
      }
      const epoch = leaderEpochOf(batches, at)
      if (epoch > this.#epochs.latest) this.#epochs.assign(epoch, baseOffsetOf(batches, at))
      this.#store.append(batches, at, sizeBytes, this.#config)
      if (hasProducerId(batches, at)) {
        const aborted = this.#producers.update(batches, at)
        if (aborted !== undefined) segments.active.transactionIndex.append(aborted)
      }
      this.#logEndOffset = nextOffsetOf(batches, at)
      at += sizeBytes
    }
    this.#tail.append(batches, baseOffset, this.#logEndOffset)
    this.#environment.shared.space.appended(batches.length)
    this.#store.storeSometimes()
    const { logStartOffset } = this
    return { baseOffset, lastOffset: this.#logEndOffset - 1, logAppendTimeMs, logStartOffset, duplicate: false }
  }

  /** Calls `listener` each time `stableEndOffset` has grown. Returns what ends it. */
  onStable(listener: (stableEndOffset: Offset) => void): () => void {
    return this.#stableEnd.onGrown(listener)
  }

  /** Calls `listener` once if the directory is fenced: what is above `stableEndOffset` will never be acknowledged. */
  onFailure(listener: (error: HostError) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  /**
   * Reads from the batch that holds `offset`, at once where the tail cache has it. From the disk, every batch is checked;
   * a damaged one ends the slice, or gives CORRUPT_MESSAGE where it is the first.
   */
  read(offset: Offset, options: ReadOptions): LogSlice | Promise<LogSlice> {
    return this.#readFromMemory(offset, options) ?? this.#lookup.read(offset, options, this)
  }

  /** The same for who does not look at what he sends: what was checked a moment ago stays in its file until it is sent. */
  readToSend(offset: Offset, options: ReadOptions): SentSlice | Promise<SentSlice> {
    const slice = this.#readFromMemory(offset, options)
    if (slice !== undefined) return slice
    const range = this.#lookup.range(offset, options)
    if (range !== undefined) return { error: ErrorCode.NONE, chunks: [range] }
    return this.#lookup.read(offset, options, this)
  }

  /** Undefined where it takes the disk. */
  #readFromMemory(offset: Offset, options: ReadOptions): LogSlice | undefined {
    if (this.failure !== undefined) return emptySlice(offset, ErrorCode.KAFKA_STORAGE_ERROR)
    if (offset < this.#logStartOffset || offset > this.#logEndOffset) {
      return emptySlice(offset, ErrorCode.OFFSET_OUT_OF_RANGE)
    }
    if (offset >= Math.min(options.endOffset, this.#logEndOffset)) return emptySlice(offset, ErrorCode.NONE)
    return this.#tail.read(offset, options)
  }

  /**
   * The same, with the aborted transactions of what is read. Those are looked up when the records have been: compaction
   * leaves them for one pass more than it leaves the records, but retention takes both together, and then the reader has
   * come too late. Rejects with a `HostError` where they cannot be told.
   */
  async readCommitted(offset: Offset, options: ReadOptions): Promise<CommittedSlice> {
    const slice = await this.read(offset, options)
    if (slice.sizeBytes === 0) return { slice, aborted: [] }
    const aborted = await this.abortedTransactions(slice.baseOffset, slice.nextOffset)
    if (offset < this.#logStartOffset) {
      return { slice: emptySlice(offset, ErrorCode.OFFSET_OUT_OF_RANGE), aborted: [] }
    }
    return { slice, aborted }
  }

  /** Moves the high watermark, up to `logEndOffset`; it goes back only where the log is cut. */
  advanceHighWatermark(offset: Offset): void {
    const highWatermark = Math.min(offset, this.#logEndOffset)
    if (highWatermark <= this.#highWatermark) return
    this.#highWatermark = highWatermark
    this.#producers.advanceHighWatermark(highWatermark)
  }

  /**
   * DeleteRecords: nothing below `offset` can be read any more; whole segments below it go with the next retention. Not
   * beyond the high watermark.
   */
  advanceLogStartOffset(offset: Offset): void {
    assert(offset <= this.#highWatermark, 'only committed records are deleted')
    if (offset <= this.#logStartOffset) return
    this.#logStartOffset = offset
    this.#epochs.truncateFromStart(offset)
  }

  /** A leader begins its epoch at `logEndOffset`. */
  assignEpoch(epoch: LeaderEpoch): void {
    if (epoch > this.#epochs.latest) this.#epochs.assign(epoch, this.#logEndOffset)
  }

  /**
   * The largest epoch of the log not above `epoch`, and where it ends: OffsetForLeaderEpoch. Both -1 where the log knows
   * of none that new.
   */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEnd {
    return this.#epochs.endOffsetFor(epoch, this.#logEndOffset)
  }

  /** The epoch of the record at `offset`, -1 where it is not known. */
  epochAt(offset: Offset): LeaderEpoch {
    return this.#epochs.epochAt(offset)
  }

  /** The first record that is not older than `timestampMs`; undefined where there is none. Rejects with a `HostError`. */
  offsetForTimestamp(timestampMs: bigint): Promise<TimestampedOffset | undefined> {
    return this.#lookup.firstFrom(timestampMs, this)
  }

  /** The record with the greatest timestamp, the first of several; undefined in an empty log. Rejects with a `HostError`. */
  offsetOfMaxTimestamp(): Promise<TimestampedOffset | undefined> {
    return this.#lookup.greatest(this)
  }

  /**
   * The aborted transactions with records from `from` to before `to`, by the offset of their markers: what a
   * read_committed fetch is told. Rejects with a `HostError`.
   */
  abortedTransactions(from: Offset, to: Offset): Promise<readonly AbortedTransaction[]> {
    return this.#lookup.aborted(from, to, this)
  }

  activeProducers(): readonly ActiveProducer[] {
    return this.#producers.active()
  }

  /**
   * Removes everything from `offset` on; a batch that `offset` lies within goes as a whole. No append may come until it
   * has ended.
   */
  async truncateTo(offset: Offset): Promise<void> {
    // Also where there is nothing to remove: we may have begun an epoch as a leader that never wrote.
    if (offset >= this.#logEndOffset) return this.#epochs.truncateFromEnd(this.#logEndOffset)
    if (offset < this.#store.segments.first.baseOffset) return this.truncateFullyAndStartAt(offset)
    await this.#change(async () => {
      await this.#store.writer.settled()
      const place = await this.#store.locate(offset, this.#config.indexIntervalBytes)
      const removed = this.#store.cut(place)
      this.#endAt(place.baseOffset)
      this.#limitCleaned(this.#store.segments.active.baseOffset)
      this.#epochs.truncateFromEnd(place.baseOffset)
      this.#logStartOffset = Math.min(this.#logStartOffset, place.baseOffset)
      // The checkpoint must not claim as stored what is about to go.
      await this.#environment.checkpoint()
      await this.#store.removeCut(place, removed)
      const { files } = this.#environment.shared
      this.#producers = await reloadProducers(this.#store, { files, logEndOffset: this.#logEndOffset })
      this.#producers.advanceHighWatermark(this.#highWatermark)
    })
  }

  /** Removes everything and goes on from `offset`: a follower whose end its leader no longer has. */
  async truncateFullyAndStartAt(offset: Offset): Promise<void> {
    await this.#change(async () => {
      await this.#store.writer.settled()
      const removed = this.#store.restart(offset, this.#config)
      this.#endAt(offset)
      this.#limitCleaned(offset)
      this.#logStartOffset = offset
      this.#highWatermark = offset
      this.#stableEnd.restart(offset)
      this.#epochs.clear()
      this.#producers.clear()
      await this.#environment.checkpoint()
      await this.#store.removeAll([...this.#givenUp.splice(0), ...removed])
    })
  }

  #endAt(offset: Offset): void {
    this.#logEndOffset = offset
    this.#stableEnd.cutTo(offset)
    this.#highWatermark = Math.min(this.#highWatermark, offset)
    this.#tail.truncateTo(offset)
    this.#lookup.forget()
  }

  async #change(work: () => Promise<void>): Promise<void> {
    assert(!this.#isChanging, 'a log is cut by one at a time')
    this.#isChanging = true
    this.#cleaning.pause()
    try {
      await this.#cleaning.ended()
      await work()
    } catch (error) {
      this.#environment.shared.fail(error)
      throw error
    } finally {
      this.#isChanging = false
      this.#cleaning.resume()
    }
  }

  /** Begins a new segment, if the active one has anything. */
  roll(): void {
    assert(!this.#isChanging, 'a log is not rolled while it is cut')
    this.#store.roll(this.#config)
  }

  /** Syncs everything appended so far; rejects with a `HostError` where the directory is fenced. */
  async flush(): Promise<void> {
    await this.#store.writer.flush(this.#logEndOffset)
  }

  /**
   * Removes the segments that retention or `advanceLogStartOffset` have given up; returns how many. Their files keep the
   * suffix `.deleted` for `file.delete.delay.ms`.
   */
  async enforceRetention(nowMs: number): Promise<number> {
    if (this.failure !== undefined || this.#isChanging || this.#isRetiring || this.#cleaning.isRunning) return 0
    this.#isRetiring = true
    try {
      return await this.#retire(nowMs)
    } finally {
      this.#isRetiring = false
    }
  }

  async #retire(nowMs: number): Promise<number> {
    await this.#giveUpExpired(nowMs)
    // What the log is without them is stored first: where it starts, and the producers at its first segment, so that a crash
    // in between leaves no hole however names reach the disk. Where there is no space to note that, they go later.
    if (this.#givenUp.length === 0 || !(await this.#environment.checkpointFromReserve())) return 0
    const gone = this.#givenUp.splice(0)
    await this.#store.retire(gone, this.#config.fileDeleteDelayMs)
    return gone.length
  }

  async #giveUpExpired(nowMs: number): Promise<void> {
    const { segments } = this.#store
    const { logStartOffset, logEndOffset, highWatermark, config } = this
    const { indexes } = this.#environment
    const context = { segments, indexes, config, logStartOffset, logEndOffset, highWatermark }
    const expired = this.#retirable(await expiredSegments(context, nowMs))
    const last = expired.at(-1)
    // The log may have been cut, closed or rolled in the meantime.
    if (last === undefined || this.failure !== undefined || segments.all()[expired.length - 1] !== last) return
    if (this.#isChanging || (last === segments.active && this.#logEndOffset !== logEndOffset)) return
    if (last === segments.active) this.roll()
    if (!(await this.#storeFrom(segments.all()[expired.length]!, last))) return
    segments.removeFirst(expired.length)
    this.#givenUp.push(...expired)
    this.#logStartOffset = Math.max(this.#logStartOffset, segments.first.baseOffset)
    this.#epochs.truncateFromStart(this.#logStartOffset)
  }

  /** Of segments that have expired those that can go now: on a full disk, none that leave a log behind which is not stored. */
  #retirable(expired: readonly Segment[]): readonly Segment[] {
    const { writer, segments } = this.#store
    if (!this.#environment.shared.disk.isFull) return expired
    const all = segments.all()
    return expired.filter((_, i) => i + 1 < all.length && writer.synced > all[i + 1]!.baseOffset)
  }

  /** Syncs what a log that begins with `first` counts on. False where there is no space for it, or `last` is gone meanwhile. */
  async #storeFrom(first: Segment, last: Segment): Promise<boolean> {
    const { writer, segments } = this.#store
    // A segment's first batch is written after the snapshot of the producers before it.
    if (writer.synced > first.baseOffset) return true
    if ((await this.#environment.shared.disk.unlessFull(this.flush())) === undefined) return false
    return (
      this.failure === undefined &&
      !this.#isChanging &&
      segments.all().indexOf(last) + 1 === segments.all().indexOf(first)
    )
  }

  /** For `LogCleaner`: what could be compacted now, if anything could. Rejects with a `HostError`. */
  async cleanable(nowMs: number): Promise<Cleanable | undefined> {
    if (!this.config.compacted || this.failure !== undefined || this.#isChanging || this.#isRetiring) return undefined
    const { config, logStartOffset, logEndOffset, lastStableOffset, cleanedOffset } = this
    const { indexes } = this.#environment
    const { segments } = this.#store
    const state = { segments, indexes, config, logStartOffset, logEndOffset, lastStableOffset, cleanedOffset }
    return await cleanableOf(state, nowMs)
  }

  /**
   * For `LogCleaner`: compacts what `cleanable` has given. Undefined where something else needs the log, then or on the
   * way. Rejects with `UncleanableError` or `HostError`.
   */
  async clean(range: CleanableRange, options: CleanOptions): Promise<CleanedRange | undefined> {
    if (this.failure !== undefined || this.#isChanging || this.#isRetiring) return undefined
    return await this.#cleaning.run(async (pass) => {
      const { host, shared, indexes } = this.#environment
      // What replaces a record must survive a crash before the record goes; and it must be known to have been stored, as a
      // gap in what was not would be taken for a loss. On a full disk nothing of this waits: it would keep retention from
      // the log.
      const isStored = (await shared.disk.unlessFull(this.flush())) !== undefined
      if (!isStored || !(await this.#environment.checkpointIfSpace())) throw new HostError('ENOSPC', 'the disk is full')
      pass.check()
      const context = { host, shared, indexes, store: this.#store, log: this, pass, ...options }
      const cleaned = await cleanLog(context, range)
      this.cleanedOffset = cleaned.to
      await this.#environment.checkpointIfSpace()
      return cleaned
    })
  }

  /** Calls compaction off and keeps it out until what is returned is called; resolves when none is under way. */
  async pauseCleaning(): Promise<() => void> {
    this.#cleaning.pause()
    await this.#cleaning.ended()
    return () => this.#cleaning.resume()
  }

  /** For compaction: what each producer has written last. */
  lastOfProducers(): ReadonlyMap<ProducerId, LastOfProducer> {
    return new Map(
      Array.from(this.#producers.all(), ({ producerId, producerEpoch, batches }) => [
        producerId,
        { lastOffset: batches.at(-1)?.lastOffset ?? -1, epoch: producerEpoch },
      ]),
    )
  }

  /** What is cut has to be compacted anew; as Kafka does, with all of the segment that is active then. */
  #limitCleaned(offset: Offset): void {
    if (this.cleanedOffset !== undefined) this.cleanedOffset = Math.min(this.cleanedOffset, offset)
  }

  /** For `LogDirectory`: what is due at this time. */
  maintain(nowMs: number, producerIdExpirationMs: number): void {
    this.#producers.expire(nowMs, producerIdExpirationMs)
    if (this.#stableEnd.isOverdue(nowMs, this.#config.flushMs)) this.#store.writer.requestSync()
  }

  /** For `LogDirectory`, before a checkpoint counts on it. One that is closed has stored them; its folder may get another name. */
  async storeEpochs(): Promise<void> {
    if (this.#isAbandoned || this.#closed !== undefined) return
    this.#storingEpochs = this.#store.storeEpochs(this.#epochs)
    await this.#storingEpochs
  }

  /** For `LogDirectory`: stores and syncs everything, so that the log need not be recovered. */
  async close(): Promise<void> {
    await this.pauseCleaning()
    this.#closed ??= new HostError('ECLOSED', `The log of ${nameOf(this.topicPartition)} is closed`)
    if (this.#environment.shared.failure === undefined) {
      this.#store.storeProgress()
      await this.flush()
      await this.#storingEpochs?.catch(() => {})
      await this.#store.storeEpochs(this.#epochs)
    }
    this.#forget()
    await this.#store.writer.end(this.#closed)
  }

  /** Nothing of the log stays in memory. */
  #forget(): void {
    this.#tail.clear()
    this.#lookup.forget()
  }

  /** For `LogDirectory`: the log is deleted; what is on its way to the disk has arrived or never will. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    await this.pauseCleaning()
    // Of a checkpoint that is under way, which would not find the folder any more.
    await this.#storingEpochs?.catch(() => {})
    this.#closed ??= new HostError('ECLOSED', `The log of ${nameOf(this.topicPartition)} is deleted`)
    this.#forget()
    await this.#store.writer.end(this.#closed)
  }

  /** For `LogDirectory`: it was fenced. */
  fail(error: HostError): void {
    this.#store.writer.abandon(error)
    const listeners = [...this.#failureListeners]
    this.#failureListeners.clear()
    for (const listener of listeners) listener(error)
  }

  #refuse(error: ErrorCode, message: string): AppendRefused {
    return { error, message: `Cannot append to ${nameOf(this.topicPartition)}: ${message}`, recordErrors: [] }
  }

  #refuseSize(sizeBytes: number): AppendRefused {
    const { segmentBytes } = this.#config
    const message = `the batch has ${sizeBytes} bytes, a segment at most ${segmentBytes} (segment.bytes)`
    return this.#refuse(ErrorCode.RECORD_LIST_TOO_LARGE, message)
  }
}
