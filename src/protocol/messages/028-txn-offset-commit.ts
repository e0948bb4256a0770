/**
 * TxnOffsetCommit: stores a group's offsets as a part of a transaction (KIP-98).
 *
 * What versions brought:
 *    2  leader epochs (KIP-320)
 *    3  the member and its generation, to fence zombies (KIP-447)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, int64, message, offset, string, uuid } from '../schema.ts'

export const txnOffsetCommitRequest = message(
  'TxnOffsetCommitRequest',
  { key: 28, versions: '0-6', flexible: '3+' },
  {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationIdOrMemberEpoch: int32({ versions: '3+', default: -1 }),
    memberId: string({ versions: '3+', default: '' }),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    topics: array({
      name: string({ versions: '0-5', default: '' }),
      topicId: uuid({ versions: '6+', default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: offset(),
        committedLeaderEpoch: int32({ versions: '2+', default: -1 }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  },
)

export const txnOffsetCommitResponse = message(
  'TxnOffsetCommitResponse',
  { key: 28, versions: '0-6', flexible: '3+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string({ versions: '0-5', default: '' }),
      topicId: uuid({ versions: '6+', default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)

export const txnOffsetCommit = api(txnOffsetCommitRequest, txnOffsetCommitResponse)
