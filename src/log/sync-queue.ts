/**
 * Group commit: which logs of a directory wait for a sync, and how many are synced at once.
 *
 * A log that asks while it waits, asks once: everything that it writes until its turn comes is covered by one sync. So
 * the group of a sync forms while others are under way, and widens by itself as the disk gets slower or the logs more.
 * There is no barrier between groups: a log does not wait for the slowest of those that began with it.
 *
 * Invariants:
 *   a log is synced by one call at a time, and anew if it asked meanwhile
 *   at most `syncsMax` run; the log that has waited longest is next
 */
export interface Syncable {
  /** Makes what was written before the call survive a crash. Never rejects: what fails is its own business. */
  sync(): Promise<void>
}

export class SyncQueue {
  readonly #syncsMax: number
  readonly #waiting = new Set<Syncable>()
  /** With the time at which they began. */
  readonly #running = new Map<Syncable, number>()
  readonly #monotonicMs: () => number

  constructor(syncsMax: number, monotonicMs: () => number) {
    this.#syncsMax = syncsMax
    this.#monotonicMs = monotonicMs
  }

  /** For how long the sync that has taken longest has been under way; 0: none is. */
  get longestMs(): number {
    let sinceMs = Number.POSITIVE_INFINITY
    for (const beganMs of this.#running.values()) sinceMs = Math.min(sinceMs, beganMs)
    return Math.max(0, this.#monotonicMs() - sinceMs)
  }

  request(log: Syncable): void {
    this.#waiting.add(log)
    this.#next()
  }

  #next(): void {
    if (this.#running.size >= this.#syncsMax || this.#waiting.size === 0) return
    for (const log of this.#waiting) {
      if (this.#running.has(log)) continue
      this.#waiting.delete(log)
      this.#running.set(log, this.#monotonicMs())
      void this.#run(log)
      if (this.#running.size >= this.#syncsMax) return
    }
  }

  async #run(log: Syncable): Promise<void> {
    await log.sync()
    this.#running.delete(log)
    this.#next()
  }
}
