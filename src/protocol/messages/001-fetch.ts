/**
 * Fetch: reads record batches; consumers, followers and KRaft's voters all read by this one request.
 *
 * What versions brought:
 *    5  log start offset (KIP-107)
 *    7  sessions that send only what changed (KIP-227)
 *    9  leader epochs fence (KIP-320)
 *   11  reading from the nearest replica (KIP-392)
 *   12  KRaft's diverging epochs (KIP-595)
 *   13  topics by id (KIP-516)
 *   15  the replica's epoch (KIP-903)
 *   16  new leaders in the answer (KIP-951)
 *   17  directory ids (KIP-853)
 *   18  a follower tells the high watermark it knows (KIP-1166)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import {
  array,
  INT32_MAX,
  int8,
  int16,
  int32,
  int64,
  message,
  offset,
  records,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const fetchRequest = message(
  'FetchRequest',
  { key: 1, versions: '4-18', flexible: '12+' },
  {
    clusterId: string({ versions: '12+', nullable: '12+', tag: 0, default: null }),
    replicaId: int32({ versions: '4-14', default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: offset({ default: -1 }),
      },
      { versions: '15+', tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: INT32_MAX }),
    isolationLevel: int8(),
    sessionId: int32({ versions: '7+', default: 0 }),
    sessionEpoch: int32({ versions: '7+', default: -1 }),
    topics: array({
      topic: string({ versions: '4-12', default: '' }),
      topicId: uuid({ versions: '13+', default: ZERO_UUID }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: '9+', default: -1 }),
        fetchOffset: offset(),
        lastFetchedEpoch: int32({ versions: '12+', default: -1 }),
        logStartOffset: offset({ versions: '5+', default: -1 }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ versions: '17+', tag: 0 }),
        highWatermark: int64({ versions: '18+', tag: 1, default: 9223372036854775807n }),
      }),
    }),
    forgottenTopicsData: array(
      {
        topic: string({ versions: '7-12', default: '' }),
        topicId: uuid({ versions: '13+', default: ZERO_UUID }),
        partitions: array(int32()),
      },
      { versions: '7+', default: [] },
    ),
    rackId: string({ versions: '11+', default: '' }),
  },
)

export const fetchResponse = message(
  'FetchResponse',
  { key: 1, versions: '4-18', flexible: '12+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ versions: '7+', default: 0 }),
    sessionId: int32({ versions: '7+', default: 0 }),
    responses: array({
      topic: string({ versions: '4-12', default: '' }),
      topicId: uuid({ versions: '13+', default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: offset(),
        lastStableOffset: offset({ default: -1 }),
        logStartOffset: offset({ versions: '5+', default: -1 }),
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: offset({ default: -1 }),
          },
          { versions: '12+', tag: 0 },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 1 },
        ),
        snapshotId: struct(
          {
            endOffset: offset({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 2 },
        ),
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: offset(),
          },
          { nullable: '4+' },
        ),
        preferredReadReplica: int32({ versions: '11+', default: -1 }),
        records: records({ nullable: '4+', default: null }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '16+', default: null }),
      },
      { versions: '16+', tag: 0 },
    ),
  },
)

export const fetch = api(fetchRequest, fetchResponse)
