/**
 * Drives consensus: carries out what the state machine says, on the log and the disk, and tells what is committed.
 *
 * Effects are carried out in their order. All but one are done at once; storing the quorum's state waits for the disk, and
 * what comes after it waits too. What has been appended is kept, decoded, until it is committed, so nothing that this
 * process wrote or loaded is read again.
 */
import { assert, type Offset } from '#core'
import type { Clock, HostError } from '#host'
import type { Log } from '#log'
import { maxTimestampOf } from '#protocol/records'
import type { QuorumState, Raft, RaftEffect, RaftInput } from '#raft'
import type { MetadataBatch } from '../image/metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'

/** A batch of the log, and how many bytes it takes there. */
export interface LoggedBatch extends MetadataBatch {
  readonly sizeBytes: number
}

export interface QuorumEvents {
  /** These are committed, in order, and nothing before them is missing. */
  committed(batches: readonly LoggedBatch[]): void
  /** This node leads no more: what it appended and is not committed may be lost. */
  resigned(cause: Error | undefined): void
}

export interface QuorumLogOptions {
  readonly raft: Raft
  readonly log: Log
  readonly clock: Clock
  /** What the log holds behind the snapshot, in order. */
  readonly loaded: readonly LoggedBatch[]
  readonly saveState: (state: QuorumState) => Promise<void>
  readonly events: QuorumEvents
}

export class QuorumLog {
  readonly #raft: Raft
  readonly #log: Log
  readonly #clock: Clock
  readonly #saveState: (state: QuorumState) => Promise<void>
  readonly #events: QuorumEvents
  readonly #ends: (() => void)[]
  /** In order of offsets; those before `#committedCount` are committed and forgotten now and then. */
  #batches: LoggedBatch[]
  #committedCount = 0
  readonly #effects: RaftEffect[] = []
  #saving = false
  /** The records of the batch that is being proposed: the next append that is not the quorum's own. */
  #proposed: readonly MetadataRecord[] | undefined

  constructor({ raft, log, clock, loaded, saveState, events }: QuorumLogOptions) {
    this.#raft = raft
    this.#log = log
    this.#clock = clock
    this.#batches = [...loaded]
    this.#saveState = saveState
    this.#events = events
    this.#ends = [
      log.onStable((endOffset) => this.#step({ type: 'stable', endOffset })),
      log.onFailure((error) => this.#fail(error)),
    ]
  }

  get raft(): Raft {
    return this.#raft
  }

  /** Where the log ends, committed or not. */
  get endOffset(): Offset {
    return this.#log.logEndOffset
  }

  /** The last batch that waits for its commit. */
  get lastUncommitted(): LoggedBatch | undefined {
    return this.#committedCount < this.#batches.length ? this.#batches.at(-1) : undefined
  }

  start(): void {
    this.#step({ type: 'start' })
  }

  /** Appends a batch as the leader. Undefined where the log refused it: then the leader has resigned. */
  propose(records: readonly MetadataRecord[], values: readonly Uint8Array[]): LoggedBatch | undefined {
    this.#proposed = records
    this.#step({ type: 'propose', values })
    const refused = this.#proposed !== undefined
    this.#proposed = undefined
    return refused ? undefined : this.#batches.at(-1)
  }

  /** Leads no more. */
  resign(): void {
    this.#step({ type: 'resign' })
  }

  close(): void {
    for (const end of this.#ends) end()
  }

  #step(input: RaftInput): void {
    this.#effects.push(...this.#raft.step(input, this.#clock.nowMs()))
    this.#carryOut()
  }

  #carryOut(): void {
    while (!this.#saving) {
      const effect = this.#effects.shift()
      if (effect === undefined) return
      switch (effect.type) {
        case 'persist':
          this.#saving = true
          this.#saveState(effect.state).then(
            () => {
              this.#saving = false
              this.#carryOut()
            },
            (error: Error) => this.#fail(error),
          )
          break
        case 'append':
          this.#append(effect)
          break
        case 'commit':
          this.#commit(effect.highWatermark)
          break
        case 'role':
          if (effect.role === 'resigned') this.#events.resigned(undefined)
          break
      }
    }
  }

  #append({ batch, baseOffset, lastOffset, epoch, control }: RaftEffect & { type: 'append' }): void {
    const records = control ? [] : this.#proposed
    assert(records !== undefined, 'what is appended was proposed')
    const sizeBytes = batch.length
    const timestampMs = Number(maxTimestampOf(batch))
    const outcome = this.#log.append(batch, { origin: 'raft', leaderEpoch: epoch })
    if (outcome.error !== undefined) {
      this.#fail(new Error(`Cannot append to the metadata log: ${outcome.message}`))
      return
    }
    assert(outcome.baseOffset === baseOffset, 'the leader of the quorum is the only one that appends to its log')
    if (!control) this.#proposed = undefined
    this.#batches.push({ lastOffset, epoch, timestampMs, records, sizeBytes })
  }

  #commit(highWatermark: Offset): void {
    this.#log.advanceHighWatermark(highWatermark)
    const from = this.#committedCount
    while (this.#committedCount < this.#batches.length) {
      if (this.#batches[this.#committedCount]!.lastOffset >= highWatermark) break
      this.#committedCount++
    }
    const committed = this.#batches.slice(from, this.#committedCount)
    if (this.#committedCount === this.#batches.length || this.#committedCount > 1000) {
      this.#batches = this.#batches.slice(this.#committedCount)
      this.#committedCount = 0
    }
    this.#events.committed(committed)
  }

  /** The disk failed. Effects that wait are dropped: they would have built on what was not stored. */
  #fail(error: HostError | Error): void {
    this.#effects.length = 0
    this.#saving = true
    this.#raft.step({ type: 'resign' }, this.#clock.nowMs())
    this.#events.resigned(error)
  }
}
