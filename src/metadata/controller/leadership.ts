/**
 * Who leads what: the changes of partitions that follow from a broker's coming and going, and elections by request.
 */
import { type BrokerId, MalformedError } from '#core'
import { ErrorCode, type ResponseOf } from '#protocol'
import type { electLeaders as api } from '#protocol/messages'
import { ELIGIBLE_LEADER_REPLICAS } from '../features.ts'
import { ConfigResourceType } from '../image/configs-image.ts'
import { DirectoryId, NO_LEADER, type PartitionRegistration } from '../image/partition-registration.ts'
import type { TopicImage } from '../image/topics-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { defaultDirectory } from './assignment.ts'
import { type ApiError, answer, apiError, errorFields, NO_ERROR, type Operation, type Scope } from './operation.ts'
import { type PartitionRules, type PartitionTarget, partitionChange } from './partition-change.ts'

/** Whether eligible leader replicas are kept (KIP-966). */
export function elrEnabled({ image }: Scope): boolean {
  return image.features.levelOf(ELIGIBLE_LEADER_REPLICAS) > 0
}

/** How partitions of a topic may change, now; `isActive` says which brokers can lead. */
export function topicRules(
  scope: Scope,
  topic: TopicImage,
  isActive = (id: BrokerId): boolean => scope.image.cluster.isActive(id),
): TopicRules {
  const { cluster, configs } = scope.image
  const elr = elrEnabled(scope)
  const overrides = configs.of(ConfigResourceType.TOPIC, topic.name)
  const replicationFactor = topic.partitions.get(0)?.replicas.length ?? 1
  return {
    isAcceptableLeader: (id, partition) => isActive(id) && hasOnlineDirectory(scope, partition, id),
    minIsr: elr ? Math.min(scope.config.minInSyncReplicas(overrides), replicationFactor) : 1,
    elr,
    defaultDirectory: (id) => defaultDirectory(cluster, id),
    election: scope.config.uncleanLeaderElection(overrides) ? 'unclean' : 'online',
  }
}

export interface TopicRules extends PartitionRules {
  /** Whether partitions may be led by a replica that lacks records rather than by none. */
  readonly election: 'unclean' | 'online'
}

/** The record that brings one partition of a topic to its target. */
export function changePartitionOf(
  { topic, partitionId }: { readonly topic: TopicImage; readonly partitionId: number },
  target: PartitionTarget,
  rules: TopicRules,
): MetadataRecord | undefined {
  const partition = topic.partitions.get(partitionId)
  if (partition === undefined) throw new MalformedError(`Partition ${topic.name}-${partitionId} does not exist`)
  return partitionChange({ topicId: topic.id, partitionId, partition }, target, rules)
}

/** Whether the directory of a replica is online, as far as its broker has said. */
function hasOnlineDirectory({ image }: Scope, partition: PartitionRegistration, id: BrokerId): boolean {
  const directory = partition.directories[partition.replicas.indexOf(id)]
  if (directory === undefined || directory === DirectoryId.LOST) return false
  if (directory === DirectoryId.UNASSIGNED || directory === DirectoryId.MIGRATING) return true
  const online = image.cluster.brokers.get(id)?.directories ?? []
  return online.length === 0 || online.includes(directory)
}

/** A broker comes or goes, and for which partitions that is looked at. */
export type BrokerEvent =
  /** Its replicas leave the ISR and lead no more; of `directories` only, where given. */
  | { readonly type: 'leaves'; readonly id: BrokerId; readonly directories?: readonly string[] }
  /** What it had synced is not known: it leaves the ISR and the eligible replicas. */
  | { readonly type: 'lostData'; readonly id: BrokerId }
  /** It can lead what nobody leads. */
  | { readonly type: 'joins'; readonly id: BrokerId }

