/**
 * Vote: a KRaft candidate asks for a voter's vote (KIP-595).
 *
 * What versions brought:
 *    1  directory ids name replicas (KIP-853)
 *    2  pre-votes, which disturb nobody (KIP-996)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, string, uint16, uuid } from '../schema.ts'

export const voteRequest = message(
  'VoteRequest',
  { key: 52, versions: '0-2', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1 }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid({ versions: '1+', default: ZERO_UUID }),
        voterDirectoryId: uuid({ versions: '1+', default: ZERO_UUID }),
        lastOffsetEpoch: int32(),
        lastOffset: offset(),
        preVote: bool({ versions: '2+', default: false }),
      }),
    }),
  },
)

export const voteResponse = message(
  'VoteResponse',
  { key: 52, versions: '0-2', flexible: '0+' },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        voteGranted: bool(),
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

export const vote = api(voteRequest, voteResponse)
