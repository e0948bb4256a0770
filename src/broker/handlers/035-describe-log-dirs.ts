/** DescribeLogDirs: what is in each log directory of this broker, and how full it is. */
import { nameOf, type TopicPartition } from '#core'
import type { Disk } from '#host'
import type { Log } from '#log'
import { ErrorCode } from '#protocol'
import { describeLogDirs } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** A log directory, as far as this answer tells of it. */
export interface DescribedDirectory {
  readonly path: string
  /** Set where it has failed. */
  readonly failure: Error | undefined
  logs(): Iterable<Log>
}

export interface DescribeLogDirsPorts {
  readonly directories: () => Iterable<DescribedDirectory>
  readonly disk: Pick<Disk, 'space'>
}

const UNKNOWN_SPACE = { totalBytes: -1, freeBytes: -1 }

export function describeLogDirsHandler({ directories, disk }: DescribeLogDirsPorts): Handler<typeof describeLogDirs> {
  return handler(describeLogDirs, async ({ topics }) => {
    const asked =
      topics === null
        ? undefined
        : new Set(
            topics.flatMap(({ topic, partitions }) => partitions.map((partition) => nameOf({ topic, partition }))),
          )
    const results = await Promise.all(
      Array.from(directories(), async (directory) => {
        const { path: logDir, failure } = directory
        if (failure !== undefined) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] }
        const space = await disk.space(logDir).catch(() => UNKNOWN_SPACE)
        return {
          errorCode: ErrorCode.NONE,
          logDir,
          topics: byTopic(directory.logs(), asked),
          totalBytes: space.totalBytes,
          usableBytes: space.freeBytes,
        }
      }),
    )
    return { results }
  })
}

function byTopic(logs: Iterable<Log>, asked: ReadonlySet<string> | undefined) {
  const topics = new Map<
    string,
    { partitionIndex: number; partitionSize: number; offsetLag: number; isFutureKey: boolean }[]
  >()
  for (const { topicPartition, sizeBytes, logEndOffset, highWatermark } of logs) {
    if (!isAsked(topicPartition, asked)) continue
    const partitions = topics.get(topicPartition.topic) ?? []
    topics.set(topicPartition.topic, partitions)
    partitions.push({
      partitionIndex: topicPartition.partition,
      partitionSize: sizeBytes,
      offsetLag: Math.max(0, highWatermark - logEndOffset),
      isFutureKey: false,
    })
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }))
}

function isAsked(topicPartition: TopicPartition, asked: ReadonlySet<string> | undefined): boolean {
  return asked === undefined || asked.has(nameOf(topicPartition))
}
