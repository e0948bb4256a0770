/**
 * OffsetForLeaderEpoch: where a leader epoch ends in this log, by which a consumer or follower sees whether what it read
 * was cut away since.
 */
import { ErrorCode } from '#protocol'
import { offsetForLeaderEpoch } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export function offsetForLeaderEpochHandler(ports: {
  partitions: Pick<Partitions, 'find'>
}): Handler<typeof offsetForLeaderEpoch> {
  return handler(offsetForLeaderEpoch, (request) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const partition = ports.partitions.find(topic, index)
        if (typeof partition === 'number') return { partition: index, errorCode: partition }
        const errorCode = partition.checkLeader(currentLeaderEpoch)
        if (errorCode !== ErrorCode.NONE) return { partition: index, errorCode }
        const { epoch, endOffset } = partition.log.endOffsetForEpoch(leaderEpoch)
        return { partition: index, errorCode, leaderEpoch: epoch, endOffset }
      }),
    })),
  }))
}
