/**
 * What a kind of coordinator gives the runtime: the state machine that lives on one partition, and the bytes of its
 * records.
 *
 * A request is an operation on the shard: it reads the latest state and says which records to write and what to answer
 * once they are committed. It does not change what records describe; the runtime applies the records for that, in the
 * order of the log, by the same `apply` that replays the log after a fail-over. So the state is the fold of the log.
 * What no record describes (who waits for an answer, timers) an operation may change directly.
 */
import type { Offset, ProducerId } from '#core'
import type { ErrorCode } from '#protocol'
import type { ShardTimer } from './shard-timer.ts'
import type { Timeline } from './timeline.ts'

export interface CoordinatorShard<CoordinatorRecord> {
  /** Applies a record to the state, when it has been given its place in the log or when the log is replayed. */
  apply(record: CoordinatorRecord, place: RecordPlace): void
  /** Applies the end of a transaction whose records were applied with its producer id. */
  endTransaction(producerId: ProducerId, committed: boolean): void
  /** The log has been replayed; requests follow. */
  loaded(): void
  /** The shard is given up: whoever waits for an answer gets one now. Nothing is asked of the shard afterwards. */
  unloaded(): void
}

export interface RecordPlace {
  readonly offset: Offset
  /** The transaction the record belongs to; -1n: none. */
  readonly producerId: ProducerId
}

/** What an operation on a shard gives. */
export interface CoordinatorResult<Response, CoordinatorRecord> {
  /** Written in this order. Without records the response waits for the writes before it, whose effects it may show. */
  readonly records: readonly CoordinatorRecord[]
  readonly response: Response
  /** Whether the records are applied when they are written; default true. False where the state has changed already, or changes in `settled`. */
  readonly apply?: boolean
  /** Whether the records go into one batch, written as a whole or not at all; default true. */
  readonly atomic?: boolean
  /** Called once, before the response leaves: 0 when the records are committed, else why they are not known to be. */
  readonly settled?: (error: ErrorCode) => void
}

/** The bytes of a kind of coordinator's records. */
export interface RecordFormat<CoordinatorRecord> {
  encode(record: CoordinatorRecord): EncodedRecord
  /** Throws `MalformedError` where the bytes are not what they claim to be. */
  decode(key: Uint8Array, value: Uint8Array | null): CoordinatorRecord
}

export interface EncodedRecord {
  readonly key: Uint8Array
  /** Null: the record removes what the key names. */
  readonly value: Uint8Array | null
}

/** What the runtime gives a shard. */
export interface ShardContext<CoordinatorRecord> {
  readonly partition: number
  /** Keeps the maps of the state in their two views. */
  readonly timeline: Timeline
  /** A timer that, when it has run down, does an operation on the shard. It ends with the shard. */
  timer(operation: () => CoordinatorResult<void, CoordinatorRecord>): ShardTimer
}
