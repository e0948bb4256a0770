/**
 * Reads of a log from its files: one read of the disk for a slice, from where the offset index points. Every batch is
 * checked before it is served: its sum, unless that was done a moment ago, and what the sum does not cover against its
 * neighbours and the index.
 */
import { type LeaderEpoch, type Offset, releaseSlab, takeSlab } from '#core'
import type { Clock } from '#host'
import { ErrorCode } from '#protocol'
import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  checkBatch,
  lastOffsetOf,
  leaderEpochOf,
  MAGIC,
  magicOf,
  nextOffsetOf,
  sizeOf,
} from '#protocol/records'
import { type Cut, cutSlice } from './cut-slice.ts'
import { emptySlice, type LogSlice, type ReadOptions } from './log-slice.ts'
import type { OpenFiles } from './open-files.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'
import type { Segments } from './segments.ts'

/** Read beyond what was asked for: the way from an index entry to the offset, and the header of the batch after. */
const SLACK_BYTES = 4096

export interface DiskReadContext {
  readonly files: OpenFiles
  readonly indexes: SegmentIndexes
  readonly segments: Segments
  readonly indexIntervalBytes: number
  readonly logEndOffset: Offset
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Whether offsets around this one may be missing: compaction took them. */
  mayHaveGaps(offset: Offset): boolean
  /** The epoch of the record at `offset`, -1 where it is not known. */
  epochAt(offset: Offset): LeaderEpoch
  /** Told of what is not served, and why. */
  damaged(problem: string): void
}

/**
 * The slice from `offset` on, out of one segment: the one that holds it, or the next where compaction has taken what was
 * left of it. `options.endOffset` is not beyond what has been written.
 */
export async function readFromDisk(context: DiskReadContext, offset: Offset, options: ReadOptions): Promise<LogSlice> {
  let segment = context.segments.holding(offset)
  while (segment !== undefined) {
    const slice = await readFromSegment(context, segment, offset, options)
    if (slice !== undefined) return slice
    const { logPath } = segment
    segment = context.segments.after(segment)
    if (segment !== undefined && segment.baseOffset > offset && !context.mayHaveGaps(offset)) {
      context.damaged(`${logPath} ends before offset ${offset}, the next segment begins at ${segment.baseOffset}`)
      return emptySlice(offset, ErrorCode.CORRUPT_MESSAGE)
    }
    if (segment !== undefined && segment.baseOffset >= options.endOffset) break
  }
  return emptySlice(offset, ErrorCode.NONE)
}

/**
 * Undefined where the segment has nothing from `offset` on. Where it has a batch that must not be served now (it is too
 * large for `maxBytes`, not below `endOffset`, or not yet written), the slice is empty: what comes after it must not be served either.
 */
async function readFromSegment(
  context: DiskReadContext,
  segment: Segment,
  offset: Offset,
  options: ReadOptions,
  isMended = false,
): Promise<LogSlice | undefined> {
  await context.indexes.load(segment, context.indexIntervalBytes)
  const entry = segment.offsetIndex.find(offset)
  let position = entry < 0 ? 0 : segment.offsetIndex.positionAt(entry)
  let lengthBytes = Math.max(options.maxBytes, 0) + context.indexIntervalBytes + SLACK_BYTES
  const order: Order = {
    indexed: entry < 0 ? -1 : segment.offsetIndex.offsetAt(entry),
    nextOffset: segment.baseOffset,
    end: context.segments.after(segment)?.baseOffset ?? context.logEndOffset,
    writtenEnd: options.endOffset,
  }
  while (position < segment.sizeBytes) {
    const { summed } = segment
    const bytes = await readBytes(context.files, segment, position, lengthBytes)
    const isCutShort = bytes.length < Math.min(lengthBytes, segment.sizeBytes - position)
    let cut = cutSlice(bytes, offset, options)
    const nowMs = context.clock.monotonicMs()
    const isSummed = summed.covers(position + cut.start, position + cut.end, nowMs)
    const bad = findBad(bytes, cut, order, { ...context, isSummed })
    if (bad === 0 && order.indexed >= 0 && (await mendIndex(context, segment, order.indexed, isMended))) {
      return readFromSegment(context, segment, offset, options, true)
    }
    if (bad !== undefined) cut = cutSlice(bytes.subarray(0, bad), offset, { ...options, atLeastOne: true })
    if (cut.end > cut.start) {
      const { start, end, baseOffset, nextOffset } = cut
      if (!isSummed) summed.add(position + start, position + end, nowMs)
      const chunk = bytes.subarray(start, end)
      return { error: ErrorCode.NONE, chunks: [chunk], sizeBytes: chunk.length, baseOffset, nextOffset }
    }
    releaseSlab(bytes)
    if (isCutShort && bad === undefined) return emptySlice(offset, ErrorCode.NONE)
    const isTooLong = cut.missingBytes > segment.sizeBytes - position - cut.end
    if (bad !== undefined || isTooLong) {
      const at = position + (bad ?? cut.end)
      context.damaged(`${segment.logPath} is damaged at byte ${at}, before or at offset ${offset}`)
      return emptySlice(offset, ErrorCode.CORRUPT_MESSAGE)
    }
    if (cut.missingBytes === 0 && cut.end < bytes.length) return emptySlice(offset, ErrorCode.NONE)
    // The batch is longer than what was read, or begins at its end. Where it is the first, it is still the index's.
    if (cut.end > 0) order.indexed = -1
    position += cut.end
    lengthBytes = cut.missingBytes + SLACK_BYTES
  }
  return undefined
}

