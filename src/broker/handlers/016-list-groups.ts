import type { GroupCoordinator } from '#coordinator'
import { listGroups } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function listGroupsHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof listGroups> {
  return handler(listGroups, (request) => groups.listGroups(request))
}
