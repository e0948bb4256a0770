/**
 * Consensus on one log: KRaft as a state machine (KIP-595, 853).
 *
 * Nothing here waits or touches the world. An input and the time go in, effects come out; whoever drives it carries them out
 * in their order, and waits for a `persist` before it goes on. So the same inputs always give the same trace, which is what
 * the scenarios beside this file compare, and a simulator can drive it as well as a disk.
 *
 * States, and what leads out of them:
 *
 *   unattached  knows an epoch, but no leader in it    start: a voter votes for itself in the next epoch -> candidate
 *   resigned    led this epoch and does so no more     start: likewise -> candidate
 *   candidate   collects votes                         a majority granted its own -> leader
 *   leader      appends, and commits what is stable    resign, because of a shutdown or a failed disk -> resigned
 *
 * A quorum of one grants itself a majority, so `start` passes through candidate to leader in one step. A quorum of several
 * adds two states (prospective, which asks before it votes, KIP-996; follower, which fetches) and, as inputs and effects,
 * their messages and a tick; votes, majorities and the ends of the voters' logs are counted for any number already.
 *
 * Invariants:
 *   an epoch is persisted before anything is appended in it, and never used twice      (INV-31, INV-32)
 *   high watermark <= what a majority of the voters has stored; it never goes back     (INV-32, INV-34)
 *   the first commit of an epoch is of that epoch: its LeaderChange record             (INV-34)
 */
import { assert, type BrokerId, type LeaderEpoch, type Offset, type Uuid, ZERO_UUID } from '#core'
import { encodeBatch, encodeControlBatch } from '#protocol/records'
import { kraftVersion, kraftVoters, leaderChange } from './control-records.ts'
import type { QuorumState } from './quorum-state.ts'
import type { RaftLog } from './raft-log.ts'
import type { SnapshotId } from './snapshot.ts'
import { majorityOf, type VoterSet } from './voters.ts'

export type RaftRole = 'unattached' | 'resigned' | 'candidate' | 'leader'

export type RaftInput =
  /** Begin, with what was read from the disk. */
  | { readonly type: 'start' }
  /** The leader appends one batch of records with these values. */
  | { readonly type: 'propose'; readonly values: readonly Uint8Array[] }
  /** The log is stored up to here. */
  | { readonly type: 'stable'; readonly endOffset: Offset }
  /** Lead no more. */
  | { readonly type: 'resign' }

export type RaftEffect =
  /** Store this before the effects that follow. */
  | { readonly type: 'persist'; readonly state: QuorumState }
  | { readonly type: 'role'; readonly role: RaftRole; readonly epoch: LeaderEpoch; readonly leaderId: BrokerId }
  /** Append the batch, which then has these offsets. */
  | {
      readonly type: 'append'
      readonly batch: Uint8Array
      readonly baseOffset: Offset
      readonly lastOffset: Offset
      readonly epoch: LeaderEpoch
      /** The quorum's own records, not what was proposed. */
      readonly control: boolean
    }
  /** Everything below is committed. */
  | { readonly type: 'commit'; readonly highWatermark: Offset }

export interface RaftOptions {
  readonly nodeId: BrokerId
  readonly directoryId: Uuid
  readonly log: RaftLog
  readonly quorumState: QuorumState
  readonly voterSet: VoterSet
  /** The newest snapshot: all below its end is committed. Undefined: there is none. */
  readonly snapshot: SnapshotId | undefined
}

export class Raft {
  readonly #nodeId: BrokerId
  readonly #directoryId: Uuid
  readonly #log: RaftLog
  #voterSet: VoterSet
  #state: QuorumState
  #role: RaftRole
  #highWatermark: Offset
  /** Who granted the candidate, and then the leader, its vote. */
  readonly #grantedBy = new Set<BrokerId>()
  /** Where the leader's epoch begins: the offset of its LeaderChange record. */
  #epochStartOffset: Offset = 0
  /** The leader's: up to where each voter has stored the log. */
  readonly #storedEnds = new Map<BrokerId, Offset>()
  #effects: RaftEffect[] = []
  #unpersisted = false

  constructor({ nodeId, directoryId, log, quorumState, voterSet, snapshot }: RaftOptions) {
    this.#nodeId = nodeId
    this.#directoryId = directoryId
    this.#log = log
    this.#voterSet = voterSet
    this.#highWatermark = snapshot?.endOffset ?? 0
    // A log that is ahead of the file has seen an epoch whose leader this node never learned.
    const seenEpoch = Math.max(log.latestEpoch, snapshot?.epoch ?? -1)
    this.#state =
      seenEpoch > quorumState.leaderEpoch
        ? { leaderId: -1, leaderEpoch: seenEpoch, votedId: -1, votedDirectoryId: ZERO_UUID }
        : quorumState
    this.#role = this.#state.leaderId === nodeId ? 'resigned' : 'unattached'
  }

