/**
 * The names of Kafka's files. A segment's files share its base offset in twenty digits; a partition's folder is
 * `topic-N`, and carries a suffix while it is on its way in or out.
 */
import type { Offset, TopicPartition } from '#core'

export const LOG = '.log'
export const OFFSET_INDEX = '.index'
export const TIME_INDEX = '.timeindex'
export const TRANSACTION_INDEX = '.txnindex'
export const PRODUCER_SNAPSHOT = '.snapshot'
/** The files of a segment. */
export const SEGMENT_SUFFIXES: readonly string[] = [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX]
/** Added to the name of a segment's file that waits to be removed. */
export const DELETED = '.deleted'
/** What Kafka's compaction was writing: not valid yet. */
export const CLEANED = '.cleaned'
/** What Kafka's compaction had written: valid, and replaces what it overlaps. */
export const SWAP = '.swap'

export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint'
export const PARTITION_METADATA = 'partition.metadata'
export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint'
export const HIGH_WATERMARK_CHECKPOINT = 'replication-offset-checkpoint'
export const LOG_START_CHECKPOINT = 'log-start-offset-checkpoint'
export const CLEAN_SHUTDOWN = '.kafka_cleanshutdown'
export const LOCK = '.lock'

const DELETE_SUFFIX = '-delete'
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
 * it unlike any other; a long topic name is cut, as Kafka does it.
 */
export function passingFolder(name: string, id: string): string {
  const suffix = `.${id}${DELETE_SUFFIX}`
  return `${name.slice(0, FOLDER_NAME_MAX - suffix.length)}${suffix}`
}

export function isPassingFolder(name: string): boolean {
  return name.endsWith(DELETE_SUFFIX)
}
