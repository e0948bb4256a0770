import type { BrokerId, LeaderEpoch, Uuid } from '#core'

/** `leader` of a partition that has none. */
export const NO_LEADER: BrokerId = -1

/** Directory ids with a meaning of their own (KIP-858): not assigned yet, lost, and from before there were ids. */
export const DirectoryId = {
  UNASSIGNED: 'AAAAAAAAAAAAAAAAAAAAAA',
  LOST: 'AAAAAAAAAAAAAAAAAAAAAQ',
  MIGRATING: 'AAAAAAAAAAAAAAAAAAAAAg',
} as const

/** True for ids up to 100, which Kafka keeps for meanings of its own. */
export function isReservedDirectoryId(id: Uuid): boolean {
  return /^A{19}(?:AAA|AA[Qgw]|A[B-Z][AQgw]|B[A-I][AQgw]|BJA)$/.test(id)
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
