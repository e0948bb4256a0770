/**
 * ShareFetch: acquires records for a member of a share group, and acknowledges earlier ones (KIP-932).
 *
 * What versions brought:
 *    2  renewing acquisition locks (KIP-1222), a strict limit of records (KIP-1206)
 */
import { api } from '../api.ts'
import {
  array,
  bool,
  INT32_MAX,
  int8,
  int16,
  int32,
  message,
  offset,
  records,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const shareFetchRequest = message(
  'ShareFetchRequest',
  { key: 78, versions: '1-2', flexible: '1+' },
  {
    groupId: string({ nullable: '1+', default: null }),
    memberId: string({ nullable: '1+' }),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: INT32_MAX }),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: int8({ versions: '2+', default: 0 }),
    isRenewAck: bool({ versions: '2+', default: false }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        acknowledgementBatches: array({
          firstOffset: offset(),
          lastOffset: offset(),
          acknowledgeTypes: array(int8()),
        }),
      }),
    }),
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
)

export const shareFetchResponse = message(
  'ShareFetchResponse',
  { key: 78, versions: '1-2', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '1+', default: null }),
    acquisitionLockTimeoutMs: int32(),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '1+', default: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: '1+', default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records(),
        acquiredRecords: array({
          firstOffset: offset(),
          lastOffset: offset(),
          deliveryCount: int16(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: '1+', default: null }),
    }),
  },
)

export const shareFetch = api(shareFetchRequest, shareFetchResponse)
