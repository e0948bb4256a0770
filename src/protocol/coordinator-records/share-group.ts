/** Records of `__consumer_offsets` for share groups (KIP-932). */
import { array, int8, int32, int64, message, offset, string, uuid } from '../schema.ts'

const topicPartitionsInfo = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

/** Key 11: a group and its epoch. */
export const shareGroupMetadataKey = message(
  'ShareGroupMetadataKey',
  { key: 11, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const shareGroupMetadataValue = message(
  'ShareGroupMetadataValue',
  { key: 11, versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64(),
  },
)

/** Key 10: a member and what it subscribed to. */
export const shareGroupMemberMetadataKey = message(
  'ShareGroupMemberMetadataKey',
  { key: 10, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const shareGroupMemberMetadataValue = message(
  'ShareGroupMemberMetadataValue',
  { key: 10, versions: '0', flexible: '0+' },
  {
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
  },
)

/** Key 12: the epoch of the target assignment. */
export const shareGroupTargetAssignmentMetadataKey = message(
  'ShareGroupTargetAssignmentMetadataKey',
  { key: 12, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const shareGroupTargetAssignmentMetadataValue = message(
  'ShareGroupTargetAssignmentMetadataValue',
  { key: 12, versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: offset({ tag: 0 }),
  },
)

/** Key 13: what a member shall have. */
export const shareGroupTargetAssignmentMemberKey = message(
  'ShareGroupTargetAssignmentMemberKey',
  { key: 13, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const shareGroupTargetAssignmentMemberValue = message(
  'ShareGroupTargetAssignmentMemberValue',
  { key: 13, versions: '0', flexible: '0+' },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
)

/** Key 14: what a member has, and what it must give up. */
export const shareGroupCurrentMemberAssignmentKey = message(
  'ShareGroupCurrentMemberAssignmentKey',
  { key: 14, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const shareGroupCurrentMemberAssignmentValue = message(
  'ShareGroupCurrentMemberAssignmentValue',
  { key: 14, versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
)

/** Key 15: the partitions whose state is being set up, there, or being deleted. */
export const shareGroupStatePartitionMetadataKey = message(
  'ShareGroupStatePartitionMetadataKey',
  { key: 15, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const shareGroupStatePartitionMetadataValue = message(
  'ShareGroupStatePartitionMetadataValue',
  { key: 15, versions: '0', flexible: '0+' },
  {
    initializingTopics: array(topicPartitionsInfo),
    initializedTopics: array(topicPartitionsInfo),
    deletingTopics: array({
      topicId: uuid(),
      topicName: string(),
    }),
  },
)
