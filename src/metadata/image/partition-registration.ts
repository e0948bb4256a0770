import { type BrokerId, type LeaderEpoch, type Uuid, uuidToBytes } from '#core'
import type { MetadataRecord, RecordData } from '../metadata-record.ts'

/** `leader` of a partition that has none. */
export const NO_LEADER: BrokerId = -1
/** `leader` of a change record that leaves the leader, and its epoch, as they are. */
export const NO_LEADER_CHANGE = -2

/** Directory ids with a meaning of their own (KIP-858): not assigned yet, lost, and from before there were ids. */
export const DirectoryId = {
  UNASSIGNED: 'AAAAAAAAAAAAAAAAAAAAAA',
  LOST: 'AAAAAAAAAAAAAAAAAAAAAQ',
  MIGRATING: 'AAAAAAAAAAAAAAAAAAAAAg',
} as const

/** True for the first hundred ids, which Kafka keeps for meanings of its own. */
export function isReservedDirectoryId(id: Uuid): boolean {
  const bytes = new Uint8Array(16)
  uuidToBytes(id, bytes)
  return bytes.every((byte, i) => (i < 15 ? byte === 0 : byte < 100))
}

/** 0: the leader's log is what it must be. 1: the leader was elected outside the ISR and has not recovered yet (KIP-704). */
export type LeaderRecoveryState = 0 | 1

/**
 * What the controller has decided about one partition. A value: a change makes a new one.
 *
 * Invariants: `isr` is a subset of `replicas`; `leader` is in `isr`, or `NO_LEADER`; `directories` is as long as
 * `replicas`; `partitionEpoch` grows with every change, `leaderEpoch` with every election.
 */
export interface PartitionRegistration {
  /** Brokers that hold a replica, the preferred leader first. */
  readonly replicas: readonly BrokerId[]
  /** The log directory of each replica, in the same order. */
  readonly directories: readonly Uuid[]
  readonly isr: readonly BrokerId[]
  /** Replicas that an ongoing reassignment takes away or brings; both empty where there is none. */
  readonly removingReplicas: readonly BrokerId[]
  readonly addingReplicas: readonly BrokerId[]
  readonly leader: BrokerId
  readonly leaderRecoveryState: LeaderRecoveryState
  readonly leaderEpoch: LeaderEpoch
  readonly partitionEpoch: number
  /** Replicas outside the ISR that still have everything committed (KIP-966), and the last known such where all are gone. */
  readonly eligibleLeaderReplicas: readonly BrokerId[]
  readonly lastKnownElr: readonly BrokerId[]
}

const NONE: readonly never[] = []

export function partitionFromRecord(data: RecordData<'PARTITION_RECORD'>): PartitionRegistration {
  return {
    replicas: data.replicas,
    directories: directoriesFor(data.replicas, data.directories),
    isr: data.isr,
    removingReplicas: data.removingReplicas,
    addingReplicas: data.addingReplicas,
    leader: data.leader,
    leaderRecoveryState: data.leaderRecoveryState === 1 ? 1 : 0,
    leaderEpoch: data.leaderEpoch,
    partitionEpoch: data.partitionEpoch,
    eligibleLeaderReplicas: data.eligibleLeaderReplicas ?? NONE,
    lastKnownElr: data.lastKnownElr ?? NONE,
  }
}

/** The next epoch; the greatest int32 is followed by the least, as in Java. Only a log that somebody made up has such. */
function following(epoch: number): number {
  return (epoch + 1) | 0
}

/** The partition as it is after a change. A change that names a leader is an election, even of the same one. */
export function changePartition(
  before: PartitionRegistration,
  change: RecordData<'PARTITION_CHANGE_RECORD'>,
): PartitionRegistration {
  const replicas = change.replicas ?? before.replicas
  const elected = change.leader !== NO_LEADER_CHANGE
  return {
    replicas,
    directories: directoriesFor(replicas, change.directories ?? before.directories),
    isr: change.isr ?? before.isr,
    removingReplicas: change.removingReplicas ?? before.removingReplicas,
    addingReplicas: change.addingReplicas ?? before.addingReplicas,
    leader: elected ? change.leader : before.leader,
    leaderRecoveryState:
      change.leaderRecoveryState === -1 ? before.leaderRecoveryState : change.leaderRecoveryState === 1 ? 1 : 0,
    leaderEpoch: elected ? following(before.leaderEpoch) : before.leaderEpoch,
    partitionEpoch: following(before.partitionEpoch),
    eligibleLeaderReplicas: change.eligibleLeaderReplicas ?? before.eligibleLeaderReplicas,
    lastKnownElr: change.lastKnownElr ?? before.lastKnownElr,
  }
}

/** The record that states a partition in full; lists that are empty by rule are not sent. */
export function partitionToRecord(
  topicId: Uuid,
  partitionId: number,
  partition: PartitionRegistration,
): MetadataRecord {
  const { eligibleLeaderReplicas, lastKnownElr } = partition
  return {
    type: 'PARTITION_RECORD',
    version: 2,
    // Field by field: to take what is left of an object costs more than all else that is done for a new partition.
    data: {
      partitionId,
      topicId,
      replicas: partition.replicas,
      directories: partition.directories,
      isr: partition.isr,
      removingReplicas: partition.removingReplicas,
      addingReplicas: partition.addingReplicas,
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      eligibleLeaderReplicas: eligibleLeaderReplicas.length === 0 ? null : eligibleLeaderReplicas,
      lastKnownElr: lastKnownElr.length === 0 ? null : lastKnownElr,
    },
  }
}

/** Logs from before KIP-858 name no directories: their replicas are `MIGRATING`. */
function directoriesFor(replicas: readonly BrokerId[], directories: readonly Uuid[]): readonly Uuid[] {
  return directories.length === replicas.length ? directories : replicas.map(() => DirectoryId.MIGRATING)
}
