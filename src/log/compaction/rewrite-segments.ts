/**
 * The second half of a pass of compaction: what stays of each batch. Kafka's rules (`Cleaner.cleanInto`), in their order:
 *
 *   batch     of an aborted transaction, or a marker that is alone and whose time is over: goes as a whole
 *   empty     stays where it is the newest of an active producer, or the last below the high watermark
 *   record    stays beyond the map's end; goes without a key; goes where the map has a newer offset
 *   tombstone also goes when the delete horizon of its batch is over
 *   horizon   is set where a tombstone is met for the first time, or a marker that is alone
 */
import type { Offset, ProducerId } from '#core'
import type { Compute } from '#host'
import {
  BatchFilter,
  baseOffsetOf,
  baseTimestampOf,
  emptyBatch,
  hasDeleteHorizon,
  hasProducerId,
  isControl,
  lastOffsetOf,
  nextOffsetOf,
  producerEpochOf,
  producerIdOf,
  type RecordCursor,
  sizeOf,
} from '#protocol/records'
import type { Segment } from '../segment.ts'
import type { PassContext } from './clean-log.ts'
import type { CleanedSegment } from './cleaned-segment.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import type { CleaningPace } from './cleaning-pace.ts'
import type { OffsetMap } from './offset-map.ts'
import type { SegmentReader } from './segment-reader.ts'

/** The last that a producer has written. */
export interface LastOfProducer {
  /** Of its last batch; -1: none since the marker that began its epoch. */
  readonly lastOffset: Offset
  readonly epoch: number
}

export interface RewriteOptions {
  readonly map: OffsetMap
  /** Up to here the map has the newest offset of each key. */
  readonly latestOffset: Offset
  readonly nowMs: number
  readonly reader: SegmentReader
  readonly pace: CleaningPace
}

export class SegmentRewriter {
  readonly #context: PassContext
  readonly #options: RewriteOptions
  readonly #transactions: CleanedTransactions
  readonly #filter = new BatchFilter()
  /** Of the batch that is being filtered. */
  #baseOffset: Offset = 0
  #keepsAll = false
  #isHorizonOver = false
  #lastOfProducers: ReadonlyMap<ProducerId, LastOfProducer> = new Map()
  #highWatermark: Offset = 0
  /** Bytes that are to be written, of the piece that was read last. */
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  readBytes = 0
  readCount = 0
  keptBytes = 0
  keptCount = 0

  constructor(context: PassContext, options: RewriteOptions, transactions: CleanedTransactions) {
    this.#context = context
    this.#options = options
    this.#transactions = transactions
  }

  /** Writes what stays of `segments` into `cleaned`. Rejects with `UncleanableError` or `HostError`. */
  async rewrite(segments: readonly Segment[], cleaned: CleanedSegment): Promise<void> {
    const { store, log } = this.#context
    const { reader, pace } = this.#options
    this.#lastOfProducers = log.lastOfProducers()
    for (const segment of segments) {
      this.#highWatermark = log.highWatermark
      const end = store.segments.after(segment)?.baseOffset ?? log.highWatermark
      this.#transactions.add(await log.abortedTransactions(segment.baseOffset, end))
      const visit = (bytes: Uint8Array, at: number) => {
        this.#visit(bytes, at, cleaned)
        return false
      }
      await reader.read(segment, 0, visit, async () => {
        const chunks = this.#chunks
        const written = this.#chunkBytes
        this.#chunks = []
        this.#chunkBytes = 0
        if (written === 0) return
        await cleaned.write(chunks)
        await pace.took(written)
      })
    }
  }

  #visit(bytes: Uint8Array, at: number, cleaned: CleanedSegment): void {
    const sizeBytes = sizeOf(bytes, at)
    this.readBytes += sizeBytes
    const kept = this.#kept(bytes, at, cleaned)
    if (kept === undefined) return
    this.keptBytes += kept.length
    cleaned.segment.append(kept, 0, kept.length, this.#context.log.config.indexIntervalBytes)
    this.#queue(kept)
  }

  /** What stays of the batch. */
  #kept(bytes: Uint8Array, at: number, cleaned: CleanedSegment): Uint8Array | undefined {
    const { nowMs } = this.#options
    const isMarker = isControl(bytes, at)
    this.#isHorizonOver = hasDeleteHorizon(bytes, at) && Number(baseTimestampOf(bytes, at)) <= nowMs
    let goes: boolean
    let isAlone = false
    if (isMarker) {
      const met = this.#transactions.meetMarker(bytes, at)
      if (met.aborted !== undefined) cleaned.segment.transactionIndex.append(met.aborted)
      isAlone = met.isAlone
      goes = isAlone && this.#isHorizonOver
    } else {
      goes = this.#transactions.meetBatch(bytes, at)
    }
    const keepsEmpty = this.#isLastOfProducer(bytes, at) || nextOffsetOf(bytes, at) === this.#highWatermark
    if (goes) return keepsEmpty ? emptyBatch(bytes, at) : undefined
    this.#baseOffset = baseOffsetOf(bytes, at)
    this.#keepsAll = isMarker
    const deleteHorizonMs = nowMs + this.#context.log.config.deleteRetentionMs
    const filtered = this.#filter.filter(bytes, at, {
      keeps: this.#keeps,
      keepsEmpty,
      deleteHorizonMs,
      marksHorizon: isAlone,
      compute: this.#compute,
    })
    this.readCount += filtered.readCount
    this.keptCount += filtered.keptCount
    return filtered.bytes
  }

  get #compute(): Compute {
    return this.#context.host.compute
  }

  readonly #keeps = (record: RecordCursor): boolean => {
    const { map, latestOffset } = this.#options
    const offset = this.#baseOffset + record.offsetDelta
    if (this.#keepsAll || offset > latestOffset) return true
    if (record.keyBytes < 0) return false
    if (offset < map.get(record.bytes, record.keyAt, record.keyBytes)) return false
    return record.hasValue || !this.#isHorizonOver
  }

  #isLastOfProducer(bytes: Uint8Array, at: number): boolean {
    if (!hasProducerId(bytes, at)) return false
    const last = this.#lastOfProducers.get(producerIdOf(bytes, at))
    if (last === undefined) return false
    if (last.lastOffset >= 0) return lastOffsetOf(bytes, at) === last.lastOffset
    return isControl(bytes, at) && producerEpochOf(bytes, at) === last.epoch
  }

  /** Batches that stay as they are, side by side, leave as one piece. */
  #queue(kept: Uint8Array): void {
    this.#chunkBytes += kept.length
    const last = this.#chunks.at(-1)
    if (last === undefined || last.buffer !== kept.buffer || last.byteOffset + last.length !== kept.byteOffset) {
      this.#chunks.push(kept)
    } else {
      this.#chunks[this.#chunks.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + kept.length)
    }
  }
}
