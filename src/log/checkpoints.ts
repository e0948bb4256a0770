/**
 * The checkpoints of a log directory: up to where each log is stored, where it starts, and how far it is committed. They
 * are always written for all logs together, and only where they have changed.
 */
import { nameOf, type Offset, type TopicPartition } from '#core'
import type { Disk } from '#host'
import { forEachOf } from './coalesced.ts'
import {
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_CHECKPOINT,
  RECOVERY_POINT_CHECKPOINT,
} from './file-names.ts'
import { offsetCheckpoint } from './offset-checkpoint.ts'

/** What is noted of a log, open or not. */
export interface CheckpointedLog {
  readonly topicPartition: TopicPartition
  readonly recoveryPoint: Offset
  readonly logStartOffset: Offset
  readonly highWatermark: Offset
  /** Where the last pass of compaction ended; undefined: there was none. */
  readonly cleanedOffset: Offset | undefined
}

/** One that is open, and may have epochs that are not stored. */
export interface OpenCheckpointedLog extends CheckpointedLog {
  storeEpochs(): Promise<void>
}

const LOGS_AT_ONCE = 16

/** What a start has found. */
export interface StoredCheckpoints {
  /** Partitions that the files have. */
  readonly spokenOf: ReadonlySet<string>
  readonly points: ReadonlyMap<string, Offset>
  /** Whether there is one of compaction. */
  readonly hasCleaned: boolean
}

export class Checkpoints {
  readonly #disk: Disk
  readonly #folder: string
  /** Files as they are on the disk, and the partitions in them. */
  readonly #stored = new Map<string, Uint8Array>()
  #partitions: ReadonlySet<string>
  /** The recovery points as they are on the disk. */
  #points: ReadonlyMap<string, Offset>
  #hasCleaned: boolean

  constructor(disk: Disk, folder: string, { spokenOf, points, hasCleaned }: StoredCheckpoints) {
    this.#disk = disk
    this.#folder = folder
    this.#partitions = spokenOf
    this.#points = points
    this.#hasCleaned = hasCleaned
  }

  /** Whether the files say something of this partition, if only of an earlier log of that name. */
  speakOf(topicPartition: TopicPartition): boolean {
    return this.#partitions.has(nameOf(topicPartition))
  }

  /** Writes them. One at a time. Rejects with a `HostError`; the next call then writes what this one has not. */
  async write(open: readonly OpenCheckpointedLog[], closed: readonly CheckpointedLog[]): Promise<void> {
    const all = [...open, ...closed]
    // Taken before the epochs are stored: what is synced meanwhile may be of an epoch that is not.
    const points = all.map((log) => [log.topicPartition, log.recoveryPoint] as const)
    // And these: the epochs begin there, or later.
    const starts = all.map((log) => [log.topicPartition, log.logStartOffset] as const)
    await this.#lower(points)
    await forEachOf(open, LOGS_AT_ONCE, (log) => log.storeEpochs())
    const cleaned = all.flatMap(({ topicPartition, cleanedOffset }) =>
      cleanedOffset === undefined ? [] : [[topicPartition, cleanedOffset] as const],
    )
    const marks = all.map((log) => [log.topicPartition, log.highWatermark] as const)
    await this.#replace(
      LOG_START_CHECKPOINT,
      starts.filter(([, offset]) => offset > 0),
    )
    await this.#replace(HIGH_WATERMARK_CHECKPOINT, marks)
    await this.#replaceCleaned(cleaned)
    await this.#replacePoints(points)
    this.#partitions = new Set(all.map((log) => nameOf(log.topicPartition)))
  }

  /** A log that is cut is stored less far before its epochs are cut: what these do not know must not count as stored. */
  async #lower(points: readonly (readonly [TopicPartition, Offset])[]): Promise<void> {
    const lowest = points.map(([topicPartition, point]) => {
      const stored = this.#points.get(nameOf(topicPartition)) ?? 0
      return [topicPartition, Math.min(point, stored)] as const
    })
    const isLower = points.some(([topicPartition, point]) => point < (this.#points.get(nameOf(topicPartition)) ?? 0))
    if (isLower) await this.#replacePoints(lowest)
  }

  async #replacePoints(points: readonly (readonly [TopicPartition, Offset])[]): Promise<void> {
    await this.#replace(RECOVERY_POINT_CHECKPOINT, points)
    this.#points = new Map(points.map(([topicPartition, point]) => [nameOf(topicPartition), point]))
  }

  /** There is no such file where nothing was ever compacted. */
  async #replaceCleaned(offsets: readonly (readonly [TopicPartition, Offset])[]): Promise<void> {
    if (offsets.length > 0 || this.#hasCleaned) await this.#replace(CLEANER_CHECKPOINT, offsets)
    if (offsets.length > 0) this.#hasCleaned = true
  }

  async #replace(name: string, offsets: readonly (readonly [TopicPartition, Offset])[]): Promise<void> {
    const content = offsetCheckpoint(offsets)
    const stored = this.#stored.get(name)
    if (stored !== undefined && isEqual(stored, content)) return
    this.#stored.delete(name)
    await this.#disk.replaceFile(`${this.#folder}/${name}`, content)
    this.#stored.set(name, content)
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
