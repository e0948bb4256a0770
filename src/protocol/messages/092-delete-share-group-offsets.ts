/** DeleteShareGroupOffsets: deletes a share group's start offsets (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, message, string, uuid } from '../schema.ts'

export const deleteShareGroupOffsetsRequest = message(
  'DeleteShareGroupOffsetsRequest',
  { key: 92, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  },
)

export const deleteShareGroupOffsetsResponse = message(
  'DeleteShareGroupOffsetsResponse',
  { key: 92, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)

export const deleteShareGroupOffsets = api(deleteShareGroupOffsetsRequest, deleteShareGroupOffsetsResponse)
