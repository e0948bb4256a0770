/**
 * CreatePartitions: adds partitions to topics.
 */
import { ErrorCode, type RequestOf } from '#protocol'
import type { createPartitions as api } from '#protocol/messages'
import { partitionToRecord } from '../image/partition-registration.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { allFenced, assignmentProblem, isRefused, newPartition, type Placement, placeReplicas } from './assignment.ts'
import {
  type ApiError,
  answer,
  apiError,
  errorFields,
  NO_ERROR,
  type Operation,
  RECORDS_MAX,
  type Scope,
  separateDuplicates,
} from './operation.ts'

type Topic = RequestOf<typeof api>['topics'][number]

export const createPartitions: Operation<typeof api> = {
  run(scope, request) {
    const { unique, duplicates } = separateDuplicates(request.topics, (topic) => topic.name)
    let additional = 0
    for (const { name, count } of unique) {
      const topic = scope.image.topics.byName.get(name)
      if (topic !== undefined) additional += Math.max(0, count - topic.partitions.size)
    }
    if (additional > RECORDS_MAX) {
      const error = apiError(
        ErrorCode.POLICY_VIOLATION,
        'Excessively large number of additional partitions per request.',
      )
      return answer(createPartitions.refuse(error, request))
    }
    const records: MetadataRecord[] = []
    const results = [...new Set(duplicates.map((topic) => topic.name))].map((name) => {
      return { name, ...errorFields(apiError(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')) }
    })
    for (const topic of unique) {
      const added = add(scope, topic)
      if ('error' in added) {
        results.push({ name: topic.name, ...errorFields(added) })
      } else {
        for (const record of added) records.push(record)
        results.push({ name: topic.name, ...errorFields(NO_ERROR) })
      }
    }
    return { records, response: { results } }
  },

  refuse(error, request) {
    return { results: request.topics.map(({ name }) => ({ name, ...errorFields(error) })) }
  },
}

function add(scope: Scope, { name, count, assignments }: Topic): readonly MetadataRecord[] | ApiError {
  const { topics, cluster } = scope.image
  const topic = topics.byName.get(name)
  if (topic === undefined) return { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: null }
  const first = topic.partitions.size
  if (count === first) return apiError(ErrorCode.INVALID_PARTITIONS, `Topic already has ${first} partition(s).`)
  if (count < first) {
    return apiError(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${name} currently has ${first} partition(s); ${count} would not be an increase.`,
    )
  }
  const additional = count - first
  if (assignments !== null && assignments.length !== additional) {
    return apiError(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were ` +
        'specified.',
    )
  }
  const sample = topic.partitions.get(0)
  if (sample === undefined) {
    return apiError(ErrorCode.UNKNOWN_SERVER_ERROR, `Invalid state: topic ${name} appears to have no partitions.`)
  }
  const replicationFactor = sample.replicas.length
  const placement: Placement =
    assignments === null
      ? placeReplicas(cluster, { first, count: additional, replicationFactor })
      : assignments.map(({ brokerIds }) => brokerIds)
  if (isRefused(placement)) return placement
  const records: MetadataRecord[] = []
  for (const [i, replicas] of placement.entries()) {
    const problem = assignments === null ? undefined : assignmentProblem(cluster, replicas, replicationFactor)
    if (problem !== undefined) return problem
    const partition = newPartition(cluster, replicas)
    if (partition !== undefined) records.push(partitionToRecord(topic.id, first + i, partition))
    else if (assignments === null) return allFenced(replicationFactor)
    else {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `All brokers specified in the manual partition assignment for partition ${first + i} are fenced or in ` +
          'controlled shutdown.',
      )
    }
  }
  return records
}
