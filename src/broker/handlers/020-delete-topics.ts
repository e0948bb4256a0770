/**
 * DeleteTopics: deletes topics, by name or id, with all that is in them.
 *
 * Answered when this broker has done its part on disk, so that what comes next finds it so.
 */
import type { ControllerApi } from '#metadata'
import { deleteTopics } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface DeleteTopicsPorts {
  readonly controller: Pick<ControllerApi, 'deleteTopics'>
  readonly partitions: Pick<Partitions, 'settled'>
}

export function deleteTopicsHandler({ controller, partitions }: DeleteTopicsPorts): Handler<typeof deleteTopics> {
  return handler(deleteTopics, async (request) => {
    const response = await controller.deleteTopics(request)
    await partitions.settled()
    return response
  })
}
