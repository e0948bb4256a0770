/**
 * Which of a log's oldest segments are given up: those whose newest record is too old, those that make the log too large,
 * and those that lie wholly below its start. Never one with a record at or above the high watermark.
 */
import type { Offset } from '#core'
import type { LogConfig } from './log-config.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'
import type { Segments } from './segments.ts'

export interface RetentionContext {
  readonly segments: Segments
  readonly indexes: SegmentIndexes
  readonly config: LogConfig
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  readonly highWatermark: Offset
}

/** The segments to remove, oldest first; perhaps with the active one, which then has to be rolled before. */
export async function expiredSegments(context: RetentionContext, nowMs: number): Promise<readonly Segment[]> {
  const { segments, config } = context
  const all = [...segments.all()]
  let leftBytes = segments.sizeBytes
  let count = 0
  for (const segment of all) {
    const next = all[count + 1]
    if (next === undefined && segment.sizeBytes === 0) break
    if ((next?.baseOffset ?? context.logEndOffset) > context.highWatermark) break
    leftBytes -= segment.sizeBytes
    const isBelowStart = next !== undefined && next.baseOffset <= context.logStartOffset
    const isTooMuch = config.deletes && config.retentionBytes >= 0 && leftBytes >= config.retentionBytes
    if (!isBelowStart && !isTooMuch && !(config.deletes && (await isTooOld(context, segment, nowMs)))) break
    count++
  }
  return all.slice(0, count)
}

async function isTooOld({ indexes, config }: RetentionContext, segment: Segment, nowMs: number): Promise<boolean> {
  if (config.retentionMs < 0) return false
  const isOldBy = (newest: bigint) => nowMs - (newest >= 0n ? Number(newest) : segment.createdMs) > config.retentionMs
  if (!isOldBy(await indexes.maxTimestampOf(segment, config.indexIntervalBytes))) return false
  // Before anything is removed, the time is held against the batch that is said to have it.
  await indexes.load(segment, config.indexIntervalBytes)
  return isOldBy(segment.maxTimestamp)
}
