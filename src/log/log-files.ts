import type { Offset } from '#core'
import type { DirectoryEntry } from '#host'
import {
  CLEANED,
  DELETED,
  LEADER_EPOCH_CHECKPOINT,
  LOG,
  offsetInName,
  PRODUCER_SNAPSHOT,
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
  /** Names of what an interrupted removal, replacement or compaction has left behind. */
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
  return {
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: offsets(PRODUCER_SNAPSHOT).sort((a, b) => b - a),
    transactionIndexes: new Set(offsets(TRANSACTION_INDEX)),
    hasLeaderEpochs: names.includes(LEADER_EPOCH_CHECKPOINT),
    leftovers: names.filter((name) => [DELETED, CLEANED, '.tmp'].some((suffix) => name.endsWith(suffix))),
  }
}
