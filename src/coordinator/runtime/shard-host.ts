/**
 * One shard for as long as this broker leads its partition: loads it by replay, writes what its operations ask for,
 * lets answers go when their records are committed, and gives it up.
 *
 *     loading --log replayed--> active --resigned, out of step--> closed
 *        +------ log unreadable, resigned ------------------------>+
 *
 * Within a turn the records of all operations go into one batch: each is applied as it is added, so that the next
 * operation sees it, and the batch is handed to the log at the end of the turn. If the log refuses it, the timeline
 * takes its effects back, and every operation in it fails with the log's error.
 *
 * Invariants:
 *   the latest view is the fold of the log and of the batch in progress
 *   the committed view is the fold of the log below the high watermark
 *   answers leave in the order of their operations, each after all records up to its own are committed
 */
import { assert, Deadlines, type Offset } from '#core'
import type { Clock, Compute, Logger } from '#host'
import { ErrorCode, errorName } from '#protocol'
import { type Compression, encodeBatch } from '#protocol/records'
import { coordinatorErrorOf } from './coordinator-error.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorResult, CoordinatorShard, RecordFormat, ShardContext } from './coordinator-shard.ts'
import { replayLog } from './replay.ts'
import { ShardTimer } from './shard-timer.ts'
import { Timeline } from './timeline.ts'
import { type Settle, WriteBatch } from './write-batch.ts'

/** What a shard is made from and run with; the same for all shards of a runtime. */
export interface ShardHostOptions<Shard extends CoordinatorShard<CoordinatorRecord>, CoordinatorRecord> {
  /** The internal topic. */
  readonly topic: string
  readonly clock: Clock
  readonly compute: Compute
  readonly logger: Logger
  readonly format: RecordFormat<CoordinatorRecord>
  createShard(context: ShardContext<CoordinatorRecord>): Shard
  /** How batches are compressed. */
  codec(): Compression
  /** How long an answer waits for its records to be committed. */
  writeTimeoutMs(): number
  /** Does `action` when this turn's requests have been handled. */
  endOfTurn(action: () => void): void
}

export class ShardHost<Shard extends CoordinatorShard<CoordinatorRecord>, CoordinatorRecord> {
  readonly #options: ShardHostOptions<Shard, CoordinatorRecord>
  readonly #name: string
  readonly #timeline = new Timeline()
  readonly #timers: Deadlines
  readonly #shard: Shard
  readonly #onOutOfStep: () => void
  #log: CoordinatorLog
  #stopListening: (() => void) | undefined
  #state: 'loading' | 'active' | 'closed' = 'loading'
  /** One past the last record that the log has taken. */
  #writtenEnd: Offset = 0
  #batch: WriteBatch | undefined
  /** Who waits for the high watermark to reach an offset, in rising order of it. */
  readonly #waiting: { readonly endOffset: Offset; readonly settle: Settle }[] = []

