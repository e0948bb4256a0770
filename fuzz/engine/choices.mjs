/** Bytes read as decisions: what a fuzzer changes is then what is sent, not whether it can be read. 0 when they are used up. */
export class Choices {
  #bytes
  #at = 0

  constructor(bytes) {
    this.#bytes = bytes
  }

  get isOver() {
    return this.#at >= this.#bytes.length
  }

  byte() {
    return this.#bytes[this.#at++] ?? 0
  }

  below(end) {
    return end > 256 ? ((this.byte() << 8) | this.byte()) % end : this.byte() % end
  }

  of(pool) {
    return pool[this.below(pool.length)]
  }

  /** True about once in `n` times; false when the bytes are used up. */
  oneIn(n) {
    return this.byte() % n === n - 1
  }
}
