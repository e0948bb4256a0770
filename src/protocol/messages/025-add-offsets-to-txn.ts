/** AddOffsetsToTxn: takes a group's offsets into a transaction (KIP-98). */
import { api } from '../api.ts'
import { int16, int32, int64, message, string } from '../schema.ts'

export const addOffsetsToTxnRequest = message(
  'AddOffsetsToTxnRequest',
  { key: 25, versions: '0-4', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
)

export const addOffsetsToTxnResponse = message(
  'AddOffsetsToTxnResponse',
  { key: 25, versions: '0-4', flexible: '3+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
  },
)

export const addOffsetsToTxn = api(addOffsetsToTxnRequest, addOffsetsToTxnResponse)
