/** AlterPartitionReassignments: moves replicas to other brokers, or calls a move off. */
import type { ControllerApi } from '#metadata'
import { alterPartitionReassignments } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function alterPartitionReassignmentsHandler({
  controller,
}: {
  readonly controller: Pick<ControllerApi, 'alterPartitionReassignments'>
}): Handler<typeof alterPartitionReassignments> {
  return handler(alterPartitionReassignments, (request) => controller.alterPartitionReassignments(request))
}
