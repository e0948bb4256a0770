/**
 * Up to where a log may be acknowledged, by what the disk has done: with `flush.messages=n` fewer than n records that count
 * as stable are unsynced. With 1 everything waits for its sync; with Kafka's default, which is never, for its write only.
 * As in Kafka, the append that would leave n unsynced waits for the sync that it causes.
 */
import type { Offset } from '#core'
import type { LogWriter } from './log-writer.ts'

export class StableEnd {
  #offset: Offset
  /** When the oldest unsynced record was written, for `flush.ms`. */
  #unsyncedSinceMs: number | undefined
  readonly #listeners = new Set<(offset: Offset) => void>()

  constructor(offset: Offset) {
    this.#offset = offset
  }

  get offset(): Offset {
    return this.#offset
  }

  /** Calls `listener` each time the offset has grown. Returns what ends it. */
  onGrown(listener: (offset: Offset) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something was written or synced. */
  settle(writer: LogWriter, flushMessages: number, nowMs: number): void {
    const { written, synced } = writer
    this.#unsyncedSinceMs = written > synced ? (this.#unsyncedSinceMs ?? nowMs) : undefined
    const mustSync = written - synced >= flushMessages
    const offset = mustSync ? synced : written
    if (offset > this.#offset) {
      this.#offset = offset
      for (const listener of this.#listeners) listener(offset)
    }
    if (mustSync) writer.requestSync()
  }

  /** Whether what was written has waited for as long as `flush.ms`. */
  isOverdue(nowMs: number, flushMs: number): boolean {
    return this.#unsyncedSinceMs !== undefined && nowMs - this.#unsyncedSinceMs >= flushMs
  }

  /** The log was cut. */
  cutTo(offset: Offset): void {
    this.#offset = Math.min(this.#offset, offset)
  }

  /** The log begins anew. */
  restart(offset: Offset): void {
    this.#offset = offset
  }
}
