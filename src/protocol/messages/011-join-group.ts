/**
 * JoinGroup: a member of a classic group enters a rebalance; the leader's answer lists all members.
 *
 * What versions brought:
 *    1  the time a rebalance may take (KIP-62)
 *    4  a first answer only gives out a member id (KIP-394)
 *    5  static members (KIP-345)
 *    7  the protocol's name in the answer (KIP-559)
 *    8  a reason (KIP-800)
 *    9  the leader may be told to skip the assignment (KIP-814)
 */
import { api } from '../api.ts'
import { array, bool, bytes, int16, int32, message, string } from '../schema.ts'

export const joinGroupRequest = message(
  'JoinGroupRequest',
  { key: 11, versions: '0-9', flexible: '6+' },
  {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ versions: '1+', default: -1 }),
    memberId: string(),
    groupInstanceId: string({ versions: '5+', nullable: '5+', default: null }),
    protocolType: string(),
    protocols: array({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ versions: '8+', nullable: '8+', default: null }),
  },
)

export const joinGroupResponse = message(
  'JoinGroupResponse',
  { key: 11, versions: '0-9', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', default: 0 }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ versions: '7+', nullable: '7+', default: null }),
    protocolName: string({ nullable: '7+' }),
    leader: string(),
    skipAssignment: bool({ versions: '9+', default: false }),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '5+', nullable: '5+', default: null }),
      metadata: bytes(),
    }),
  },
)

export const joinGroup = api(joinGroupRequest, joinGroupResponse)
