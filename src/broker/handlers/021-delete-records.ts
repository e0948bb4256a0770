/**
 * DeleteRecords: nothing below an offset can be read any more; the disk gets the space back segment by segment.
 */
import { isOffset } from '#core'
import { ErrorCode, type ResponseOf } from '#protocol'
import { deleteRecords } from '#protocol/messages'
import type { Partition, Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

type PartitionResult = ResponseOf<typeof deleteRecords>['topics'][number]['partitions'][number]

/** Stands for everything that consumers can see: up to the high watermark. */
const TO_HIGH_WATERMARK = -1
const NO_LOW_WATERMARK = -1

export function deleteRecordsHandler(ports: {
  readonly partitions: Pick<Partitions, 'find'>
}): Handler<typeof deleteRecords> {
  return handler(deleteRecords, (request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }): PartitionResult => {
        const partition = ports.partitions.find(name, partitionIndex)
        const errorCode = typeof partition === 'number' ? partition : refusalOf(partition, offset)
        if (typeof partition === 'number' || errorCode !== ErrorCode.NONE) {
          return { partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode }
        }
        const { log } = partition
        log.advanceLogStartOffset(offset === TO_HIGH_WATERMARK ? log.highWatermark : offset)
        return { partitionIndex, lowWatermark: log.logStartOffset, errorCode }
      }),
    })),
  }))
}

function refusalOf({ log, isLeader }: Partition, offset: number): number {
  if (!isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER
  // A topic that is only compacted keeps the last value of each key: it has no beginning that could move.
  if (!log.config.deletes) return ErrorCode.POLICY_VIOLATION
  if (offset === TO_HIGH_WATERMARK) return ErrorCode.NONE
  return isOffset(offset) && offset <= log.highWatermark ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE
}
