/** ListPartitionReassignments: the moves that are under way. */
import type { ControllerApi } from '#metadata'
import { listPartitionReassignments } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function listPartitionReassignmentsHandler({
  controller,
}: {
  readonly controller: Pick<ControllerApi, 'listPartitionReassignments'>
}): Handler<typeof listPartitionReassignments> {
  return handler(listPartitionReassignments, (request) => controller.listPartitionReassignments(request))
}
