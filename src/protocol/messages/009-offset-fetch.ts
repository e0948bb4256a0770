/**
 * OffsetFetch: reads how far a group has read.
 *
 * What versions brought:
 *    2  a null list asks for all topics
 *    7  waiting for open transactions (KIP-447)
 *    8  many groups at once (KIP-709)
 *    9  member epochs
 *   10  topics by id (KIP-848)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const offsetFetchRequest = message(
  'OffsetFetchRequest',
  { key: 9, versions: '1-10', flexible: '6+' },
  {
    groupId: string({ versions: '1-7', default: '' }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { versions: '1-7', nullable: '2-7', default: [] },
    ),
    groups: array(
      {
        groupId: string(),
        memberId: string({ versions: '9+', nullable: '9+', default: null }),
        memberEpoch: int32({ versions: '9+', default: -1 }),
        topics: array(
          {
            name: string({ versions: '8-9', default: '' }),
            topicId: uuid({ versions: '10+', default: ZERO_UUID }),
            partitionIndexes: array(int32()),
          },
          { nullable: '8+' },
        ),
      },
      { versions: '8+', default: [] },
    ),
    requireStable: bool({ versions: '7+', default: false }),
  },
)

export const offsetFetchResponse = message(
  'OffsetFetchResponse',
  { key: 9, versions: '1-10', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '3+', default: 0 }),
    topics: array(
      {
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: offset(),
          committedLeaderEpoch: int32({ versions: '5-7', default: -1 }),
          metadata: string({ nullable: '1-7' }),
          errorCode: int16(),
        }),
      },
      { versions: '1-7', default: [] },
    ),
    errorCode: int16({ versions: '2-7', default: 0 }),
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ versions: '8-9', default: '' }),
          topicId: uuid({ versions: '10+', default: ZERO_UUID }),
          partitions: array({
            partitionIndex: int32(),
            committedOffset: offset(),
            committedLeaderEpoch: int32({ default: -1 }),
            metadata: string({ nullable: '8+' }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16(),
      },
      { versions: '8+', default: [] },
    ),
  },
)

export const offsetFetch = api(offsetFetchRequest, offsetFetchResponse)
