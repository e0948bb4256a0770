/**
 * CreateTopics: makes topics, or checks whether they could be made.
 *
 * Answered when this broker has done its part on disk, so that what comes next finds it so.
 */
import { ZERO_UUID } from '#core'
import type { ControllerApi } from '#metadata'
import { ErrorCode } from '#protocol'
import { createTopics } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface CreateTopicsPorts {
  readonly controller: Pick<ControllerApi, 'createTopics'>
  readonly partitions: Pick<Partitions, 'fullness' | 'settled'>
}

export function createTopicsHandler({ controller, partitions }: CreateTopicsPorts): Handler<typeof createTopics> {
  return handler(createTopics, async (request) => {
    const { fullness } = partitions
    if (fullness !== undefined && !request.validateOnly) {
      const errorMessage = `No topic can be made: ${fullness}`
      const errorCode = ErrorCode.KAFKA_STORAGE_ERROR
      return { topics: request.topics.map(({ name }) => ({ name, topicId: ZERO_UUID, errorCode, errorMessage })) }
    }
    const response = await controller.createTopics(request)
    await partitions.settled()
    return response
  })
}
