import { type GroupCoordinator, type JoinGroupResponse, mapAnswer } from '#coordinator'
import { joinGroup } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** From this version on a request says how long a rebalance may take; before, it is the session timeout. */
const REBALANCE_TIMEOUT_VERSION = 1
/** From this version on "no protocol" is null; before, it is the empty string. */
const NULL_PROTOCOL_VERSION = 7

export function joinGroupHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof joinGroup> {
  return handler(joinGroup, (request, context) => {
    const { apiVersion } = context
    const rebalanceTimeoutMs =
      apiVersion >= REBALANCE_TIMEOUT_VERSION ? request.rebalanceTimeoutMs : request.sessionTimeoutMs
    return mapAnswer(groups.joinGroup(context, { ...request, rebalanceTimeoutMs }), (response: JoinGroupResponse) => ({
      ...response,
      protocolName: response.protocolName ?? (apiVersion >= NULL_PROTOCOL_VERSION ? null : ''),
    }))
  })
}
