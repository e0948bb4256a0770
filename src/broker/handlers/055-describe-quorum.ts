/** DescribeQuorum: who votes on the cluster's metadata, and how far each has come (KIP-595). */
import type { QuorumDescription } from '#metadata'
import { ErrorCode, errorMessage } from '#protocol'
import { describeQuorum } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

const METADATA_TOPIC = '__cluster_metadata'

export function describeQuorumHandler({
  quorum,
}: {
  readonly quorum: () => QuorumDescription
}): Handler<typeof describeQuorum> {
  return handler(describeQuorum, (request) => {
    const { leaderId, leaderEpoch, highWatermark, voters, observers, nodes } = quorum()
    const replica = ({ replicaId, directoryId, ...state }: QuorumDescription['voters'][number]) => ({
      replicaId,
      replicaDirectoryId: directoryId,
      logEndOffset: state.logEndOffset,
      lastFetchTimestamp: state.lastFetchTimestampMs,
      lastCaughtUpTimestamp: state.lastCaughtUpTimestampMs,
    })
    const describe = (partitionIndex: number) => ({
      partitionIndex,
      errorCode: ErrorCode.NONE,
      leaderId,
      leaderEpoch,
      highWatermark,
      currentVoters: voters.map(replica),
      observers: observers.map(replica),
    })
    const refuse = (partitionIndex: number) => ({
      partitionIndex,
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: errorMessage(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
      leaderId: -1,
      leaderEpoch: -1,
      highWatermark: -1,
      currentVoters: [],
      observers: [],
    })
    return {
      errorCode: ErrorCode.NONE,
      topics: request.topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) =>
          topicName === METADATA_TOPIC && partitionIndex === 0 ? describe(partitionIndex) : refuse(partitionIndex),
        ),
      })),
      nodes: nodes.map(({ id, endpoints }) => ({ nodeId: id, listeners: endpoints })),
    }
  })
}
