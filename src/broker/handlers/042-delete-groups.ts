import type { GroupCoordinator } from '#coordinator'
import { deleteGroups } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function deleteGroupsHandler({ groups }: { readonly groups: GroupCoordinator }): Handler<typeof deleteGroups> {
  return handler(deleteGroups, async ({ groupsNames }) => ({ results: await groups.deleteGroups(groupsNames) }))
}
