import type { CancelTimer, Clock, Logger } from '#host'

/**
 * Does `work` every `intervalMs`, the first time after one interval; the next begins one interval after the last has
 * ended. Work that fails is logged and tried again the next time.
 */
export class Periodic {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #name: string
  readonly #intervalMs: () => number
  readonly #work: () => Promise<unknown>
  #cancel: CancelTimer | undefined
  #running: Promise<unknown> | undefined
  #stopped = false

  /** `name` completes "Cannot ...". `intervalMs` is asked anew each time. */
  constructor(
    name: string,
    work: () => Promise<unknown>,
    { clock, logger, intervalMs }: { clock: Clock; logger: Logger; intervalMs: () => number },
  ) {
    this.#name = name
    this.#work = work
    this.#clock = clock
    this.#logger = logger
    this.#intervalMs = intervalMs
    this.#schedule()
  }

  /** Ends it; resolves when work that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#running
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#cancel = this.#clock.setTimer(this.#intervalMs(), () => {
      this.#running = this.#run()
    })
  }

  async #run(): Promise<void> {
    try {
      await this.#work()
    } catch (error) {
      this.#logger.error(`Cannot ${this.#name}: ${error instanceof Error ? error.message : error}`)
    }
    this.#schedule()
  }
}
