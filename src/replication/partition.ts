/**
 * One partition that this broker has a replica of, seen from its leader: the log, who else holds it, up to where it is
 * replicated, and who waits for that to move.
 *
 * The high watermark is the smallest end offset that all in-sync replicas have stored, where stored means what the
 * topic's flush settings say: written, or written and synced (see the log room). Consumers see what is below it. A
 * producer is answered when its records are stored here (acks=1) or below the high watermark (acks=all).
 *
 * Invariants:
 *   logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset
 *   the high watermark of a leader epoch never goes back
 *   a broker that does not lead the partition appends nothing for clients and answers nobody
 */
import { assert, type BrokerId, type LeaderEpoch, nameOf, type Offset, type TopicId, type TopicPartition } from '#core'
import type { AppendOutcome, Log, LogConfig } from '#log'
import type { PartitionRegistration } from '#metadata'
import { ErrorCode } from '#protocol'
import { OffsetWaiters } from './offset-waiters.ts'

/** What a partition obeys: the topic's settings in effect. */
export interface PartitionConfig {
  readonly log: LogConfig
  /** `min.insync.replicas` */
  readonly minInsyncReplicas: number
}

/** `moved`: the high watermark and the last stable offset. `ended`: this leadership, by whatever cause. */
export type PartitionChange = 'moved' | 'ended'
export type PartitionListener = (change: PartitionChange) => void

export class Partition {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  #log: Log
  #unlistenLog = () => {}
  readonly #brokerId: BrokerId
  #state: PartitionRegistration
  #minInsyncReplicas: number
  /** Produce requests that wait for this broker's own disk, and for the high watermark. */
  readonly #awaitingStable = new OffsetWaiters<ErrorCode>()
  readonly #awaitingCommit = new OffsetWaiters<ErrorCode>()
  readonly #listeners = new Set<PartitionListener>()

  constructor(log: Log, brokerId: BrokerId, state: PartitionRegistration, config: PartitionConfig) {
    this.#log = log
    this.#minInsyncReplicas = config.minInsyncReplicas
    this.topicPartition = log.topicPartition
    this.topicId = log.topicId
    this.#brokerId = brokerId
    this.#state = state
    this.#listenToLog()
    if (this.isLeader) this.#becomeLeader()
  }

  /** Another one once the replica has moved to another log directory: not to be kept over an `await`. */
  get log(): Log {
    return this.#log
  }

  /**
   * Goes on with a copy of the log, which has all of it and is in another directory. What waits for the disk waits for the
   * copy's from now on, so nothing is answered that is not stored there.
   */
  moveTo(copy: Log): void {
    const { logStartOffset, logEndOffset, highWatermark, latestEpoch, config } = this.#log
    assert(copy.logEndOffset === logEndOffset, 'a copy takes over where it has everything')
    this.#unlistenLog()
    copy.config = config
    copy.assignEpoch(latestEpoch)
    copy.advanceHighWatermark(highWatermark)
    copy.advanceLogStartOffset(logStartOffset)
    this.#log = copy
    this.#listenToLog()
    this.#afterStable()
  }

  get state(): PartitionRegistration {
    return this.#state
  }

  get isLeader(): boolean {
    return this.#state.leader === this.#brokerId
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#state.leaderEpoch
  }

  configure(config: PartitionConfig): void {
    this.log.config = config.log
    this.#minInsyncReplicas = config.minInsyncReplicas
  }

  get highWatermark(): Offset {
    return this.log.highWatermark
  }

  /** Takes over what the metadata log says now. Whoever waits on a leadership that ended is told to look elsewhere. */
  update(state: PartitionRegistration): void {
    if (state.leaderEpoch < this.#state.leaderEpoch) return
    const newEpoch = state.leaderEpoch > this.#state.leaderEpoch
    this.#state = state
    if (!newEpoch) {
      if (this.isLeader) this.#advance()
      return
    }
    this.#endWaiting(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    if (this.isLeader) this.#becomeLeader()
  }

  /**
   * Whether a request that believes in `epoch` may be served here; -1 is a client that does not know (KIP-320).
   */
  checkLeader(epoch: number): ErrorCode {
    if (epoch !== -1 && epoch < this.#state.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
    if (epoch > this.#state.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH
    return this.isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER
  }

  /**
   * Appends record batches as the leader. What is returned is decided but not yet stored: answer after `whenStored`.
   */
  append(batches: Uint8Array, origin: 'client' | 'coordinator', requiredAcks: number): AppendOutcome {
    if (!this.isLeader) {
      return refusal(ErrorCode.NOT_LEADER_OR_FOLLOWER, `This broker does not lead ${nameOf(this.topicPartition)}`)
    }
    if (requiredAcks === -1 && this.#state.isr.length < this.#insyncReplicasMin) {
      return refusal(
        ErrorCode.NOT_ENOUGH_REPLICAS,
        `${nameOf(this.topicPartition)} has ${this.#state.isr.length} in-sync replicas, min.insync.replicas is ${this.#insyncReplicasMin}`,
      )
    }
    return this.log.append(batches, { origin, leaderEpoch: this.#state.leaderEpoch })
  }

  /**
   * Calls `done` when everything up to `lastOffset` is stored as `requiredAcks` asks (1: here, -1: on all in-sync
   * replicas), or with an error when that can no longer be.
   */
  whenStored(lastOffset: Offset, requiredAcks: number, done: (error: ErrorCode) => void): void {
    const endOffset = lastOffset + 1
    const reached = requiredAcks === -1 ? this.log.highWatermark : this.log.stableEndOffset
    if (endOffset <= reached) done(ErrorCode.NONE)
    else (requiredAcks === -1 ? this.#awaitingCommit : this.#awaitingStable).add(endOffset, done)
  }

  /** Tells `listener` of every change until `unlisten`. */
  listen(listener: PartitionListener): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: PartitionListener): void {
    this.#listeners.delete(listener)
  }

  /** The partition is no longer here: deleted, moved, or the broker stops. */
  close(): void {
    this.#endWaiting(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  }

  /** A topic may ask for more replicas than it has; then all that there are suffice (as Kafka's `effectiveMinIsr`). */
  get #insyncReplicasMin(): number {
    return Math.min(this.#minInsyncReplicas, this.#state.replicas.length)
  }

  #listenToLog(): void {
    const unlisten = [
      this.#log.onStable(() => this.#afterStable()),
      this.#log.onFailure(() => this.#endWaiting(ErrorCode.KAFKA_STORAGE_ERROR)),
    ]
    this.#unlistenLog = () => {
      for (const end of unlisten) end()
    }
  }

  #becomeLeader(): void {
    this.log.assignEpoch(this.#state.leaderEpoch)
    this.#advance()
  }

  #afterStable(): void {
    this.#awaitingStable.advance(this.log.stableEndOffset, ErrorCode.NONE)
    if (this.isLeader) this.#advance()
  }

  #advance(): void {
    assert(
      this.#state.isr.every((id) => id === this.#brokerId),
      'followers fetch in a later version; until then a leader is its own and only in-sync replica',
    )
    if (this.log.stableEndOffset <= this.log.highWatermark) return
    this.log.advanceHighWatermark(this.log.stableEndOffset)
    this.#awaitingCommit.advance(this.log.highWatermark, ErrorCode.NONE)
    this.#tell('moved')
  }

  #endWaiting(error: ErrorCode): void {
    this.#awaitingStable.endAll(error)
    this.#awaitingCommit.endAll(error)
    this.#tell('ended')
  }

  #tell(change: PartitionChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

function refusal(error: ErrorCode, message: string): AppendOutcome {
  return { error, message, recordErrors: [] }
}
