/**
 * Indexes between memory and disk. Those of older segments are read when they are needed, checked, built anew from the
 * log where they are missing or wrong, and forgotten again, the least recently used first.
 *
 * They can be found again in the log, so a crash may take them; but what it leaves must not mislead. An offset that leads
 * to no batch is noticed when it is used. A time index that misses its last entry would not be, and so it is synced
 * before the offset index is written: where a crash leaves an entry of that one, the greatest timestamp up to it is
 * known, and recovery may begin its scan there.
 */
import { HostError } from '#host'
import { BATCH_HEADER_BYTES, checkBatch, lastOffsetOf, maxTimestampOf } from '#protocol/records'
import { type ScanEnd, scanBatches } from './batch-scan.ts'
import { OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX } from './file-names.ts'
import type { SharedDisk } from './log-writer.ts'
import { readIfThere } from './read-if-there.ts'
import type { Segment } from './segment.ts'
import { writeFile } from './write-file.ts'

/** What indexes of older segments may take in memory, over all logs of a directory. */
const BUDGET_BYTES = 64 * 1024 * 1024
const TIME_ENTRY_BYTES = 12
/** Enough for the way from an index entry to a batch. */
const CHECK_BYTES = 16 * 1024

export class SegmentIndexes {
  readonly #shared: Pick<SharedDisk, 'disk' | 'files'>
  /** Segments whose indexes may be forgotten, by use, the latest last. */
  readonly #loaded = new Map<Segment, number>()
  readonly #loading = new Map<Segment, Promise<void>>()
  #usedBytes = 0

  constructor(shared: Pick<SharedDisk, 'disk' | 'files'>) {
    this.#shared = shared
  }

