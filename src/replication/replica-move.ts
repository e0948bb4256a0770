/**
 * The move of a replica to another log directory of its broker (KIP-113), while it is served.
 *
 *   copy     a future replica in the target directory, `topic-N.<id>-future`, catches up from the current one
 *   settle   it gets the folder `topic-N`, which both directories have now; then it catches up with the little that came
 *   switch   in one turn, where both end at the same offset: the partition goes on with the copy
 *   end      the copy and its checkpoints are stored; the former replica is deleted
 *
 * A crash while it copies leaves the current replica, and the future one as a wish: the next start begins the move anew.
 * After it has settled the longer of the two counts. Until the switch that is the former, or both are the same. After
 * it the copy has everything that was stored in the former, or else nothing was acknowledged since and the former has all.
 *
 * Invariant: the former replica is deleted only when all that it has is stored in the copy.
 */
import { nameOf } from '#core'
import { HostError, type Logger } from '#host'
import { DamagedLogError, type Log, type LogDirectory } from '#log'
import { ErrorCode, errorName } from '#protocol'
import type { Partition } from './partition.ts'

export interface ReplicaMoveOptions {
  readonly partition: Partition
  readonly source: LogDirectory
  readonly target: LogDirectory
  /** An earlier move of the same replica, to be waited for. */
  readonly after: Promise<void> | undefined
  /** Called in the turn in which the partition has gone over to the copy. */
  readonly switched: () => void
  readonly logger: Logger
}

/** Bytes of one read, and so many are on their way to the target's disk at most. */
const COPY_BYTES = 4 * 1024 * 1024

/** Thrown where the move is called off. */
class CalledOff extends Error {}

export class ReplicaMove {
  /** When the future replica is there, or why it is not. */
  readonly begun: Promise<ErrorCode>
  /** When nothing of it is under way any more, whatever became of it. */
  readonly ended: Promise<void>
  readonly #options: ReplicaMoveOptions
  #begin: (error: ErrorCode) => void = () => {}
  #end: 'stop' | 'cancel' | undefined
  #hasSettled = false
  #hasSwitched = false

  constructor(options: ReplicaMoveOptions) {
    this.#options = options
    this.begun = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.ended = this.#run()
  }

  get target(): LogDirectory {
    return this.#options.target
  }

  /** Calls the move off: the copy goes, unless the partition lives on it already. */
  cancel(): void {
    this.#end = 'cancel'
  }

  /** Interrupts it, to be begun again at the next start. */
  stop(): void {
    this.#end ??= 'stop'
  }

  async #run(): Promise<void> {
    const { partition, source, target, logger } = this.#options
    const { topicPartition } = partition
    const what = `${nameOf(topicPartition)} from ${source.path} to ${target.path}`
    try {
      await this.#move()
      logger.info(`Moved ${what}`)
    } catch (error) {
      if (!(error instanceof HostError || error instanceof DamagedLogError || error instanceof CalledOff)) throw error
      this.#begin(error instanceof CalledOff ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR)
      if (!(error instanceof CalledOff)) logger.error(`Cannot move ${what}: ${error.message}`)
      if (this.#hasSwitched || (error instanceof CalledOff && this.#end === 'stop') || target.failure !== undefined)
        return
      await target.discardFuture(topicPartition).catch((cause: unknown) => {
        logger.warn(`Cannot remove what was copied of ${what}: ${cause instanceof Error ? cause.message : cause}`)
      })
    }
  }

  async #move(): Promise<void> {
    await this.#options.after
    // What is copied stays as it is.
    const resume = await this.#options.partition.log.pauseCleaning()
    try {
      await this.#copy()
    } finally {
      resume()
    }
  }

  async #copy(): Promise<void> {
    const { partition, source, target, switched } = this.#options
    const { topicPartition, topicId } = partition
    const { log } = partition
    const { config } = log
    const first = await log.read(log.logStartOffset, { maxBytes: 1, atLeastOne: true, endOffset: log.logEndOffset })
    const future = await target.createFuture(topicPartition, { topicId, config, startOffset: first.baseOffset })
    this.#begin(ErrorCode.NONE)
    // Twice: what comes while the first flush runs is little, and what is left to copy after the settling less.
    for (let round = 0; round < 2; round++) {
      await this.#catchUp(future, () => {})
      await future.flush()
    }
    this.#hasSettled = true
    const settled = await target.settleFuture(topicPartition, config)
    await this.#catchUp(settled, () => {
      settled.cleanedOffset = log.cleanedOffset
      partition.moveTo(settled)
      target.adoptFuture(topicPartition)
      this.#hasSwitched = true
      switched()
    })
    await settled.flush()
    await target.checkpoint()
    await source.deleteLog(topicPartition)
  }

  /** Copies until both logs end at the same offset, and calls `whenLevel` in the turn in which they do. */
  async #catchUp(copy: Log, whenLevel: () => void): Promise<void> {
    const { log } = this.#options.partition
    const { target } = this.#options
    let unstoredBytes = 0
    for (;;) {
      // Once settled there is only a moment's work left: a broker that stops waits for it.
      if (this.#end === 'cancel' || (this.#end === 'stop' && !this.#hasSettled)) throw new CalledOff()
      if (log.failure !== undefined) throw log.failure
      // What is kept free there is not for copies. One that has settled has all but a little.
      if (target.fullness !== undefined && !this.#hasSettled) throw new HostError('ENOSPC', target.fullness)
      if (copy.logEndOffset >= log.logEndOffset) break
      const from = Math.max(copy.logEndOffset, log.logStartOffset)
      const reading = log.read(from, { maxBytes: COPY_BYTES, atLeastOne: true, endOffset: log.logEndOffset })
      // What the tail in memory has comes at once: so there is a turn in which the copy has everything.
      const slice = reading instanceof Promise ? await reading : reading
      if (slice.error !== 0 || slice.chunks.length === 0) {
        if (from < log.logStartOffset) continue // Retention was quicker.
        throw new HostError('EIO', `offset ${from} cannot be read: ${errorName(slice.error)}`)
      }
      if (copy.logEndOffset < log.logStartOffset) await copy.truncateFullyAndStartAt(slice.baseOffset)
      for (const chunk of slice.chunks) {
        const outcome = copy.append(chunk, { origin: 'replica', leaderEpoch: -1 })
        if (outcome.error !== undefined) throw copy.failure ?? new HostError('EIO', outcome.message)
      }
      unstoredBytes += slice.sizeBytes
      if (unstoredBytes < COPY_BYTES) continue
      unstoredBytes = 0
      await copy.flush()
    }
    whenLevel()
  }
}
