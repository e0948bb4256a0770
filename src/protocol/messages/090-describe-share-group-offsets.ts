/**
 * DescribeShareGroupOffsets: start offsets of share groups (KIP-932).
 *
 * What versions brought:
 *    1  the lag (KIP-1226)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, string, uuid } from '../schema.ts'

export const describeShareGroupOffsetsRequest = message(
  'DescribeShareGroupOffsetsRequest',
  { key: 90, versions: '0-1', flexible: '0+' },
  {
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: array(int32()),
        },
        { nullable: '0+' },
      ),
    }),
  },
)

export const describeShareGroupOffsetsResponse = message(
  'DescribeShareGroupOffsetsResponse',
  { key: 90, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: offset(),
          leaderEpoch: int32(),
          lag: offset({ versions: '1+', default: -1 }),
          errorCode: int16(),
          errorMessage: string({ nullable: '0+', default: null }),
        }),
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)

export const describeShareGroupOffsets = api(describeShareGroupOffsetsRequest, describeShareGroupOffsetsResponse)
