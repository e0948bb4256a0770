import type { Offset } from '#core'
import type { DirectoryEntry } from '#host'
import {
  CLEANED,
  DELETED,
  LEADER_EPOCH_CHECKPOINT,
  LOG,
  OFFSET_INDEX,
  offsetInName,
  PRODUCER_SNAPSHOT,
  TIME_INDEX,
  TRANSACTION_INDEX,
} from './file-names.ts'

export interface FoundSegment {
  readonly baseOffset: Offset
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** The files of a log's folder, by what they are for. */
export interface LogFiles {
  /** By base offset. */
  readonly segments: readonly FoundSegment[]
  /** The offsets of producer snapshots, the newest first. */
  readonly snapshots: readonly Offset[]
  /** Base offsets of segments that have a file of aborted transactions. */
  readonly transactionIndexes: ReadonlySet<Offset>
  readonly hasLeaderEpochs: boolean
  /** Names of what an interrupted roll, removal, replacement or compaction has left behind. */
  readonly leftovers: readonly string[]
}

export function sortLogFiles(entries: readonly DirectoryEntry[]): LogFiles {
  const files = entries.filter((entry) => entry.kind === 'file')
  const names = files.map((entry) => entry.name)
  const offsets = (suffix: string) =>
    names.map((name) => offsetInName(name, suffix)).filter((offset) => offset !== undefined)
  const segments: FoundSegment[] = []
  for (const { name, sizeBytes, modifiedMs } of files) {
    const baseOffset = offsetInName(name, LOG)
    if (baseOffset !== undefined) segments.push({ baseOffset, sizeBytes, modifiedMs })
  }
  // An index without its log: of a segment whose own name a crash took. Another may begin at the same offset.
  const bases = new Set(segments.map(({ baseOffset }) => baseOffset))
  const isOrphan = (name: string) =>
    [OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX].some((suffix) => {
      const baseOffset = offsetInName(name, suffix)
      return baseOffset !== undefined && !bases.has(baseOffset)
    })
  const isLeftover = (name: string) => [DELETED, CLEANED, '.tmp'].some((suffix) => name.endsWith(suffix))
  return {
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: offsets(PRODUCER_SNAPSHOT).sort((a, b) => b - a),
    transactionIndexes: new Set(offsets(TRANSACTION_INDEX)),
    hasLeaderEpochs: names.includes(LEADER_EPOCH_CHECKPOINT),
    leftovers: names.filter((name) => isLeftover(name) || isOrphan(name)),
  }
}
