/** UnregisterBroker: makes the controller forget a broker that is gone for good (KIP-631). */
import { api } from '../api.ts'
import { int16, int32, message, string } from '../schema.ts'

export const unregisterBrokerRequest = message(
  'UnregisterBrokerRequest',
  { key: 64, versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
  },
)

export const unregisterBrokerResponse = message(
  'UnregisterBrokerResponse',
  { key: 64, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const unregisterBroker = api(unregisterBrokerRequest, unregisterBrokerResponse)
