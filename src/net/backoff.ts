/**
 * How long to wait before trying again: twice as long each time, never beyond a maximum, and each time a little more or
 * less, so that a thousand clients that lost the same broker do not come back as one.
 */
import type { Random } from '#host'

/** As Kafka's clients spread their `reconnect.backoff.ms`. */
const JITTER = 0.2

export interface BackoffOptions {
  /** The first wait; 50 ms if not given (`reconnect.backoff.ms`). */
  readonly minMs?: number
  /** The longest wait; 1,000 ms if not given (`reconnect.backoff.max.ms`). */
  readonly maxMs?: number
}

export class Backoff {
  readonly #random: Random
  readonly #minMs: number
  readonly #maxMs: number
  #failures = 0

  constructor(random: Random, { minMs = 50, maxMs = 1000 }: BackoffOptions = {}) {
    this.#random = random
    this.#minMs = minMs
    this.#maxMs = maxMs
  }

  /** How long to wait after one more failure. */
  nextMs(): number {
    // Infinite after a thousand doublings, which the minimum survives.
    const meanMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#failures)
    this.#failures++
    return meanMs * (1 - JITTER + (2 * JITTER * this.#random.below(1000)) / 1000)
  }

  /** It worked: the next failure waits shortly again. */
  reset(): void {
    this.#failures = 0
  }
}
