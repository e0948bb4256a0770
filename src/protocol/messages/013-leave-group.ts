/**
 * LeaveGroup: members leave a classic group at once, without waiting for their session to end.
 *
 * What versions brought:
 *    3  several members, also by instance id (KIP-345)
 *    5  a reason (KIP-800)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, string } from '../schema.ts'

export const leaveGroupRequest = message(
  'LeaveGroupRequest',
  { key: 13, versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    memberId: string({ versions: '0-2', default: '' }),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: '3+', default: null }),
        reason: string({ versions: '5+', nullable: '5+', default: null }),
      },
      { versions: '3+', default: [] },
    ),
  },
)

export const leaveGroupResponse = message(
  'LeaveGroupResponse',
  { key: 13, versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    errorCode: int16(),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: '3+' }),
        errorCode: int16(),
      },
      { versions: '3+', default: [] },
    ),
  },
)

export const leaveGroup = api(leaveGroupRequest, leaveGroupResponse)
