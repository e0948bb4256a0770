/**
 * Where the replicas of a new partition go: as the request says, or spread over the brokers.
 */
import type { BrokerId } from '#core'
import { ErrorCode } from '#protocol'
import type { BrokerRegistration, ClusterImage } from '../image/cluster-image.ts'
import { DirectoryId, type PartitionRegistration } from '../image/partition-registration.ts'
import { type ApiError, apiError } from './operation.ts'

const NONE: readonly never[] = []

/** Either the replicas of each partition, or why there are none. */
export type Placement = readonly (readonly BrokerId[])[] | ApiError

export function isRefused(placement: Placement): placement is ApiError {
  return !Array.isArray(placement)
}

/** The directory that a new replica gets: a broker's only one, else the broker chooses and tells. */
export function defaultDirectory(cluster: ClusterImage, id: BrokerId): string {
  const directories = cluster.brokers.get(id)?.directories ?? []
  return directories.length === 1 ? directories[0]! : DirectoryId.UNASSIGNED
}

/**
 * Spreads `count` partitions over the brokers, one after another, beginning with partition number `first`: each partition's
 * replicas begin one broker further on, unfenced brokers lead, fenced ones come last. The text of a refusal is what Kafka
 * puts behind "Unable to replicate the partition N time(s): ".
 */
export function placeReplicas(
  cluster: ClusterImage,
  { first, count, replicationFactor }: { first: number; count: number; replicationFactor: number },
): Placement {
  const usable = [...cluster.brokers.values()].filter(takesReplicas).sort((a, b) => a.id - b.id)
  const unfenced = usable.filter((broker) => !broker.fenced).map((broker) => broker.id)
  const fenced = usable.filter((broker) => broker.fenced).map((broker) => broker.id)
  const problem = placementProblem(replicationFactor, usable.length, unfenced.length)
  if (problem !== undefined) return apiError(ErrorCode.INVALID_REPLICATION_FACTOR, problem)
  // There are no more different ones than brokers: thousands of partitions share them.
  const byStart = unfenced.slice(0, first + count).map((_, start) => {
    const order = [...unfenced.slice(start), ...unfenced.slice(0, start), ...fenced]
    return order.slice(0, replicationFactor)
  })
  return Array.from({ length: count }, (_, i) => byStart[(first + i) % byStart.length]!)
}

/** A broker whose directories are all cordoned takes no new replicas (KIP-1066). */
export function takesReplicas({ directories, cordonedDirectories }: BrokerRegistration): boolean {
  const cordoned = cordonedDirectories ?? []
  return cordoned.length === 0 || directories.some((directory) => !cordoned.includes(directory))
}

function placementProblem(replicationFactor: number, total: number, unfenced: number): string | undefined {
  if (replicationFactor <= 0) {
    return `Invalid replication factor ${replicationFactor}: the replication factor must be positive.`
  }
  if (unfenced === 0) return 'All brokers are currently fenced, or have all their log directories cordoned.'
  if (replicationFactor <= total) return undefined
  return (
    `The target replication factor of ${replicationFactor} cannot be reached because only ${total} broker(s) are ` +
    'registered or some brokers have all their log directories cordoned.'
  )
}

/** Why the replicas that a request assigns to a partition are refused; `replicationFactor` undefined: any number. */
export function assignmentProblem(
  cluster: ClusterImage,
  replicas: readonly BrokerId[],
  replicationFactor?: number,
): ApiError | undefined {
  const refuse = (message: string): ApiError => apiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
  if (replicas.length === 0) return refuse('The manual partition assignment includes an empty replica list.')
  const sorted = [...replicas].sort((a, b) => a - b)
  for (const [i, id] of sorted.entries()) {
    const broker = cluster.brokers.get(id)
    if (broker === undefined) {
      return refuse(`The manual partition assignment includes broker ${id}, but no such broker is registered.`)
    }
    if (!takesReplicas(broker)) {
      return refuse(`The manual partition assignment includes broker ${id}, but all its log directories are cordoned.`)
    }
    if (id === sorted[i - 1]) {
      return refuse(`The manual partition assignment includes the broker ${id} more than once.`)
    }
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return refuse(
      `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    )
  }
  return undefined
}

/** A partition as it begins: its active replicas are in sync, the first of them leads. Undefined where none is active. */
export function newPartition(cluster: ClusterImage, replicas: readonly BrokerId[]): PartitionRegistration | undefined {
  const isr = replicas.filter((id) => cluster.isActive(id))
  const leader = isr[0]
  if (leader === undefined) return undefined
  return {
    replicas,
    directories: replicas.map((id) => defaultDirectory(cluster, id)),
    isr,
    removingReplicas: NONE,
    addingReplicas: NONE,
    leader,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    eligibleLeaderReplicas: NONE,
    lastKnownElr: NONE,
  }
}

/** What Kafka answers where all brokers of a placement are fenced. */
export function allFenced(replicationFactor: number): ApiError {
  return apiError(
    ErrorCode.INVALID_REPLICATION_FACTOR,
    `Unable to replicate the partition ${replicationFactor} time(s): All brokers are currently fenced or in ` +
      'controlled shutdown.',
  )
}
