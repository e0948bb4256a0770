/**
 * The timers of one shard: each does an operation on the shard when it has run down, and all end with the shard.
 */
import type { Deadline, Deadlines } from '#core'

export class ShardTimer {
  readonly #deadlines: Deadlines
  readonly #expire: () => void
  #deadline: Deadline | undefined

  constructor(deadlines: Deadlines, expire: () => void) {
    this.#deadlines = deadlines
    this.#expire = expire
  }

  get isRunning(): boolean {
    return this.#deadline !== undefined
  }

  /** Runs down once `delayMs` have passed, counted from now even if it was running. */
  start(delayMs: number): void {
    this.cancel()
    this.#deadline = this.#deadlines.add(delayMs, () => {
      this.#deadline = undefined
      this.#expire()
    })
  }

  cancel(): void {
    this.#deadline?.cancel()
    this.#deadline = undefined
  }
}