  constructor(
    partition: number,
    log: CoordinatorLog,
    options: ShardHostOptions<Shard, CoordinatorRecord> & { readonly onOutOfStep: () => void },
  ) {
    this.#options = options
    this.#name = `${options.topic}-${partition}`
    this.#log = log
    this.#onOutOfStep = options.onOutOfStep
    this.#timers = new Deadlines(options.clock)
    this.#shard = options.createShard({
      partition,
      timeline: this.#timeline,
      timer: (operation) => this.#timer(operation),
    })
  }

  get state(): 'loading' | 'active' | 'closed' {
    return this.#state
  }

  get leaderEpoch(): number {
    return this.#log.leaderEpoch
  }

  /** Replays the log and becomes active. */
  async load(): Promise<void> {
    const { clock, logger, format, compute } = this.#options
    const log = this.#log
    const startMs = clock.monotonicMs()
    const summary = await replayLog(log, this.#shard, {
      name: this.#name,
      format,
      compute,
      logger,
      timeline: this.#timeline,
      isWanted: () => this.#state === 'loading',
      pause: () => new Promise((resolve) => void clock.setTimer(0, resolve)),
    })
    if (this.#state !== 'loading') return
    if (summary === undefined) {
      this.close()
      return
    }
    this.#writtenEnd = log.logEndOffset
    this.#timeline.at(this.#writtenEnd)
    this.#state = 'active'
    this.#stopListening = log.onHighWatermark(() => this.#release())
    this.#release()
    this.#shard.loaded()
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    // A new topic of fifty empty partitions is not worth fifty lines.
    const level = summary.recordCount > 0 ? 'info' : 'debug'
    logger[level](`Loaded ${this.#name} in epoch ${log.leaderEpoch}: ${summary.recordCount} records in ${tookMs} ms`, {
      ...summary,
    })
  }

  /** Goes on in a new epoch of the same leader, if nobody else can have written in between. */
  adopt(log: CoordinatorLog): boolean {
    if (this.#state !== 'active' || log.leaderEpoch !== this.#log.leaderEpoch + 1) return false
    if (log.logEndOffset !== this.#writtenEnd) return false
    this.#stopListening?.()
    this.#log = log
    this.#stopListening = log.onHighWatermark(() => this.#release())
    this.#release()
    return true
  }

  /** Why the shard answers nothing now; 0 where it does. */
  get refusal(): ErrorCode {
    if (this.#state === 'active') return ErrorCode.NONE
    return this.#state === 'loading' ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NOT_COORDINATOR
  }

  /** Does `operation` on the shard, which is active; `answer` gets its response, or the error, once that is known. */
  write<Response>(
    operation: (shard: Shard) => CoordinatorResult<Response, CoordinatorRecord>,
    answer: (error: ErrorCode, response: Response | undefined) => void,
  ): void {
    assert(this.#state === 'active', 'operations are for active shards')
    this.#timeline.at(this.#batch?.nextOffset ?? this.#writtenEnd)
    const result = operation(this.#shard)
    let settled = false
    const settle = (error: ErrorCode) => {
      if (settled) return
      settled = true
      deadline?.cancel()
      const told = coordinatorErrorOf(error)
      result.settled?.(told)
      answer(told, told === ErrorCode.NONE ? result.response : undefined)
    }
    let deadline: { cancel(): void } | undefined
    this.#append(result, settle)
    if (settled) return
    deadline = this.#timers.add(this.#options.writeTimeoutMs(), () => settle(ErrorCode.REQUEST_TIMED_OUT))
  }

  /** Looks at the shard, which is active. */
  read<Response>(operation: (shard: Shard) => Response): Response {
    assert(this.#state === 'active', 'operations are for active shards')
    return operation(this.#shard)
  }

  /** Gives the shard up: all that waits is answered NOT_COORDINATOR. */
  close(): void {
    if (this.#state === 'closed') return
    const wasActive = this.#state === 'active'
    this.#state = 'closed'
    this.#stopListening?.()
    for (const { settle } of this.#waiting.splice(0)) settle(ErrorCode.NOT_COORDINATOR)
    const batch = this.#batch
    this.#batch = undefined
    batch?.settle(ErrorCode.NOT_COORDINATOR)
    if (wasActive) this.#shard.unloaded()
    this.#timers.close()
  }

  #timer(operation: () => CoordinatorResult<void, CoordinatorRecord>): ShardTimer {
    return new ShardTimer(this.#timers, () => {
      this.write(operation, (error) => {
        if (error === ErrorCode.NONE || this.#state !== 'active') return
        this.#options.logger.warn(`A timer of ${this.#name} could not write its records: ${errorName(error)}`)
      })
    })
  }

  #append({ records, apply, atomic }: CoordinatorResult<unknown, CoordinatorRecord>, settle: Settle): void {
    const { format, clock } = this.#options
    const timestamp = BigInt(clock.nowMs())
    const encoded = records.map((record) => ({ timestamp, ...format.encode(record) }))
    for (const [index, record] of encoded.entries()) {
      const together = atomic === false ? [record] : encoded
      if (this.#batch !== undefined && (atomic === false || index === 0) && !this.#batch.hasRoomFor(together)) {
        // The operation saw effects of the batch before it, so it fails with it.
        const error = this.#flush()
        if (error !== ErrorCode.NONE) {
          settle(error)
          return
        }
      }
      this.#batch ??= this.#openBatch()
      const offset = this.#batch.nextOffset
      this.#timeline.at(offset)
      if (apply !== false) this.#shard.apply(records[index]!, { offset, producerId: -1n })
      this.#batch.add(record)
    }
    if (this.#batch !== undefined) this.#batch.waiters.push(settle)
    else this.#settleAt(this.#writtenEnd, settle)
  }

  #openBatch(): WriteBatch {
    const batch = new WriteBatch(this.#writtenEnd, this.#log.batchBytesMax)
    this.#options.endOfTurn(() => {
      if (this.#batch === batch) this.#flush()
    })
    return batch
  }

  /** Hands the batch in progress to the log. */
  #flush(): ErrorCode {
    const batch = this.#batch
    assert(batch !== undefined && batch.records.length > 0, 'a batch is made for a record')
    this.#batch = undefined
    // Kafka's coordinators write base sequence 0 without a producer id; its tools show it, so it is kept.
    const { compute, codec } = this.#options
    const outcome = this.#log.append(encodeBatch(batch.records, { baseSequence: 0, codec: codec(), compute }))
    if (outcome.error !== undefined) {
      this.#options.logger.warn(
        `Cannot write ${batch.records.length} records to ${this.#name}: ${errorName(outcome.error)}: ${outcome.message}`,
      )
      this.#timeline.rollback(batch.baseOffset)
      batch.settle(outcome.error)
      return outcome.error
    }
    if (outcome.lastOffset + 1 !== batch.nextOffset) {
      this.#options.logger.error(
        `${this.#name} is out of step: its batch ends at offset ${outcome.lastOffset}, the shard has ${batch.nextOffset - 1}; loading it anew`,
      )
      this.#batch = batch
      this.close()
      this.#onOutOfStep()
      return ErrorCode.NOT_COORDINATOR
    }
    this.#writtenEnd = batch.nextOffset
    for (const settle of batch.waiters) this.#settleAt(batch.nextOffset, settle)
    this.#release()
    return ErrorCode.NONE
  }

  #settleAt(endOffset: Offset, settle: Settle): void {
    if (this.#waiting.length === 0 && this.#log.highWatermark >= endOffset) settle(ErrorCode.NONE)
    else this.#waiting.push({ endOffset, settle })
  }

  /** Takes note of the high watermark and lets go what waited for it. */
  #release(): void {
    const committedEnd = Math.min(this.#log.highWatermark, this.#writtenEnd)
    this.#timeline.commit(committedEnd)
    let count = 0
    while (count < this.#waiting.length && this.#waiting[count]!.endOffset <= committedEnd) count++
    for (const { settle } of this.#waiting.splice(0, count)) settle(ErrorCode.NONE)
  }
}
