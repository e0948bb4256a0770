/**
 * DescribeDelegationToken: lists delegation tokens by owner (KIP-48).
 *
 * What versions brought:
 *    3  who requested a token (KIP-373)
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, message, offset, string } from '../schema.ts'

export const describeDelegationTokenRequest = message(
  'DescribeDelegationTokenRequest',
  { key: 41, versions: '1-3', flexible: '2+' },
  {
    owners: array(
      {
        principalType: string(),
        principalName: string(),
      },
      { nullable: '1+' },
    ),
  },
)

export const describeDelegationTokenResponse = message(
  'DescribeDelegationTokenResponse',
  { key: 41, versions: '1-3', flexible: '2+' },
  {
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: '3+', default: '' }),
      tokenRequesterPrincipalName: string({ versions: '3+', default: '' }),
      issueTimestamp: offset(),
      expiryTimestamp: offset(),
      maxTimestamp: offset(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string(),
      }),
    }),
    throttleTimeMs: int32({ default: 0 }),
  },
)

export const describeDelegationToken = api(describeDelegationTokenRequest, describeDelegationTokenResponse)
