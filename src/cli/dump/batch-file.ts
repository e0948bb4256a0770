/** Segments and snapshots: files of record batches, read piece by piece, so that a file of any size can be shown. */
import { MalformedError } from '#core'
import { CompressionError, type Compute, type File } from '#host'
import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  checkBatch,
  codecOf,
  compressionOf,
  crcOf,
  hasDeleteHorizon,
  isControl,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  readRecords,
  recordCountOf,
  sizeOf,
  timestampTypeOf,
} from '#protocol/records'
import type { Entry } from './entry.ts'
import { controlMeaning, type Meaning } from './record-meaning.ts'

export interface BatchFileOptions {
  /** What the records mean; undefined: they are not shown. Control records always are. */
  readonly meaning: Meaning | undefined
  readonly compute: Compute
}

const WINDOW_BYTES = 1024 * 1024
const RECORDS_BYTES_MAX = 1024 * 1024 * 1024

/** An entry for each batch, and for each record. After what is no whole batch there is nothing more. */
export async function* dumpBatches(file: File, { meaning, compute }: BatchFileOptions): AsyncGenerator<Entry> {
  const window = new Window(file, await file.size())
  for (let position = 0; position < window.end; ) {
    const head = await window.at(position, BATCH_HEADER_BYTES)
    if (head.every((byte) => byte === 0)) {
      // Kafka can be told to take a segment's space at once (log.preallocate).
      yield { type: 'rest', position, bytes: window.end - position, content: 'zeros' }
      return
    }
    const left = window.end - position
    const sizeBytes = head.length < BATCH_HEADER_BYTES ? 0 : sizeOf(head)
    if (sizeBytes < BATCH_HEADER_BYTES || sizeBytes > left) {
      const why = sizeBytes > left ? `a batch of ${sizeBytes} bytes begins, ${left} are left` : checkBatch(head)
      yield { type: 'rest', position, bytes: left, problem: `at byte ${position}: ${why}` }
      return
    }
    const batch = await window.at(position, sizeBytes)
    const problem = checkBatch(batch)
    yield {
      ...describe(batch, position),
      ...(problem === undefined ? undefined : { problem: `at byte ${position}: ${problem}` }),
    }
    const meant = isControl(batch) ? controlMeaning : meaning
    if (meant !== undefined) yield* dumpRecords(batch, { meant, compute, position })
    position += sizeBytes
  }
}

function describe(batch: Uint8Array, position: number): Entry {
  return {
    type: 'batch',
    baseOffset: baseOffsetOf(batch),
    lastOffset: lastOffsetOf(batch),
    count: recordCountOf(batch),
    position,
    sizeBytes: sizeOf(batch),
    leaderEpoch: leaderEpochOf(batch),
    compression: compressionOf(codecOf(batch)) ?? `codec ${codecOf(batch)}`,
    timestampType: timestampTypeOf(batch),
    maxTimestamp: maxTimestampOf(batch),
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    baseSequence: baseSequenceOf(batch),
    lastSequence: lastSequenceOf(batch),
    transactional: isTransactional(batch),
    control: isControl(batch),
    deleteHorizonMs: hasDeleteHorizon(batch) ? baseTimestampOf(batch) : null,
    crc: crcOf(batch),
  }
}

function* dumpRecords(
  batch: Uint8Array,
  { meant, compute, position }: { readonly meant: Meaning; readonly compute: Compute; readonly position: number },
): Generator<Entry> {
  try {
    for (const record of readRecords(batch, compute, { maxBytes: RECORDS_BYTES_MAX })) {
      yield {
        type: 'record',
        offset: record.offset,
        timestamp: record.timestamp,
        ...meaningOf(meant, record, position),
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
    yield { type: 'record', problem: `at byte ${position}: the records cannot be read: ${error.message}` }
  }
}

function meaningOf(meant: Meaning, record: Parameters<Meaning>[0], position: number): Omit<Entry, 'type'> {
  try {
    return meant(record)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { problem: `at byte ${position}, offset ${record.offset}: ${error.message}` }
  }
}

/** Bytes of a file, read ahead: small batches one after another cost one read for many. */
class Window {
  readonly #file: File
  /** The size of the file. */
  readonly end: number
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(file: File, end: number) {
    this.#file = file
    this.end = end
  }

  /** `length` bytes from `position` on, or as many as there are; they last until the next call. */
  async at(position: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.end - position)
    if (position < this.#start || position + wanted > this.#start + this.#bytes.length) {
      const room = new Uint8Array(Math.min(Math.max(wanted, WINDOW_BYTES), this.end - position))
      this.#bytes = room.subarray(0, await this.#file.read(room, position))
      this.#start = position
    }
    return this.#bytes.subarray(position - this.#start, position - this.#start + wanted)
  }
}
