/**
 * BrokerRegistration: a broker that starts introduces itself to the controller (KIP-631).
 *
 * What versions brought:
 *    1  migration from ZooKeeper (KIP-866)
 *    2  log directories (KIP-858)
 *    3  the epoch of a clean shutdown (KIP-966)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, string, uint16, uuid } from '../schema.ts'

export const brokerRegistrationRequest = message(
  'BrokerRegistrationRequest',
  { key: 62, versions: '0-4', flexible: '0+' },
  {
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
    rack: string({ nullable: '0+' }),
    isMigratingZkBroker: bool({ versions: '1+', default: false }),
    logDirs: array(uuid(), { versions: '2+', default: [] }),
    previousBrokerEpoch: offset({ versions: '3+', default: -1 }),
  },
)

export const brokerRegistrationResponse = message(
  'BrokerRegistrationResponse',
  { key: 62, versions: '0-4', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    brokerEpoch: offset({ default: -1 }),
  },
)

export const brokerRegistration = api(brokerRegistrationRequest, brokerRegistrationResponse)
