/**
 * OffsetCommit: stores how far a group has read.
 *
 * What versions brought:
 *    5  retention is the broker's affair alone (KIP-211)
 *    6  leader epochs (KIP-320)
 *    7  static members (KIP-345)
 *    9  member epochs
 *   10  topics by id (KIP-848)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const offsetCommitRequest = message(
  'OffsetCommitRequest',
  { key: 8, versions: '2-10', flexible: '8+' },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1 }),
    memberId: string(),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    retentionTimeMs: offset({ versions: '2-4', default: -1 }),
    topics: array({
      name: string({ versions: '2-9', default: '' }),
      topicId: uuid({ versions: '10+', default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: offset(),
        committedLeaderEpoch: int32({ versions: '6+', default: -1 }),
        committedMetadata: string({ nullable: '2+' }),
      }),
    }),
  },
)

export const offsetCommitResponse = message(
  'OffsetCommitResponse',
  { key: 8, versions: '2-10', flexible: '8+' },
  {
    throttleTimeMs: int32({ versions: '3+', default: 0 }),
    topics: array({
      name: string({ versions: '2-9', default: '' }),
      topicId: uuid({ versions: '10+', default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)

export const offsetCommit = api(offsetCommitRequest, offsetCommitResponse)
