/** ShareGroupDescribe: members and assignments of share groups (KIP-932). */
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const shareGroupDescribeRequest = message(
  'ShareGroupDescribeRequest',
  { key: 77, versions: '1', flexible: '1+' },
  {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
)

export const shareGroupDescribeResponse = message(
  'ShareGroupDescribeResponse',
  { key: 77, versions: '1', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '1+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        rackId: string({ nullable: '1+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        assignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: array(int32()),
          }),
        }),
      }),
      authorizedOperations: int32({ default: INT32_MIN }),
    }),
  },
)

export const shareGroupDescribe = api(shareGroupDescribeRequest, shareGroupDescribeResponse)
