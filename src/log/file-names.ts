/**
 * The names of Kafka's files. A segment's files share its base offset in twenty digits; a partition's folder is
 * `topic-N`, and carries a suffix while it is on its way in or out.
 */
import { nameOf, type Offset, type TopicPartition } from '#core'

export const LOG = '.log'
export const OFFSET_INDEX = '.index'
export const TIME_INDEX = '.timeindex'
export const TRANSACTION_INDEX = '.txnindex'
export const PRODUCER_SNAPSHOT = '.snapshot'
/** The files of a segment. */
export const SEGMENT_SUFFIXES: readonly string[] = [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX]
/** Added to the name of a segment's file that waits to be removed. */
export const DELETED = '.deleted'
/** Added to what compaction is writing: not valid yet. */
export const CLEANED = '.cleaned'
/** Added to what compaction has written: valid, and replaces what it overlaps. */
export const SWAP = '.swap'

export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint'
export const PARTITION_METADATA = 'partition.metadata'
export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint'
export const HIGH_WATERMARK_CHECKPOINT = 'replication-offset-checkpoint'
export const LOG_START_CHECKPOINT = 'log-start-offset-checkpoint'
export const CLEANER_CHECKPOINT = 'cleaner-offset-checkpoint'
export const CLEAN_SHUTDOWN = '.kafka_cleanshutdown'
/** Ours: a sync failed, so that what the page cache shows of the logs need not be on the disk. */
export const SYNC_FAILED = '.sync-failed'
export const LOCK = '.lock'
/** See `reserve.ts`. */
export const RESERVE = '.reserve'

const DELETE_SUFFIX = '-delete'
const STRAY_SUFFIX = '-stray'
const FUTURE_SUFFIX = '-future'
const FOLDER_NAME_MAX = 255
const PARTITION_MAX = 2 ** 31 - 1

/** `00000000000000001024`: what the files of the segment from `baseOffset` on begin with. */
export function segmentName(baseOffset: Offset): string {
  return `${baseOffset}`.padStart(20, '0')
}

/** The offset in the name of a file with this suffix, or undefined where the name is another's. */
export function offsetInName(name: string, suffix: string): Offset | undefined {
  if (!name.endsWith(suffix)) return undefined
  const digits = name.slice(0, -suffix.length)
  const offset = Number(digits)
  return /^[0-9]{20}$/.test(digits) && Number.isSafeInteger(offset) ? offset : undefined
}

/** The partition of a folder `topic-N`, or undefined where the name is not one. */
export function partitionOfFolder(name: string): TopicPartition | undefined {
  const [, topic, digits] = /^([a-zA-Z0-9._-]+)-(0|[1-9][0-9]{0,9})$/.exec(name) ?? []
  const partition = Number(digits)
  return topic === undefined || partition > PARTITION_MAX ? undefined : { topic, partition }
}

/**
 * The name of a folder that is being created or deleted: Kafka removes such folders at its start, and so do we. `id` makes
 * it unlike any other.
 */
export function passingFolder(topicPartition: TopicPartition, id: string): string {
  return suffixed(topicPartition, id, DELETE_SUFFIX)
}

export function isPassingFolder(name: string): boolean {
  return name.endsWith(DELETE_SUFFIX)
}

/** The name of a log that belongs to nothing in the cluster: it is kept, and neither Kafka nor we open it. */
export function strayFolder(topicPartition: TopicPartition, id: string): string {
  return suffixed(topicPartition, id, STRAY_SUFFIX)
}

export function isStrayFolder(name: string): boolean {
  return name.endsWith(STRAY_SUFFIX)
}

/** The name of a replica that catches up, to take the place of the one in another directory. */
export function futureFolder(topicPartition: TopicPartition, id: string): string {
  return `${nameOf(topicPartition)}.${id}${FUTURE_SUFFIX}`
}

/** Whether the name of the topic leaves room for that of a future folder, as Kafka counts it: with an id of 32 digits. */
export function hasFutureName(topicPartition: TopicPartition): boolean {
  return nameOf(topicPartition).length + 1 + 32 + FUTURE_SUFFIX.length <= FOLDER_NAME_MAX
}

/** The partition of a folder `topic-N.<id>-future`, or undefined where the name is not one. */
export function partitionOfFuture(name: string): TopicPartition | undefined {
  if (!name.endsWith(FUTURE_SUFFIX)) return undefined
  return partitionOfFolder(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
}

/** A long topic name is cut, as Kafka does it: the partition stays readable, which Kafka counts on. */
function suffixed({ topic, partition }: TopicPartition, id: string, suffix: string): string {
  const rest = `-${partition}.${id}${suffix}`
  return topic.slice(0, FOLDER_NAME_MAX - rest.length) + rest
}
