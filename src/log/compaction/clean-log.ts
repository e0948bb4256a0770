/**
 * One pass of compaction over a log, by Kafka's rules (`Cleaner`).
 *
 *   1. The keys of the dirty part, from where the last pass ended to where this one may go, are mapped to their newest
 *      offsets, until the map is full: the pass then ends there.
 *   2. All segments up to there are written anew, in groups that fit into one, without the records that the map knows a
 *      newer one of, without aborted ones, and without tombstones and markers whose time is over.
 *   3. Each group takes the place of its segments, in a way that a crash leaves the one or the other.
 *
 * Invariants:
 *   offsets stay, and so does the order; of each key of the map the newest committed record is kept
 *   nothing at or above the last stable offset, of the active segment, or not yet synced is read or written
 *   a tombstone stays for `delete.retention.ms` after the first pass that met it as the newest record of its key
 *   the newest batch of each active producer stays, if only as an empty one: it says the sequence
 *   no batch is written anew that did not have its checksum
 */
import { MalformedError, type Offset, type ProducerId } from '#core'
import { CompressionError, type Host } from '#host'
import type { LogConfig } from '../log-config.ts'
import type { LogStore } from '../log-store.ts'
import type { SharedDisk } from '../log-writer.ts'
import type { Segment } from '../segment.ts'
import type { SegmentIndexes } from '../segment-indexes.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import type { CleanableRange } from './cleanable-range.ts'
import { CleanedSegment } from './cleaned-segment.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import { CleaningPace, type Throttle } from './cleaning-pace.ts'
import type { CleaningPass } from './log-cleaning.ts'
import { mapKeys } from './map-keys.ts'
import { OffsetMap, SLOT_BYTES } from './offset-map.ts'
import { type LastOfProducer, SegmentRewriter } from './rewrite-segments.ts'
import { SegmentReader } from './segment-reader.ts'
import { UncleanableError } from './uncleanable-error.ts'

/** How compaction works, of the broker's configuration. */
export interface CleanerLimits {
  /** `log.cleaner.dedupe.buffer.size`: what the map of keys may take. */
  readonly mapBytes: number
  /** `log.cleaner.io.buffer.load.factor`: how full the map may get. */
  readonly loadFactor: number
  /** `log.cleaner.io.buffer.size`: what reading takes; more where a batch is larger. */
  readonly ioBytes: number
}

/** What a pass needs to know of the log, as it is at the moment. */
export interface CleanedLog {
  readonly highWatermark: Offset
  readonly config: LogConfig
  lastOfProducers(): ReadonlyMap<ProducerId, LastOfProducer>
  abortedTransactions(from: Offset, to: Offset): Promise<readonly AbortedTransaction[]>
}

export interface PassContext {
  readonly host: Pick<Host, 'clock' | 'compute' | 'random'>
  readonly shared: SharedDisk
  readonly indexes: SegmentIndexes
  readonly store: LogStore
  readonly log: CleanedLog
  readonly limits: CleanerLimits
  readonly throttle: Throttle
  readonly pass: CleaningPass
}

/** What a pass has done. */
export interface CleanedRange {
  /** Where the dirty part began, and where the next pass begins. */
  readonly from: Offset
  readonly to: Offset
  /** Keys of the dirty part; the map may have been full before its end. */
  readonly keyCount: number
  readonly isMapFull: boolean
  readonly readBytes: number
  readonly keptBytes: number
  readonly readCount: number
  readonly keptCount: number
}

const INDEX_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
const RELATIVE_OFFSET_MAX = 2 ** 31 - 1
const SEGMENT_BYTES_MAX = 2 ** 31 - 1
/** A map of more does not pay: Kafka has the same limit. */
const MAP_BYTES_MAX = 2 ** 31 - 1
const READ_BYTES_MIN = 1024

/**
 * Compacts `range`. Rejects with `UncleanableError` where the log cannot be, and with `HostError`; groups that have been
 * put in place until then stay.
 */
