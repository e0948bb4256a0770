/**
 * Opens a log: finds in its files what the log was when the broker stopped, however it stopped.
 *
 * Every log is opened this way. The batches from the recovery point on are checked and taken in again: into the indexes,
 * the producers' state, the leader epochs. After a clean shutdown the recovery point is the log's end, a snapshot of the
 * producers lies there and the indexes are stored, so that all there is to do is to read the last few kilobytes.
 *
 * What a crash tore off the end is cut away; but only what was never synced. A batch below the recovery point that is
 * damaged or missing makes the log refuse to open (`DamagedLogError`), with nothing changed.
 *
 * Invariants:
 *   the recovered log is a prefix of what was appended, and has everything below the recovery point
 *   recovering twice, or again after a crash within a recovery, gives the same log
 */
import { assert, isOffset, type Offset, type TopicPartition } from '#core'
import type { DirectoryEntry, File, Logger } from '#host'
import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  checkBatch,
  hasProducerId,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  nextOffsetOf,
} from '#protocol/records'
import { scanBatches } from './batch-scan.ts'
import { showsCompaction } from './compaction/traces.ts'
import { DamagedLogError } from './damaged-log.ts'
import {
  DELETED,
  HIGH_WATERMARK_CHECKPOINT,
  LEADER_EPOCH_CHECKPOINT,
  LOG,
  LOG_START_CHECKPOINT,
  OFFSET_INDEX,
  PRODUCER_SNAPSHOT,
  RECOVERY_POINT_CHECKPOINT,
  SEGMENT_SUFFIXES,
  segmentName,
  TRANSACTION_INDEX,
} from './file-names.ts'
import { LeaderEpochs, parseLeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import { type FoundSegment, type LogFiles, sortLogFiles } from './log-files.ts'
import type { SharedDisk } from './log-writer.ts'
import { parseProducerSnapshot } from './producer-snapshot.ts'
import { ProducerStates } from './producer-states.ts'
import { readIfThere } from './read-if-there.ts'
import { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'
import { Segments } from './segments.ts'

/** What the checkpoints of the directory say of a log. */
export interface Checkpointed {
  /** Everything below was synced. */
  readonly recoveryPoint: Offset
  readonly logStartOffset: Offset
  /** Whether the checkpoint of `logStartOffset` is there and whole. */
  readonly isStartKnown: boolean
  readonly highWatermark: Offset
  /** Where the last pass of compaction ended: below, offsets may have gaps. */
  readonly cleanedOffset: Offset | undefined
  /** Whether the broker closed its logs: then nothing beyond the recovery point needs to be checked. */
  readonly wasCleanShutdown: boolean
}

export interface RecoveryContext {
  readonly shared: SharedDisk
  readonly indexes: SegmentIndexes
  readonly logger: Logger
  readonly topicPartition: TopicPartition
  readonly folder: string
  readonly config: LogConfig
  readonly rollJitterMs: number
  /** Whether there are files that a compaction leaves when it is interrupted, or for a while when it has ended. */
  readonly wasCompacting: boolean
  /** Whether a sync has failed since the last clean stop: what files show is written again before it counts as stored. */
  readonly mayMissPages: boolean
  /** When the log is opened, by the clock that gives files their times. */
  readonly nowMs: number
}

/** A log as its files have it. */
export interface RecoveredLog {
  readonly segments: Segments
  readonly producers: ProducerStates
  readonly epochs: LeaderEpochs
  /** Offsets of the producer snapshots in the folder. */
  readonly snapshots: Set<Offset>
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  readonly highWatermark: Offset
  /** Everything below is synced. */
  readonly recoveryPoint: Offset
  /** Log files with bytes from the recovery point on. */
  readonly unsyncedPaths: readonly string[]
  /** Files that tell of a compaction which no checkpoint knows of: to be removed when one does. */
  readonly tracePaths: readonly string[]
}

/** Recovers the log whose folder has these files. Rejects with `DamagedLogError` or `HostError`. */
export async function recoverLog(
  context: RecoveryContext,
  entries: readonly DirectoryEntry[],
  checkpointed: Checkpointed,
): Promise<RecoveredLog> {
  const files = sortLogFiles(entries)
  const epochs = await readEpochs(context, files)
  const logStartOffset = startOf(context, checkpointed, epochs)
  /** Undefined where it was not asked. */
  let isKnownToHaveGaps: boolean | undefined
  // A snapshot may be newer than what the log has kept, and then there is another before it.
  for (let snapshots = files.snapshots; ; ) {
    const stored = { ...checkpointed, logStartOffset, epochs, isKnownToHaveGaps: isKnownToHaveGaps === true }
    const replay = new Replay(context, files, stored)
    const outcome = await replay.run(snapshots)
    if (replay.hasUnknownGap && isKnownToHaveGaps === undefined) {
      isKnownToHaveGaps = await wasCompacted(context, files.segments)
      if (isKnownToHaveGaps) continue
    }
    if (outcome instanceof DamagedLogError) throw outcome
    if (outcome !== undefined) {
      snapshots = snapshots.filter((offset) => offset < outcome)
    } else if (isKnownToHaveGaps && replay.isCut && !(await wasCompacted(context, replay.kept))) {
      // What shows it goes with what is cut: a next start would see gaps that nothing explains.
      isKnownToHaveGaps = false
    } else {
      return replay.finish()
    }
  }
}

/** By another broker, which nothing but the batches tells. */
async function wasCompacted(
  { shared, folder, logger }: RecoveryContext,
  segments: readonly Pick<FoundSegment, 'baseOffset' | 'sizeBytes'>[],
): Promise<boolean> {
  const logs = segments.map(({ baseOffset, sizeBytes }) => {
    return { baseOffset, sizeBytes, logPath: `${folder}/${segmentName(baseOffset)}${LOG}` }
  })
  const shows = await showsCompaction(shared.files, logs)
  if (shows) logger.info(`The log in ${folder} was compacted elsewhere: its offsets may have gaps`)
  return shows
}

/** What `leader-epoch-checkpoint` says; undefined where it is missing or damaged. */
async function readEpochs({ shared, folder }: RecoveryContext, files: LogFiles): Promise<LeaderEpochs | undefined> {
  if (!files.hasLeaderEpochs) return undefined
  return parseLeaderEpochs(
    (await readIfThere(shared.disk, `${folder}/${LEADER_EPOCH_CHECKPOINT}`)) ?? new Uint8Array(0),
  )
}

/**
 * Where the log starts. The checkpoint has no checksum, but the epochs tell it too: they are stored before, and begin where
 * the log then started, or later. So one that says more is damaged, and would hide records; and where it is missing they
 * take its place.
 */
function startOf(
  { folder, logger }: RecoveryContext,
  { logStartOffset, isStartKnown }: Checkpointed,
  epochs: LeaderEpochs | undefined,
): Offset {
  const beginsAt = epochs?.entries[0]?.startOffset
  if (beginsAt === undefined || (isStartKnown && beginsAt >= logStartOffset)) return logStartOffset
  if (isStartKnown) {
    logger.warn(
      `The checkpoint ${LOG_START_CHECKPOINT} lets the log in ${folder} start at ${logStartOffset}, its epochs at ` +
        `${beginsAt}: nothing is hidden`,
    )
  }
  return beginsAt
}

/** What a walk is told of the log. */
interface Stored extends Checkpointed {
  readonly epochs: LeaderEpochs | undefined
  /** Whether the batches show a compaction that nothing else tells of. */
  readonly isKnownToHaveGaps: boolean
}

/** One walk through the batches from where the stored state ends. Changes nothing on the disk before `finish`. */
class Replay {
  readonly #context: RecoveryContext
  readonly #files: LogFiles
  readonly #checkpointed: Stored
  readonly #storedEnd: Offset
  readonly #damagedSnapshots = new Set<Offset>()
  #segments: Segment[]
  #producers = new ProducerStates()
  #epochs = new LeaderEpochs()
  /** Whether the epochs were read, and not to be found anew. */
  #knowsEpochs = false
  /** The producers are those of this offset; what comes before is taken in already. */
  #producersOffset: Offset = 0
  /** Segments whose batches were walked through. */
  #walked: Segment[] = []
  #nextOffset: Offset
  /** What `#nextOffset` was before the last batch. */
  #beforeLast: Offset = 0
  #lastEpoch = -1
  /** Whether there is a gap that only what a compaction has left lying explains: a next start must see that too. */
  #hasNewGap = false
  /** Where the log was torn: what is after this position of the last segment in `#walked` goes. */
  #tornAt: number | undefined
  /** Whether it ended at a gap that nothing explains. */
  hasUnknownGap = false
  /** The offset of a batch that shows the one before it to have another than it claims. */
  #contradicted: Offset = Number.POSITIVE_INFINITY

  constructor(context: RecoveryContext, files: LogFiles, checkpointed: Stored) {
    this.#context = context
    this.#files = files
    this.#checkpointed = checkpointed
    this.#storedEnd = checkpointed.recoveryPoint
    // What lies wholly before the log's start was being removed.
    const isKept = (_: FoundSegment, i: number) => (files.segments[i + 1]?.baseOffset ?? Infinity) > this.#startOffset
    this.#segments = files.segments.filter(isKept).map((found) => this.#segment(found))
    this.#nextOffset = this.#segments[0]?.baseOffset ?? this.#startOffset
  }

  get #startOffset(): Offset {
    return this.#checkpointed.logStartOffset
  }

  /** What is below must be there: 0 where all that was stored lies before the log's start, and was being removed. */
  get #keptEnd(): Offset {
    return this.#storedEnd > this.#startOffset ? this.#storedEnd : 0
  }

  #segment({ baseOffset, sizeBytes, modifiedMs }: FoundSegment): Segment {
    const { folder, rollJitterMs } = this.#context
    const segment = new Segment(folder, baseOffset, { createdMs: modifiedMs, rollJitterMs })
    segment.sizeBytes = sizeBytes
    segment.isLoaded = false
    segment.transactionIndex.isTrusted = false
    return segment
  }

  /**
   * Walks through the log; returns why it cannot be opened, or the offset of a snapshot that cannot be used, with all after
   * it, if that is found out.
   */
  async run(snapshots: readonly Offset[]): Promise<Offset | DamagedLogError | undefined> {
    const snapshotOffset = await this.#loadProducers(snapshots)
    this.#knowsEpochs = this.#loadEpochs()
    const problem = this.#checkBeginning()
    if (problem !== undefined) return problem
    const uncheckedFrom = this.#checkpointed.wasCleanShutdown ? Infinity : this.#storedEnd
    const from = this.#knowsEpochs ? Math.min(uncheckedFrom, snapshotOffset ?? 0) : 0
    // A segment that was rolled at just this offset may have been synced without its index.
    const reach = this.#checkpointed.wasCleanShutdown ? from : from - 1
    const first = Math.max(
      0,
      this.#segments.findLastIndex((segment) => segment.baseOffset <= reach),
    )
    for (const segment of this.#segments.slice(first)) {
      if (segment.baseOffset !== this.#nextOffset && this.#walked.length > 0) {
        if (!this.#isGapAllowed(segment)) {
          this.hasUnknownGap = this.#mayBeForeign && segment.baseOffset > this.#nextOffset
          break
        }
        this.#hasNewGap ||= segment.baseOffset > this.#knownEnd
      }
      this.#nextOffset = segment.baseOffset
      if (!(await this.#loadTransactions(segment))) return segment.baseOffset + 1
      this.#walked.push(segment)
      const problem = await this.#walk(segment, from)
      if (problem === undefined) continue
      const offset = Math.min(this.#nextOffset, this.#contradicted)
      if (offset < this.#keptEnd) {
        return this.#damaged(`${problem} (at offset ${offset}, stored up to ${this.#storedEnd})`)
      }
      break
    }
    if (this.#nextOffset < this.#keptEnd) {
      const says = `, as ${RECOVERY_POINT_CHECKPOINT} says`
      return this.#damaged(`it ends at offset ${this.#nextOffset}, but was stored up to ${this.#storedEnd}${says}`)
    }
    if (this.#checkpointed.wasCleanShutdown && this.#nextOffset > this.#storedEnd && this.#storedEnd > 0) {
      const says = `, as ${RECOVERY_POINT_CHECKPOINT} says`
      return this.#damaged(`it ends at offset ${this.#nextOffset}, but was closed at ${this.#storedEnd}${says}`)
    }
    // The recovery point may be lost as well.
    if (this.#checkpointed.wasCleanShutdown && this.#nextOffset < this.#checkpointed.highWatermark) {
      const says = `by ${HIGH_WATERMARK_CHECKPOINT} it was closed with ${this.#checkpointed.highWatermark}`
      return this.#damaged(`it ends at offset ${this.#nextOffset}, ${says}`)
    }
    return snapshotOffset !== undefined && snapshotOffset > this.#nextOffset ? snapshotOffset : undefined
  }

  /** The newest snapshot that is whole. */
  async #loadProducers(snapshots: readonly Offset[]): Promise<Offset | undefined> {
    const { shared, folder, logger } = this.#context
    for (const offset of snapshots) {
      const path = `${folder}/${segmentName(offset)}${PRODUCER_SNAPSHOT}`
      const producers = parseProducerSnapshot((await readIfThere(shared.disk, path)) ?? new Uint8Array(0))
      if (producers === undefined) {
        logger.warn(`The producer snapshot ${path} is damaged and not used`)
        this.#damagedSnapshots.add(offset)
        continue
      }
      for (const producer of producers) this.#producers.restore(producer)
      this.#producersOffset = offset
      return offset
    }
    return undefined
  }

  /** False where the log has records and what is noted of its epochs is missing or damaged. */
  #loadEpochs(): boolean {
    const { folder, logger } = this.#context
    const hasNoRecords = this.#segments.every((segment) => segment.sizeBytes === 0)
    if (this.#files.hasLeaderEpochs) {
      const { epochs } = this.#checkpointed
      const beginsAt = epochs?.entries[0]?.startOffset ?? Number.POSITIVE_INFINITY
      // Of a log with records the epochs are known from its first one on.
      const isWhole = beginsAt <= Math.max(this.#startOffset, this.#nextOffset) || hasNoRecords
      if (epochs !== undefined && isWhole) {
        this.#epochs = new LeaderEpochs(epochs.entries)
        // What began later is found again in the batches. The file may know it of some that an earlier crash has taken.
        if (!this.#checkpointed.wasCleanShutdown) this.#epochs.truncateFromEnd(this.#storedEnd)
        return true
      }
      logger.warn(`The file ${folder}/${LEADER_EPOCH_CHECKPOINT} is damaged and made anew from the log`)
    }
    return hasNoRecords
  }

  /** The epochs are cut to the log's start before its segments are removed: they do not begin before the first of these. */
  #checkBeginning(): DamagedLogError | undefined {
    const { epochs, logStartOffset } = this.#checkpointed
    const beginsAt = epochs?.entries[0]?.startOffset
    const [first] = this.#segments
    if (first === undefined || beginsAt === undefined || !this.#knowsEpochs) return undefined
    if (first.baseOffset <= Math.max(beginsAt, logStartOffset)) return undefined
    const says = `by ${LEADER_EPOCH_CHECKPOINT} it has records from ${beginsAt} on`
    return this.#damaged(`its first segment begins at ${first.baseOffset}, ${says}`)
  }

  /**
   * Where a later segment was stored and the end of the one before was not, both go; older gaps are a compaction's. A Kafka
   * that is killed while it compacts has noted nothing yet.
   */
  #isGapAllowed({ baseOffset }: Segment): boolean {
    const { config, wasCompacting } = this.#context
    const isForeign = this.#checkpointed.isKnownToHaveGaps && this.#mayBeForeign
    const isCompacted = isForeign || (config.compacted && wasCompacting)
    return baseOffset > this.#nextOffset && (baseOffset <= this.#knownEnd || isCompacted)
  }

  /** Whether, if the log was ever compacted, it was by a broker of which we have no note. */
  get #mayBeForeign(): boolean {
    return !this.#context.config.compacted && this.#checkpointed.cleanedOffset === undefined
  }

  /** Gaps below are a compaction's. */
  get #knownEnd(): Offset {
    return Math.max(this.#storedEnd, this.#checkpointed.cleanedOffset ?? 0)
  }

  async #loadTransactions(segment: Segment): Promise<boolean> {
    segment.transactionIndex.isTrusted = false
    if (this.#files.transactionIndexes.has(segment.baseOffset)) {
      const content = await this.#context.shared.disk.readFile(segment.path + TRANSACTION_INDEX)
      const isWhole = segment.transactionIndex.load(content)
      if (!isWhole && this.#producersOffset > segment.baseOffset) return false
      segment.transactionIndex.isUnstored = !isWhole
    }
    segment.transactionIndex.truncateTo(this.#producersOffset)
    // Then all of it is found again.
    if (this.#producersOffset <= segment.baseOffset) segment.transactionIndex.foundAnew()
    return true
  }

  /** Takes in the batches of a segment from `from` on, and some before it. Returns what is wrong with the one it ends at. */
  async #walk(segment: Segment, from: Offset): Promise<string | undefined> {
    let entry = -1
    if (from > segment.baseOffset && segment.sizeBytes > 0 && (await this.#context.indexes.readEntries(segment))) {
      entry = segment.offsetIndex.find(from)
    }
    segment.isLoaded = true
    if (entry >= 0) {
      const indexed = segment.offsetIndex.offsetAt(entry)
      const position = segment.offsetIndex.positionAt(entry)
      segment.truncateIndexes(indexed + 1)
      const end = await this.#scan(segment, position, indexed)
      if (end !== 'misplaced') return end
      this.#context.logger.warn(`The index ${segment.path}${OFFSET_INDEX} is wrong and made anew from the log`)
    }
    segment.truncateIndexes(segment.baseOffset)
    const problem = await this.#scan(segment, 0, undefined)
    assert(problem !== 'misplaced', 'a segment begins with a batch')
    return problem
  }

  /** `indexed` is the last offset of the batch at `position`, by the index: 'misplaced' where another, or none, is there. */
  async #scan(segment: Segment, position: number, indexed: Offset | undefined): Promise<string | undefined> {
    const { shared, config } = this.#context
    let isFirst = true
    const end = await scanBatches(
      shared.files,
      segment.logPath,
      { from: position, to: segment.sizeBytes },
      (buffer, at, sizeBytes, batchPosition) => {
        const bytes = buffer.subarray(at, at + sizeBytes)
        const problem = checkBatch(bytes) ?? this.#checkOrder(bytes, isFirst && indexed !== undefined)
        if (problem !== undefined) return problem
        if (isFirst && indexed !== undefined && lastOffsetOf(bytes) !== indexed) return 'misplaced'
        isFirst = false
        segment.index(bytes, 0, sizeBytes, config.indexIntervalBytes, batchPosition)
        this.#take(segment, bytes)
        return undefined
      },
    )
    if (end.problem === undefined) return undefined
    if (isFirst && indexed !== undefined) return 'misplaced'
    this.#tornAt = end.position
    return `${end.problem} (in ${segment.logPath} at byte ${end.position})`
  }

  /**
   * What the checksum does not cover. Offsets follow on where nothing compacts the log; where they do not, the batch before
   * may be the one that lies about its own.
   */
  #checkOrder(bytes: Uint8Array, isFirstOfIndex: boolean): string | undefined {
    const baseOffset = baseOffsetOf(bytes)
    const { isKnownToHaveGaps, cleanedOffset = -1 } = this.#checkpointed
    const mayHaveGaps = this.#context.config.compacted || isKnownToHaveGaps || baseOffset <= cleanedOffset
    const isInOrder = mayHaveGaps ? baseOffset >= this.#nextOffset : baseOffset === this.#nextOffset
    if (!isInOrder && !isFirstOfIndex) {
      this.hasUnknownGap = baseOffset > this.#nextOffset
      // Where there are gaps the last one may have moved ahead, and this be what follows it. All others are in order with those before.
      if (mayHaveGaps && baseOffset > this.#beforeLast) this.#contradicted = baseOffset
      return `the batch begins at offset ${baseOffset}, the one before ends at ${this.#nextOffset - 1}`
    }
    if (!isOffset(nextOffsetOf(bytes)) || nextOffsetOf(bytes) <= baseOffset) {
      return `the batch has offsets from ${baseOffset} to ${lastOffsetOf(bytes)}`
    }
    if (leaderEpochOf(bytes) < this.#lastEpoch) {
      return `the batch is of epoch ${leaderEpochOf(bytes)}, the one before of ${this.#lastEpoch}`
    }
    const isStored = baseOffset < this.#storedEnd || this.#checkpointed.wasCleanShutdown
    return this.#knowsEpochs ? this.#checkEpoch(bytes, isStored) : undefined
  }

  /** Of a first record that lies before the log's start nothing is known; what was never stored may have a later one. */
  #checkEpoch(bytes: Uint8Array, isStored: boolean): string | undefined {
    const epoch = leaderEpochOf(bytes)
    for (const offset of [baseOffsetOf(bytes), lastOffsetOf(bytes)]) {
      const known = this.#epochs.epochAt(offset)
      if (known >= 0 && (isStored ? epoch !== known : epoch < known))
        return `the batch is of epoch ${epoch}, by ${LEADER_EPOCH_CHECKPOINT} of ${known}`
    }
    return undefined
  }

  #take(segment: Segment, bytes: Uint8Array): void {
    const baseOffset = baseOffsetOf(bytes)
    this.#beforeLast = this.#nextOffset
    this.#nextOffset = nextOffsetOf(bytes)
    this.#lastEpoch = leaderEpochOf(bytes)
    if (this.#lastEpoch > this.#epochs.latest) this.#epochs.assign(this.#lastEpoch, baseOffset)
    if (!hasProducerId(bytes) || baseOffset < this.#producersOffset) return
    const aborted = this.#producers.update(bytes, 0)
    if (aborted !== undefined) segment.transactionIndex.append(aborted)
  }

  /** Whether `finish` takes something off the end. */
  get isCut(): boolean {
    return this.#tornAt !== undefined || this.#walked.at(-1) !== this.#segments.at(-1)
  }

  /** The segments that `finish` leaves, and how much of them. */
  get kept(): readonly Pick<Segment, 'baseOffset' | 'sizeBytes'>[] {
    const last = this.#walked.at(-1)
    return this.#segments.slice(0, last === undefined ? 0 : this.#segments.indexOf(last) + 1).map((segment) => {
      const { baseOffset, sizeBytes } = segment
      return { baseOffset, sizeBytes: segment === last ? (this.#tornAt ?? sizeBytes) : sizeBytes }
    })
  }

  /** Makes the files what the walk has found, and gives the log. */
  async finish(): Promise<RecoveredLog> {
    const { shared, indexes, config, folder } = this.#context
    const logEndOffset = this.#nextOffset
    await this.#removeLeftovers()
    if (this.isCut) await this.#cut()
    const kept = this.#segments.at(-1)
    if (kept === undefined || logEndOffset < this.#startOffset) {
      return this.#beginAnew()
    }
    if (this.#mayBeRetried) await this.#recall()
    for (const segment of this.#walked) {
      if (segment === kept) continue
      await indexes.store(segment, { isActive: false })
      indexes.mayForget(segment)
    }
    const segments = new Segments(this.#segments)
    await this.#loadFirstTimestamp(kept)
    const logStartOffset = Math.max(this.#startOffset, segments.first.baseOffset)
    this.#epochs.truncateFromEnd(logEndOffset)
    this.#epochs.truncateFromStart(logStartOffset)
    const highWatermark = Math.min(Math.max(this.#checkpointed.highWatermark, logStartOffset), logEndOffset)
    this.#producers.advanceHighWatermark(highWatermark)
    const isStored = this.#checkpointed.wasCleanShutdown || this.#storedEnd >= logEndOffset
    const unsyncedPaths = isStored ? [] : this.#walked.map((segment) => segment.logPath)
    // Acknowledging counts on it from now on; in page-cache mode nobody does.
    const { mayMissPages } = this.#context
    const isCountedOn = Number.isSafeInteger(config.flushMessages) || this.#hasNewGap || mayMissPages
    if (isCountedOn && unsyncedPaths.length > 0) {
      for (const path of unsyncedPaths.splice(0)) {
        await shared.files.with(path, 'write', async (file) => {
          if (mayMissPages) await writeAgain(file)
          await file.sync()
        })
      }
      await shared.disk.syncDirectory(folder)
    }
    return {
      segments,
      producers: this.#producers,
      epochs: this.#epochs,
      snapshots: new Set(this.#keptSnapshots()),
      logStartOffset,
      logEndOffset,
      highWatermark,
      recoveryPoint: unsyncedPaths.length === 0 ? logEndOffset : this.#storedEnd,
      unsyncedPaths,
      tracePaths: this.#tracePaths(),
    }
  }

  /** Whether the broker fell, and so lately that producers may still wait for answers. */
  get #mayBeRetried(): boolean {
    const { modifiedMs = Number.NEGATIVE_INFINITY } = this.#files.segments.at(-1) ?? {}
    return !this.#checkpointed.wasCleanShutdown && this.#context.nowMs - modifiedMs < RETRIED_MS
  }

  /**
   * Of each producer the snapshot has the last batch. One that was waiting for answers when the broker fell sends as many as
   * five again: where the snapshot lies close to the end, those before it are looked for in the log.
   */
  async #recall(): Promise<void> {
    const { shared, indexes, config } = this.#context
    let left = RECALLED_BYTES
    let first = this.#segments.length
    while (first > 0 && left > 0) left -= this.#segments[--first]!.sizeBytes
    /** Of the first segment, what is too far away. */
    let skipped = Math.max(0, -left)
    for (const segment of this.#segments.slice(first)) {
      if (segment.baseOffset >= this.#producersOffset) break
      await indexes.load(segment, config.indexIntervalBytes)
      const entry = segment.offsetIndex.findPosition(skipped)
      const from = entry < 0 ? 0 : segment.offsetIndex.positionAt(entry)
      skipped = 0
      await scanBatches(shared.files, segment.logPath, { from, to: segment.sizeBytes }, (bytes, at, sizeBytes) => {
        if (baseOffsetOf(bytes, at) >= this.#producersOffset) return 'taken in by the walk'
        const problem = checkBatch(bytes.subarray(at, at + sizeBytes))
        if (problem === undefined && hasProducerId(bytes, at)) this.#producers.recall(bytes, at)
        return problem
      })
    }
  }

  async #removeLeftovers(): Promise<void> {
    const { shared, folder } = this.#context
    const kept = new Set(this.#segments.map((segment) => segment.baseOffset))
    const obsolete = this.#files.segments.filter(({ baseOffset }) => !kept.has(baseOffset))
    const traces = this.#tracePaths()
    for (const name of this.#files.leftovers) {
      if (!traces.includes(`${folder}/${name}`)) await shared.disk.remove(`${folder}/${name}`)
    }
    for (const { baseOffset } of obsolete) await this.#removeSegment(baseOffset)
    const snapshots = this.#keptSnapshots()
    for (const offset of this.#files.snapshots) {
      if (snapshots.includes(offset)) continue
      await shared.disk.remove(`${folder}/${segmentName(offset)}${PRODUCER_SNAPSHOT}`)
    }
  }

  #tracePaths(): readonly string[] {
    if (!this.#hasNewGap) return []
    return this.#files.leftovers
      .filter((name) => name.endsWith(DELETED))
      .map((name) => `${this.#context.folder}/${name}`)
  }

  #keptSnapshots(): readonly Offset[] {
    return this.#files.snapshots.filter((offset) => offset <= this.#nextOffset && !this.#damagedSnapshots.has(offset))
  }

  async #removeSegment(baseOffset: Offset): Promise<void> {
    const { shared, folder } = this.#context
    for (const suffix of SEGMENT_SUFFIXES) {
      await shared.disk.remove(`${folder}/${segmentName(baseOffset)}${suffix}`)
    }
  }

  /**
   * Cuts away what the crash tore. Later segments first, the newest before the others, so that a crash in between leaves
   * a log that is cut to the same end again; and all of it synced before anything is appended in its place: what was cut
   * must not come back behind what is new.
   */
  async #cut(): Promise<void> {
    const { shared, indexes, folder, logger } = this.#context
    const last = this.#walked.at(-1)
    const later = this.#segments.splice(last === undefined ? 0 : this.#segments.indexOf(last) + 1)
    for (const { baseOffset } of later.reverse()) await this.#removeSegment(baseOffset)
    if (last !== undefined) await indexes.removeFiles(last)
    await shared.disk.syncDirectory(folder)
    if (last === undefined || this.#tornAt === undefined) return
    const position = this.#tornAt
    logger.warn(`Cut ${last.sizeBytes - position} bytes of an interrupted write off ${last.logPath}`)
    await shared.files.with(last.logPath, 'write', async (file) => {
      await file.truncate(position)
      await file.sync()
    })
    last.sizeBytes = position
  }

  /** The log has nothing from its start on. */
  async #beginAnew(): Promise<RecoveredLog> {
    const { shared, folder, rollJitterMs, logger } = this.#context
    const offset = this.#startOffset
    if (this.#segments.length > 0) {
      logger.warn(`The log in ${folder} ends at ${this.#nextOffset}, before its start ${offset}, and begins anew there`)
    }
    for (const { baseOffset } of this.#segments.splice(0).reverse()) await this.#removeSegment(baseOffset)
    for (const offset of this.#files.snapshots) {
      await shared.disk.remove(`${folder}/${segmentName(offset)}${PRODUCER_SNAPSHOT}`)
    }
    const segment = new Segment(folder, offset, { createdMs: 0, rollJitterMs })
    await shared.files.with(segment.logPath, 'write', (file) => file.truncate(0))
    await shared.disk.syncDirectory(folder)
    return {
      segments: new Segments([segment]),
      producers: new ProducerStates(),
      epochs: new LeaderEpochs(),
      snapshots: new Set(),
      logStartOffset: offset,
      logEndOffset: offset,
      highWatermark: offset,
      recoveryPoint: offset,
      unsyncedPaths: [],
      tracePaths: [],
    }
  }

  async #loadFirstTimestamp(active: Segment): Promise<void> {
    if (active.firstTimestamp !== undefined || active.sizeBytes === 0) return
    const header = new Uint8Array(BATCH_HEADER_BYTES)
    await this.#context.shared.files.with(active.logPath, 'read', (file) => file.read(header, 0))
    active.firstTimestamp = maxTimestampOf(header)
  }

  #damaged(what: string): DamagedLogError {
    return new DamagedLogError(this.#context.topicPartition, what)
  }
}

/**
 * Writes a file over with what it shows. After a failed sync Linux keeps pages that it could not write, and calls them clean:
 * a sync alone would succeed, and store nothing.
 */
async function writeAgain(file: File): Promise<void> {
  const sizeBytes = await file.size()
  const buffer = new Uint8Array(Math.min(sizeBytes, AGAIN_BYTES))
  for (let position = 0; position < sizeBytes; position += buffer.length) {
    const read = await file.read(buffer.subarray(0, sizeBytes - position), position)
    await file.write([buffer.subarray(0, read)], position)
  }
}

const AGAIN_BYTES = 1024 * 1024

/** How long after the last write: five times what a producer waits by default (`delivery.timeout.ms`). */
const RETRIED_MS = 10 * 60 * 1000
/** How far before the log's end: five batches of a hundred producers, of the size that they send by default. */
const RECALLED_BYTES = 8 * 1024 * 1024
