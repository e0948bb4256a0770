/**
 * CreatePartitions: gives topics more partitions; there is no taking away.
 *
 * Answered when this broker has done its part on disk, so that what comes next finds it so.
 */
import type { ControllerApi } from '#metadata'
import { ErrorCode } from '#protocol'
import { createPartitions } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface CreatePartitionsPorts {
  readonly controller: Pick<ControllerApi, 'createPartitions'>
  readonly partitions: Pick<Partitions, 'fullness' | 'settled'>
}

export function createPartitionsHandler({
  controller,
  partitions,
}: CreatePartitionsPorts): Handler<typeof createPartitions> {
  return handler(createPartitions, async (request) => {
    const { fullness } = partitions
    if (fullness !== undefined && !request.validateOnly) {
      const errorMessage = `No partition can be made: ${fullness}`
      const errorCode = ErrorCode.KAFKA_STORAGE_ERROR
      return { results: request.topics.map(({ name }) => ({ name, errorCode, errorMessage })) }
    }
    const response = await controller.createPartitions(request)
    await partitions.settled()
    return response
  })
}
