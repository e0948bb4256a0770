/** DescribeTopicPartitions: topics page by page, with eligible leader replicas (KIP-966). */
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const describeTopicPartitionsRequest = message(
  'DescribeTopicPartitionsRequest',
  { key: 75, versions: '0', flexible: '0+' },
  {
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    cursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
)

export const describeTopicPartitionsResponse = message(
  'DescribeTopicPartitionsResponse',
  { key: 75, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '0+' }),
      topicId: uuid(),
      isInternal: bool(),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        eligibleLeaderReplicas: array(int32(), { nullable: '0+', default: null }),
        lastKnownElr: array(int32(), { nullable: '0+', default: null }),
        offlineReplicas: array(int32()),
      }),
      topicAuthorizedOperations: int32({ default: INT32_MIN }),
    }),
    nextCursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
)

export const describeTopicPartitions = api(describeTopicPartitionsRequest, describeTopicPartitionsResponse)
