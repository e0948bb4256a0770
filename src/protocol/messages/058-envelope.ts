/** Envelope: a broker forwards a client's request to the controller, with the client's principal (KIP-590). */
import { api } from '../api.ts'
import { bytes, int16, message } from '../schema.ts'

export const envelopeRequest = message(
  'EnvelopeRequest',
  { key: 58, versions: '0', flexible: '0+' },
  {
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: '0+' }),
    clientHostAddress: bytes(),
  },
)

export const envelopeResponse = message(
  'EnvelopeResponse',
  { key: 58, versions: '0', flexible: '0+' },
  {
    responseData: bytes({ nullable: '0+', default: null }),
    errorCode: int16(),
  },
)

export const envelope = api(envelopeRequest, envelopeResponse)
