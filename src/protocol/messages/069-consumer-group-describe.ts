/**
 * ConsumerGroupDescribe: members and assignments of consumer groups (KIP-848).
 *
 * What versions brought:
 *    1  the type of each member (KIP-1099)
 */
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int8, int16, int32, message, string, struct, uuid } from '../schema.ts'

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

export const consumerGroupDescribeRequest = message(
  'ConsumerGroupDescribeRequest',
  { key: 69, versions: '0-1', flexible: '0+' },
  {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
)

export const consumerGroupDescribeResponse = message(
  'ConsumerGroupDescribeResponse',
  { key: 69, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string({ nullable: '0+', default: null }),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        memberType: int8({ versions: '1+', default: -1 }),
      }),
      authorizedOperations: int32({ default: INT32_MIN }),
    }),
  },
)

export const consumerGroupDescribe = api(consumerGroupDescribeRequest, consumerGroupDescribeResponse)
