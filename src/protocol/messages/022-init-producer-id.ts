/**
 * InitProducerId: gives out a producer id, and fences whoever held the transactional id before (KIP-98).
 *
 * What versions brought:
 *    3  a producer may ask to keep its id with the next epoch (KIP-360)
 *    6  two-phase commit (KIP-939), not stable yet
 */
import { api } from '../api.ts'
import { bool, int16, int32, int64, message, string } from '../schema.ts'

export const initProducerIdRequest = message(
  'InitProducerIdRequest',
  { key: 22, versions: '0-6', flexible: '2+' },
  {
    transactionalId: string({ nullable: '0+' }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: '3+', default: -1n }),
    producerEpoch: int16({ versions: '3+', default: -1 }),
    enable2Pc: bool({ versions: '6+', default: false }),
    keepPreparedTxn: bool({ versions: '6+', default: false }),
  },
)

export const initProducerIdResponse = message(
  'InitProducerIdResponse',
  { key: 22, versions: '0-6', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ default: -1n }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ versions: '6+', default: -1n }),
    ongoingTxnProducerEpoch: int16({ versions: '6+', default: -1 }),
  },
)

export const initProducerId = api(initProducerIdRequest, initProducerIdResponse)
