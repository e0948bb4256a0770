/**
 * Which leader wrote what: the offset at which each leader epoch of a partition began (KIP-101). Followers find by it
 * where their log parts from the leader's.
 *
 * Invariants:
 *   epochs and start offsets rise strictly
 *   what is in `leader-epoch-checkpoint` can be found again in the log, from the recovery point on
 */
import { type LeaderEpoch, type Offset, utf8 } from '#core'
import { checkpointLines } from './offset-checkpoint.ts'

export interface EpochStart {
  readonly epoch: LeaderEpoch
  readonly startOffset: Offset
}

/** An epoch and the offset after its last record. Both -1: unknown. */
export interface EpochEnd {
  readonly epoch: LeaderEpoch
  readonly endOffset: Offset
}

export class LeaderEpochs {
  #entries: EpochStart[]
  /** Grows with every change, so that who stores the epochs knows whether they have changed since. */
  changes = 0

  constructor(entries: readonly EpochStart[] = []) {
    this.#entries = [...entries]
  }

  get entries(): readonly EpochStart[] {
    return this.#entries
  }

  /** The newest epoch, -1 where there is none. */
  get latest(): LeaderEpoch {
    return this.#entries.at(-1)?.epoch ?? -1
  }

  /** Notes that `epoch` begins at `startOffset`, in place of what contradicts it. */
  assign(epoch: LeaderEpoch, startOffset: Offset): void {
    const last = this.#entries.at(-1)
    if (last !== undefined && last.epoch === epoch && last.startOffset <= startOffset) return
    // A leader that never wrote anything is forgotten: its epoch would begin where the new one does.
    const kept = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset)
    this.#replace([...kept, { epoch, startOffset }])
  }

  /** The largest epoch not above `epoch`, and where it ended; `logEndOffset` for the newest. Kafka's rules. */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEnd {
    if (epoch >= 0 && epoch === this.latest) return { epoch, endOffset: logEndOffset }
    const next = this.#entries.findIndex((entry) => entry.epoch > epoch)
    if (epoch < 0 || next < 0) return { epoch: -1, endOffset: -1 }
    // Older than all we know of: it ended where our oldest began.
    const found = next === 0 ? epoch : this.#entries[next - 1]!.epoch
    return { epoch: found, endOffset: this.#entries[next]!.startOffset }
  }

  /** The epoch of the record at `offset`, -1 where it is older than all we know of. */
  epochAt(offset: Offset): LeaderEpoch {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1
  }

  /** Forgets what began at `endOffset` or later. */
  truncateFromEnd(endOffset: Offset): void {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset)
    if (kept.length < this.#entries.length) this.#replace(kept)
  }

  /** Forgets what ended before `startOffset`; the epoch that goes on there begins there from now on. */
  truncateFromStart(startOffset: Offset): void {
    const first = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    const entry = this.#entries[first]
    if (entry === undefined || (first === 0 && entry.startOffset === startOffset)) return
    this.#replace([{ epoch: entry.epoch, startOffset }, ...this.#entries.slice(first + 1)])
  }

  clear(): void {
    if (this.#entries.length > 0) this.#replace([])
  }

  /** The content of `leader-epoch-checkpoint`. */
  toFile(): Uint8Array {
    const lines = this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`)
    return utf8(`0\n${lines.length}\n${lines.join('')}`)
  }

  #replace(entries: EpochStart[]): void {
    this.#entries = entries
    this.changes++
  }
}

/** The epochs in a `leader-epoch-checkpoint`, or undefined where it is damaged. */
export function parseLeaderEpochs(content: Uint8Array): LeaderEpochs | undefined {
  const entries: EpochStart[] = []
  const lines = content.length === 0 ? [] : checkpointLines(content)
  for (const line of lines ?? []) {
    const [, epoch, startOffset] = /^([0-9]+) ([0-9]+)$/.exec(line) ?? []
    const entry = { epoch: Number(epoch), startOffset: Number(startOffset) }
    const last = entries.at(-1)
    const rises = last === undefined || (entry.epoch > last.epoch && entry.startOffset > last.startOffset)
    if (!Number.isSafeInteger(entry.startOffset) || entry.epoch > 0x7fffffff || !rises) return undefined
    entries.push(entry)
  }
  return lines === undefined ? undefined : new LeaderEpochs(entries)
}
