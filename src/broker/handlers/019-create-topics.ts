/**
 * CreateTopics: makes topics, or checks whether they could be made.
 *
 * Answered when this broker has done its part on disk, so that what comes next finds it so.
 */
import type { ControllerApi } from '#metadata'
import { createTopics } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface CreateTopicsPorts {
  readonly controller: Pick<ControllerApi, 'createTopics'>
  readonly partitions: Pick<Partitions, 'settled'>
}

export function createTopicsHandler({ controller, partitions }: CreateTopicsPorts): Handler<typeof createTopics> {
  return handler(createTopics, async (request) => {
    const response = await controller.createTopics(request)
    await partitions.settled()
    return response
  })
}
