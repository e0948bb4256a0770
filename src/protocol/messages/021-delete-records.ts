/** DeleteRecords: moves the log start offset of partitions forward (KIP-107). */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string } from '../schema.ts'

export const deleteRecordsRequest = message(
  'DeleteRecordsRequest',
  { key: 21, versions: '0-2', flexible: '2+' },
  {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: offset(),
      }),
    }),
    timeoutMs: int32(),
  },
)

export const deleteRecordsResponse = message(
  'DeleteRecordsResponse',
  { key: 21, versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: offset(),
        errorCode: int16(),
      }),
    }),
  },
)

export const deleteRecords = api(deleteRecordsRequest, deleteRecordsResponse)
