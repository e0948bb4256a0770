/** DescribeLogDirs: what is in each log directory of this broker, and how full it is. */
import { METADATA_TOPIC_ID, nameOf, type TopicPartition } from '#core'
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
  /** Replicas that catch up, to take the place of one in another directory. */
  futures(): Iterable<Log>
}

export interface DescribeLogDirsPorts {
  readonly directories: () => Iterable<DescribedDirectory>
  /** Paths of those that could not be opened. */
  readonly offlinePaths: readonly string[]
  /** Whether a directory takes no new replicas (KIP-1066). */
  readonly isCordoned: (path: string) => boolean
  readonly disk: Pick<Disk, 'space'>
}

const UNKNOWN_LAG = -1
const UNKNOWN_SPACE = { totalBytes: -1, freeBytes: -1 }

export function describeLogDirsHandler({
  directories,
  offlinePaths,
  isCordoned,
  disk,
}: DescribeLogDirsPorts): Handler<typeof describeLogDirs> {
  return handler(describeLogDirs, async ({ topics }) => {
    const asked =
      topics === null
        ? undefined
        : new Set(
            topics.flatMap(({ topic, partitions }) => partitions.map((partition) => nameOf({ topic, partition }))),
          )
    const current = new Map<string, Log>()
    for (const directory of directories()) {
      for (const log of directory.logs()) current.set(nameOf(log.topicPartition), log)
    }
    const results = await Promise.all(
      Array.from(directories(), async (directory) => {
        const { path: logDir, failure } = directory
        if (failure !== undefined) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] }
        const space = await disk.space(logDir).catch(() => UNKNOWN_SPACE)
        return {
          errorCode: ErrorCode.NONE,
          logDir,
          topics: topicsOf({ logs: directory.logs(), futures: directory.futures() }, { asked, current }),
          totalBytes: space.totalBytes,
          usableBytes: space.freeBytes,
          isCordoned: isCordoned(logDir),
        }
      }),
    )
    for (const logDir of offlinePaths) results.push({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] })
    return { results }
  })
}

interface DescribedPartition {
  readonly partitionIndex: number
  readonly partitionSize: number
  readonly offsetLag: number
  readonly isFutureKey: boolean
}

function topicsOf(
  { logs, futures }: { readonly logs: Iterable<Log>; readonly futures: Iterable<Log> },
  { asked, current }: { readonly asked: ReadonlySet<string> | undefined; readonly current: ReadonlyMap<string, Log> },
) {
  const topics = new Map<string, DescribedPartition[]>()
  function add({ topicPartition, topicId, sizeBytes: partitionSize }: Log, offsetLag: number, isFutureKey: boolean) {
    // The metadata log is the quorum's, not the broker's: Kafka does not show it either.
    if (topicId === METADATA_TOPIC_ID || !isAsked(topicPartition, asked)) return
    const { topic, partition: partitionIndex } = topicPartition
    const partitions = topics.get(topic) ?? []
    topics.set(topic, partitions)
    partitions.push({ partitionIndex, partitionSize, offsetLag, isFutureKey })
  }
  for (const log of logs) add(log, Math.max(0, log.highWatermark - log.logEndOffset), false)
  for (const log of futures) {
    const to = current.get(nameOf(log.topicPartition))
    add(log, to === undefined ? UNKNOWN_LAG : to.logEndOffset - log.logEndOffset, true)
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }))
}

function isAsked(topicPartition: TopicPartition, asked: ReadonlySet<string> | undefined): boolean {
  return asked === undefined || asked.has(nameOf(topicPartition))
}
