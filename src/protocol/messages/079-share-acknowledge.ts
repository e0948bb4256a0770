/**
 * ShareAcknowledge: a member of a share group accepts, releases or rejects records (KIP-932).
 *
 * What versions brought:
 *    2  renewing acquisition locks (KIP-1222)
 */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, offset, string, struct, uuid } from '../schema.ts'

export const shareAcknowledgeRequest = message(
  'ShareAcknowledgeRequest',
  { key: 79, versions: '1-2', flexible: '1+' },
  {
    groupId: string({ nullable: '1+', default: null }),
    memberId: string({ nullable: '1+' }),
    shareSessionEpoch: int32(),
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
  },
)

export const shareAcknowledgeResponse = message(
  'ShareAcknowledgeResponse',
  { key: 79, versions: '1-2', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '1+', default: null }),
    acquisitionLockTimeoutMs: int32({ versions: '2+', default: 0 }),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '1+', default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
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

export const shareAcknowledge = api(shareAcknowledgeRequest, shareAcknowledgeResponse)
