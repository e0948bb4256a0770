/**
 * A logger for what peers cause: however many of them misbehave, an operator gets one line per second and kind, and the
 * number of those that were left out.
 */
import type { Clock, Logger } from '#host'

const INTERVAL_MS = 1000

export class SparseLogger {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #kinds = new Map<string, { nextMs: number; suppressed: number }>()

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  /** `kind` is one of a few words of ours, never a peer's. */
  warn(kind: string, message: string): void {
    this.#log('warn', kind, message)
  }

  error(kind: string, message: string): void {
    this.#log('error', kind, message)
  }

  #log(level: 'warn' | 'error', kind: string, message: string): void {
    const nowMs = this.#clock.monotonicMs()
    const state = this.#kinds.get(kind) ?? { nextMs: 0, suppressed: 0 }
    this.#kinds.set(kind, state)
    if (nowMs < state.nextMs) {
      state.suppressed++
      return
    }
    const more = state.suppressed > 0 ? ` (and ${state.suppressed} more like this before)` : ''
    state.nextMs = nowMs + INTERVAL_MS
    state.suppressed = 0
    this.#logger[level](message + more)
  }
}
