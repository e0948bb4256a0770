/** A small, quick generator of numbers (mulberry32): the same seed gives the same run. */
export class Random {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** 0 to 2^32 - 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  /** 0 to `end` - 1. */
  below(end) {
    return Math.floor((this.next() / 4294967296) * end)
  }

  oneIn(n) {
    return this.next() % n === 0
  }
}
