import { type GroupCoordinator, mapAnswer } from '#coordinator'
import { heartbeat } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function heartbeatHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof heartbeat> {
  return handler(heartbeat, (request) => mapAnswer(groups.heartbeat(request), (errorCode) => ({ errorCode })))
}
