/**
 * CreateTopics: creates topics, or checks only whether it could.
 *
 * What versions brought:
 *    4  -1 for the broker's default partitions and replicas (KIP-464)
 *    5  the resulting configuration (KIP-525)
 *    7  the new topic's id (KIP-516)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string, uuid } from '../schema.ts'

export const createTopicsRequest = message(
  'CreateTopicsRequest',
  { key: 19, versions: '2-7', flexible: '5+' },
  {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: '2+' }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool(),
  },
)

export const createTopicsResponse = message(
  'CreateTopicsResponse',
  { key: 19, versions: '2-7', flexible: '5+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      topicId: uuid({ versions: '7+', default: ZERO_UUID }),
      errorCode: int16(),
      errorMessage: string({ nullable: '2+', default: null }),
      topicConfigErrorCode: int16({ versions: '5+', tag: 0 }),
      numPartitions: int32({ versions: '5+', default: -1 }),
      replicationFactor: int16({ versions: '5+', default: -1 }),
      configs: array(
        {
          name: string(),
          value: string({ nullable: '5+' }),
          readOnly: bool(),
          configSource: int8({ default: -1 }),
          isSensitive: bool(),
        },
        { versions: '5+', nullable: '5+', default: [] },
      ),
    }),
  },
)

export const createTopics = api(createTopicsRequest, createTopicsResponse)
