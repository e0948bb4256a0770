/**
 * Metadata: where the brokers are, and who leads which partition. A topic that is missing is made, where the broker and
 * the client allow that.
 *
 * Kafka answers the request that makes a topic with UNKNOWN_TOPIC_OR_PARTITION and leaves the client to ask again. Here
 * the answer waits until the topic is there, a few milliseconds: the client's first attempt succeeds.
 */
import { type BrokerId, ZERO_UUID } from '#core'
import type { MetadataImage, PartitionRegistration, TopicImage } from '#metadata'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { metadata } from '#protocol/messages'
import { isInternalTopic, isTopicName } from '#replication'
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED, TOPIC_OPERATIONS } from '../authorized-operations.ts'
import { endpointsOf } from '../broker-endpoints.ts'
import { type Handler, handler } from '../handler.ts'

type AskedTopic = NonNullable<RequestOf<typeof metadata>['topics']>[number]
type TopicResponse = ResponseOf<typeof metadata>['topics'][number]
type PartitionResponse = TopicResponse['partitions'][number]

export interface MetadataPorts {
  readonly image: MetadataImage
  readonly clusterId: string
  /** A broker that forwards to the controller: any that is alive does. */
  readonly controllerId: () => BrokerId
  /** Makes a topic with the broker's defaults; resolves with 0 when it is served, or with Kafka's error. */
  readonly createTopic: (name: string) => Promise<number>
  /** `auto.create.topics.enable` */
  readonly autoCreates: () => boolean
}

const TOPIC_ID_VERSION_MIN = 12

export function metadataHandler(ports: MetadataPorts): Handler<typeof metadata> {
  return handler(metadata, (request, { apiVersion, listenerName }) => {
    const { image } = ports
    // Version 0 has no null: an empty list asks for everything there.
    const all = request.topics === null || (apiVersion === 0 && request.topics.length === 0)
    const asked = all ? [] : once(request.topics ?? [])
    const mayCreate = request.allowAutoTopicCreation && ports.autoCreates()
    const missing = mayCreate
      ? asked.flatMap(({ name, topicId }) =>
          topicId === ZERO_UUID && name !== null && !image.topics.byName.has(name) ? [name] : [],
        )
      : []

    const topicAuthorizedOperations = request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : OPERATIONS_NOT_ASKED

    const respond = (creationErrors: ReadonlyMap<string, number>): ResponseOf<typeof metadata> => {
      const topics = all
        ? Array.from(image.topics.byName.values(), (topic) => describe(topic))
        : asked.map((topic) => find(topic, creationErrors))
      return {
        brokers: endpointsOf(image, listenerName),
        clusterId: ports.clusterId,
        controllerId: ports.controllerId(),
        topics,
        clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
          ? CLUSTER_OPERATIONS
          : OPERATIONS_NOT_ASKED,
      }
    }

    const find = ({ name, topicId }: AskedTopic, creationErrors: ReadonlyMap<string, number>): TopicResponse => {
      if (apiVersion < TOPIC_ID_VERSION_MIN && (topicId !== ZERO_UUID || name === null)) {
        return refusal(name ?? '', topicId, ErrorCode.INVALID_REQUEST)
      }
      if (topicId !== ZERO_UUID) {
        const topic = image.topics.byId.get(topicId)
        return topic === undefined ? refusal(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID) : describe(topic)
      }
      const topic = name === null ? undefined : image.topics.byName.get(name)
      if (topic !== undefined) return describe(topic)
      const error = creationErrors.get(name ?? '') || ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return {
        ...refusal(name ?? '', ZERO_UUID, isTopicName(name ?? '') ? error : ErrorCode.INVALID_TOPIC_EXCEPTION),
        topicAuthorizedOperations,
      }
    }

    const describe = (topic: TopicImage): TopicResponse => ({
      errorCode: ErrorCode.NONE,
      name: topic.name,
      topicId: topic.id,
      isInternal: isInternalTopic(topic.name),
      partitions: Array.from(topic.partitions, ([index, partition]) =>
        describePartition(image, listenerName, index, partition),
      ),
      topicAuthorizedOperations,
    })

    if (missing.length === 0) return respond(new Map())
    return Promise.all(missing.map(async (name) => [name, await ports.createTopic(name)] as const)).then((created) =>
      respond(new Map(created)),
    )
  })
}

/** What is named twice is told of once, as in Kafka: an answer is not to grow far beyond its question. */
function once(topics: readonly AskedTopic[]): readonly AskedTopic[] {
  if (topics.length <= 1) return topics
  const byKey = new Map<string, AskedTopic>()
  for (const topic of topics) byKey.set(topic.topicId === ZERO_UUID ? `name ${topic.name}` : topic.topicId, topic)
  return [...byKey.values()]
}

function refusal(name: string | null, topicId: string, errorCode: number): TopicResponse {
  return { errorCode, name, topicId, isInternal: isInternalTopic(name ?? ''), partitions: [] }
}

function describePartition(
  image: MetadataImage,
  listenerName: string,
  partitionIndex: number,
  { leader, leaderEpoch, replicas, isr }: PartitionRegistration,
): PartitionResponse {
  const { brokers } = image.cluster
  const isAlive = (id: BrokerId) => brokers.get(id)?.fenced === false
  const hasListener = (id: BrokerId) => brokers.get(id)?.endpoints.some(({ name }) => name === listenerName) === true
  return {
    errorCode: !isAlive(leader)
      ? ErrorCode.LEADER_NOT_AVAILABLE
      : hasListener(leader)
        ? ErrorCode.NONE
        : ErrorCode.LISTENER_NOT_FOUND,
    partitionIndex,
    leaderId: isAlive(leader) ? leader : -1,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas: replicas.filter((id) => !isAlive(id)),
  }
}
