/**
 * SyncGroup: the leader of a classic group hands in the assignment, and every member receives its part.
 *
 * What versions brought:
 *    3  static members (KIP-345)
 *    5  the protocol is checked, and repeated in the answer (KIP-559)
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, message, string } from '../schema.ts'

export const syncGroupRequest = message(
  'SyncGroupRequest',
  { key: 14, versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    protocolType: string({ versions: '5+', nullable: '5+', default: null }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null }),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
)

export const syncGroupResponse = message(
  'SyncGroupResponse',
  { key: 14, versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    errorCode: int16(),
    protocolType: string({ versions: '5+', nullable: '5+', default: null }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null }),
    assignment: bytes(),
  },
)

export const syncGroup = api(syncGroupRequest, syncGroupResponse)
