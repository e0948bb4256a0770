/** CreatePartitions: gives topics more partitions (KIP-195). */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, string } from '../schema.ts'

export const createPartitionsRequest = message(
  'CreatePartitionsRequest',
  { key: 37, versions: '0-3', flexible: '2+' },
  {
    topics: array({
      name: string(),
      count: int32(),
      assignments: array(
        {
          brokerIds: array(int32()),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
)

export const createPartitionsResponse = message(
  'CreatePartitionsResponse',
  { key: 37, versions: '0-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)

export const createPartitions = api(createPartitionsRequest, createPartitionsResponse)
