/** InitializeShareGroupState: the group coordinator has share-partition state created (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const initializeShareGroupStateRequest = message(
  'InitializeShareGroupStateRequest',
  { key: 83, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: offset(),
      }),
    }),
  },
)

export const initializeShareGroupStateResponse = message(
  'InitializeShareGroupStateResponse',
  { key: 83, versions: '0', flexible: '0+' },
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

export const initializeShareGroupState = api(initializeShareGroupStateRequest, initializeShareGroupStateResponse)
