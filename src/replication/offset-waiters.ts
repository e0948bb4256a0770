/**
 * Requests that wait until an offset of a partition has been passed: produce requests waiting to be stored.
 *
 * Appends are numbered in order, so requests arrive with rising offsets and leave from the head; a wake-up looks at
 * those it ends and one more. (A retried batch, answered with its old offset, may arrive out of order: it leaves with
 * the request before it, late by at most one write.)
 */
export class OffsetWaiters<Outcome> {
  #waiting: { readonly endOffset: number; readonly done: (outcome: Outcome) => void }[] = []
  #first = 0

  /** How many wait. */
  get size(): number {
    return this.#waiting.length - this.#first
  }

  /** Calls `done` once `advance` has reached `endOffset`. */
  add(endOffset: number, done: (outcome: Outcome) => void): void {
    this.#waiting.push({ endOffset, done })
  }

  /** Ends, with `outcome`, the waiting of those whose end offset is at most `offset`. */
  advance(offset: number, outcome: Outcome): void {
    while (this.#first < this.#waiting.length && this.#waiting[this.#first]!.endOffset <= offset) {
      const { done } = this.#waiting[this.#first]!
      this.#first++
      done(outcome)
    }
    if (this.#first === this.#waiting.length) {
      this.#waiting = []
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
  }

  /** Ends all waiting with `outcome`. */
  endAll(outcome: Outcome): void {
    this.advance(Number.POSITIVE_INFINITY, outcome)
  }
}
