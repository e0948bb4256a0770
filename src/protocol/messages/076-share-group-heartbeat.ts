/** ShareGroupHeartbeat: joins, keeps up and leaves a share group (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const shareGroupHeartbeatRequest = message(
  'ShareGroupHeartbeatRequest',
  { key: 76, versions: '1', flexible: '1+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string({ nullable: '1+', default: null }),
    subscribedTopicNames: array(string(), { nullable: '1+', default: null }),
  },
)

export const shareGroupHeartbeatResponse = message(
  'ShareGroupHeartbeatResponse',
  { key: 76, versions: '1', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '1+', default: null }),
    memberId: string({ nullable: '1+', default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array({
          topicId: uuid(),
          partitions: array(int32()),
        }),
      },
      { nullable: '1+', default: null },
    ),
  },
)

export const shareGroupHeartbeat = api(shareGroupHeartbeatRequest, shareGroupHeartbeatResponse)
