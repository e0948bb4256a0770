/** Records of `__consumer_offsets` for consumer groups (KIP-848). */
import { array, bytes, int8, int32, int64, message, offset, string, struct, uuid } from '../schema.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0 }),
}

/** Key 3: a group and its epoch. */
export const consumerGroupMetadataKey = message(
  'ConsumerGroupMetadataKey',
  { key: 3, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const consumerGroupMetadataValue = message(
  'ConsumerGroupMetadataValue',
  { key: 3, versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64({ tag: 0 }),
  },
)

/** Key 4: the partitions of subscribed topics, as older brokers wrote them. */
export const consumerGroupPartitionMetadataKey = message(
  'ConsumerGroupPartitionMetadataKey',
  { key: 4, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const consumerGroupPartitionMetadataValue = message(
  'ConsumerGroupPartitionMetadataValue',
  { key: 4, versions: '0', flexible: '0+' },
  {
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: array(string()),
      }),
    }),
  },
)

/** Key 5: a member and what it subscribed to. */
export const consumerGroupMemberMetadataKey = message(
  'ConsumerGroupMemberMetadataKey',
  { key: 5, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const consumerGroupMemberMetadataValue = message(
  'ConsumerGroupMemberMetadataValue',
  { key: 5, versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: '0+' }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: '0+' }),
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      { nullable: '0+', tag: 0 },
    ),
  },
)

/** Key 6: the epoch of the target assignment. */
export const consumerGroupTargetAssignmentMetadataKey = message(
  'ConsumerGroupTargetAssignmentMetadataKey',
  { key: 6, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const consumerGroupTargetAssignmentMetadataValue = message(
  'ConsumerGroupTargetAssignmentMetadataValue',
  { key: 6, versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: offset({ tag: 0 }),
  },
)

/** Key 7: what a member shall have. */
export const consumerGroupTargetAssignmentMemberKey = message(
  'ConsumerGroupTargetAssignmentMemberKey',
  { key: 7, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const consumerGroupTargetAssignmentMemberValue = message(
  'ConsumerGroupTargetAssignmentMemberValue',
  { key: 7, versions: '0', flexible: '0+' },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
)

/** Key 8: what a member has, and what it must give up. */
export const consumerGroupCurrentMemberAssignmentKey = message(
  'ConsumerGroupCurrentMemberAssignmentKey',
  { key: 8, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const consumerGroupCurrentMemberAssignmentValue = message(
  'ConsumerGroupCurrentMemberAssignmentValue',
  { key: 8, versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitions),
    partitionsPendingRevocation: array(topicPartitions),
  },
)

/** Key 16: the topics that a regular expression matched. */
export const consumerGroupRegularExpressionKey = message(
  'ConsumerGroupRegularExpressionKey',
  { key: 16, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    regularExpression: string(),
  },
)

export const consumerGroupRegularExpressionValue = message(
  'ConsumerGroupRegularExpressionValue',
  { key: 16, versions: '0', flexible: '0+' },
  {
    topics: array(string()),
    version: offset(),
    timestamp: offset(),
  },
)
