/** Which record a timestamp leads to: ListOffsets by time. */
import { type LeaderEpoch, MalformedError, type Offset } from '#core'
import { CompressionError, type Compute, HostError } from '#host'
import { checkBatch, leaderEpochOf, maxTimestampOf, type RecordView, readRecords } from '#protocol/records'
import { scanBatches } from './batch-scan.ts'
import type { OpenFiles } from './open-files.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'

export interface TimestampedOffset {
  readonly offset: Offset
  readonly timestampMs: bigint
  readonly leaderEpoch: LeaderEpoch
}

export interface TimeLookupContext {
  readonly files: OpenFiles
  readonly indexes: SegmentIndexes
  readonly compute: Compute
  readonly indexIntervalBytes: number
}

/** The first record of these segments, from `startOffset` on, that is not older than `timestamp`. */
export async function findFirstFrom(
  context: TimeLookupContext,
  segments: readonly Segment[],
  timestamp: bigint,
  startOffset: Offset,
): Promise<TimestampedOffset | undefined> {
  for (const segment of segments) {
    if ((await context.indexes.maxTimestampOf(segment, context.indexIntervalBytes)) < timestamp) continue
    await context.indexes.load(segment, context.indexIntervalBytes)
    const from = Math.max(segment.timeIndex.lookup(timestamp), startOffset)
    const found = await findInSegment(context, segment, from, {
      isIn: (batch) => maxTimestampOf(batch) >= timestamp,
      isIt: (record) => record.timestamp >= timestamp && record.offset >= startOffset,
    })
    if (found !== undefined) return found
  }
  return undefined
}

/** The record of these segments that has the greatest timestamp, the first of several. */
export async function findGreatest(
  context: TimeLookupContext,
  segments: readonly Segment[],
): Promise<TimestampedOffset | undefined> {
  let newest: Segment | undefined
  let greatest = -1n
  for (const segment of segments) {
    const timestamp = await context.indexes.maxTimestampOf(segment, context.indexIntervalBytes)
    if (timestamp > greatest) {
      newest = segment
      greatest = timestamp
    }
  }
  if (newest === undefined) return undefined
  await context.indexes.load(newest, context.indexIntervalBytes)
  if (newest.maxTimestamp !== greatest) return findGreatest(context, segments)
  // The batch that had it first: the index notes only growth.
  return findInSegment(context, newest, newest.maxTimestampOffset, {
    isIn: (batch) => maxTimestampOf(batch) === greatest,
    isIt: (record) => record.timestamp === greatest,
  })
}

/** The first record for which `isIt` holds, in batches for which `isIn` does, at or after the one that has `from`. */
async function findInSegment(
  { files, compute }: TimeLookupContext,
  segment: Segment,
  from: Offset,
  { isIn, isIt }: { isIn: (batch: Uint8Array) => boolean; isIt: (record: RecordView) => boolean },
): Promise<TimestampedOffset | undefined> {
  const entry = segment.offsetIndex.find(from)
  const position = entry < 0 ? 0 : segment.offsetIndex.positionAt(entry)
  let found: TimestampedOffset | undefined
  const end = await scanBatches(
    files,
    segment.logPath,
    { from: position, to: segment.sizeBytes },
    (buffer, at, sizeBytes) => {
      const batch = buffer.subarray(at, at + sizeBytes)
      const problem = checkBatch(batch)
      if (problem !== undefined || !isIn(batch)) return problem
      try {
        for (const record of readRecords(batch, compute)) {
          if (!isIt(record)) continue
          found = { offset: record.offset, timestampMs: record.timestamp, leaderEpoch: leaderEpochOf(batch) }
          return 'found'
        }
      } catch (error) {
        if (error instanceof MalformedError || error instanceof CompressionError) return error.message
        throw error
      }
      return undefined
    },
  )
  if (found === undefined && end.problem !== undefined) {
    throw new HostError('EIO', `Cannot read ${segment.logPath} at byte ${end.position}: ${end.problem}`)
  }
  return found
}
