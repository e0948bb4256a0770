import type { GroupCoordinator } from '#coordinator'
import { ErrorCode } from '#protocol'
import { syncGroup } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** From this version on a member must say which protocol it believes is in use. */
const PROTOCOL_VERSION = 5

export function syncGroupHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof syncGroup> {
  return handler(syncGroup, (request, { apiVersion }) => {
    if (apiVersion >= PROTOCOL_VERSION && (request.protocolType === null || request.protocolName === null)) {
      return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) }
    }
    return groups.syncGroup(request)
  })
}
