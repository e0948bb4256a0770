import { ErrorCode } from '#protocol'
import type { assignReplicasToDirs as api } from '#protocol/messages'
import type { MetadataRecord } from '../metadata-record.ts'
import { brokerEpochProblem } from './brokers.ts'
import { changePartitionOf, topicRules } from './leadership.ts'
import { answer, type Operation } from './operation.ts'

/** AssignReplicasToDirs: a broker tells in which of its directories it has put replicas (KIP-858). */
export const assignReplicasToDirs: Operation<typeof api> = {
  run(scope, request) {
    const problem = brokerEpochProblem(scope, request)
    if (problem !== undefined) return answer(assignReplicasToDirs.refuse(problem, request))
    const { brokerId } = request
    const records: MetadataRecord[] = []
    const directories = request.directories.map(({ id, topics }) => ({
      id,
      topics: topics.map(({ topicId, partitions }) => {
        const topic = scope.image.topics.byId.get(topicId)
        const results = partitions.map(({ partitionIndex }) => {
          const partition = topic?.partitions.get(partitionIndex)
          if (topic === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }
          if (partition === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
          if (!partition.replicas.includes(brokerId)) {
            return { partitionIndex, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }
          }
          const directory = { broker: brokerId, id }
          const record = changePartitionOf(
            { topic, partitionId: partitionIndex },
            { directory },
            topicRules(scope, topic),
          )
          if (record !== undefined) records.push(record)
          return { partitionIndex, errorCode: 0 }
        })
        return { topicId, partitions: results }
      }),
    }))
    return { records, response: { errorCode: 0, directories } }
  },

  refuse: ({ error }) => ({ errorCode: error, directories: [] }),
}
