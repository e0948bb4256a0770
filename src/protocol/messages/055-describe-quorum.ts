/**
 * DescribeQuorum: leader, voters and observers of the metadata quorum (KIP-595).
 *
 * What versions brought:
 *    1  when a replica last fetched and was caught up (KIP-836)
 *    2  directory ids, nodes and error messages (KIP-853)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uint16, uuid } from '../schema.ts'

const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+', default: ZERO_UUID }),
  logEndOffset: offset(),
  lastFetchTimestamp: offset({ versions: '1+', default: -1 }),
  lastCaughtUpTimestamp: offset({ versions: '1+', default: -1 }),
}

export const describeQuorumRequest = message(
  'DescribeQuorumRequest',
  { key: 55, versions: '0-2', flexible: '0+' },
  {
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
)

export const describeQuorumResponse = message(
  'DescribeQuorumResponse',
  { key: 55, versions: '0-2', flexible: '0+' },
  {
    errorCode: int16(),
    errorMessage: string({ versions: '2+', nullable: '2+', default: null }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: '2+', nullable: '2+', default: null }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: offset(),
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: array(
      {
        nodeId: int32(),
        listeners: array({
          name: string(),
          host: string(),
          port: uint16(),
        }),
      },
      { versions: '2+', default: [] },
    ),
  },
)

export const describeQuorum = api(describeQuorumRequest, describeQuorumResponse)
