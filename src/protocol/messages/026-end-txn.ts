/**
 * EndTxn: commits or aborts a transaction (KIP-98).
 *
 * What versions brought:
 *    5  every transaction ends with a new epoch, given in the answer (KIP-890)
 */
import { api } from '../api.ts'
import { bool, int16, int32, int64, message, string } from '../schema.ts'

export const endTxnRequest = message(
  'EndTxnRequest',
  { key: 26, versions: '0-5', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
)

export const endTxnResponse = message(
  'EndTxnResponse',
  { key: 26, versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ versions: '5+', default: -1n }),
    producerEpoch: int16({ versions: '5+', default: -1 }),
  },
)

export const endTxn = api(endTxnRequest, endTxnResponse)
