/**
 * CreateTopics. Topics of one request succeed and fail each for itself; the records of all that succeed are one batch.
 */
import type { BrokerId } from '#core'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { createTopics as api } from '#protocol/messages'
import { ConfigResourceType, configRecord } from '../image/configs-image.ts'
import { type PartitionRegistration, partitionToRecord } from '../image/partition-registration.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { clearElrRecords, configProblem } from './alter-configs.ts'
import { allFenced, assignmentProblem, isRefused, newPartition, placeReplicas } from './assignment.ts'
import {
  type ApiError,
  apiError,
  type Call,
  errorFields,
  type Operation,
  RECORDS_MAX,
  type Scope,
  separateDuplicates,
} from './operation.ts'
import { CLUSTER_METADATA_TOPIC, hasCollisionChars, topicNameProblem, unifyCollisionChars } from './topic-name.ts'

type Topic = RequestOf<typeof api>['topics'][number]
type TopicResult = ResponseOf<typeof api>['topics'][number]

export const createTopics: Operation<typeof api> = {
  run(scope, request, call) {
    const { unique, duplicates } = separateDuplicates(request.topics, (topic) => topic.name)
    let partitions = 0
    for (const topic of unique) partitions += partitionCount(scope, topic)
    if (partitions > RECORDS_MAX) {
      const error = apiError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.')
      return { records: [], response: createTopics.refuse(error, request) }
    }
    const records: MetadataRecord[] = []
    const around: Around = {
      call,
      collisionOf: collisions(scope),
      configsOf: madeOnce((overrides) => JSON.stringify([...overrides]), scope.config.describeTopic),
      placedOf: madeOnce(
        ({ numPartitions, replicationFactor }) => `${numPartitions} ${replicationFactor}`,
        (topic) => placed(scope, topic),
      ),
    }
    const results: TopicResult[] = unique.map((topic) => {
      const creation = create(scope, topic, around)
      if ('error' in creation) return refusal(topic.name, creation)
      for (const record of creation.records) records.push(record)
      return creation.result
    })
    for (const name of new Set(duplicates.map((topic) => topic.name))) {
      results.push(refusal(name, apiError(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')))
    }
    return { records, response: { topics: results } }
  },

  refuse(error, request) {
    return { topics: request.topics.map((topic) => refusal(topic.name, error)) }
  },
}

function refusal(name: string, error: ApiError): TopicResult {
  return { name, ...errorFields(error) }
}

/** How many partitions a topic asks for; 0 where that is refused later. */
function partitionCount({ config }: Scope, { numPartitions, assignments }: Topic): number {
  if (assignments.length > 0) return assignments.length
  if (numPartitions === -1) return config.numPartitions
  return Math.max(0, numPartitions)
}

/** Tells the existing topic whose name cannot be told from another in metrics. Looks at all names once, if at all. */
function collisions({ image }: Scope): (name: string) => string | undefined {
  let existing: Map<string, string> | undefined
  return (name) => {
    if (!hasCollisionChars(name)) return undefined
    existing ??= new Map(
      [...image.topics.byName.keys()].filter(hasCollisionChars).map((each) => [unifyCollisionChars(each), each]),
    )
    return existing.get(unifyCollisionChars(name))
  }
}

/** The topics of one request are mostly alike: what is the same for all that have one key is made once. */
function madeOnce<Input, Output>(keyOf: (input: Input) => string, make: (input: Input) => Output) {
  const known = new Map<string, Output>()
  return (input: Input): Output => {
    const key = keyOf(input)
    const made = known.get(key) ?? make(input)
    known.set(key, made)
    return made
  }
}

/** What the topics of one request share. */
interface Around {
  readonly call: Call
  readonly collisionOf: (name: string) => string | undefined
  readonly configsOf: Scope['config']['describeTopic']
  /** The partitions of a topic whose request assigns none. */
  readonly placedOf: (topic: Topic) => readonly PartitionRegistration[] | ApiError
}

function create(
  scope: Scope,
  topic: Topic,
  { call, collisionOf, configsOf, placedOf }: Around,
): ApiError | { readonly records: readonly MetadataRecord[]; readonly result: TopicResult } {
  const { name } = topic
  const nameError = checkName(scope, name, collisionOf)
  if (nameError !== undefined) return nameError
  const resource = { type: ConfigResourceType.TOPIC, name }
  const missing = topic.configs.filter((config) => config.value === null).map((config) => config.name)
  if (missing.length > 0) {
    return apiError(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${missing.join(',')}`)
  }
  const overrides = new Map(topic.configs.map((config) => [config.name, config.value!]))
  const configError = configProblem(scope, resource, overrides)
  if (configError !== undefined) return configError
  const partitions = topic.assignments.length > 0 ? assigned(scope, topic) : placedOf(topic)
  if ('error' in partitions) return partitions

  const topicId = scope.random.uuid()
  const configRecords = [...overrides].map(([key, value]) => configRecord(resource, key, value))
  const records: MetadataRecord[] = [{ type: 'TOPIC_RECORD', version: 0, data: { name, topicId } }, ...configRecords]
  records.push(...clearElrRecords(scope, configRecords))
  for (const [i, partition] of partitions.entries()) records.push(partitionToRecord(topicId, i, partition))
  const replicationFactor = partitions[0]!.replicas.length
  const described = call.describes(name)
    ? { numPartitions: partitions.length, replicationFactor, configs: configsOf(overrides) }
    : { topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }
  return { records, result: { name, topicId, errorCode: 0, errorMessage: null, ...described } }
}

function checkName(
  { image }: Scope,
  name: string,
  collisionOf: (name: string) => string | undefined,
): ApiError | undefined {
  if (name === CLUSTER_METADATA_TOPIC) {
    return apiError(ErrorCode.INVALID_REQUEST, `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`)
  }
  const problem = topicNameProblem(name)
  if (problem !== undefined) return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
  if (image.topics.byName.has(name)) {
    return apiError(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  }
  const other = collisionOf(name)
  if (other === undefined) return undefined
  return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`)
}

/** The partitions as the request assigns them. */
function assigned({ image: { cluster } }: Scope, topic: Topic): readonly PartitionRegistration[] | ApiError {
  if (topic.replicationFactor !== -1) {
    return apiError(
      ErrorCode.INVALID_REQUEST,
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    )
  }
  if (topic.numPartitions !== -1) {
    return apiError(
      ErrorCode.INVALID_REQUEST,
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    )
  }
  const partitions = new Map<number, PartitionRegistration>()
  let replicationFactor: number | undefined
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (partitions.has(partitionIndex)) {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      )
    }
    const problem = assignmentProblem(cluster, brokerIds, replicationFactor)
    if (problem !== undefined) return problem
    replicationFactor = brokerIds.length
    const partition = newPartition(cluster, brokerIds)
    if (partition === undefined) {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `All brokers specified in the manual partition assignment for partition ${partitionIndex} are fenced or in ` +
          'controlled shutdown.',
      )
    }
    partitions.set(partitionIndex, partition)
  }
  const inOrder: PartitionRegistration[] = []
  for (let i = 0; i < partitions.size; i++) {
    const partition = partitions.get(i)
    if (partition === undefined) {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        'partitions should be a consecutive 0-based integer sequence',
      )
    }
    inOrder.push(partition)
  }
  return inOrder
}

/** As many partitions as the request says, or the default, placed by the controller. */
function placed(scope: Scope, topic: Topic): readonly PartitionRegistration[] | ApiError {
  const { cluster } = scope.image
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    return apiError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    return apiError(ErrorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.')
  }
  const count = partitionCount(scope, topic)
  const replicationFactor = topic.replicationFactor === -1 ? scope.config.replicationFactor : topic.replicationFactor
  const placement = placeReplicas(cluster, { first: 0, count, replicationFactor })
  if (isRefused(placement)) {
    const message = `Unable to replicate the partition ${replicationFactor} time(s): ${placement.message}`
    return apiError(placement.error, message)
  }
  // Partitions with the same replicas begin as one and the same value.
  const known = new Map<readonly BrokerId[], PartitionRegistration>()
  const partitions: PartitionRegistration[] = []
  for (const replicas of placement) {
    const partition = known.get(replicas) ?? newPartition(cluster, replicas)
    if (partition === undefined) return allFenced(replicationFactor)
    known.set(replicas, partition)
    partitions.push(partition)
  }
  return partitions
}