  get role(): RaftRole {
    return this.#role
  }

  get epoch(): LeaderEpoch {
    return this.#state.leaderEpoch
  }

  /** -1: none is known. */
  get leaderId(): BrokerId {
    return this.#role === 'resigned' ? -1 : this.#state.leaderId
  }

  get highWatermark(): Offset {
    return this.#highWatermark
  }

  /** Where the current leader's epoch begins. */
  get epochStartOffset(): Offset {
    return this.#epochStartOffset
  }

  get voterSet(): VoterSet {
    return this.#voterSet
  }

  /** Takes one input; returns what is to be done about it, in order. */
  step(input: RaftInput, nowMs: number): readonly RaftEffect[] {
    switch (input.type) {
      case 'start':
        this.#campaign(nowMs)
        break
      case 'propose':
        assert(this.#role === 'leader', 'only the leader of the quorum is asked to append')
        this.#append(input.values.length, false, (place) =>
          encodeBatch(
            input.values.map((value) => ({ timestamp: nowMs, value })),
            place,
          ),
        )
        break
      case 'stable':
        if (this.#role === 'leader') this.#stored(this.#nodeId, input.endOffset)
        break
      case 'resign':
        if (this.#role === 'leader' || this.#role === 'candidate') this.#become('resigned')
        break
    }
    return this.#takeEffects()
  }

  /** Votes for itself in the next epoch. */
  #campaign(nowMs: number): void {
    assert(this.#role === 'unattached' || this.#role === 'resigned', 'an election starts once')
    if (!this.#voterIds().includes(this.#nodeId)) return
    this.#remember({
      leaderId: -1,
      leaderEpoch: this.#state.leaderEpoch + 1,
      votedId: this.#nodeId,
      votedDirectoryId: this.#directoryId,
    })
    this.#grantedBy.clear()
    this.#grantedBy.add(this.#nodeId)
    this.#become('candidate')
    if (this.#grantedBy.size >= majorityOf(this.#voterSet.voters.length)) this.#lead(nowMs)
  }

  #lead(nowMs: number): void {
    this.#remember({ ...this.#state, leaderId: this.#nodeId, votedId: -1, votedDirectoryId: ZERO_UUID })
    this.#epochStartOffset = this.#log.logEndOffset
    this.#storedEnds.clear()
    this.#become('leader')
    const records = [leaderChange(this.#nodeId, this.#voterIds(), [...this.#grantedBy])]
    const { voters, kraftVersion: level, offset } = this.#voterSet
    if (level > 0 && offset === -1) {
      // The voters are known from the snapshot of the format only, and other nodes read the log from 0.
      records.push(kraftVersion(level), kraftVoters(voters))
      this.#voterSet = { ...this.#voterSet, offset: this.#epochStartOffset + 2 }
    }
    this.#append(records.length, true, (place) => encodeControlBatch(records, nowMs, place))
  }

  #append(
    recordCount: number,
    control: boolean,
    encodeAt: (place: { baseOffset: Offset; leaderEpoch: LeaderEpoch }) => Uint8Array,
  ): void {
    const baseOffset = this.#log.logEndOffset
    const lastOffset = baseOffset + recordCount - 1
    const epoch = this.#state.leaderEpoch
    const batch = encodeAt({ baseOffset, leaderEpoch: epoch })
    this.#effects.push({ type: 'append', batch, baseOffset, lastOffset, epoch, control })
  }

  /** The leader learned how far a voter has stored the log. */
  #stored(voterId: BrokerId, endOffset: Offset): void {
    this.#storedEnds.set(voterId, Math.max(endOffset, this.#storedEnds.get(voterId) ?? 0))
    const ends = this.#voterIds().map((id) => this.#storedEnds.get(id) ?? 0)
    ends.sort((a, b) => b - a)
    const held = ends[majorityOf(ends.length) - 1] ?? 0
    if (held <= this.#epochStartOffset || held <= this.#highWatermark) return
    this.#highWatermark = held
    this.#effects.push({ type: 'commit', highWatermark: held })
  }

  #voterIds(): BrokerId[] {
    return this.#voterSet.voters.map((voter) => voter.id)
  }

  #become(role: RaftRole): void {
    this.#role = role
    this.#effects.push({ type: 'role', role, epoch: this.epoch, leaderId: this.leaderId })
  }

  #remember(state: QuorumState): void {
    this.#state = state
    this.#unpersisted = true
  }

  /** What a step changes in the quorum state is stored once, before anything else that it does. */
  #takeEffects(): readonly RaftEffect[] {
    const effects = this.#effects
    this.#effects = []
    if (!this.#unpersisted) return effects
    this.#unpersisted = false
    return [{ type: 'persist', state: this.#state }, ...effects]
  }
}
