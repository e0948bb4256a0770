/**
 * From what a partition is and what it shall become to the record that changes it.
 *
 * All changes go this way, whatever their cause: a reassignment that the new ISR completes is finished, eligible leader
 * replicas are kept (KIP-966), a leader is elected where there is none that may stay, and the leader epoch is raised where
 * replicas must notice. No record where nothing changes.
 */
import type { BrokerId, TopicId, Uuid } from '#core'
import {
  type LeaderRecoveryState,
  NO_LEADER,
  NO_LEADER_CHANGE,
  type PartitionRegistration,
} from '../image/partition-registration.ts'
import { NO_PARTITION_CHANGE } from '../image/topics-image.ts'
import type { MetadataRecord, RecordData } from '../metadata-record.ts'

/**
 * `online`: keep the leader, else elect from those in sync. `preferred`: the first replica if it is in sync, else as before.
 * `unclean`: as `online`, but rather a replica that lacks records than none.
 */
export type Election = 'online' | 'preferred' | 'unclean'

/** What is wanted; what is not given stays. */
export interface PartitionTarget {
  readonly isr?: readonly BrokerId[]
  readonly replicas?: readonly BrokerId[]
  readonly removing?: readonly BrokerId[]
  readonly adding?: readonly BrokerId[]
  readonly recoveryState?: LeaderRecoveryState
  /** A replica's new directory. */
  readonly directory?: { readonly broker: BrokerId; readonly id: Uuid }
  /** A broker that stopped without syncing: what it had is not counted on. */
  readonly uncleanShutdown?: BrokerId
  /** Default `online`. */
  readonly election?: Election
}

/** What the change depends on besides the partition. */
export interface PartitionRules {
  readonly isAcceptableLeader: (id: BrokerId, partition: PartitionRegistration) => boolean
  /** `min.insync.replicas`, at most the number of replicas. */
  readonly minIsr: number
  /** Whether eligible.leader.replicas.version is on. */
  readonly elr: boolean
  readonly defaultDirectory: (id: BrokerId) => Uuid
}

type Change = {
  -readonly [Field in keyof RecordData<'PARTITION_CHANGE_RECORD'>]: RecordData<'PARTITION_CHANGE_RECORD'>[Field]
}

export function partitionChange(
  { topicId, partitionId, partition }: { topicId: TopicId; partitionId: number; partition: PartitionRegistration },
  target: PartitionTarget,
  rules: PartitionRules,
): MetadataRecord | undefined {
  const wanted = completeReassignment({
    isr: target.isr ?? partition.isr,
    replicas: target.replicas ?? partition.replicas,
    removing: target.removing ?? partition.removingReplicas,
    adding: target.adding ?? partition.addingReplicas,
  })
  let elr = rules.elr
    ? eligibleReplicas(partition, { isr: wanted.isr, target, rules })
    : partition.eligibleLeaderReplicas
  let { isr } = wanted
  const change: Change = { ...NO_PARTITION_CHANGE, topicId, partitionId }

  const elected = elect(partition, {
    replicas: wanted.replicas,
    isr,
    elr,
    election: target.election ?? 'online',
    rules,
  })
  if (elected.leader !== partition.leader) {
    change.leader = elected.leader
    if (elr.includes(elected.leader)) {
      isr = [elected.leader]
      elr = elr.filter((id) => id !== elected.leader)
    }
    if (elected.unclean) {
      // What the new leader lacks is lost: nobody else is in sync with it, and it has to recover.
      change.isr = [elected.leader]
      if (partition.leaderRecoveryState === 0) change.leaderRecoveryState = 1
    }
  } else if (partition.replicas.some((id) => !wanted.replicas.includes(id))) {
    // A removed replica must learn that it is no more: the same leader in a new epoch.
    change.leader = partition.leader
  }

  if (!rules.elr || change.isr !== null) elr = []
  if (!sameIds(elr, partition.eligibleLeaderReplicas)) change.eligibleLeaderReplicas = elr
  // Without eligible leader replicas the last replica stays in the ISR, though it cannot lead.
  if (change.isr === null && (isr.length > 0 || rules.elr) && !sameIds(isr, partition.isr)) change.isr = isr
  if (rules.elr) changeLastKnownLeader(partition, change)

  const directories = directoriesOf(partition, { replicas: wanted.replicas, target, rules })
  if (!sameIds(directories, partition.directories)) change.directories = directories
  if (!sameIds(wanted.replicas, partition.replicas)) change.replicas = wanted.replicas
  if (!sameIds(wanted.removing, partition.removingReplicas)) change.removingReplicas = wanted.removing
  if (!sameIds(wanted.adding, partition.addingReplicas)) change.addingReplicas = wanted.adding
  const recoveryState = target.recoveryState ?? partition.leaderRecoveryState
  if (recoveryState !== partition.leaderRecoveryState) change.leaderRecoveryState = recoveryState

  if (changesNothing(change)) return undefined
  return { type: 'PARTITION_CHANGE_RECORD', version: 2, data: change }
}