/** The changes of partitions that follow from what happens to a broker. */
export function leadershipChanges(scope: Scope, event: BrokerEvent): MetadataRecord[] {
  const records: MetadataRecord[] = []
  const { id } = event
  const isActive = (candidate: BrokerId): boolean =>
    candidate === id ? event.type === 'joins' : scope.image.cluster.isActive(candidate)
  for (const topic of scope.image.topics.byName.values()) {
    let rules: TopicRules | undefined
    for (const [partitionId, partition] of topic.partitions) {
      if (!concerns(event, partition)) continue
      rules ??= topicRules(scope, topic, isActive)
      const isr = event.type === 'joins' ? partition.isr : partition.isr.filter((member) => member !== id)
      const { election } = rules
      const target = event.type === 'lostData' ? { isr, election, uncleanShutdown: id } : { isr, election }
      const record = changePartitionOf({ topic, partitionId }, target, rules)
      if (record !== undefined) records.push(record)
    }
  }
  return records
}

function concerns(event: BrokerEvent, partition: PartitionRegistration): boolean {
  switch (event.type) {
    case 'joins':
      return partition.leader === NO_LEADER
    case 'lostData':
      return partition.isr.includes(event.id) || partition.eligibleLeaderReplicas.includes(event.id)
    case 'leaves': {
      if (!partition.isr.includes(event.id)) return false
      const directory = partition.directories[partition.replicas.indexOf(event.id)]!
      return event.directories === undefined || event.directories.includes(directory)
    }
  }
}

/** True where a broker leads or is in sync with something: it has leaderships to give up before it stops. */
export function hasLeaderships({ image }: Scope, id: BrokerId): boolean {
  for (const topic of image.topics.byName.values()) {
    for (const partition of topic.partitions.values()) if (partition.leader === id) return true
  }
  return false
}

const PREFERRED = 0
const UNCLEAN = 1

/** ElectLeaders: elects the preferred leaders, or any where partitions have none, of given partitions or of all. */
export const electLeaders: Operation<typeof api> = {
  run(scope, request) {
    const { electionType } = request
    if (electionType !== PREFERRED && electionType !== UNCLEAN) {
      const error = apiError(ErrorCode.INVALID_REQUEST, `Unknown election type ${electionType}`)
      return answer(electLeaders.refuse(error, request))
    }
    const records: MetadataRecord[] = []
    const results: ResponseOf<typeof api>['replicaElectionResults'][number][] = []
    const all = request.topicPartitions === null
    const asked =
      request.topicPartitions ??
      [...scope.image.topics.byName.values()].map(({ name, partitions }) => ({
        topic: name,
        partitions: [...partitions.keys()],
      }))
    for (const { topic, partitions } of asked) {
      const partitionResult = []
      for (const partitionId of partitions) {
        const outcome = elect(scope, { topic, partitionId, electionType })
        if (!('error' in outcome)) records.push(outcome)
        const error = 'error' in outcome ? outcome : NO_ERROR
        // Asked about all, Kafka does not tell of those that need no election.
        if (all && error.error === ErrorCode.ELECTION_NOT_NEEDED) continue
        partitionResult.push({ partitionId, ...errorFields(error) })
      }
      results.push({ topic, partitionResult })
    }
    return { records, response: { errorCode: 0, replicaElectionResults: results } }
  },

  refuse(error, { topicPartitions }) {
    const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...errorFields(error) })),
    }))
    return { errorCode: error.error, replicaElectionResults }
  },
}

function elect(
  scope: Scope,
  { topic: name, partitionId, electionType }: { topic: string; partitionId: number; electionType: number },
): MetadataRecord | ApiError {
  const topic = scope.image.topics.byName.get(name)
  if (topic === undefined) return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${name}`)
  const partition = topic.partitions.get(partitionId)
  if (partition === undefined) {
    return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${name}-${partitionId}`)
  }
  const preferred = electionType === PREFERRED
  const satisfied = preferred ? partition.leader === partition.replicas[0] : partition.leader !== NO_LEADER
  if (satisfied) return apiError(ErrorCode.ELECTION_NOT_NEEDED)
  const target = { election: preferred ? 'preferred' : 'unclean' } as const
  const record = changePartitionOf({ topic, partitionId }, target, topicRules(scope, topic))
  if (record !== undefined) return record
  return apiError(preferred ? ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE)
}
