/** AllocateProducerIds: a broker takes a block of producer ids from the controller (KIP-730). */
import { api } from '../api.ts'
import { int16, int32, int64, message, offset } from '../schema.ts'

export const allocateProducerIdsRequest = message(
  'AllocateProducerIdsRequest',
  { key: 67, versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset({ default: -1 }),
  },
)

export const allocateProducerIdsResponse = message(
  'AllocateProducerIdsResponse',
  { key: 67, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  },
)

export const allocateProducerIds = api(allocateProducerIdsRequest, allocateProducerIdsResponse)