interface Assignment {
  readonly isr: readonly BrokerId[]
  readonly replicas: readonly BrokerId[]
  readonly removing: readonly BrokerId[]
  readonly adding: readonly BrokerId[]
}

/** A reassignment is over when all replicas that stay or come are in sync: then those that go, go. */
function completeReassignment(wanted: Assignment): Assignment {
  if (wanted.removing.length === 0 && wanted.adding.length === 0) return wanted
  const isr = wanted.isr.filter((id) => !wanted.removing.includes(id))
  const replicas = wanted.replicas.filter((id) => !wanted.removing.includes(id))
  const complete = isr.length > 0 && replicas.length > 0 && replicas.every((id) => isr.includes(id))
  return complete ? { isr, replicas, removing: [], adding: [] } : wanted
}

/** Who has everything committed without being in the ISR: those who leave it while it is smaller than min.insync.replicas. */
function eligibleReplicas(
  partition: PartitionRegistration,
  { isr, target, rules }: { isr: readonly BrokerId[]; target: PartitionTarget; rules: PartitionRules },
): readonly BrokerId[] {
  if (isr.length >= rules.minIsr) return []
  const candidates = new Set([...partition.eligibleLeaderReplicas, ...partition.isr])
  return [...candidates].filter((id) => !isr.includes(id) && id !== target.uncleanShutdown)
}

function elect(
  partition: PartitionRegistration,
  {
    replicas,
    isr,
    elr,
    election,
    rules,
  }: {
    replicas: readonly BrokerId[]
    isr: readonly BrokerId[]
    elr: readonly BrokerId[]
    election: Election
    rules: PartitionRules
  },
): { readonly leader: BrokerId; readonly unclean: boolean } {
  const acceptable = (id: BrokerId): boolean => rules.isAcceptableLeader(id, partition)
  const mayLead = (id: BrokerId): boolean =>
    (isr.includes(id) || (isr.length === 0 && elr.includes(id))) && acceptable(id)
  const preferred = replicas[0]
  if (election === 'preferred' && preferred !== undefined && mayLead(preferred)) {
    return { leader: preferred, unclean: false }
  }
  if (mayLead(partition.leader)) return { leader: partition.leader, unclean: false }
  const online = replicas.find(mayLead)
  if (online !== undefined) return { leader: online, unclean: false }
  // Nobody is known to have everything. The last leader is the best guess, once it is back (KIP-966).
  const [lastLeader] = partition.lastKnownElr
  if (rules.elr && isr.length === 0 && elr.length === 0 && partition.lastKnownElr.length === 1) {
    if (acceptable(lastLeader!)) return { leader: lastLeader!, unclean: true }
  }
  const anybody = election === 'unclean' ? replicas.find(acceptable) : undefined
  if (anybody !== undefined) return { leader: anybody, unclean: true }
  return { leader: NO_LEADER, unclean: false }
}

/** Who led last is noted while nobody is in sync, and forgotten when there is a leader. */
function changeLastKnownLeader(partition: PartitionRegistration, change: Change): void {
  const { leader, lastKnownElr } = partition
  if (change.isr?.length === 0 && !sameIds(lastKnownElr, [leader])) {
    change.lastKnownElr = [leader]
  } else if (lastKnownElr.length > 0) {
    const leaderAfter = change.leader === NO_LEADER_CHANGE ? leader : change.leader
    if (leaderAfter !== NO_LEADER) change.lastKnownElr = []
  }
}

function directoriesOf(
  partition: PartitionRegistration,
  { replicas, target, rules }: { replicas: readonly BrokerId[]; target: PartitionTarget; rules: PartitionRules },
): readonly Uuid[] {
  return replicas.map((id) => {
    if (target.directory?.broker === id) return target.directory.id
    const at = partition.replicas.indexOf(id)
    return at === -1 ? rules.defaultDirectory(id) : partition.directories[at]!
  })
}

function changesNothing(change: Change): boolean {
  return (
    change.isr === null &&
    change.leader === NO_LEADER_CHANGE &&
    change.replicas === null &&
    change.removingReplicas === null &&
    change.addingReplicas === null &&
    change.leaderRecoveryState === -1 &&
    change.directories === null &&
    change.eligibleLeaderReplicas === null &&
    change.lastKnownElr === null
  )
}

export function sameIds<Id>(a: readonly Id[], b: readonly Id[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
