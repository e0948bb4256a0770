/**
 * A snapshot of the quorum's log: what all records below its end offset amount to, as record batches in one file.
 *
 * The first batch tells where it comes from and who votes, the last says that it is whole (KIP-630). Offsets inside count
 * from 0 and mean nothing; the name of the file says which part of the log it stands for.
 */
import { type LeaderEpoch, MalformedError, type Offset } from '#core'
import { batchesIn, checkBatch, encodeBatch, encodeControlBatch, isControl, type RecordView } from '#protocol/records'
import { kraftVersion, kraftVoters, readQuorumRecord, snapshotFooter, snapshotHeader } from './control-records.ts'
import type { Voter } from './voters.ts'

/** `endOffset`: one past the last record in it. `epoch`: of that record. */
export interface SnapshotId {
  readonly endOffset: Offset
  readonly epoch: LeaderEpoch
}

/** The snapshot that a format writes before there is a log: it carries the bootstrap records and the first voters. */
export const BOOTSTRAP_SNAPSHOT: SnapshotId = { endOffset: 0, epoch: 0 }

const BATCH_BYTES = 1024 * 1024

export function snapshotFileName({ endOffset, epoch }: SnapshotId): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`
}

/** The snapshot that a file holds by its name; undefined for other files, also for unfinished snapshots. */
export function parseSnapshotFileName(name: string): SnapshotId | undefined {
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
  return match === null ? undefined : { endOffset: Number(match[1]), epoch: Number(match[2]) }
}

export interface SnapshotContent {
  /** Timestamp of the last record in it. */
  readonly lastContainedLogTimestamp: bigint
  readonly kraftVersion: number
  readonly voters: readonly Voter[]
}

/** The batches of a snapshot, one after another; `values` are those of its records, taken as they are needed. */
export function* snapshotBatches(
  { epoch }: SnapshotId,
  content: SnapshotContent & { readonly values: Iterable<Uint8Array>; readonly nowMs: number },
): Generator<Uint8Array> {
  const { nowMs } = content
  let next = 0
  const place = (recordCount: number): { baseOffset: Offset; leaderEpoch: LeaderEpoch } => {
    next += recordCount
    return { baseOffset: next - recordCount, leaderEpoch: epoch }
  }
  const head = [snapshotHeader(content.lastContainedLogTimestamp)]
  if (content.kraftVersion > 0) head.push(kraftVersion(content.kraftVersion), kraftVoters(content.voters))
  yield encodeControlBatch(head, nowMs, place(head.length))
  let records: { timestamp: number; value: Uint8Array }[] = []
  let sizeBytes = 0
  for (const value of content.values) {
    records.push({ timestamp: nowMs, value })
    sizeBytes += value.length
    if (sizeBytes < BATCH_BYTES) continue
    yield encodeBatch(records, place(records.length))
    records = []
    sizeBytes = 0
  }
  if (records.length > 0) yield encodeBatch(records, place(records.length))
  yield encodeControlBatch([snapshotFooter()], nowMs, place(1))
}

/**
 * Reads a snapshot: what its head says, and the values of its records through `onValue`, in order. `read` gives the records
 * of a batch. Throws `MalformedError` where bytes are damaged or the end is missing.
 */
export function readSnapshot(
  bytes: Uint8Array,
  read: (batch: Uint8Array) => Iterable<RecordView>,
  onValue: (value: Uint8Array) => void,
): SnapshotContent {
  let lastContainedLogTimestamp: bigint | undefined
  let level = 0
  let voters: readonly Voter[] = []
  let complete = false
  let end = 0
  for (const { at, sizeBytes } of batchesIn(bytes)) {
    const batch = bytes.subarray(at, at + sizeBytes)
    end = at + sizeBytes
    const damage = checkBatch(batch)
    if (damage !== undefined) throw new MalformedError(`at byte ${at}, ${damage}`)
    if (complete) throw new MalformedError(`at byte ${at}, something is behind the footer`)
    for (const record of read(batch)) {
      if (!isControl(batch)) {
        if (lastContainedLogTimestamp === undefined) throw new MalformedError('it does not begin with a header')
        if (record.value === null) throw new MalformedError(`at byte ${at}, a record has no value`)
        onValue(record.value)
        continue
      }
      const control = readQuorumRecord(record)
      if (control.type === 'SnapshotHeader') lastContainedLogTimestamp = control.lastContainedLogTimestamp
      else if (control.type === 'KRaftVersion') level = control.kraftVersion
      else if (control.type === 'KRaftVoters') voters = control.voters
      else if (control.type === 'SnapshotFooter') complete = true
    }
  }
  if (lastContainedLogTimestamp === undefined) throw new MalformedError('it does not begin with a header')
  if (!complete || end < bytes.length) throw new MalformedError('it is cut off: its footer is missing')
  return { lastContainedLogTimestamp, kraftVersion: level, voters }
}