export async function cleanLog(context: PassContext, range: CleanableRange): Promise<CleanedRange> {
  const { host, shared, store, log, limits, pass } = context
  const nowMs = host.clock.nowMs()
  const pace = new CleaningPace(host.clock, pass, context.throttle)
  const reader = new SegmentReader(shared.files, Math.max(READ_BYTES_MIN, limits.ioBytes >> 1), pace)
  const { slotCount, keysMax } = mapSize(limits, range)
  const map = new OffsetMap(slotCount, host.random.bytes(16))
  try {
    const { latestOffset, isFull } = await mapKeys(context, range, { map, keysMax, reader })
    const options = { map, latestOffset, nowMs, reader, pace }
    const rewriter = new SegmentRewriter(context, options, new CleanedTransactions())
    for (const group of await groupsUpTo(context, latestOffset + 1, range)) {
      pass.check()
      const first = { baseOffset: group[0]!.baseOffset, createdMs: group.at(-1)!.createdMs }
      const cleaned = await CleanedSegment.create(shared.disk.impatient, store.folder, first)
      try {
        await rewriter.rewrite(group, cleaned)
        const suffixes = await cleaned.finish()
        pass.check()
        if (shared.failure !== undefined) throw shared.failure
        await store.replace(group, { segment: cleaned.segment, suffixes }, log.config.fileDeleteDelayMs)
      } catch (error) {
        if (shared.failure === undefined) await cleaned.discard()
        throw error
      }
    }
    const { readBytes, keptBytes, readCount, keptCount } = rewriter
    const counts = { readBytes, keptBytes, readCount, keptCount }
    return { from: range.firstDirtyOffset, to: latestOffset + 1, keyCount: map.size, isMapFull: isFull, ...counts }
  } catch (error) {
    if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
    throw new UncleanableError(`its records cannot be read: ${error.message}`)
  }
}

/** How many keys there may be, and what room they get: no more than there are records. */
function mapSize({ mapBytes, loadFactor }: CleanerLimits, range: CleanableRange) {
  const slotsMax = Math.max(2, Math.floor(Math.min(mapBytes, MAP_BYTES_MAX) / SLOT_BYTES))
  const recordsMax = range.firstUncleanableOffset - range.firstDirtyOffset
  const slotCount = Math.min(slotsMax, Math.ceil(recordsMax / Math.min(loadFactor, 0.75)) + 1)
  return { slotCount, keysMax: Math.max(1, Math.floor(Math.min(slotsMax * loadFactor, slotCount - 1))) }
}

/**
 * Segments with offsets below `to`, in runs that become one: as large as a segment may be, its indexes as well, and no
 * offset further from the first than an index can say.
 */
async function groupsUpTo(
  { store, indexes, log }: PassContext,
  to: Offset,
  { firstUncleanableOffset }: CleanableRange,
): Promise<readonly (readonly Segment[])[]> {
  const { segmentBytes, segmentIndexBytes, indexIntervalBytes } = log.config
  const sizeBytesMax = Math.min(segmentBytes, SEGMENT_BYTES_MAX)
  const groups: Segment[][] = []
  let group: Segment[] = []
  let sizeBytes = 0
  let indexBytes = 0
  let timeBytes = 0
  for (const segment of [...store.segments.all()]) {
    if (segment.baseOffset >= to) break
    await indexes.load(segment, indexIntervalBytes)
    const ownIndexBytes = segment.offsetIndex.count * INDEX_ENTRY_BYTES
    const ownTimeBytes = segment.timeIndex.count * TIME_ENTRY_BYTES
    const lastOffset = (store.segments.after(segment)?.baseOffset ?? firstUncleanableOffset) - 1
    const [first] = group
    const fits =
      first !== undefined &&
      sizeBytes + segment.sizeBytes <= sizeBytesMax &&
      indexBytes + ownIndexBytes <= segmentIndexBytes &&
      timeBytes + ownTimeBytes <= segmentIndexBytes &&
      (segment.sizeBytes === 0 || lastOffset - first.baseOffset <= RELATIVE_OFFSET_MAX)
    if (!fits) {
      group = []
      groups.push(group)
      sizeBytes = indexBytes = timeBytes = 0
    }
    group.push(segment)
    sizeBytes += segment.sizeBytes
    indexBytes += ownIndexBytes
    timeBytes += ownTimeBytes
  }
  return groups
}
