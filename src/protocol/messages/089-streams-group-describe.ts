/** StreamsGroupDescribe: topology, members and tasks of streams groups (KIP-1071). */
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int8, int16, int32, message, offset, string, struct, uint16 } from '../schema.ts'

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

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: offset(),
}

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const assignment = {
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
}

const topologyDescriptionNode = {
  name: string(),
  nodeType: int8(),
  sourceTopics: array(string()),
  sinkTopic: string({ nullable: '1+', default: null }),
  stores: array(string()),
  successors: array(string()),
}

export const streamsGroupDescribeRequest = message(
  'StreamsGroupDescribeRequest',
  { key: 89, versions: '0-1', flexible: '0+' },
  {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
    includeTopologyDescription: bool({ versions: '1+', default: false }),
  },
)

export const streamsGroupDescribeResponse = message(
  'StreamsGroupDescribeResponse',
  { key: 89, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: struct(
        {
          epoch: int32(),
          subtopologies: array(
            {
              subtopologyId: string(),
              sourceTopics: array(string()),
              repartitionSinkTopics: array(string()),
              stateChangelogTopics: array(topicInfo),
              repartitionSourceTopics: array(topicInfo),
            },
            { nullable: '0+', default: null },
          ),
        },
        { nullable: '0+', default: null },
      ),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        clientId: string(),
        clientHost: string(),
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
        taskOffsets: array(taskOffset),
        taskEndOffsets: array(taskOffset),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        isClassic: bool(),
      }),
      authorizedOperations: int32({ default: INT32_MIN }),
      topologyDescription: struct(
        {
          subtopologies: array({
            subtopologyId: string(),
            nodes: array(topologyDescriptionNode),
          }),
          globalStores: array({
            source: struct(topologyDescriptionNode),
            processor: struct(topologyDescriptionNode),
          }),
        },
        { versions: '1+', nullable: '1+', default: null },
      ),
      topologyDescriptionStatus: int8({ versions: '1+', default: 0 }),
      assignorName: string({ versions: '1+', nullable: '1+', default: null }),
    }),
  },
)

export const streamsGroupDescribe = api(streamsGroupDescribeRequest, streamsGroupDescribeResponse)
