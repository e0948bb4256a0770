/** StreamsGroupHeartbeat: joins, keeps up and leaves a streams group (KIP-1071). */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, offset, string, struct, uint16 } from '../schema.ts'

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

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: offset(),
}

const topicPartition = {
  topic: string(),
  partitions: array(int32()),
}

export const streamsGroupHeartbeatRequest = message(
  'StreamsGroupHeartbeatRequest',
  { key: 88, versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: struct(
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
      { nullable: '0+', default: null },
    ),
    activeTasks: array(taskIds, { nullable: '0+', default: null }),
    standbyTasks: array(taskIds, { nullable: '0+', default: null }),
    warmupTasks: array(taskIds, { nullable: '0+', default: null }),
    processId: string({ nullable: '0+', default: null }),
    userEndpoint: struct(
      {
        host: string(),
        port: uint16(),
      },
      { nullable: '0+', default: null },
    ),
    clientTags: array(keyValue, { nullable: '0+', default: null }),
    taskOffsets: array(taskOffset, { nullable: '0+', default: null }),
    taskEndOffsets: array(taskOffset, { nullable: '0+', default: null }),
    shutdownApplication: bool(),
  },
)

export const streamsGroupHeartbeatResponse = message(
  'StreamsGroupHeartbeatResponse',
  { key: 88, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLagLegacy: int32({ versions: '0', default: 0 }),
    taskOffsetIntervalMs: int32(),
    acceptableRecoveryLag: offset({ versions: '1+', default: -1 }),
    status: array(
      {
        statusCode: int8(),
        statusDetail: string(),
      },
      { nullable: '0+' },
    ),
    activeTasks: array(taskIds, { nullable: '0+', default: null }),
    standbyTasks: array(taskIds, { nullable: '0+', default: null }),
    warmupTasks: array(taskIds, { nullable: '0+', default: null }),
    topologyDescriptionRequired: bool({ versions: '1+', default: false }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: struct({
          host: string(),
          port: uint16(),
        }),
        activePartitions: array(topicPartition),
        standbyPartitions: array(topicPartition),
      },
      { nullable: '0+', default: null },
    ),
  },
)

export const streamsGroupHeartbeat = api(streamsGroupHeartbeatRequest, streamsGroupHeartbeatResponse)
