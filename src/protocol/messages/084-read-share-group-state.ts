/** ReadShareGroupState: a share-partition's leader reads its state (KIP-932). */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const readShareGroupStateRequest = message(
  'ReadShareGroupStateRequest',
  { key: 84, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32(),
      }),
    }),
  },
)

export const readShareGroupStateResponse = message(
  'ReadShareGroupStateResponse',
  { key: 84, versions: '0', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        startOffset: offset(),
        stateBatches: array({
          firstOffset: offset(),
          lastOffset: offset(),
          deliveryState: int8(),
          deliveryCount: int16(),
        }),
      }),
    }),
  },
)

export const readShareGroupState = api(readShareGroupStateRequest, readShareGroupStateResponse)
