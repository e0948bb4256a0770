/**
 * ListOffsets: the offset at a timestamp, or at one of the points that negative timestamps name.
 */
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { listOffsets } from '#protocol/messages'
import type { Partition, Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

type Asked = RequestOf<typeof listOffsets>['topics'][number]['partitions'][number]
type Found = ResponseOf<typeof listOffsets>['topics'][number]['partitions'][number]

/** The special timestamps, and the first version that has each. */
const LATEST = -1n
const EARLIEST = -2n
const MAX_TIMESTAMP = -3n
const EARLIEST_LOCAL = -4n
const LATEST_TIERED = -5n
const EARLIEST_PENDING_UPLOAD = -6n
const SINCE_VERSION: ReadonlyMap<bigint, number> = new Map([
  [LATEST, 0],
  [EARLIEST, 0],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])
const READ_COMMITTED = 1
/** A replica id by which a tool asks any replica, leader or not. */
const DEBUGGING_CONSUMER = -2

export function listOffsetsHandler(ports: { partitions: Pick<Partitions, 'find'> }): Handler<typeof listOffsets> {
  return handler(listOffsets, async (request, { apiVersion }) => {
    const twice = namedTwice(request)
    const find = async (topic: string, asked: Asked): Promise<Found> => {
      const { partitionIndex, timestamp } = asked
      const refuse = (errorCode: number): Found => ({ partitionIndex, errorCode })
      if (twice.has(`${topic}-${partitionIndex}`)) return refuse(ErrorCode.INVALID_REQUEST)
      if (apiVersion < sinceVersion(timestamp)) return refuse(ErrorCode.UNSUPPORTED_VERSION)
      const partition = ports.partitions.find(topic, partitionIndex)
      if (typeof partition === 'number') return refuse(partition)
      const leaderError = partition.checkLeader(asked.currentLeaderEpoch)
      if (leaderError !== ErrorCode.NONE && request.replicaId !== DEBUGGING_CONSUMER) return refuse(leaderError)
      const found = await offsetAt(partition, timestamp, request.isolationLevel === READ_COMMITTED)
      return { partitionIndex, errorCode: ErrorCode.NONE, ...found }
    }
    return {
      topics: await Promise.all(
        request.topics.map(async ({ name, partitions }) => ({
          name,
          partitions: await Promise.all(partitions.map((asked) => find(name, asked))),
        })),
      ),
    }
  })
}

/** The first version that knows what a timestamp means: no version, of a negative one that means nothing yet. */
function sinceVersion(timestamp: bigint): number {
  return SINCE_VERSION.get(timestamp) ?? (timestamp < 0n ? Number.POSITIVE_INFINITY : 0)
}

/** Nothing (offset -1) where the timestamp is beyond what a consumer of this isolation level may read. */
async function offsetAt(
  { log, leaderEpoch }: Partition,
  timestamp: bigint,
  readCommitted: boolean,
): Promise<Partial<Found>> {
  const endOffset = readCommitted ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case LATEST:
      return { offset: endOffset, leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStartOffset, leaderEpoch: log.epochAt(log.logStartOffset) }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return {}
  }
  const found = timestamp === MAX_TIMESTAMP ? await log.offsetOfMaxTimestamp() : await log.offsetForTimestamp(timestamp)
  if (found === undefined || found.offset >= endOffset) return {}
  return { offset: found.offset, timestamp: found.timestampMs, leaderEpoch: found.leaderEpoch }
}

/** Partitions that a request names more than once: Kafka refuses those, and only those. */
function namedTwice(request: RequestOf<typeof listOffsets>): ReadonlySet<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { name, partitions } of request.topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`
      if (seen.has(key)) twice.add(key)
      seen.add(key)
    }
  }
  return twice
}
