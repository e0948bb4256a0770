/**
 * The replay of a partition into a shard, when this broker has become its leader.
 *
 * A record that cannot be read is passed over, counted and reported: one bad record must not take the groups of a whole
 * partition down. After every few thousand records other work is let in.
 */
import { joinBytes, MalformedError } from '#core'
import { CompressionError, type Compute, HostError, type Logger } from '#host'
import {
  baseOffsetOf,
  batchesIn,
  ControlType,
  controlTypeOf,
  isControl,
  nextOffsetOf,
  producerIdOf,
  readRecords,
} from '#protocol/records'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorShard, RecordFormat } from './coordinator-shard.ts'
import type { Timeline } from './timeline.ts'

/** Bytes that a batch of an internal topic may have once decompressed. */
const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024
/** Records that are applied in one go: some tens of milliseconds. */
const RECORDS_PER_TURN = 4096

export interface ReplaySummary {
  recordCount: number
  /** Records and batches that could not be read. */
  unreadableCount: number
}

export interface ReplayOptions<CoordinatorRecord> {
  /** The partition's, for messages. */
  readonly name: string
  readonly format: RecordFormat<CoordinatorRecord>
  readonly compute: Compute
  readonly logger: Logger
  readonly timeline: Timeline
  /** False once the shard has been given up. */
  isWanted(): boolean
  /** Lets other work in. */
  pause(): Promise<void>
}

/** Applies all records of the log. Undefined where the log cannot be read or the shard is no longer wanted. */
export async function replayLog<CoordinatorRecord>(
  log: CoordinatorLog,
  shard: CoordinatorShard<CoordinatorRecord>,
  options: ReplayOptions<CoordinatorRecord>,
): Promise<ReplaySummary | undefined> {
  const { name, logger, timeline } = options
  const summary: ReplaySummary = { recordCount: 0, unreadableCount: 0 }
  let offset = log.logStartOffset
  let pauseAt = RECORDS_PER_TURN
  while (offset < log.logEndOffset) {
    const from = offset
    let bytes: Uint8Array
    try {
      bytes = joinBytes(await log.read(offset))
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      logger.error(`Cannot load ${name} from offset ${offset}: ${error.message}`)
      return undefined
    }
    if (!options.isWanted()) return undefined
    for (const { at, sizeBytes } of batchesIn(bytes)) {
      const batch = bytes.subarray(at, at + sizeBytes)
      replayBatch(batch, shard, { ...options, summary })
      offset = Math.max(offset, nextOffsetOf(batch))
      if (summary.recordCount < pauseAt) continue
      pauseAt = summary.recordCount + RECORDS_PER_TURN
      timeline.commit(Math.min(offset, log.highWatermark))
      await options.pause()
      if (!options.isWanted()) return undefined
    }
    timeline.commit(Math.min(offset, log.highWatermark))
    if (offset === from) {
      logger.error(`Cannot load ${name}: no batch can be read at offset ${offset}, its end is ${log.logEndOffset}`)
      return undefined
    }
  }
  if (summary.unreadableCount > 0) {
    logger.error(`Passed over ${summary.unreadableCount} unreadable records of ${name}`, { ...summary })
  }
  return summary
}

function replayBatch<CoordinatorRecord>(
  batch: Uint8Array,
  shard: CoordinatorShard<CoordinatorRecord>,
  options: ReplayOptions<CoordinatorRecord> & { readonly summary: ReplaySummary },
): void {
  const { name, format, compute, logger, timeline, summary } = options
  const producerId = producerIdOf(batch)
  const passOver = (offset: number, error: unknown) => {
    if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
    summary.unreadableCount++
    logger.debug(`Cannot read the record at offset ${offset} of ${name}: ${error.message}`)
  }
  try {
    for (const { offset, key, value } of readRecords(batch, compute, { maxBytes: DECOMPRESSED_BYTES_MAX })) {
      summary.recordCount++
      timeline.at(offset)
      try {
        if (isControl(batch)) {
          const type = controlTypeOf(key)
          if (type === ControlType.COMMIT || type === ControlType.ABORT) {
            shard.endTransaction(producerId, type === ControlType.COMMIT)
          }
        } else {
          if (key === null) throw new MalformedError('it has no key')
          shard.apply(format.decode(key, value), { offset, producerId })
        }
      } catch (error) {
        passOver(offset, error)
      }
    }
  } catch (error) {
    passOver(baseOffsetOf(batch), error)
  }
}
