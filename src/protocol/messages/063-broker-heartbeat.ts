/**
 * BrokerHeartbeat: a broker tells the controller that it lives, and learns whether it is fenced (KIP-631).
 *
 * What versions brought:
 *    1  offline log directories (KIP-858)
 *    2  cordoned log directories (KIP-1066)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, uuid } from '../schema.ts'

export const brokerHeartbeatRequest = message(
  'BrokerHeartbeatRequest',
  { key: 63, versions: '0-2', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset({ default: -1 }),
    currentMetadataOffset: offset(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: array(uuid(), { versions: '1+', tag: 0 }),
    cordonedLogDirs: array(uuid(), { versions: '2+', nullable: '2+', tag: 1, default: null }),
  },
)

export const brokerHeartbeatResponse = message(
  'BrokerHeartbeatResponse',
  { key: 63, versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool({ default: true }),
    shouldShutDown: bool(),
  },
)

export const brokerHeartbeat = api(brokerHeartbeatRequest, brokerHeartbeatResponse)
