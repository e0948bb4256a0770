/** Records of `__transaction_state` (KIP-98). */
import { array, int8, int16, int32, int64, message, offset, string } from '../schema.ts'

/** Key 0: a transactional id. */
export const transactionLogKey = message(
  'TransactionLogKey',
  { key: 0, versions: '0', flexible: 'none' },
  {
    transactionalId: string(),
  },
)

/** The state of a transactional id and the partitions of its open transaction. */
export const transactionLogValue = message(
  'TransactionLogValue',
  { key: 0, versions: '0-1', flexible: '1+' },
  {
    producerId: int64(),
    previousProducerId: int64({ versions: '1+', tag: 0, default: -1n }),
    nextProducerId: int64({ versions: '1+', tag: 1, default: -1n }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ versions: '1+', tag: 3, default: -1 }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: array(int32()),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: offset(),
    transactionStartTimestampMs: offset(),
    clientTransactionVersion: int16({ versions: '1+', tag: 2 }),
  },
)
