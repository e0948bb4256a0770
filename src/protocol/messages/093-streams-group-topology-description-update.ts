/** StreamsGroupTopologyDescriptionUpdate: a member sends the topology of its group, for people to read. */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string, struct } from '../schema.ts'

const topologyDescriptionNode = {
  name: string(),
  nodeType: int8(),
  sourceTopics: array(string()),
  sinkTopic: string({ nullable: '0+', default: null }),
  stores: array(string()),
  successors: array(string()),
}

export const streamsGroupTopologyDescriptionUpdateRequest = message(
  'StreamsGroupTopologyDescriptionUpdateRequest',
  { key: 93, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    topologyEpoch: int32(),
    topologyDescription: struct({
      subtopologies: array({
        subtopologyId: string(),
        nodes: array(topologyDescriptionNode),
      }),
      globalStores: array({
        source: struct(topologyDescriptionNode),
        processor: struct(topologyDescriptionNode),
      }),
    }),
  },
)

export const streamsGroupTopologyDescriptionUpdateResponse = message(
  'StreamsGroupTopologyDescriptionUpdateResponse',
  { key: 93, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const streamsGroupTopologyDescriptionUpdate = api(
  streamsGroupTopologyDescriptionUpdateRequest,
  streamsGroupTopologyDescriptionUpdateResponse,
)
