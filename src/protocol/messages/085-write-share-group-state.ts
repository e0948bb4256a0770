/**
 * WriteShareGroupState: a share-partition's leader stores its state (KIP-932).
 *
 * What versions brought:
 *    1  how many deliveries are complete, for the lag (KIP-1226)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const writeShareGroupStateRequest = message(
  'WriteShareGroupStateRequest',
  { key: 85, versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: offset(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1 }),
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

export const writeShareGroupStateResponse = message(
  'WriteShareGroupStateResponse',
  { key: 85, versions: '0-1', flexible: '0+' },
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

export const writeShareGroupState = api(writeShareGroupStateRequest, writeShareGroupStateResponse)
