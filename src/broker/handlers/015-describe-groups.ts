import type { GroupCoordinator } from '#coordinator'
import { ErrorCode } from '#protocol'
import { describeGroups } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** From this version on a client may ask what it is allowed to do. */
const AUTHORIZED_OPERATIONS_VERSION = 3
/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS, by their numbers: all there are for a group. */
const GROUP_OPERATIONS = [3, 6, 8, 10, 11]
/** Without an authorizer everybody may do everything. */
const ALL_GROUP_OPERATIONS = GROUP_OPERATIONS.reduce((bits, operation) => bits | (1 << operation), 0)

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
        return { ...group, authorizedOperations: ALL_GROUP_OPERATIONS }
      }),
    }
  })
}
