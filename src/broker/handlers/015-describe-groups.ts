import type { GroupCoordinator } from '#coordinator'
import { ErrorCode } from '#protocol'
import { describeGroups } from '#protocol/messages'
import { GROUP_OPERATIONS } from '../authorized-operations.ts'
import { type Handler, handler } from '../handler.ts'

/** From this version on a client may ask what it is allowed to do. */
const AUTHORIZED_OPERATIONS_VERSION = 3

export function describeGroupsHandler({
  groups,
}: {
  readonly groups: GroupCoordinator
}): Handler<typeof describeGroups> {
  return handler(describeGroups, (request, context) => {
    const asksOperations = context.apiVersion >= AUTHORIZED_OPERATIONS_VERSION && request.includeAuthorizedOperations
    return {
      groups: request.groups.map((groupId) => {
        const group = groups.describeGroup(context, groupId)
        if (!asksOperations || group.errorCode !== ErrorCode.NONE) return group
        return { authorizedOperations: GROUP_OPERATIONS, ...group }
      }),
    }
  })
}
