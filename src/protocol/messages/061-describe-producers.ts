/** DescribeProducers: producers that a partition's leader knows, and their open transactions (KIP-664). */
import { api } from '../api.ts'
import { array, int16, int32, int64, message, offset, string } from '../schema.ts'

export const describeProducersRequest = message(
  'DescribeProducersRequest',
  { key: 61, versions: '0', flexible: '0+' },
  {
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  },
)

export const describeProducersResponse = message(
  'DescribeProducersResponse',
  { key: 61, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1n }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: offset({ default: -1 }),
        }),
      }),
    }),
  },
)

export const describeProducers = api(describeProducersRequest, describeProducersResponse)
