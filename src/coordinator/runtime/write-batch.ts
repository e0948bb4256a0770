/**
 * The records of one turn's requests on their way into one batch, and who waits for them.
 */
import type { Offset } from '#core'
import type { ErrorCode } from '#protocol'
import { BATCH_HEADER_BYTES } from '#protocol/records'
import type { EncodedRecord } from './coordinator-shard.ts'

/** The most that a record's own header takes: length, attributes, two deltas, two lengths and the header count. */
const RECORD_OVERHEAD_BYTES = 5 + 1 + 10 + 5 + 5 + 5 + 1

/** Called once with 0, or with why not. */
export type Settle = (error: ErrorCode) => void

export interface TimedRecord extends EncodedRecord {
  readonly timestamp: bigint
}

export class WriteBatch {
  readonly baseOffset: Offset
  readonly records: TimedRecord[] = []
  readonly waiters: Settle[] = []
  readonly #bytesMax: number
  #bytes = BATCH_HEADER_BYTES

  constructor(baseOffset: Offset, bytesMax: number) {
    this.baseOffset = baseOffset
    this.#bytesMax = bytesMax
  }

  /** The offset of the next record. */
  get nextOffset(): Offset {
    return this.baseOffset + this.records.length
  }

  /** Whether `records` surely fit as well. What does not fit alone is for the log to refuse. */
  hasRoomFor(records: readonly EncodedRecord[]): boolean {
    let bytes = this.#bytes
    for (const record of records) bytes += boundBytes(record)
    return this.records.length === 0 || bytes <= this.#bytesMax
  }

  add(record: TimedRecord): void {
    this.records.push(record)
    this.#bytes += boundBytes(record)
  }

  settle(error: ErrorCode): void {
    for (const waiter of this.waiters) waiter(error)
  }
}

function boundBytes({ key, value }: EncodedRecord): number {
  return RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0)
}
