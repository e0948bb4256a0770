/**
 * Heartbeat: keeps a member of a classic group alive, and tells it of a rebalance.
 *
 * What versions brought:
 *    3  static members (KIP-345)
 */
import { api } from '../api.ts'
import { int16, int32, message, string } from '../schema.ts'

export const heartbeatRequest = message(
  'HeartbeatRequest',
  { key: 12, versions: '0-4', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  },
)

export const heartbeatResponse = message(
  'HeartbeatResponse',
  { key: 12, versions: '0-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    errorCode: int16(),
  },
)

export const heartbeat = api(heartbeatRequest, heartbeatResponse)
