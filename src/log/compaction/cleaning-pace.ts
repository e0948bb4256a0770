/**
 * How fast compaction goes: in one turn of the event loop no longer than `SLICE_MS` and a batch, after all that has come in
 * by then. So it takes what a broker leaves it: all of the time when there is nothing else, and of a busy loop, whose turns
 * are long, a small part. And over time it is no faster than `log.cleaner.io.max.bytes.per.second`.
 */
import type { Clock } from '#host'
import type { CleaningPass } from './log-cleaning.ts'

const SLICE_MS = 0.25

/** What all passes share: bytes read and written, evenly over time. */
export class Throttle {
  readonly #bytesPerSecond: () => number
  /** When what was taken so far may be over. */
  #dueMs = 0

  /** Asked anew each time. */
  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** How long who has taken so many bytes has to wait, in ms. */
  take(bytes: number, nowMs: number): number {
    this.#dueMs = Math.max(this.#dueMs, nowMs) + (bytes * 1000) / this.#bytesPerSecond()
    return this.#dueMs - nowMs
  }
}

/** Waits shorter than this add up: a timer would not be exact enough. */
const WAIT_MS_MIN = 10

export class CleaningPace {
  readonly #clock: Clock
  readonly #pass: CleaningPass
  readonly #throttle: Throttle
  #sliceEndMs: number

  constructor(clock: Clock, pass: CleaningPass, throttle: Throttle) {
    this.#clock = clock
    this.#pass = pass
    this.#throttle = throttle
    this.#sliceEndMs = clock.monotonicMs() + SLICE_MS
  }

  /** Asked after each batch. */
  get isSliceOver(): boolean {
    return this.#clock.monotonicMs() >= this.#sliceEndMs
  }

  /** Lets the others go on. Throws where the pass was called off. */
  async nextSlice(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.atTurnEnd(resolve))
    this.#begin()
  }

  /** So many bytes were read or written, with a wait for the disk. Throws where the pass was called off. */
  async took(bytes: number): Promise<void> {
    const waitMs = this.#throttle.take(bytes, this.#clock.monotonicMs())
    if (waitMs >= WAIT_MS_MIN) await this.#pass.wait((done) => this.#clock.setTimer(waitMs, done))
    this.#begin()
  }

  #begin(): void {
    this.#pass.check()
    this.#sliceEndMs = this.#clock.monotonicMs() + SLICE_MS
  }
}
