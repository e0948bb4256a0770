/**
 * CreateDelegationToken: issues a delegation token (KIP-48).
 *
 * What versions brought:
 *    3  on behalf of another principal (KIP-373)
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, message, offset, string } from '../schema.ts'

export const createDelegationTokenRequest = message(
  'CreateDelegationTokenRequest',
  { key: 38, versions: '1-3', flexible: '2+' },
  {
    ownerPrincipalType: string({ versions: '3+', nullable: '3+', default: '' }),
    ownerPrincipalName: string({ versions: '3+', nullable: '3+', default: '' }),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: offset(),
  },
)

export const createDelegationTokenResponse = message(
  'CreateDelegationTokenResponse',
  { key: 38, versions: '1-3', flexible: '2+' },
  {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: '3+', default: '' }),
    tokenRequesterPrincipalName: string({ versions: '3+', default: '' }),
    issueTimestampMs: offset(),
    expiryTimestampMs: offset(),
    maxTimestampMs: offset(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32({ default: 0 }),
  },
)

export const createDelegationToken = api(createDelegationTokenRequest, createDelegationTokenResponse)
