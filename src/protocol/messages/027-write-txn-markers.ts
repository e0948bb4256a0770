/**
 * WriteTxnMarkers: the transaction coordinator has commit and abort markers written to partitions (KIP-98).
 *
 * What versions brought:
 *    2  the transaction version that the markers belong to (KIP-1228)
 */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, int64, message, string } from '../schema.ts'

export const writeTxnMarkersRequest = message(
  'WriteTxnMarkersRequest',
  { key: 27, versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ versions: '2+', default: 0 }),
    }),
  },
)

export const writeTxnMarkersResponse = message(
  'WriteTxnMarkersResponse',
  { key: 27, versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
)

export const writeTxnMarkers = api(writeTxnMarkersRequest, writeTxnMarkersResponse)
