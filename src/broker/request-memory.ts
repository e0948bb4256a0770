/**
 * The budget for bytes that peers have sent and that we have not answered yet: incomplete frames, frames that wait, and
 * requests in work. Who finds it used up stops reading until there is room again.
 *
 * A budget alone could lock up: many frames, each half received, none of which can be completed. So whoever has waited
 * longest reads on beyond the budget, one at a time, until it holds nothing any more.
 *
 * Invariant: usedBytes <= bytesMax + one frame + what a single read brings each connection
 */
export interface MemoryHolder {
  /** There is room again. */
  memoryFreed(): void
}

export class RequestMemory {
  readonly #bytesMax: number
  readonly #waiting = new Set<MemoryHolder>()
  #privileged: MemoryHolder | undefined
  #usedBytes = 0
  #isWaking = false

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Notes that `holder` now has `bytes` more, or less, and `left` in all. */
  change(holder: MemoryHolder, bytes: number, left: number): void {
    this.#usedBytes += bytes
    if (left === 0) this.#waiting.delete(holder)
    const wasPrivileged = left === 0 && this.#privileged === holder
    if (wasPrivileged) this.#privileged = undefined
    if (bytes < 0 || wasPrivileged) this.#wake()
  }

  /** Whether `holder` may read on; where not, it is told when it may. */
  mayRead(holder: MemoryHolder): boolean {
    if (this.#usedBytes <= this.#bytesMax || this.#privileged === holder) return true
    if (this.#privileged === undefined) {
      this.#privileged = holder
      return true
    }
    this.#waiting.add(holder)
    return false
  }

  #wake(): void {
    // Who is woken may give memory back at once: the loop that runs already sees that.
    if (this.#isWaking) return
    this.#isWaking = true
    for (const holder of this.#waiting) {
      if (this.#usedBytes > this.#bytesMax) {
        if (this.#privileged !== undefined) break
        this.#privileged = holder
      }
      this.#waiting.delete(holder)
      holder.memoryFreed()
    }
    this.#isWaking = false
  }
}
