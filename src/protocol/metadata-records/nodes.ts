/** Metadata records of brokers and controllers. */
import { array, bool, int8, int16, int32, message, offset, string, uint16, uuid } from '../schema.ts'

/** A broker registered; its epoch is the offset of this record. */
export const registerBrokerRecord = message(
  'RegisterBrokerRecord',
  { key: 0, versions: '0-4', flexible: '0+' },
  {
    brokerId: int32(),
    isMigratingZkBroker: bool({ versions: '2+', default: false }),
    incarnationId: uuid(),
    brokerEpoch: offset(),
    endPoints: array({
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
    fenced: bool({ default: true }),
    inControlledShutdown: bool({ versions: '1+', default: false }),
    logDirs: array(uuid(), { versions: '3+', tag: 0 }),
    cordonedLogDirs: array(uuid(), { versions: '4+', nullable: '4+', tag: 1, default: null }),
  },
)

/** A broker is forgotten. */
export const unregisterBrokerRecord = message(
  'UnregisterBrokerRecord',
  { key: 1, versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset(),
  },
)

/** What changed in a registration; 0 means no change in `fenced` and `inControlledShutdown`. */
export const brokerRegistrationChangeRecord = message(
  'BrokerRegistrationChangeRecord',
  { key: 17, versions: '0-3', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset(),
    fenced: int8({ tag: 0 }),
    inControlledShutdown: int8({ versions: '1+', tag: 1 }),
    logDirs: array(uuid(), { versions: '2+', tag: 2 }),
    cordonedLogDirs: array(uuid(), { versions: '3+', nullable: '3+', tag: 3, default: null }),
  },
)

/** A broker is fenced. Written by old controllers; a change record took its place. */
export const fenceBrokerRecord = message(
  'FenceBrokerRecord',
  { key: 7, versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: offset(),
  },
)

/** A broker is unfenced. Written by old controllers; a change record took its place. */
export const unfenceBrokerRecord = message(
  'UnfenceBrokerRecord',
  { key: 8, versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: offset(),
  },
)

/** A controller registered (KIP-919). */
export const registerControllerRecord = message(
  'RegisterControllerRecord',
  { key: 27, versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array({
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
  },
)

/** A controller is forgotten. */
export const unregisterControllerRecord = message(
  'UnregisterControllerRecord',
  { key: 29, versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
  },
)
