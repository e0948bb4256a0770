/**
 * EndQuorumEpoch: a KRaft leader resigns and names its preferred successors (KIP-595).
 *
 * What versions brought:
 *    1  directory ids and the leader's endpoints (KIP-853)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, string, uint16, uuid } from '../schema.ts'

export const endQuorumEpochRequest = message(
  'EndQuorumEpochRequest',
  { key: 54, versions: '0-1', flexible: '1+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32(),
        preferredSuccessors: array(int32(), { versions: '0', default: [] }),
        preferredCandidates: array(
          {
            candidateId: int32(),
            candidateDirectoryId: uuid(),
          },
          { versions: '1+', default: [] },
        ),
      }),
    }),
    leaderEndpoints: array(
      {
        name: string(),
        host: string(),
        port: uint16(),
      },
      { versions: '1+', default: [] },
    ),
  },
)

export const endQuorumEpochResponse = message(
  'EndQuorumEpochResponse',
  { key: 54, versions: '0-1', flexible: '1+' },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: uint16(),
      },
      { versions: '1+', tag: 0 },
    ),
  },
)

export const endQuorumEpoch = api(endQuorumEpochRequest, endQuorumEpochResponse)
