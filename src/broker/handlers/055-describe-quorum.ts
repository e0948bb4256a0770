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
      errorMessage: '',
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
      leaderId: 0,
      leaderEpoch: 0,
      highWatermark: 0,
      currentVoters: [],
      observers: [],
    })
    // There is one such partition, and a request is about it or about nothing.
    const asked = request.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topicName, partitionIndex })),
    )
    const isKnown = asked.length === 1 && asked[0]!.topicName === METADATA_TOPIC && asked[0]!.partitionIndex === 0
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: '',
      topics: request.topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => (isKnown ? describe : refuse)(partitionIndex)),
      })),
      nodes: isKnown ? nodes.map(({ id, endpoints }) => ({ nodeId: id, listeners: endpoints })) : [],
    }
  })
}
