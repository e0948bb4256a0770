/**
 * Compaction of all logs of a broker, one after another: always the one of which the greatest part is new. When none needs
 * it, it rests for `log.cleaner.backoff.ms`.
 *
 * There is one cleaner, on the broker's event loop: `log.cleaner.threads` is taken and makes no other. A pass takes slices
 * of a quarter of a millisecond between what the broker does otherwise, and its memory, the map of keys, is given back when it
 * ends. A log that cannot be compacted is left alone until the next start, as in Kafka; the others go on.
 */
import { nameOf } from '#core'
import { type CancelTimer, type Host, HostError, type Logger } from '#host'
import type { Log } from '../log.ts'
import type { LogDirectory } from '../log-directory.ts'
import type { CleanedRange, CleanerLimits } from './clean-log.ts'
import type { Cleanable } from './cleanable-range.ts'
import { Throttle } from './cleaning-pace.ts'
import { UncleanableError } from './uncleanable-error.ts'

export interface LogCleanerOptions {
  readonly host: Pick<Host, 'clock' | 'logger'>
  readonly directories: readonly LogDirectory[]
  /** Asked anew for each pass. */
  readonly limits: () => CleanerLimits
  /** `log.cleaner.io.max.bytes.per.second` */
  readonly bytesPerSecond: () => number
  /** `log.cleaner.backoff.ms` */
  readonly backoffMs: () => number
}

export class LogCleaner {
  readonly #options: LogCleanerOptions
  readonly #throttle: Throttle
  readonly #logger: Logger
  /** Logs that could not be compacted. */
  readonly #uncleanable = new WeakSet<Log>()
  #cleaning: Log | undefined
  #cancel: CancelTimer | undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(options: LogCleanerOptions) {
    this.#options = options
    this.#logger = options.host.logger
    this.#throttle = new Throttle(options.bytesPerSecond)
  }

  /** Begins to work by itself, the first time after a rest. */
  start(): void {
    this.#rest()
  }

  /** Calls off what is under way; resolves when nothing is. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel?.()
    const resume = await this.#cleaning?.pauseCleaning()
    await this.#running
    resume?.()
  }

  #rest(): void {
    if (this.#isStopped) return
    this.#cancel = this.#options.host.clock.setTimer(this.#options.backoffMs(), () => {
      this.#running = this.#work()
    })
  }

  async #work(): Promise<void> {
    try {
      // One that fails, or gives way to something else, has its turn again after the rest.
      const passedOver = new Set<Log>()
      for (let next = await this.cleanFilthiest(); next !== undefined; next = await this.cleanFilthiest(passedOver)) {
        if (next.cleaned === undefined) passedOver.add(next.log)
      }
      if (!this.#isStopped) await this.#enforceRetention()
    } catch (error) {
      this.#logger.error(`Cannot compact logs: ${error instanceof Error ? error.message : error}`)
    }
    this.#rest()
  }

  /**
   * Compacts the log that needs it most, of those that are not in `passedOver`. Undefined where none does; `cleaned` is
   * undefined where it could not be done now.
   */
  async cleanFilthiest(
    passedOver: ReadonlySet<Log> = new Set(),
  ): Promise<{ readonly log: Log; readonly cleaned: CleanedRange | undefined } | undefined> {
    const nowMs = this.#options.host.clock.nowMs()
    let filthiest: Log | undefined
    let cleanable: Cleanable | undefined
    for (const log of this.#logs()) {
      if (passedOver.has(log)) continue
      const found = await this.#attempt(log, () => log.cleanable(nowMs))
      if (found?.isDue !== true || found.dirtyRatio <= (cleanable?.dirtyRatio ?? -1)) continue
      filthiest = log
      cleanable = found
    }
    const log = filthiest
    const range = cleanable
    if (log === undefined || range === undefined || this.#isStopped) return undefined
    const began = this.#options.host.clock.monotonicMs()
    this.#cleaning = log
    const cleaned = await this.#attempt(log, () =>
      log.clean(range, { limits: this.#options.limits(), throttle: this.#throttle }),
    )
    this.#cleaning = undefined
    if (cleaned !== undefined) this.#tell(log, cleaned, this.#options.host.clock.monotonicMs() - began)
    return { log, cleaned }
  }

  *#logs(): Iterable<Log> {
    for (const directory of this.#options.directories) {
      if (directory.failure !== undefined) continue
      for (const log of [...directory.logs()]) if (!this.#uncleanable.has(log)) yield log
    }
  }

  /** What `work` gives; undefined, and the log is left alone from now on, where it cannot be done. */
  async #attempt<T>(log: Log, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UncleanableError || error instanceof HostError)) throw error
      // A directory that was fenced has said so.
      if (log.failure !== undefined) return undefined
      const name = nameOf(log.topicPartition)
      if (error instanceof HostError && PASSING.has(error.code)) {
        this.#logger.warn(`Cannot compact ${name} now, it is tried again later: ${error.message}`)
        return undefined
      }
      this.#uncleanable.add(log)
      this.#logger.error(`Cannot compact ${name}, it is left as it is until the next start: ${error.message}`)
      return undefined
    }
  }

  /** Logs with both policies: retention passes over a log while it is compacted, and could always come too early. */
  async #enforceRetention(): Promise<void> {
    const nowMs = this.#options.host.clock.nowMs()
    for (const log of this.#logs())
      if (log.config.compacted) await this.#attempt(log, () => log.enforceRetention(nowMs))
  }

  #tell(log: Log, cleaned: CleanedRange, tookMs: number): void {
    const { from, to, keyCount, isMapFull, readBytes, keptBytes, readCount, keptCount } = cleaned
    this.#logger.info(
      `Compacted ${nameOf(log.topicPartition)}: offsets ${from} to ${to - 1} with ${keyCount} keys, ` +
        `${mib(readBytes)} to ${mib(keptBytes)} MiB, ${readCount} to ${keptCount} records, ${Math.round(tookMs)} ms` +
        (isMapFull ? '; more keys than log.cleaner.dedupe.buffer.size has room for, the next pass goes on' : ''),
    )
  }
}

/** What becomes better by itself or by an operator. */
const PASSING: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM'])

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