  /** Makes sure that the indexes of a segment are in memory: at once for the active one. They stay for this turn. */
  async load(segment: Segment, indexIntervalBytes: number): Promise<void> {
    assertCurrent(segment)
    while (!segment.isLoaded) {
      let loading = this.#loading.get(segment)
      if (loading === undefined) {
        loading = this.#read(segment, indexIntervalBytes).finally(() => this.#loading.delete(segment))
        this.#loading.set(segment, loading)
      }
      await loading
    }
    if (this.#loaded.has(segment)) this.mayForget(segment)
  }

  /** Makes the indexes of an older segment anew, where they have led to something else than a batch. */
  async remake(segment: Segment, indexIntervalBytes: number): Promise<void> {
    assertCurrent(segment)
    if (!this.#loading.has(segment)) {
      segment.isLoaded = false
      const remaking = this.rebuild(segment, indexIntervalBytes)
        .then(() => {
          segment.isLoaded = true
          this.mayForget(segment)
        })
        .finally(() => this.#loading.delete(segment))
      this.#loading.set(segment, remaking)
    }
    await this.load(segment, indexIntervalBytes)
  }

  /** The segment grows no more and its indexes are stored: they may leave the memory. */
  mayForget(segment: Segment): void {
    this.drop(segment)
    const bytes = segment.offsetIndex.entries.memoryBytes + segment.timeIndex.entries.memoryBytes
    this.#loaded.set(segment, bytes)
    this.#usedBytes += bytes
    for (const oldest of this.#loaded.keys()) {
      if (this.#usedBytes <= BUDGET_BYTES || oldest === segment) return
      this.drop(oldest)
      oldest.unload()
    }
  }

  /** What is read or written for the indexes of these segments; undefined where nothing is. */
  loadingOf(segments: readonly Segment[]): Promise<void> | undefined {
    const loading = segments.flatMap((segment) => this.#loading.get(segment) ?? [])
    return loading.length === 0 ? undefined : Promise.allSettled(loading).then(() => {})
  }

  /** The segment is gone, or grows again. */
  drop(segment: Segment): void {
    this.#usedBytes -= this.#loaded.get(segment) ?? 0
    this.#loaded.delete(segment)
  }

  async #read(segment: Segment, indexIntervalBytes: number): Promise<void> {
    const { disk } = this.#shared
    // Whoever goes by it holds it against the log.
    segment.transactionIndex.load((await readIfThere(disk, segment.path + TRANSACTION_INDEX)) ?? new Uint8Array(0))
    if (!(await this.readEntries(segment))) await this.rebuild(segment, indexIntervalBytes)
    segment.isLoaded = true
    this.mayForget(segment)
  }

  /**
   * Reads the offset and time index; false where one is missing or damaged, was left by a Kafka that did not end it, or
   * tells no time of a log that has batches.
   */
  async readEntries(segment: Segment): Promise<boolean> {
    const { disk } = this.#shared
    const offsets = await readIfThere(disk, segment.path + OFFSET_INDEX)
    const times = await readIfThere(disk, segment.path + TIME_INDEX)
    if (offsets === undefined || times === undefined) return false
    const isSane = segment.offsetIndex.load(offsets, segment.sizeBytes) && segment.timeIndex.load(times)
    const isPadded = segment.offsetIndex.entries.isPadded || segment.timeIndex.entries.isPadded
    if (!isSane || isPadded || (segment.timeIndex.count === 0 && segment.sizeBytes > 0)) return false
    segment.maxTimestamp = segment.timeIndex.lastTimestamp
    segment.maxTimestampOffset = segment.timeIndex.lastOffset
    return segment.timeIndex.count === 0 || (await this.#hasTrueTime(segment))
  }

  /** Whether the batch that the time index names last has the timestamp that it says: retention goes by it. */
  async #hasTrueTime({ offsetIndex, maxTimestamp, maxTimestampOffset, logPath, sizeBytes }: Segment): Promise<boolean> {
    const entry = offsetIndex.find(maxTimestampOffset)
    const from = entry < 0 ? 0 : offsetIndex.positionAt(entry)
    let isTrue = false
    await scanBatches(this.#shared.files, logPath, { from, to: sizeBytes, chunkBytes: CHECK_BYTES }, (bytes, at) => {
      if (lastOffsetOf(bytes, at) < maxTimestampOffset) return undefined
      isTrue = lastOffsetOf(bytes, at) === maxTimestampOffset && maxTimestampOf(bytes, at) === maxTimestamp
      return 'found'
    })
    return isTrue
  }

  /** Builds the offset and time index of a segment that grows no more from its log, and stores them. */
  async rebuild(segment: Segment, indexIntervalBytes: number): Promise<ScanEnd> {
    segment.truncateIndexes(segment.baseOffset)
    const end = await scanBatches(
      this.#shared.files,
      segment.logPath,
      { from: 0, to: segment.sizeBytes },
      (bytes, at, sizeBytes, position) => {
        const problem = checkBatch(bytes.subarray(at, at + sizeBytes))
        if (problem === undefined) segment.index(bytes, at, sizeBytes, indexIntervalBytes, position)
        return problem
      },
    )
    await this.store(segment, { isActive: false })
    return end
  }

  /**
   * Brings the index files of a segment up to date. The time index is synced first where something may count on it: the
   * offset index's entries (see above), or the age of a segment that grows no more.
   */
  async store(segment: Segment, { isActive }: { readonly isActive: boolean }): Promise<void> {
    const { disk } = this.#shared
    const { transactionIndex } = segment
    segment.finishTimeIndex()
    // All of one moment: entries of a batch that is appended meanwhile are in both or in none.
    const times = segment.timeIndex.entries.takeUnstored()
    const offsets = segment.offsetIndex.entries.takeUnstored()
    const isCountedOn = !isActive || segment.offsetIndex.count > 0
    const transactions = transactionIndex.isUnstored ? transactionIndex.toFile() : undefined
    transactionIndex.isUnstored = false
    if (transactions !== undefined) {
      await writeFile(disk, segment.path + TRANSACTION_INDEX, transactions, { isSynced: true })
      await disk.syncDirectory(segment.folder)
    }
    if (times !== undefined) {
      const { bytes, position } = times
      await writeFile(disk, segment.path + TIME_INDEX, bytes, { position, isSynced: isCountedOn && bytes.length > 0 })
    }
    if (offsets !== undefined) {
      const { bytes, position } = offsets
      await writeFile(disk, segment.path + OFFSET_INDEX, bytes, { position })
    }
  }

  /**
   * Removes the offset and time index files of a segment that is about to be cut, before it is: what they say of batches
   * that are gone must not stay behind under what is stored later. They are stored anew with the next `store`.
   */
  async removeFiles(segment: Segment): Promise<void> {
    for (const suffix of [OFFSET_INDEX, TIME_INDEX]) await this.#shared.disk.remove(segment.path + suffix)
    segment.offsetIndex.entries.forgetFile()
    segment.timeIndex.entries.forgetFile()
  }

  /** The greatest timestamp of a segment's first batch, -1 where it has none. */
  async firstTimestampOf(segment: Segment): Promise<bigint> {
    if (segment.firstTimestamp === undefined && segment.sizeBytes > 0) {
      const header = new Uint8Array(BATCH_HEADER_BYTES)
      await this.#shared.files.with(segment.logPath, 'read', (file) => file.read(header, 0))
      segment.firstTimestamp = maxTimestampOf(header)
    }
    return segment.firstTimestamp ?? -1n
  }

  /** The greatest timestamp of a segment by the end of its time index, which `load` checks and this does not. */
  async maxTimestampOf(segment: Segment, indexIntervalBytes: number): Promise<bigint> {
    if (segment.isLoaded || segment.maxTimestamp >= 0n) return segment.maxTimestamp
    try {
      const last = new Uint8Array(TIME_ENTRY_BYTES)
      const found = await this.#shared.files.with(segment.path + TIME_INDEX, 'read', async (file) => {
        const size = await file.size()
        return size >= TIME_ENTRY_BYTES && (await file.read(last, size - TIME_ENTRY_BYTES)) === TIME_ENTRY_BYTES
      })
      const timestamp = new DataView(last.buffer).getBigInt64(0)
      if (found && timestamp > 0n) segment.maxTimestamp = timestamp
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
    if (segment.maxTimestamp < 0n) await this.load(segment, indexIntervalBytes)
    return segment.maxTimestamp
  }
}

/** Files of that name are another segment's by now, and must not be written for this one. */
function assertCurrent(segment: Segment): void {
  if (segment.isReplaced) throw new HostError('ESTALE', `${segment.logPath} has been compacted`)
}
