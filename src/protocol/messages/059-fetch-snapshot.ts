/**
 * FetchSnapshot: reads a snapshot of the metadata log in pieces (KIP-630).
 *
 * What versions brought:
 *    1  directory ids and the leader's endpoints (KIP-853)
 */
import { api } from '../api.ts'
import { array, INT32_MAX, int16, int32, message, offset, records, string, struct, uint16, uuid } from '../schema.ts'

export const fetchSnapshotRequest = message(
  'FetchSnapshotRequest',
  { key: 59, versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+', tag: 0, default: null }),
    replicaId: int32({ default: -1 }),
    maxBytes: int32({ default: INT32_MAX }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: struct({
          endOffset: offset(),
          epoch: int32(),
        }),
        position: offset(),
        replicaDirectoryId: uuid({ versions: '1+', tag: 0 }),
      }),
    }),
  },
)

export const fetchSnapshotResponse = message(
  'FetchSnapshotResponse',
  { key: 59, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: struct({
          endOffset: offset(),
          epoch: int32(),
        }),
        currentLeader: struct(
          {
            leaderId: int32(),
            leaderEpoch: int32(),
          },
          { tag: 0 },
        ),
        size: offset(),
        position: offset(),
        unalignedRecords: records(),
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

export const fetchSnapshot = api(fetchSnapshotRequest, fetchSnapshotResponse)
