/** DescribeProducers: the idempotent and transactional producers that have written to a partition (KIP-664). */
import { ErrorCode, errorMessage, type ResponseOf } from '#protocol'
import { describeProducers } from '#protocol/messages'
import { isTopicName, type Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

type Answer = ResponseOf<typeof describeProducers>['topics'][number]['partitions'][number]

export function describeProducersHandler(ports: {
  readonly partitions: Pick<Partitions, 'find'>
}): Handler<typeof describeProducers> {
  const describe = (topic: string, partitionIndex: number): Answer => {
    if (!isTopicName(topic)) return refuse(partitionIndex, ErrorCode.INVALID_TOPIC_EXCEPTION)
    const partition = ports.partitions.find(topic, partitionIndex)
    if (typeof partition === 'number') return refuse(partitionIndex, partition)
    if (!partition.isLeader) return refuse(partitionIndex, ErrorCode.NOT_LEADER_OR_FOLLOWER)
    const activeProducers = partition.log.activeProducers().map(({ lastTimestampMs, ...producer }) => ({
      ...producer,
      lastTimestamp: lastTimestampMs,
    }))
    return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers }
  }
  return handler(describeProducers, (request) => ({
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => describe(name, partitionIndex)),
    })),
  }))
}

function refuse(partitionIndex: number, errorCode: number): Answer {
  return { partitionIndex, errorCode, errorMessage: errorMessage(errorCode), activeProducers: [] }
}
