/**
 * Produce: appends a producer's record batches to partitions; with acks=0 there is no answer at all.
 *
 * What versions brought:
 *    8  which records were refused and why (KIP-467)
 *   10  the current leader on NOT_LEADER_OR_FOLLOWER (KIP-951)
 *   12  a transaction takes partitions in by itself (KIP-890)
 *   13  topics by id (KIP-516)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, int64, message, offset, records, string, struct, uuid } from '../schema.ts'

export const produceRequest = message(
  'ProduceRequest',
  { key: 0, versions: '3-13', flexible: '9+' },
  {
    transactionalId: string({ nullable: '3+', default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: '3-12', default: '' }),
      topicId: uuid({ versions: '13+', default: ZERO_UUID }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: '3+', default: null }),
      }),
    }),
  },
)

export const produceResponse = message(
  'ProduceResponse',
  { key: 0, versions: '3-13', flexible: '9+' },
  {
    responses: array({
      name: string({ versions: '3-12', default: '' }),
      topicId: uuid({ versions: '13+', default: ZERO_UUID }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: offset(),
        logAppendTimeMs: int64({ default: -1n }),
        logStartOffset: offset({ versions: '5+', default: -1 }),
        recordErrors: array(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullable: '8+', default: null }),
          },
          { versions: '8+', default: [] },
        ),
        errorMessage: string({ versions: '8+', nullable: '8+', default: null }),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '10+', tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ default: 0 }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '10+', default: null }),
      },
      { versions: '10+', tag: 0 },
    ),
  },
)

export const produce = api(produceRequest, produceResponse)
