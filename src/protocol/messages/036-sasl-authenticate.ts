/**
 * SaslAuthenticate: one step of a SASL exchange (KIP-152).
 *
 * What versions brought:
 *    1  how long the session lasts (KIP-368)
 */
import { api } from '../api.ts'
import { bytes, int16, message, offset, string } from '../schema.ts'

export const saslAuthenticateRequest = message(
  'SaslAuthenticateRequest',
  { key: 36, versions: '0-2', flexible: '2+' },
  {
    authBytes: bytes(),
  },
)

export const saslAuthenticateResponse = message(
  'SaslAuthenticateResponse',
  { key: 36, versions: '0-2', flexible: '2+' },
  {
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    authBytes: bytes(),
    sessionLifetimeMs: offset({ versions: '1+', default: 0 }),
  },
)

export const saslAuthenticate = api(saslAuthenticateRequest, saslAuthenticateResponse)
