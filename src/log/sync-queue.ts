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
  readonly #running = new Set<Syncable>()

  constructor(syncsMax: number) {
    this.#syncsMax = syncsMax
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
      this.#running.add(log)
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
