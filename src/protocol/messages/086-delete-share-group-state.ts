/** DeleteShareGroupState: the group coordinator has share-partition state deleted (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, message, string, uuid } from '../schema.ts'

export const deleteShareGroupStateRequest = message(
  'DeleteShareGroupStateRequest',
  { key: 86, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
      }),
    }),
  },
)

export const deleteShareGroupStateResponse = message(
  'DeleteShareGroupStateResponse',
  { key: 86, versions: '0', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  },
)

export const deleteShareGroupState = api(deleteShareGroupStateRequest, deleteShareGroupStateResponse)
