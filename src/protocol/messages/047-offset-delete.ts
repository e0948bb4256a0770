/** OffsetDelete: deletes a group's offsets for topics it is not subscribed to (KIP-496). */
import { api } from '../api.ts'
import { array, int16, int32, message, string } from '../schema.ts'

export const offsetDeleteRequest = message(
  'OffsetDeleteRequest',
  { key: 47, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
)

export const offsetDeleteResponse = message(
  'OffsetDeleteResponse',
  { key: 47, versions: '0', flexible: 'none' },
  {
    errorCode: int16(),
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)

export const offsetDelete = api(offsetDeleteRequest, offsetDeleteResponse)
