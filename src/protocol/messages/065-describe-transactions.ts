/** DescribeTransactions: state of transactions by transactional id (KIP-664). */
import { api } from '../api.ts'
import { array, int16, int32, int64, message, offset, string } from '../schema.ts'

export const describeTransactionsRequest = message(
  'DescribeTransactionsRequest',
  { key: 65, versions: '0', flexible: '0+' },
  {
    transactionalIds: array(string()),
  },
)

export const describeTransactionsResponse = message(
  'DescribeTransactionsResponse',
  { key: 65, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: offset(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  },
)

export const describeTransactions = api(describeTransactionsRequest, describeTransactionsResponse)
