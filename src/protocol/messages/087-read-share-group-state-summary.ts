/**
 * ReadShareGroupStateSummary: the start offsets of share-partitions, without their batches (KIP-932).
 *
 * What versions brought:
 *    1  how many deliveries are complete, for the lag (KIP-1226)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const readShareGroupStateSummaryRequest = message(
  'ReadShareGroupStateSummaryRequest',
  { key: 87, versions: '0-1', flexible: '0+' },
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

export const readShareGroupStateSummaryResponse = message(
  'ReadShareGroupStateSummaryResponse',
  { key: 87, versions: '0-1', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: offset(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1 }),
      }),
    }),
  },
)

export const readShareGroupStateSummary = api(readShareGroupStateSummaryRequest, readShareGroupStateSummaryResponse)
