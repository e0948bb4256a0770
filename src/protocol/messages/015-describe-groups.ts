/**
 * DescribeGroups: state and members of classic groups.
 *
 * What versions brought:
 *    3  authorized operations (KIP-430)
 *    4  static members (KIP-345)
 *    6  GROUP_ID_NOT_FOUND instead of a dead group (KIP-1043)
 */
import { api } from '../api.ts'
import { array, bool, bytes, INT32_MIN, int16, int32, message, string } from '../schema.ts'

export const describeGroupsRequest = message(
  'DescribeGroupsRequest',
  { key: 15, versions: '0-6', flexible: '5+' },
  {
    groups: array(string()),
    includeAuthorizedOperations: bool({ versions: '3+', default: false }),
  },
)

export const describeGroupsResponse = message(
  'DescribeGroupsResponse',
  { key: 15, versions: '0-6', flexible: '5+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ versions: '6+', nullable: '6+', default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ versions: '4+', nullable: '4+', default: null }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ versions: '3+', default: INT32_MIN }),
    }),
  },
)

export const describeGroups = api(describeGroupsRequest, describeGroupsResponse)
