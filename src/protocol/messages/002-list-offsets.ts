/**
 * ListOffsets: finds the offset at a timestamp, or at one of the special points that negative timestamps name.
 *
 * What versions brought:
 *    2  isolation level (KIP-98)
 *    4  leader epochs (KIP-320)
 *    7  the greatest timestamp, -3 (KIP-734)
 *    8  the earliest local offset, -4 (KIP-405)
 *    9  the latest tiered offset, -5 (KIP-1005)
 *   10  timeoutMs (KIP-1075)
 *   11  the earliest offset not yet uploaded, -6 (KIP-1023)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, int64, message, offset, string } from '../schema.ts'

export const listOffsetsRequest = message(
  'ListOffsetsRequest',
  { key: 2, versions: '1-11', flexible: '6+' },
  {
    replicaId: int32(),
    isolationLevel: int8({ versions: '2+', default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1 }),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ versions: '10+', default: 0 }),
  },
)

export const listOffsetsResponse = message(
  'ListOffsetsResponse',
  { key: 2, versions: '1-11', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1n }),
        offset: offset({ default: -1 }),
        leaderEpoch: int32({ versions: '4+', default: -1 }),
      }),
    }),
  },
)

export const listOffsets = api(listOffsetsRequest, listOffsetsResponse)
