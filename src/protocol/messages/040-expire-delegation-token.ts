/** ExpireDelegationToken: ends a delegation token, now or at a time (KIP-48). */
import { api } from '../api.ts'
import { bytes, int16, int32, message, offset } from '../schema.ts'

export const expireDelegationTokenRequest = message(
  'ExpireDelegationTokenRequest',
  { key: 40, versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    expiryTimePeriodMs: offset(),
  },
)

export const expireDelegationTokenResponse = message(
  'ExpireDelegationTokenResponse',
  { key: 40, versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: offset(),
    throttleTimeMs: int32({ default: 0 }),
  },
)

export const expireDelegationToken = api(expireDelegationTokenRequest, expireDelegationTokenResponse)
