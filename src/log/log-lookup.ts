/**
 * What is looked up in a log's files: batches by offset, records by time, transactions that were aborted.
 *
 * All of it waits for the disk, and the log goes on meanwhile: `log` is asked anew for what it is after each wait.
 */
import { type FileRange, nameOf, type Offset } from '#core'
import { HostError } from '#host'
import { ErrorCode } from '#protocol'
import { showsCompaction } from './compaction/traces.ts'
import { readFromDisk } from './disk-reads.ts'
import { TRANSACTION_INDEX } from './file-names.ts'
import type { Log } from './log.ts'
import { emptySlice, type LogSlice, type ReadOptions } from './log-slice.ts'
import type { LogEnvironment, LogStore } from './log-store.ts'
import { findRange } from './range-reads.ts'
import { findFirstFrom, findGreatest, type TimestampedOffset } from './time-lookup.ts'
import type { AbortedTransaction } from './transaction-index.ts'
import { verifyTransactions } from './verified-transactions.ts'

/** Longer slices are not read ahead: a reader that asks for so much waits little. */
const AHEAD_BYTES_MAX = 2 * 1024 * 1024

/** What a lookup needs to know of the log as it is at the moment. */
type LogState = Pick<Log, 'cleanedOffset' | 'config' | 'epochAt' | 'logStartOffset' | 'logEndOffset' | 'topicPartition'>

export class LogLookup {
  readonly #environment: LogEnvironment
  readonly #store: LogStore
  /** Whether the log was compacted by another broker, which nothing notes; not known before somebody meets a gap. */
  #showsCompaction: Promise<boolean> | undefined
  /** What has become of that, so that later reads know it from the beginning. */
  #wasCompactedElsewhere = false

  constructor(environment: LogEnvironment, store: LogStore) {
    this.#environment = environment
    this.#store = store
  }

