/**
 * SaslHandshake: agrees on a SASL mechanism.
 *
 * What versions brought:
 *    1  the tokens that follow are framed as SaslAuthenticate requests, not sent bare (KIP-152)
 */
import { api } from '../api.ts'
import { array, int16, message, string } from '../schema.ts'

export const saslHandshakeRequest = message(
  'SaslHandshakeRequest',
  { key: 17, versions: '0-1', flexible: 'none' },
  {
    mechanism: string(),
  },
)

export const saslHandshakeResponse = message(
  'SaslHandshakeResponse',
  { key: 17, versions: '0-1', flexible: 'none' },
  {
    errorCode: int16(),
    mechanisms: array(string()),
  },
)

export const saslHandshake = api(saslHandshakeRequest, saslHandshakeResponse)
