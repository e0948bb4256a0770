/**
 * BeginQuorumEpoch: a new KRaft leader makes itself known to the voters (KIP-595).
 *
 * What versions brought:
 *    1  directory ids and the leader's endpoints (KIP-853)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, message, string, uint16, uuid } from '../schema.ts'

export const beginQuorumEpochRequest = message(
  'BeginQuorumEpochRequest',
  { key: 53, versions: '0-1', flexible: '1+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1 }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        voterDirectoryId: uuid({ versions: '1+', default: ZERO_UUID }),
        leaderId: int32(),
        leaderEpoch: int32(),
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

export const beginQuorumEpochResponse = message(
  'BeginQuorumEpochResponse',
  { key: 53, versions: '0-1', flexible: '1+' },
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

export const beginQuorumEpoch = api(beginQuorumEpochRequest, beginQuorumEpochResponse)
