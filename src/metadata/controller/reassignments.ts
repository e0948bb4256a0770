/**
 * Moving partitions to other replicas: AlterPartitionReassignments and ListPartitionReassignments.
 *
 * The first record adds the new replicas to the old and notes who comes and who goes; when all who stay are in sync, the
 * change of the ISR that says so also ends the reassignment (see partition-change.ts).
 */
import type { BrokerId } from '#core'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { alterPartitionReassignments as alterApi, listPartitionReassignments as listApi } from '#protocol/messages'
import type { PartitionRegistration } from '../image/partition-registration.ts'
import type { TopicImage } from '../image/topics-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { assignmentProblem } from './assignment.ts'
import { changePartitionOf, topicRules } from './leadership.ts'
import { type ApiError, answer, apiError, errorFields, NO_ERROR, type Operation, type Scope } from './operation.ts'

type Asked = RequestOf<typeof alterApi>['topics'][number]['partitions'][number]
type Listed = ResponseOf<typeof listApi>['topics'][number]['partitions'][number]

export const alterPartitionReassignments: Operation<typeof alterApi> = {
  run(scope, { topics, allowReplicationFactorChange }) {
    const records: MetadataRecord[] = []
    const responses = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => {
        const outcome = alter(scope, { topicName: name, asked, allowReplicationFactorChange })
        const failed = outcome !== undefined && 'error' in outcome
        if (outcome !== undefined && !failed) records.push(outcome)
        return { partitionIndex: asked.partitionIndex, ...errorFields(failed ? outcome : NO_ERROR) }
      }),
    }))
    return { records, response: { allowReplicationFactorChange, errorCode: 0, errorMessage: null, responses } }
  },

  refuse(error, { allowReplicationFactorChange, topics }) {
    const responses = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...errorFields(error) })),
    }))
    return { allowReplicationFactorChange, ...errorFields(error), responses }
  },
}

function alter(
  scope: Scope,
  {
    topicName,
    asked,
    allowReplicationFactorChange,
  }: { topicName: string; asked: Asked; allowReplicationFactorChange: boolean },
): MetadataRecord | ApiError | undefined {
  const topic = scope.image.topics.byName.get(topicName)
  if (topic === undefined) {
    return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find a topic named ${topicName}.`)
  }
  const partition = topic.partitions.get(asked.partitionIndex)
  if (partition === undefined) {
    const message = `Unable to find partition ${topicName}:${asked.partitionIndex}.`
    return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message)
  }
  const at = { topic, partitionId: asked.partitionIndex, partition }
  if (asked.replicas === null) return cancel(scope, at)
  const problem = assignmentProblem(scope.image.cluster, asked.replicas)
  if (problem !== undefined) return problem
  const before = without(partition.replicas, partition.addingReplicas).length
  if (!allowReplicationFactorChange && before !== asked.replicas.length) {
    const message = `The replication factor is changed from ${before} to ${asked.replicas.length}`
    return apiError(ErrorCode.INVALID_REPLICATION_FACTOR, message)
  }
  return begin(scope, at, asked.replicas)
}

interface At {
  readonly topic: TopicImage
  readonly partitionId: number
  readonly partition: PartitionRegistration
}

function begin(scope: Scope, at: At, target: readonly BrokerId[]): MetadataRecord | undefined {
  const removing = without(at.partition.replicas, target).sort((a, b) => a - b)
  const adding = without(target, at.partition.replicas).sort((a, b) => a - b)
  const wanted = {
    replicas: [...target, ...removing],
    ...(removing.length > 0 ? { removing } : {}),
    ...(adding.length > 0 ? { adding } : {}),
  }
  return changePartitionOf(at, wanted, topicRules(scope, at.topic))
}

/** Goes back to the replicas of before. */
function cancel(scope: Scope, at: At): MetadataRecord | ApiError | undefined {
  const { topic, partitionId, partition } = at
  if (!isReassigning(partition)) return { error: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, message: null }
  const replicas = without(partition.replicas, partition.addingReplicas)
  let isr = without(partition.isr, partition.addingReplicas)
  const rules = topicRules(scope, topic)
  const { election } = rules
  if (isr.length === 0) {
    const [first] = replicas
    if (first === undefined) {
      const message = 'Invalid replica assignment: addingReplicas contains all replicas.'
      return apiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
    }
    if (election !== 'unclean') {
      const message =
        `Unable to revert partition assignment for ${topic.name}:${partitionId} because it would require an unclean ` +
        'leader election.'
      return apiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
    }
    isr = [first]
  }
  return changePartitionOf(at, { isr, replicas, removing: [], adding: [], election }, rules)
}

export const listPartitionReassignments: Operation<typeof listApi> = {
  run({ image }, { topics: asked }) {
    const topics: ResponseOf<typeof listApi>['topics'][number][] = []
    const add = (topic: TopicImage | undefined, partitionIds: Iterable<number>): void => {
      if (topic === undefined) return
      const partitions: Listed[] = []
      for (const partitionIndex of partitionIds) {
        const partition = topic.partitions.get(partitionIndex)
        if (partition === undefined || !isReassigning(partition)) continue
        const { replicas, addingReplicas, removingReplicas } = partition
        partitions.push({ partitionIndex, replicas, addingReplicas, removingReplicas })
      }
      if (partitions.length > 0) topics.push({ name: topic.name, partitions })
    }
    if (asked === null) for (const topic of image.topics.byName.values()) add(topic, topic.partitions.keys())
    else for (const { name, partitionIndexes } of asked) add(image.topics.byName.get(name), partitionIndexes)
    return answer({ errorCode: 0, errorMessage: null, topics })
  },

  refuse(error) {
    return { ...errorFields(error), topics: [] }
  },
}

export function isReassigning({ addingReplicas, removingReplicas }: PartitionRegistration): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0
}

function without(ids: readonly BrokerId[], others: readonly BrokerId[]): BrokerId[] {
  return ids.filter((id) => !others.includes(id))
}
