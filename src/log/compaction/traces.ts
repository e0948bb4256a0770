import type { Offset } from '#core'
import {
  baseOffsetOf,
  checkBatch,
  hasDeleteHorizon,
  lastOffsetOf,
  nextOffsetOf,
  recordCountOf,
} from '#protocol/records'
import { scanBatches } from '../batch-scan.ts'
import type { OpenFiles } from '../open-files.ts'

/** What is looked at of a segment. */
interface LoggedSegment {
  readonly baseOffset: Offset
  readonly logPath: string
  readonly sizeBytes: number
}

/**
 * Whether a log shows that it was compacted at some time, by whatever broker. What notes it otherwise, the topic's policy and
 * the cleaner's checkpoint, may be gone when the batches come from elsewhere; and then offsets have gaps all the same.
 *
 * It shows where a batch has fewer records than offsets or a delete horizon, or where offsets are missing between two
 * batches of a file: a crash tears the end of a file, and damage to a base offset, which has no checksum, contradicts
 * what comes after. Offsets that are missing at the end of a file tell nothing: that is how a loss looks too. `endOffset`
 * is the log's end, where it is known.
 */
export async function showsCompaction(
  files: OpenFiles,
  segments: readonly LoggedSegment[],
  endOffset?: Offset,
): Promise<boolean> {
  for (const [index, { baseOffset, logPath, sizeBytes }] of segments.entries()) {
    const fileEnd = segments[index + 1]?.baseOffset ?? endOffset
    let nextOffset = baseOffset
    let hasGap = false
    const { problem } = await scanBatches(files, logPath, { from: 0, to: sizeBytes }, (buffer, at, batchBytes) => {
      const batch = buffer.subarray(at, at + batchBytes)
      const first = baseOffsetOf(batch)
      const damage = checkBatch(batch)
      const isInOrder = first >= nextOffset && nextOffsetOf(batch) <= (fileEnd ?? Number.MAX_SAFE_INTEGER)
      if (damage !== undefined || !isInOrder) return 'damaged'
      // It does not contradict what is missing before the one before it.
      if (hasGap || hasDeleteHorizon(batch) || recordCountOf(batch) <= lastOffsetOf(batch) - first) return TRACE
      hasGap = first > nextOffset
      nextOffset = nextOffsetOf(batch)
      return undefined
    })
    // Nor does the name of the next segment, what is missing before the last one.
    if (problem === TRACE || (problem === undefined && hasGap && fileEnd !== undefined)) return true
  }
  return false
}

const TRACE = 'compacted'
