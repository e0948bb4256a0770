/**
 * OffsetForLeaderEpoch: where the log of a leader epoch ends; how followers and consumers find a divergence (KIP-101).
 *
 * What versions brought:
 *    3  the replica that asks; a consumer is -1, a debugger -2 (KIP-320)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string } from '../schema.ts'

export const offsetForLeaderEpochRequest = message(
  'OffsetForLeaderEpochRequest',
  { key: 23, versions: '2-4', flexible: '4+' },
  {
    replicaId: int32({ versions: '3+', default: -2 }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ default: -1 }),
        leaderEpoch: int32(),
      }),
    }),
  },
)

export const offsetForLeaderEpochResponse = message(
  'OffsetForLeaderEpochResponse',
  { key: 23, versions: '2-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ default: -1 }),
        endOffset: offset({ default: -1 }),
      }),
    }),
  },
)

export const offsetForLeaderEpoch = api(offsetForLeaderEpochRequest, offsetForLeaderEpochResponse)
