/**
 * AlterPartition: a partition's leader asks the controller for another ISR (KIP-497).
 *
 * What versions brought:
 *    3  broker epochs in the ISR, so that no restarted broker slips in (KIP-903)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, offset, uuid } from '../schema.ts'

export const alterPartitionRequest = message(
  'AlterPartitionRequest',
  { key: 56, versions: '2-3', flexible: '2+' },
  {
    brokerId: int32(),
    brokerEpoch: offset({ default: -1 }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: array(int32(), { versions: '2', default: [] }),
        newIsrWithEpochs: array(
          {
            brokerId: int32(),
            brokerEpoch: offset({ default: -1 }),
          },
          { versions: '3+', default: [] },
        ),
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  },
)

export const alterPartitionResponse = message(
  'AlterPartitionResponse',
  { key: 56, versions: '2-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: array(int32()),
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  },
)

export const alterPartition = api(alterPartitionRequest, alterPartitionResponse)
