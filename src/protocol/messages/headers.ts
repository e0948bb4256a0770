/** Headers of requests and responses, and the principal that travels with a forwarded request. */
import { bool, int16, int32, message, string } from '../schema.ts'

/** In front of every request. The client id is not compact in any version. */
export const requestHeader = message(
  'RequestHeader',
  { versions: '1-2', flexible: '2+' },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: '1+', flexible: 'none' }),
  },
)

/** In front of every response. */
export const responseHeader = message(
  'ResponseHeader',
  { versions: '0-1', flexible: '1+' },
  {
    correlationId: int32(),
  },
)

/** The principal of a forwarded request, in the bytes of Envelope's `requestPrincipal` (KIP-590). */
export const defaultPrincipal = message(
  'DefaultPrincipalData',
  { versions: '0', flexible: '0+' },
  {
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  },
)
