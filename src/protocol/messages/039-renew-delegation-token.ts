/** RenewDelegationToken: lets a delegation token live longer (KIP-48). */
import { api } from '../api.ts'
import { bytes, int16, int32, message, offset } from '../schema.ts'

export const renewDelegationTokenRequest = message(
  'RenewDelegationTokenRequest',
  { key: 39, versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    renewPeriodMs: offset(),
  },
)

export const renewDelegationTokenResponse = message(
  'RenewDelegationTokenResponse',
  { key: 39, versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: offset(),
    throttleTimeMs: int32({ default: 0 }),
  },
)

export const renewDelegationToken = api(renewDelegationTokenRequest, renewDelegationTokenResponse)
