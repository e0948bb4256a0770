/** Records of `__consumer_offsets` for streams groups (KIP-1071). */
import { array, int8, int16, int32, int64, message, offset, string, struct, uint16 } from '../schema.ts'

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

/** The tasks of a member, with the epochs in which it got them. */
const currentTaskIds = {
  ...taskIds,
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0 }),
}

const keyValue = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValue),
}

/** Key 17: a group and its epoch. */
export const streamsGroupMetadataKey = message(
  'StreamsGroupMetadataKey',
  { key: 17, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const streamsGroupMetadataValue = message(
  'StreamsGroupMetadataValue',
  { key: 17, versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64(),
    validatedTopologyEpoch: int32({ tag: 0, default: -1 }),
    lastAssignmentConfigs: array(keyValue, { nullable: '0+', tag: 1 }),
    storedDescriptionTopologyEpoch: int32({ tag: 2, default: -1 }),
    failedDescriptionTopologyEpoch: int32({ tag: 3, default: -1 }),
  },
)

/** Key 19: a member and what it subscribed to. */
export const streamsGroupMemberMetadataKey = message(
  'StreamsGroupMemberMetadataKey',
  { key: 19, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const streamsGroupMemberMetadataValue = message(
  'StreamsGroupMemberMetadataValue',
  { key: 19, versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: struct(
      {
        host: string(),
        port: uint16(),
      },
      { nullable: '0+', default: null },
    ),
    clientTags: array(keyValue),
  },
)

/** Key 20: the epoch of the target assignment. */
export const streamsGroupTargetAssignmentMetadataKey = message(
  'StreamsGroupTargetAssignmentMetadataKey',
  { key: 20, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const streamsGroupTargetAssignmentMetadataValue = message(
  'StreamsGroupTargetAssignmentMetadataValue',
  { key: 20, versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: offset({ tag: 0 }),
  },
)

/** Key 21: what a member shall have. */
export const streamsGroupTargetAssignmentMemberKey = message(
  'StreamsGroupTargetAssignmentMemberKey',
  { key: 21, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const streamsGroupTargetAssignmentMemberValue = message(
  'StreamsGroupTargetAssignmentMemberValue',
  { key: 21, versions: '0', flexible: '0+' },
  {
    activeTasks: array(taskIds),
    standbyTasks: array(taskIds),
    warmupTasks: array(taskIds),
  },
)

/** Key 22: what a member has, and what it must give up. */
export const streamsGroupCurrentMemberAssignmentKey = message(
  'StreamsGroupCurrentMemberAssignmentKey',
  { key: 22, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)

export const streamsGroupCurrentMemberAssignmentValue = message(
  'StreamsGroupCurrentMemberAssignmentValue',
  { key: 22, versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: array(currentTaskIds),
    standbyTasks: array(currentTaskIds),
    warmupTasks: array(currentTaskIds),
    activeTasksPendingRevocation: array(currentTaskIds),
    standbyTasksPendingRevocation: array(currentTaskIds),
    warmupTasksPendingRevocation: array(currentTaskIds),
  },
)

/** Key 23: the topology. */
export const streamsGroupTopologyKey = message(
  'StreamsGroupTopologyKey',
  { key: 23, versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)

export const streamsGroupTopologyValue = message(
  'StreamsGroupTopologyValue',
  { key: 23, versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    subtopologies: array({
      subtopologyId: string(),
      sourceTopics: array(string()),
      sourceTopicRegex: array(string()),
      stateChangelogTopics: array(topicInfo),
      repartitionSinkTopics: array(string()),
      repartitionSourceTopics: array(topicInfo),
      copartitionGroups: array({
        sourceTopics: array(int16()),
        sourceTopicRegex: array(int16()),
        repartitionSourceTopics: array(int16()),
      }),
    }),
  },
)