  /** At once where it was read ahead. */
  read(offset: Offset, options: ReadOptions, log: LogState): LogSlice | Promise<LogSlice> {
    const served = (slice: LogSlice) => this.#served(slice, options, log)
    const ahead = this.#environment.readAhead.take(this, offset, options)
    if (ahead === undefined) return this.#read(offset, options, log).then(served)
    if (!(ahead instanceof Promise)) return served(ahead)
    return ahead.then((slice) => slice ?? this.#read(offset, options, log)).then(served)
  }

  /** Where what is asked for lies, if that can be told at once and it need not be checked. */
  range(offset: Offset, options: ReadOptions): FileRange | undefined {
    const { segments, writer, isSteady } = this.#store
    const segment = isSteady && offset < writer.written ? segments.holding(offset) : undefined
    if (segment === undefined) return undefined
    const { host, shared } = this.#environment
    const endOffset = Math.min(options.endOffset, writer.written)
    return findRange(shared.files, segment, offset, {
      options: { ...options, endOffset },
      nowMs: host.clock.monotonicMs(),
    })
  }

  /** Has the next slice read, where there is one and it takes waiting. */
  #served(slice: LogSlice, options: ReadOptions, log: LogState): LogSlice {
    const { nextOffset, sizeBytes } = slice
    const { maxBytes } = options
    if (this.#environment.shared.files.readsAtOnce) return slice
    const hasMore = sizeBytes > 0 && nextOffset < Math.min(options.endOffset, log.logEndOffset)
    // What is not written yet is in the tail, in most cases.
    if (hasMore && nextOffset < this.#store.writer.written && maxBytes > 0 && maxBytes <= AHEAD_BYTES_MAX) {
      const next = { ...options, atLeastOne: true }
      this.#environment.readAhead.begin(this, nextOffset, maxBytes, () => this.#read(nextOffset, next, log))
    }
    return slice
  }

  /** The log was cut or its files were replaced. */
  forget(): void {
    this.#environment.readAhead.forget(this)
  }

  async #read(offset: Offset, options: ReadOptions, log: LogState): Promise<LogSlice> {
    const { logger } = this.#environment.host
    const { writer } = this.#store
    try {
      // What has left the tail before it was written: the disk will have it in a moment.
      if (offset >= writer.written) await writer.settled()
      return await this.#undisturbed(async () => {
        const { segments } = this.#store
        const endOffset = Math.min(options.endOffset, writer.written)
        const { replacements } = segments
        let hasGap = false
        let isCompacted = this.#wasCompactedElsewhere
        let damage: string | undefined
        const context = {
          ...this.#context(log),
          segments,
          logEndOffset: log.logEndOffset,
          mayHaveGaps: (at: Offset) => {
            const isExpected = isCompacted || mayHaveGaps(log, at)
            hasGap ||= !isExpected
            return isExpected
          },
          clock: this.#environment.host.clock,
          epochAt: (at: Offset) => log.epochAt(at),
          damaged: (what: string) => {
            damage = what
          },
        }
        const read = () => readFromDisk(context, offset, { ...options, endOffset })
        let slice = await read()
        if (damage !== undefined && hasGap && (await this.#wasCompacted(log))) {
          isCompacted = true
          damage = undefined
          slice = await read()
        }
        // Retention was quicker: of what lies before the log's start nothing is known that it could be held against.
        if (damage !== undefined && offset < log.logStartOffset) {
          return emptySlice(offset, ErrorCode.OFFSET_OUT_OF_RANGE)
        }
        if (damage !== undefined && segments.replacements === replacements) logger.error(damage)
        return slice
      })
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      // Retention was quicker.
      if (offset < log.logStartOffset) return emptySlice(offset, ErrorCode.OFFSET_OUT_OF_RANGE)
      logger.error(`Cannot read ${nameOf(log.topicPartition)} at offset ${offset}: ${error.message}`)
      return emptySlice(offset, ErrorCode.KAFKA_STORAGE_ERROR)
    }
  }

  /** By another broker: goes through the log, once. Where our own compaction is noted, what is missing above it is lost. */
  async #wasCompacted({ cleanedOffset, logEndOffset, topicPartition }: LogState): Promise<boolean> {
    if (cleanedOffset !== undefined) return false
    const { host, shared } = this.#environment
    const isFirst = this.#showsCompaction === undefined
    this.#showsCompaction ??= showsCompaction(shared.files, [...this.#store.segments.all()], logEndOffset)
    try {
      this.#wasCompactedElsewhere = await this.#showsCompaction
    } catch (error) {
      this.#showsCompaction = undefined
      throw error
    }
    if (isFirst && this.#wasCompactedElsewhere) {
      host.logger.info(`${nameOf(topicPartition)} was compacted elsewhere: its offsets may have gaps`)
    }
    return this.#wasCompactedElsewhere
  }

  async firstFrom(timestampMs: bigint, log: LogState): Promise<TimestampedOffset | undefined> {
    await this.#store.writer.settled()
    return await this.#undisturbed(() => {
      const { logStartOffset } = log
      return findFirstFrom(this.#context(log), this.#store.segments.from(logStartOffset), timestampMs, logStartOffset)
    })
  }

  async greatest(log: LogState): Promise<TimestampedOffset | undefined> {
    await this.#store.writer.settled()
    return await this.#undisturbed(() =>
      findGreatest(this.#context(log), this.#store.segments.from(log.logStartOffset)),
    )
  }

  async aborted(from: Offset, to: Offset, log: LogState): Promise<readonly AbortedTransaction[]> {
    return await this.#undisturbed(async () => {
      const { host, shared, indexes } = this.#environment
      const context = { store: this.#store, files: shared.files, indexes, logger: host.logger }
      const aborted: AbortedTransaction[] = []
      for (const segment of this.#store.segments.from(from)) {
        if (!segment.isLoaded) await indexes.load(segment, log.config.indexIntervalBytes)
        const { transactionIndex, baseOffset, path } = segment
        // What compaction has left does not tell it any more.
        const isCompacted = mayHaveGaps(log, baseOffset)
        if (isCompacted && transactionIndex.isDamaged)
          throw new HostError('EIO', `${path}${TRANSACTION_INDEX} is damaged`)
        if (!isCompacted && !transactionIndex.isTrusted) await verifyTransactions(context, segment)
        if (segment.transactionIndex.collect(from, to, aborted)) break
      }
      return aborted
    })
  }

  /** What `read` gives while no segment is replaced under it: names of files mean others then. Compaction is rare. */
  async #undisturbed<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.#store.steady()
      const { segments } = this.#store
      const { replacements } = segments
      try {
        const result = await read()
        if (segments.replacements === replacements) return result
      } catch (error) {
        if (segments.replacements === replacements) throw error
      }
    }
  }

  #context({ config }: LogState) {
    const { host, shared, indexes } = this.#environment
    return { files: shared.files, indexes, compute: host.compute, indexIntervalBytes: config.indexIntervalBytes }
  }
}

/** Whether compaction may have taken batches around `offset`. */
function mayHaveGaps({ config, cleanedOffset }: LogState, offset: Offset): boolean {
  return config.compacted || offset <= (cleanedOffset ?? -1)
}
