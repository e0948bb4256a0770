/**
 * AddPartitionsToTxn: takes partitions into a transaction (KIP-98).
 *
 * What versions brought:
 *    4  batches of transactions between brokers, and only verifying (KIP-890)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int64, message, string } from '../schema.ts'

const addPartitionsToTxnTopic = {
  name: string(),
  partitions: array(int32()),
}

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
}

const addPartitionsToTxnTopicResult = {
  name: string(),
  resultsByPartition: array(addPartitionsToTxnPartitionResult),
}

export const addPartitionsToTxnRequest = message(
  'AddPartitionsToTxnRequest',
  { key: 24, versions: '0-5', flexible: '3+' },
  {
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: bool(),
        topics: array(addPartitionsToTxnTopic),
      },
      { versions: '4+', default: [] },
    ),
    v3AndBelowTransactionalId: string({ versions: '0-3', default: '' }),
    v3AndBelowProducerId: int64({ versions: '0-3', default: 0n }),
    v3AndBelowProducerEpoch: int16({ versions: '0-3', default: 0 }),
    v3AndBelowTopics: array(addPartitionsToTxnTopic, { versions: '0-3', default: [] }),
  },
)

export const addPartitionsToTxnResponse = message(
  'AddPartitionsToTxnResponse',
  { key: 24, versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ versions: '4+', default: 0 }),
    resultsByTransaction: array(
      {
        transactionalId: string(),
        topicResults: array(addPartitionsToTxnTopicResult),
      },
      { versions: '4+', default: [] },
    ),
    resultsByTopicV3AndBelow: array(addPartitionsToTxnTopicResult, { versions: '0-3', default: [] }),
  },
)

export const addPartitionsToTxn = api(addPartitionsToTxnRequest, addPartitionsToTxnResponse)
