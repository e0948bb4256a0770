/**
 * Time that stands still until a test moves it.
 *
 * Timers fire in the order of their time, equal ones in the order they were set, each seeing the time it was set for;
 * also those that are set while time is moved. Moving time is synchronous: nothing that was left to a promise happens
 * in between. `run` is for code that waits for promises too.
 */
import { assert } from '#core'
import type { CancelTimer, Clock } from '../clock.ts'

/** 2024-01-01: what a clock shows first, and the time of files where no clock gives it. */
export const START_MS = 1_704_067_200_000

interface Timer {
  readonly atMs: number
  readonly action: () => void
}

export class VirtualClock implements Clock {
  #elapsedMs = 0
  readonly #startMs: number
  /** Sorted by time, earliest last; equal times latest first, so that `pop` gives the one that was set first. */
  readonly #timers: Timer[] = []

  /** `startMs`: what `nowMs` shows first; default `START_MS`. */
  constructor(startMs = START_MS) {
    this.#startMs = startMs
  }

  nowMs(): number {
    return Math.floor(this.#startMs + this.#elapsedMs)
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  setTimer(delayMs: number, action: () => void): CancelTimer {
    assert(delayMs >= 0 && Number.isFinite(delayMs), 'a delay is a finite number from 0')
    const timer: Timer = { atMs: this.#elapsedMs + delayMs, action }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#timers[middle]!.atMs > timer.atMs) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => {
      const at = this.#timers.indexOf(timer)
      if (at >= 0) this.#timers.splice(at, 1)
    }
  }

  /** A turn takes no time. */
  atTurnEnd(action: () => void): void {
    queueMicrotask(action)
  }

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.length
  }

  /** When the next timer fires, by `monotonicMs`; undefined where none is set. */
  get nextTimerMs(): number | undefined {
    return this.#timers.at(-1)?.atMs
  }

  /** Moves time on and fires what falls due. */
  advance(byMs: number): void {
    const untilMs = this.#elapsedMs + byMs
    while (this.#fireNext(untilMs));
    this.#elapsedMs = untilMs
  }

  /** The same, with `settle` awaited before each timer and at the end: give what lets waiting promises go on. */
  async run(byMs: number, settle: () => Promise<void>): Promise<void> {
    const untilMs = this.#elapsedMs + byMs
    do await settle()
    while (this.#fireNext(untilMs))
    this.#elapsedMs = untilMs
  }

  #fireNext(untilMs: number): boolean {
    const timer = this.#timers.at(-1)
    if (timer === undefined || timer.atMs > untilMs) return false
    this.#timers.pop()
    this.#elapsedMs = timer.atMs
    timer.action()
    return true
  }
}
