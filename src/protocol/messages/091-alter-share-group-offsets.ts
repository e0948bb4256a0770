/** AlterShareGroupOffsets: sets start offsets of an empty share group (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const alterShareGroupOffsetsRequest = message(
  'AlterShareGroupOffsetsRequest',
  { key: 91, versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        startOffset: offset(),
      }),
    }),
  },
)

export const alterShareGroupOffsetsResponse = message(
  'AlterShareGroupOffsetsResponse',
  { key: 91, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  },
)

export const alterShareGroupOffsets = api(alterShareGroupOffsetsRequest, alterShareGroupOffsetsResponse)
