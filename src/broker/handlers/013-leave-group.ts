import { type GroupCoordinator, type LeaveGroupResponse, mapAnswer } from '#coordinator'
import { ErrorCode } from '#protocol'
import { leaveGroup } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** From this version on several members leave at once; before, the one whose error is the whole answer. */
const MEMBERS_VERSION = 3

export function leaveGroupHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof leaveGroup> {
  return handler(leaveGroup, (request, { apiVersion }) => {
    if (apiVersion >= MEMBERS_VERSION) return groups.leaveGroup(request)
    const members = [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
    return mapAnswer(groups.leaveGroup({ ...request, members }), ({ errorCode, members }: LeaveGroupResponse) => ({
      errorCode: errorCode === ErrorCode.NONE ? (members?.[0]?.errorCode ?? ErrorCode.NONE) : errorCode,
    }))
  })
}
