/**
 * A log's files: its segments with their indexes, the snapshots of its producers, and how they change.
 *
 * Invariants:
 *   the active segment's indexes are in memory
 *   a segment that is no longer active has its indexes, and a producer snapshot at its end, on the way to the disk,
 *     behind its own bytes and before those of the next
 *   files that are to go are removed only when the checkpoints no longer count on them
 */
import type { Offset } from '#core'
import { type Disk, type Host, HostError } from '#host'
import { baseOffsetOf, lastOffsetOf, maxTimestampOf, nextOffsetOf } from '#protocol/records'
import { scanBatches } from './batch-scan.ts'
import {
  CLEANED,
  DELETED,
  LEADER_EPOCH_CHECKPOINT,
  LOG,
  OFFSET_INDEX,
  PRODUCER_SNAPSHOT,
  SEGMENT_SUFFIXES,
  SWAP,
  segmentName,
  TIME_INDEX,
} from './file-names.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import { LogWriter, type LogWriterEvents, type SharedDisk } from './log-writer.ts'
import { parseProducerSnapshot } from './producer-snapshot.ts'
import type { ProducerState } from './producer-states.ts'
import type { ReadAhead } from './read-ahead.ts'
import { readIfThere } from './read-if-there.ts'
import { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'
import type { Segments } from './segments.ts'
import { SummedRanges } from './summed-ranges.ts'
import { writeFile } from './write-file.ts'

/** What a log directory lends to its logs. */
export interface LogEnvironment {
  readonly host: Pick<Host, 'clock' | 'compute' | 'disk' | 'logger' | 'random'>
  readonly shared: SharedDisk
  readonly indexes: SegmentIndexes
  readonly readAhead: ReadAhead
  /** Writes the checkpoints of all logs: what they say has to hold before files change. */
  checkpoint(): Promise<void>
  /** The same at once; false where there is no space for it. */
  checkpointIfSpace(): Promise<boolean>
  /** The same, in the space that is kept for what makes room. */
  checkpointFromReserve(): Promise<boolean>
  /** Removes a file that nobody needs any more, `delayMs` from now. */
  removeLater(path: string, delayMs: number): void
}

/** Where a log is to be cut. */
export interface CutPlace {
  readonly segment: Segment
  readonly position: number
  /** Of the batch that begins there: the log's end from then on. */
  readonly baseOffset: Offset
}

export interface LogStoreState {
  readonly segments: Segments
  readonly snapshots: Set<Offset>
  readonly logEndOffset: Offset
  readonly recoveryPoint: Offset
  readonly unsyncedPaths: readonly string[]
}

/** A segment that compaction has written, and the suffixes of its files. */
export interface CompactedSegment {
  readonly segment: Segment
  readonly suffixes: readonly string[]
}

export interface LogStoreEvents extends LogWriterEvents {
  /** The producers as they are now, as the content of a snapshot. */
  readonly snapshot: () => Uint8Array
  /** Compaction has replaced what lies in these offsets. */
  readonly replaced: (from: Offset, to: Offset) => void
}

/** After so many bytes indexes and producers are stored, so that a recovery begins there and not at the segment's start. */
const STORE_INTERVAL_BYTES = 64 * 1024 * 1024

export class LogStore {
  readonly folder: string
  readonly segments: Segments
  readonly writer: LogWriter
  readonly #environment: LogEnvironment
  readonly #snapshots: Set<Offset>
  readonly #snapshot: () => Uint8Array
  readonly #replaced: (from: Offset, to: Offset) => void
  #endOffset: Offset
  #bytesSinceStore = 0
  /** Recovery may have changed what the file of epochs says. */
  #storedEpochChanges = -1
  #replacing: Promise<void> | undefined

  constructor(
    environment: LogEnvironment,
    folder: string,
    state: LogStoreState,
    { snapshot, replaced, ...events }: LogStoreEvents,
  ) {
    this.folder = folder
    this.segments = state.segments
    this.writer = new LogWriter(environment.shared, folder, events)
    this.writer.restart(state.logEndOffset, state.recoveryPoint)
    for (const path of state.unsyncedPaths) this.writer.touch(path)
    this.#environment = environment
    this.#snapshots = state.snapshots
    this.#snapshot = snapshot
    this.#replaced = replaced
    this.#endOffset = state.logEndOffset
  }

  /** Puts a batch, with its final offsets, at the log's end; begins a new segment where it has to. */
  append(bytes: Uint8Array, at: number, sizeBytes: number, config: LogConfig): void {
    const batch = { sizeBytes, maxTimestamp: maxTimestampOf(bytes, at), lastOffset: lastOffsetOf(bytes, at) }
    const nowMs = this.#environment.host.clock.nowMs()
    if (this.segments.active.sizeBytes > 0 && this.segments.active.mustRollFor(batch, config, nowMs)) this.roll(config)
    const { active } = this.segments
    const position = active.sizeBytes
    active.append(bytes, at, sizeBytes, config.indexIntervalBytes)
    const chunk = sizeBytes === bytes.length ? bytes : bytes.subarray(at, at + sizeBytes)
    this.#endOffset = batch.lastOffset + 1
    this.writer.append(active.logPath, position, chunk, this.#endOffset)
    this.#bytesSinceStore += sizeBytes
  }

  /** After an append and all that follows from it: stores indexes and producers, if it is time. */
  storeSometimes(): void {
    if (this.#bytesSinceStore >= STORE_INTERVAL_BYTES) this.storeProgress()
  }

  /** Begins a new segment at the log's end. The one before is stored whole, and synced in any mode. */
  roll(config: LogConfig): void {
    const { active } = this.segments
    if (active.sizeBytes === 0) return
    const { host, indexes } = this.#environment
    this.#store(false)
    const segment = newSegment(this.#environment, this.folder, this.#endOffset, config)
    this.segments.add(segment)
    this.writer.inTurn(async () => {
      indexes.mayForget(active)
      await writeFile(host.disk, segment.logPath, new Uint8Array(0))
      this.writer.touch(segment.logPath)
      this.writer.requestSync()
    })
  }

  /** Queues that the indexes and the producers are stored as they are at the log's end. */
  storeProgress(): void {
    this.#store(true)
  }

  #store(isActive: boolean): void {
    const { active } = this.segments
    this.#bytesSinceStore = 0
    this.writer.inTurn(() => this.#environment.indexes.store(active, { isActive }))
    if (!this.#snapshots.has(this.#endOffset)) this.#addSnapshot(this.#endOffset, this.#snapshot())
    if (!isActive) this.#touchStored(active, this.#endOffset)
  }

  /**
   * A segment that is rolled takes with it to the disk, with the next sync, what nobody looks at again: its index, and the
   * snapshot at its end, which is all there is when the older have been removed.
   */
  #touchStored(segment: Segment, endOffset: Offset): void {
    const paths = [segment.path + OFFSET_INDEX, this.#snapshotPath(endOffset)]
    this.writer.inTurn(async () => {
      for (const path of paths) this.writer.touch(path)
    })
  }

  /** Two snapshots within a segment are enough: the newest, and the one before where the newest does not survive a crash. */
  #addSnapshot(offset: Offset, content: Uint8Array): void {
    const { disk } = this.#environment.host
    const bases = new Set(this.segments.all().map((segment) => segment.baseOffset))
    const between = this.snapshots().filter((other) => !bases.has(other))
    const old = between.slice(1)
    for (const other of old) this.#snapshots.delete(other)
    this.#snapshots.add(offset)
    this.writer.inTurn(async () => {
      await writeFile(disk, this.#snapshotPath(offset), content)
      for (const other of old) await this.#removeSnapshot(other)
    })
  }

  #snapshotPath(offset: Offset): string {
    return `${this.folder}/${segmentName(offset)}${PRODUCER_SNAPSHOT}`
  }

  /** Offsets of the snapshots that there are, the newest first. */
  snapshots(): readonly Offset[] {
    return [...this.#snapshots].sort((a, b) => b - a)
  }

  /** Reads a snapshot; undefined where it is damaged. */
  async readSnapshot(offset: Offset): Promise<readonly ProducerState[] | undefined> {
    const content = await readIfThere(this.#environment.host.disk, this.#snapshotPath(offset))
    return content === undefined ? undefined : parseProducerSnapshot(content)
  }

  /** Stores the epochs, if they have changed: before a checkpoint counts on it. */
  async storeEpochs(epochs: LeaderEpochs): Promise<void> {
    const { changes } = epochs
    if (this.#storedEpochChanges === changes) return
    await this.#environment.shared.disk.impatient.replaceFile(
      `${this.folder}/${LEADER_EPOCH_CHECKPOINT}`,
      epochs.toFile(),
    )
    this.#storedEpochChanges = changes
  }

  /** Where the batch with `offset` begins. Everything appended has been written. */
  async locate(offset: Offset, indexIntervalBytes: number): Promise<CutPlace> {
    const segment = this.segments.holding(offset) ?? this.segments.first
    await this.#environment.indexes.load(segment, indexIntervalBytes)
    // It will be the active one, and is not to be forgotten from here on.
    this.#environment.indexes.drop(segment)
    const entry = segment.offsetIndex.find(offset)
    let baseOffset = offset
    const { position } = await scanBatches(
      this.#environment.shared.files,
      segment.logPath,
      { from: entry < 0 ? 0 : segment.offsetIndex.positionAt(entry), to: segment.sizeBytes },
      (bytes, at) => {
        if (nextOffsetOf(bytes, at) <= offset) return undefined
        baseOffset = Math.min(offset, baseOffsetOf(bytes, at))
        return 'found'
      },
    )
    return { segment, position, baseOffset }
  }

  /** Takes out of memory what is to be cut; `removeCut` does so on the disk. */
  cut({ segment, position, baseOffset }: CutPlace): readonly Segment[] {
    const removed = this.segments.removeFrom(segment.baseOffset + 1)
    for (const other of removed) this.#environment.indexes.drop(other)
    segment.truncateIndexes(baseOffset)
    segment.transactionIndex.truncateTo(baseOffset)
    segment.sizeBytes = position
    segment.summed = new SummedRanges()
    this.#endOffset = baseOffset
    this.writer.rewind(baseOffset)
    return removed
  }

  /** Makes a cut on the disk, so that what was cut cannot come back behind what is appended in its place. */
  async removeCut({ segment, position, baseOffset }: CutPlace, removed: readonly Segment[]): Promise<void> {
    const { disk } = this.#environment.host
    for (const other of [...removed].reverse()) await this.#removeFiles(other)
    for (const offset of this.snapshots()) if (offset > baseOffset) await this.#removeSnapshot(offset)
    await this.writer.release([segment.path + OFFSET_INDEX, segment.path + TIME_INDEX])
    await this.#environment.indexes.removeFiles(segment)
    await disk.syncDirectory(this.folder)
    await this.#environment.shared.files.with(segment.logPath, 'write', async (file) => {
      await file.truncate(position)
      await file.sync()
    })
  }

  /** Begins anew at `offset` with an empty segment; returns the old ones, for `removeAll`. */
  restart(offset: Offset, config: LogConfig): readonly Segment[] {
    const removed = this.segments.replaceAll(newSegment(this.#environment, this.folder, offset, config))
    for (const segment of removed) this.#environment.indexes.drop(segment)
    this.#endOffset = offset
    this.writer.restart(offset, offset)
    return removed
  }

  async removeAll(removed: readonly Segment[]): Promise<void> {
    const { disk } = this.#environment.host
    for (const segment of [...removed].reverse()) await this.#removeFiles(segment)
    for (const offset of this.snapshots()) await this.#removeSnapshot(offset)
    await this.#environment.shared.files.with(this.segments.active.logPath, 'write', (file) => file.truncate(0))
    await disk.syncDirectory(this.folder)
  }

  async #removeFiles(segment: Segment): Promise<void> {
    const paths = SEGMENT_SUFFIXES.map((suffix) => segment.path + suffix)
    await this.writer.release(paths)
    for (const path of paths) await this.#environment.host.disk.remove(path)
  }

  async #removeSnapshot(offset: Offset): Promise<void> {
    const path = this.#snapshotPath(offset)
    this.#snapshots.delete(offset)
    await this.writer.release([path])
    await this.#environment.host.disk.remove(path)
  }

  /** Whether every name is that of the file it says, see `steady`. */
  get isSteady(): boolean {
    return this.#replacing === undefined
  }

  /** While segments are being replaced their files are not read: resolves when every name is that of what it says. */
  async steady(): Promise<void> {
    while (this.#replacing !== undefined) await this.#replacing
  }

  /**
   * Puts a compacted segment, whole and synced in files with `suffixes` and `.cleaned`, in the place of those it was made
   * of. Kafka's protocol, with a sync of the folder where a crash must not see what comes later without what came before:
   *
   *   .cleaned -> .swap    from here on a start goes on with it, before that it gives it up
   *   former -> .deleted   in the order of offsets
   *   .swap -> final       the log before its indexes
   *
   * Fences the directory where the disk fails in between.
   */
  async replace(run: readonly Segment[], { segment, suffixes }: CompactedSegment, delayMs: number): Promise<void> {
    const replaced = this.#replace(run, { segment, suffixes }, delayMs)
    this.#replacing = replaced.catch(() => {})
    try {
      await replaced
    } catch (error) {
      this.#environment.shared.fail(error)
      throw error
    } finally {
      this.#replacing = undefined
    }
  }

  async #replace(run: readonly Segment[], { segment, suffixes }: CompactedSegment, delayMs: number): Promise<void> {
    const { host, indexes, shared, removeLater } = this.#environment
    const { disk } = host
    const { path } = segment
    const sync = () => disk.syncDirectory(this.folder)
    // All the names first: an index that is a `.swap` beside no `.cleaned` would be taken for one whose log has its place.
    await sync()
    for (const suffix of suffixes) await disk.rename(path + suffix + CLEANED, path + suffix + SWAP)
    await sync()
    for (let loading = indexes.loadingOf(run); loading !== undefined; loading = indexes.loadingOf(run)) await loading
    // In a turn in which nothing is read or written for their indexes. Whoever looks for a segment from here on finds the
    // new one, and waits for its names.
    const end = this.segments.after(run.at(-1)!)!.baseOffset
    this.segments.replace(run, segment)
    this.#replaced(segment.baseOffset, end)
    for (const former of run) indexes.drop(former)
    for (const former of run) {
      const paths = SEGMENT_SUFFIXES.map((suffix) => former.path + suffix)
      await this.writer.release(paths)
      for (const path of paths) {
        if (await renamed(disk, path, path + DELETED)) removeLater(path + DELETED, delayMs)
      }
      // A start removes what lies below the new one's end. What is beyond went with its last record, and a value must
      // not come back without the tombstone that followed it.
      if (former.baseOffset > segment.lastOffset) await sync()
      if (former.baseOffset !== segment.baseOffset) await this.#dropSnapshot(former.baseOffset)
    }
    await sync()
    await disk.rename(path + LOG + SWAP, path + LOG)
    await sync()
    for (const suffix of suffixes) if (suffix !== LOG) await disk.rename(path + suffix + SWAP, path + suffix)
    await sync()
    // Opened meanwhile by who still read the former.
    for (const suffix of SEGMENT_SUFFIXES) shared.files.forget(path + suffix)
    indexes.mayForget(segment)
  }

  /** One that no segment begins at any more. */
  async #dropSnapshot(offset: Offset): Promise<void> {
    if (this.#snapshots.has(offset)) await this.#removeSnapshot(offset)
  }

  /** Takes the oldest segments off the disk, oldest first: at once by name, their bytes after `delayMs`. */
  async retire(segments: readonly Segment[], delayMs: number): Promise<void> {
    const { host, indexes, removeLater } = this.#environment
    for (const segment of segments) {
      indexes.drop(segment)
      const paths = SEGMENT_SUFFIXES.map((suffix) => segment.path + suffix)
      await this.writer.release(paths)
      for (const path of paths) {
        if (await renamed(host.disk, path, path + DELETED)) removeLater(path + DELETED, delayMs)
      }
    }
    const { baseOffset } = this.segments.first
    for (const offset of this.snapshots()) if (offset < baseOffset) await this.#removeSnapshot(offset)
  }
}

/** An empty segment at `baseOffset`. */
export function newSegment(
  { host }: Pick<LogEnvironment, 'host'>,
  folder: string,
  baseOffset: Offset,
  config: LogConfig,
): Segment {
  const jitterMs = Math.min(config.segmentJitterMs, config.segmentMs, 2 ** 31)
  const rollJitterMs = jitterMs > 0 ? host.random.below(jitterMs) : 0
  return new Segment(folder, baseOffset, { createdMs: host.clock.nowMs(), rollJitterMs })
}

/** False where there is nothing to rename: an index that was never stored. */
async function renamed(disk: Disk, from: string, to: string): Promise<boolean> {
  try {
    await disk.rename(from, to)
    return true
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return false
    throw error
  }
}
