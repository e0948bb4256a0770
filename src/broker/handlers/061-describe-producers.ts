/** DescribeProducers: the idempotent and transactional producers that have written to a partition (KIP-664). */
import { ErrorCode, errorMessage } from '#protocol'
import { describeProducers } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export function describeProducersHandler(ports: {
  readonly partitions: Pick<Partitions, 'find'>
}): Handler<typeof describeProducers> {
  return handler(describeProducers, (request) => ({
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const partition = ports.partitions.find(name, partitionIndex)
        const errorCode =
          typeof partition === 'number'
            ? partition
            : partition.isLeader
              ? ErrorCode.NONE
              : ErrorCode.NOT_LEADER_OR_FOLLOWER
        if (typeof partition === 'number' || errorCode !== ErrorCode.NONE) {
          return { partitionIndex, errorCode, errorMessage: errorMessage(errorCode), activeProducers: [] }
        }
        return {
          partitionIndex,
          errorCode,
          activeProducers: partition.log.activeProducers().map(({ lastTimestampMs, ...producer }) => ({
            ...producer,
            lastTimestamp: lastTimestampMs,
          })),
        }
      }),
    })),
  }))
}
