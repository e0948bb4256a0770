/**
 * DescribeTopicPartitions: partitions of topics with their replicas, in pages (KIP-966). Topics come in the order of their
 * names; a cursor says where a page ended.
 */

import { ZERO_UUID } from '#core'
import type { MetadataImage, PartitionRegistration } from '#metadata'
import { ErrorCode, type ResponseOf } from '#protocol'
import { describeTopicPartitions } from '#protocol/messages'
import { isInternalTopic, isTopicName } from '#replication'
import { TOPIC_OPERATIONS } from '../authorized-operations.ts'
import { type Handler, handler } from '../handler.ts'

type Response = ResponseOf<typeof describeTopicPartitions>
type Topic = Response['topics'][number]

export interface DescribeTopicPartitionsPorts {
  readonly image: MetadataImage
  /** `max.request.partition.size.limit` */
  readonly partitionsMax: () => number
}

export function describeTopicPartitionsHandler(
  ports: DescribeTopicPartitionsPorts,
): Handler<typeof describeTopicPartitions> {
  return handler(describeTopicPartitions, ({ topics: asked, responsePartitionLimit, cursor }): Response => {
    const { image } = ports
    const all = asked.length === 0
    const names = all ? [...image.topics.byName.keys()] : [...new Set(asked.map(({ name }) => name))]
    const first = cursor?.topicName ?? ''
    if (cursor !== null && (cursor.partitionIndex < 0 || !(all || names.includes(first)))) {
      return { topics: asked.map(({ name }) => refusal(name, ErrorCode.INVALID_REQUEST)) }
    }
    let left = Math.max(1, Math.min(responsePartitionLimit, ports.partitionsMax()))
    const topics: Topic[] = []
    for (const name of names.sort().filter((candidate) => candidate >= first)) {
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
      const topic = image.topics.byName.get(name)
      if (topic === undefined) {
        topics.push(unknown(name))
        continue
      }
      const begin = name === first ? (cursor?.partitionIndex ?? 0) : 0
      const indexes = [...topic.partitions.keys()].filter((index) => index >= begin)
      const page = indexes.slice(0, left)
      left -= page.length
      topics.push({
        errorCode: ErrorCode.NONE,
        name,
        topicId: topic.id,
        isInternal: isInternalTopic(name),
        partitions: page.map((index) => describe(image, index, topic.partitions.get(index)!)),
        topicAuthorizedOperations: TOPIC_OPERATIONS,
      })
      const next = indexes[page.length]
      if (next !== undefined) return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    }
    return { topics }
  })
}

function unknown(name: string): Topic {
  const errorCode = isTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION
  return { topicAuthorizedOperations: TOPIC_OPERATIONS, ...refusal(name, errorCode) }
}

function refusal(name: string, errorCode: ErrorCode): Topic {
  return { errorCode, name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [] }
}

function describe(image: MetadataImage, partitionIndex: number, partition: PartitionRegistration) {
  const isAlive = (id: number) => image.cluster.brokers.get(id)?.fenced === false
  const { leader, leaderEpoch, replicas, isr, eligibleLeaderReplicas, lastKnownElr } = partition
  return {
    errorCode: isAlive(leader) ? ErrorCode.NONE : ErrorCode.LEADER_NOT_AVAILABLE,
    partitionIndex,
    leaderId: isAlive(leader) ? leader : -1,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas,
    lastKnownElr,
    offlineReplicas: replicas.filter((id) => !isAlive(id)),
  }
}
