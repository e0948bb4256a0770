/**
 * Which part of a log compaction may work on, and whether it is worth it. Kafka's rules (`LogCleanerManager`).
 *
 *     first segment ...... clean ...... | firstDirtyOffset ... dirty ... | firstUncleanableOffset ... | log's end
 *                    the last pass was here            what is active, unstable or too young
 *
 * Only whole segments: one with an offset that must not be touched is not touched.
 */
import type { Offset } from '#core'
import type { LogConfig } from '../log-config.ts'
import type { Segment } from '../segment.ts'
import type { SegmentIndexes } from '../segment-indexes.ts'
import type { Segments } from '../segments.ts'

export interface CleanableRange {
  readonly firstDirtyOffset: Offset
  readonly firstUncleanableOffset: Offset
}

export interface Cleanable extends CleanableRange {
  /** The part of the bytes up to the end of the range that is dirty, 0 to 1. */
  readonly dirtyRatio: number
  /** Whether it is to be compacted: it is dirty enough, or a record waits longer than `max.compaction.lag.ms`. */
  readonly isDue: boolean
}

export interface CleanableState {
  readonly segments: Segments
  readonly indexes: SegmentIndexes
  readonly config: LogConfig
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  readonly lastStableOffset: Offset
  /** Where the last pass ended; undefined: there was none. */
  readonly cleanedOffset: Offset | undefined
}

/** What is cleanable now; undefined where there is nothing. Rejects with a `HostError`. */
export async function cleanableOf(state: CleanableState, nowMs: number): Promise<Cleanable | undefined> {
  const { segments, indexes, config, logStartOffset, logEndOffset, lastStableOffset } = state
  const { indexIntervalBytes, minCompactionLagMs, maxCompactionLagMs } = config
  const cleaned = state.cleanedOffset ?? logStartOffset
  const isValid = cleaned >= logStartOffset && cleaned <= logEndOffset
  const firstDirtyOffset = isValid ? cleaned : logStartOffset
  const { active } = segments
  const dirty: Segment[] = []
  let cleanBytes = 0
  let dirtyBytes = 0
  let firstUncleanableOffset = active.baseOffset
  for (const segment of [...segments.all()]) {
    if (segment === active) break
    const end = segments.after(segment)?.baseOffset ?? logEndOffset
    if (segment.baseOffset < firstDirtyOffset) cleanBytes += segment.sizeBytes
    if (end <= firstDirtyOffset) continue
    const isTooYoung = async () =>
      minCompactionLagMs > 0 &&
      Number(await newestTimestampOf(indexes, segment, indexIntervalBytes)) > nowMs - minCompactionLagMs
    if (end > lastStableOffset || (await isTooYoung())) {
      firstUncleanableOffset = segment.baseOffset
      break
    }
    dirty.push(segment)
    dirtyBytes += segment.sizeBytes
  }
  if (dirtyBytes === 0 || firstUncleanableOffset <= firstDirtyOffset) return undefined
  const dirtyRatio = dirtyBytes / (cleanBytes + dirtyBytes)
  let isDue = dirtyRatio > config.minCleanableDirtyRatio
  for (const segment of isDue || !Number.isSafeInteger(maxCompactionLagMs) ? [] : dirty) {
    const first = Number(await indexes.firstTimestampOf(segment))
    if (first > 0 && first < nowMs - maxCompactionLagMs) isDue = true
  }
  return { firstDirtyOffset, firstUncleanableOffset, dirtyRatio, isDue }
}

/** By its records; where they have no timestamps, when it was written. */
async function newestTimestampOf(indexes: SegmentIndexes, segment: Segment, indexIntervalBytes: number) {
  const newest = await indexes.maxTimestampOf(segment, indexIntervalBytes)
  return newest >= 0n ? newest : BigInt(Math.floor(segment.createdMs))
}
