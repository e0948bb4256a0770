/**
 * A segment: a run of record batches in one file, and the indexes into it.
 *
 * The log file is the truth; the offset and time index can be rebuilt from it. They grow in memory and are written when
 * the segment is rolled, closed, or has grown far; they are checked when they are read again.
 *
 * Invariants:
 *   baseOffset <= any offset inside < base of the next segment
 *   offsets are relative to the base by at most 2^31 - 1, positions are below 2^31
 *   only the active segment, the last of its log, grows; its indexes are in memory
 */
import type { Offset } from '#core'
import { lastOffsetOf, maxTimestampOf } from '#protocol/records'
import { LOG, segmentName } from './file-names.ts'
import type { LogConfig } from './log-config.ts'
import { OffsetIndex } from './offset-index.ts'
import { SummedRanges } from './summed-ranges.ts'
import { TimeIndex } from './time-index.ts'
import { TransactionIndex } from './transaction-index.ts'

const RELATIVE_OFFSET_MAX = 2 ** 31 - 1
const SIZE_BYTES_MAX = 2 ** 31 - 1

export class Segment {
  readonly folder: string
  readonly baseOffset: Offset
  /** Path and name of its files, without the suffix. */
  readonly path: string
  readonly logPath: string
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly transactionIndex = new TransactionIndex()
  /** False while the indexes are only in their files. */
  isLoaded = true
  /** Whether another has taken its place: its files are another's. */
  isReplaced = false
  /** Of the log file, with what is still on its way there. */
  sizeBytes = 0
  /** What of the log file is known to be good; another one after a cut. */
  summed = new SummedRanges()
  /** The greatest timestamp, -1 where none is known, and the last offset of the batch that has it first. */
  maxTimestamp = -1n
  maxTimestampOffset: Offset
  /** The greatest timestamp of the first batch: time to roll is counted from there. */
  firstTimestamp: bigint | undefined
  /** Of the batch that was taken in last; -1: none. */
  lastOffset: Offset = -1
  /** When it was created, or its file last written: its age where records have no timestamps. */
  readonly createdMs: number
  readonly rollJitterMs: number
  #bytesSinceIndexEntry = 0

  constructor(
    folder: string,
    baseOffset: Offset,
    { createdMs, rollJitterMs = 0 }: { readonly createdMs: number; readonly rollJitterMs?: number },
  ) {
    this.folder = folder
    this.baseOffset = baseOffset
    this.path = `${folder}/${segmentName(baseOffset)}`
    this.logPath = this.path + LOG
    this.offsetIndex = new OffsetIndex(baseOffset)
    this.timeIndex = new TimeIndex(baseOffset)
    this.maxTimestampOffset = baseOffset
    this.createdMs = createdMs
    this.rollJitterMs = rollJitterMs
  }

  /** Takes in a batch that goes to the end of the log file. Indexes it as Kafka does, entry for entry. */
  append(bytes: Uint8Array, at: number, sizeBytes: number, indexIntervalBytes: number): void {
    this.index(bytes, at, sizeBytes, indexIntervalBytes)
    this.sizeBytes += sizeBytes
    this.lastOffset = lastOffsetOf(bytes, at)
  }

  /** The same for a batch that is in the file already, at `position`. */
  index(bytes: Uint8Array, at: number, sizeBytes: number, indexIntervalBytes: number, position = this.sizeBytes): void {
    const timestamp = maxTimestampOf(bytes, at)
    if (position === 0) this.firstTimestamp = timestamp
    if (timestamp > this.maxTimestamp) {
      this.maxTimestamp = timestamp
      this.maxTimestampOffset = lastOffsetOf(bytes, at)
    }
    if (this.#bytesSinceIndexEntry > indexIntervalBytes) {
      this.offsetIndex.append(lastOffsetOf(bytes, at), position)
      this.timeIndex.append(this.maxTimestamp, this.maxTimestampOffset)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += sizeBytes
  }

  /** Whether a batch has to go into the next segment. Kafka's conditions. */
  mustRollFor(
    batch: { sizeBytes: number; maxTimestamp: bigint; lastOffset: Offset },
    config: LogConfig,
    nowMs: number,
  ) {
    const { sizeBytes } = this
    return (
      sizeBytes > Math.min(config.segmentBytes, SIZE_BYTES_MAX) - batch.sizeBytes ||
      (sizeBytes > 0 && this.waitedMs(batch.maxTimestamp, nowMs) > config.segmentMs - this.rollJitterMs) ||
      this.offsetIndex.isFull(config.segmentIndexBytes) ||
      this.timeIndex.isFull(config.segmentIndexBytes) ||
      batch.lastOffset - this.baseOffset > RELATIVE_OFFSET_MAX
    )
  }

  /** Between the first batch and `timestamp`, by the records' clock; since its creation where they have none. */
  waitedMs(timestamp: bigint, nowMs: number): number {
    const first = this.firstTimestamp ?? -1n
    return first >= 0n ? Number(timestamp - first) : nowMs - this.createdMs
  }

  /** Lets the time index tell the greatest timestamp, which is where it is read from when the segment is opened again. */
  finishTimeIndex(): void {
    this.timeIndex.append(this.maxTimestamp, this.maxTimestampOffset)
  }

  /** The indexes begin anew from `position` on, where the batch at `offset` begins. */
  truncateIndexes(offset: Offset): void {
    this.offsetIndex.truncateTo(offset)
    this.timeIndex.truncateTo(offset)
    this.maxTimestamp = this.timeIndex.lastTimestamp
    this.maxTimestampOffset = this.timeIndex.lastOffset
    this.#bytesSinceIndexEntry = 0
  }

  /** Forgets the indexes, which their files have. */
  unload(): void {
    this.isLoaded = false
    this.offsetIndex.entries.unload()
    this.timeIndex.entries.unload()
    this.transactionIndex.unload()
  }
}