/** The index leads elsewhere than to the batch it names. False where that is the log's fault: it was mended before. */
async function mendIndex(context: DiskReadContext, segment: Segment, indexed: Offset, isMended: boolean) {
  if (segment === context.segments.active) {
    // It grows while we read: the entry goes, and the read begins at the one before.
    segment.offsetIndex.remove(indexed)
    return true
  }
  if (!isMended) await context.indexes.remake(segment, context.indexIntervalBytes)
  return !isMended
}

async function readBytes(files: OpenFiles, segment: Segment, position: number, lengthBytes: number) {
  const bytes = takeSlab(Math.min(lengthBytes, segment.sizeBytes - position))
  const read =
    files.readAtOnce(segment.logPath, bytes, position) ??
    (await files.with(segment.logPath, 'read', (file) => file.read(bytes, position)))
  return bytes.subarray(0, read)
}

/** What the batches of a read have to fit between. */
interface Order {
  /** The last offset of the first batch, by the index; -1 where the read does not begin at an entry. */
  indexed: Offset
  /** What the next batch may not begin before. */
  nextOffset: Offset
  /** What no batch may reach beyond. */
  readonly end: Offset
  /** Up to here batches are there for sure, so that what follows a slice can be held against it. */
  readonly writtenEnd: Offset
}

interface CheckContext extends DiskReadContext {
  /** Whether the slice's checksums were looked at lately. */
  readonly isSummed: boolean
}

/**
 * Where in `bytes` the first batch begins that must not be trusted; undefined where there is none up to `cut.end`. Moves
 * `order` on to there. The header behind the slice is looked at too: one that begins too early tells that the last batch
 * of the slice claims offsets that are not its own.
 */
function findBad(bytes: Uint8Array, cut: Cut, order: Order, context: CheckContext): number | undefined {
  let at = 0
  let lastAt = 0
  let isAfterGap = false
  while (at < cut.end) {
    const isIndexed = at === 0 && order.indexed >= 0
    const baseOffset = baseOffsetOf(bytes, at)
    const isInOrder = isIndexed
      ? lastOffsetOf(bytes, at) === order.indexed
      : baseOffset === order.nextOffset || (baseOffset > order.nextOffset && context.mayHaveGaps(baseOffset))
    // Where two claim the same offsets, it is the one after a gap that has moved there.
    if (!isInOrder && isAfterGap && baseOffset < order.nextOffset) return lastAt
    if (!isInOrder || !isSane(bytes, at, order)) return at
    isAfterGap = !isIndexed && baseOffset > order.nextOffset
    if (at >= cut.start) {
      if (!context.isSummed && checkBatch(bytes, at) !== undefined) return at
      if (!hasItsEpoch(bytes, at, context)) return at
    }
    order.nextOffset = nextOffsetOf(bytes, at)
    lastAt = at
    at += sizeOf(bytes, at)
  }
  if (at + BATCH_HEADER_BYTES > bytes.length || order.nextOffset >= order.writtenEnd) return undefined
  if (at === 0 && order.indexed >= 0) return lastOffsetOf(bytes, at) === order.indexed ? undefined : 0
  if (baseOffsetOf(bytes, at) < order.nextOffset) return cut.end > cut.start ? lastAt : at
  return isSane(bytes, at, order) ? undefined : at
}

/**
 * The checksum does not cover the epoch: it is held against what the log knows of its epochs, which is nothing of a first
 * record that lies before the log's start.
 */
function hasItsEpoch(bytes: Uint8Array, at: number, { epochAt }: DiskReadContext): boolean {
  const first = epochAt(baseOffsetOf(bytes, at))
  const epoch = leaderEpochOf(bytes, at)
  return (first < 0 || first === epoch) && epochAt(lastOffsetOf(bytes, at)) === epoch
}

function isSane(bytes: Uint8Array, at: number, order: Order): boolean {
  const isBatch = magicOf(bytes, at) === MAGIC && sizeOf(bytes, at) >= BATCH_HEADER_BYTES
  return isBatch && nextOffsetOf(bytes, at) <= order.end
}
