/**
 * Indexes between memory and disk. Those of older segments are read when they are needed, checked, built anew from the
 * log where they are missing or wrong, and forgotten again, the least recently used first.
 *
 * The time index is synced before the offset index is written. So where a crash leaves an entry of the offset index, the
 * greatest timestamp up to it is in the time index: recovery may begin its scan at that entry.
 */
import { HostError } from '#host'
import { checkBatch } from '#protocol/records'
import { type ScanEnd, scanBatches } from './batch-scan.ts'
import { OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX } from './file-names.ts'
import { type LogWriter, type SharedDisk, writeEnd } from './log-writer.ts'
import { readIfThere } from './read-if-there.ts'
import type { Segment } from './segment.ts'

/** What indexes of older segments may take in memory, over all logs of a directory. */
const BUDGET_BYTES = 64 * 1024 * 1024
const TIME_ENTRY_BYTES = 12

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

  /** The segment is gone, or grows again. */
  drop(segment: Segment): void {
    this.#usedBytes -= this.#loaded.get(segment) ?? 0
    this.#loaded.delete(segment)
  }

  async #read(segment: Segment, indexIntervalBytes: number): Promise<void> {
    const { disk } = this.#shared
    const transactions = await readIfThere(disk, segment.path + TRANSACTION_INDEX)
    if (transactions !== undefined && !segment.transactionIndex.load(transactions)) {
      throw new HostError('EIO', `The file ${segment.path}${TRANSACTION_INDEX} is damaged`)
    }
    if (!(await this.readEntries(segment))) await this.rebuild(segment, indexIntervalBytes)
    segment.isLoaded = true
    this.mayForget(segment)
  }

  /** Reads the offset and time index; false where one is missing, damaged, or was left by a Kafka that did not end it. */
  async readEntries(segment: Segment): Promise<boolean> {
    const { disk } = this.#shared
    const offsets = await readIfThere(disk, segment.path + OFFSET_INDEX)
    const times = await readIfThere(disk, segment.path + TIME_INDEX)
    if (offsets === undefined || times === undefined) return false
    const isSane = segment.offsetIndex.load(offsets, segment.sizeBytes) && segment.timeIndex.load(times)
    if (!isSane || segment.offsetIndex.entries.isPadded || segment.timeIndex.entries.isPadded) return false
    segment.maxTimestamp = segment.timeIndex.lastTimestamp
    segment.maxTimestampOffset = segment.timeIndex.lastOffset
    return true
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
    await this.store(segment)
    return end
  }

  /** Writes the indexes of a segment that grows no more. */
  async store(segment: Segment): Promise<void> {
    const { files } = this.#shared
    segment.finishTimeIndex()
    if (segment.transactionIndex.isUnstored) {
      segment.transactionIndex.isUnstored = false
      const bytes = segment.transactionIndex.toFile()
      await files.with(segment.path + TRANSACTION_INDEX, 'write', (file) => writeEnd(file, bytes, 0, true))
    }
    for (const [suffix, { entries }] of indexesOf(segment)) {
      const { bytes, position } = entries.takeUnstored()
      await files.with(segment.path + suffix, 'write', (file) => writeEnd(file, bytes, position, true))
    }
  }

  /** The greatest timestamp of a segment, for which its indexes need not be loaded. */
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

/** Brings the index files of a segment up to date; the log's next sync covers what is not synced here. */
export async function storeIndexes(writer: LogWriter, segment: Segment): Promise<void> {
  const { transactionIndex } = segment
  if (transactionIndex.isUnstored) {
    const bytes = transactionIndex.toFile()
    transactionIndex.isUnstored = false
    await writer.writeFile(segment.path + TRANSACTION_INDEX, bytes, { isSyncedNow: true })
  }
  for (const [suffix, { entries }] of indexesOf(segment)) {
    if (!entries.isUnstored) continue
    const { bytes, position } = entries.takeUnstored()
    await writer.writeFile(segment.path + suffix, bytes, { position, isSyncedNow: suffix === TIME_INDEX })
  }
}

function indexesOf(segment: Segment) {
  return [
    [TIME_INDEX, segment.timeIndex],
    [OFFSET_INDEX, segment.offsetIndex],
  ] as const
}
