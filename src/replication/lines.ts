/**
 * Work in lines: what is queued under one name is done in order, lines are worked on side by side, so many at a time.
 *
 * A request may queue work for ten thousand partitions in one turn: until it is begun, a piece costs its function and a place.
 */
export type Work = () => Promise<void>

export class Lines {
  readonly #width: number
  readonly #failed: (name: string, error: unknown) => void
  /** By name: what is under way or next first. */
  readonly #lines = new Map<string, Work[]>()
  /** Lines with nothing under way, in the order in which they came to be; those before `#next` have been begun. */
  #ready: string[] = []
  #next = 0
  #runningCount = 0
  #isWoken = false

  /** `width` lines are worked on at a time; `failed` is told of work that rejects, and the line goes on. */
  constructor(width: number, failed: (name: string, error: unknown) => void) {
    this.#width = width
    this.#failed = failed
  }

  /** Queues `work`, which does not begin before the caller has returned. */
  add(name: string, work: Work): void {
    const line = this.#lines.get(name)
    if (line !== undefined) {
      line.push(work)
      return
    }
    this.#lines.set(name, [work])
    this.#ready.push(name)
    if (!this.#isWoken) void this.#wake()
  }

  /** When all that is queued now has been done, or has failed. */
  async settled(): Promise<void> {
    const ends: Promise<void>[] = []
    for (const line of this.#lines.values()) {
      ends.push(new Promise((resolve) => line.push(async () => resolve())))
    }
    await Promise.all(ends)
  }

  async #wake(): Promise<void> {
    this.#isWoken = true
    await undefined
    this.#isWoken = false
    this.#begin()
  }

  #begin(): void {
    while (this.#runningCount < this.#width && this.#next < this.#ready.length) {
      void this.#run(this.#ready[this.#next++]!)
    }
    if (this.#next === this.#ready.length) {
      this.#ready = []
      this.#next = 0
    }
  }

  async #run(name: string): Promise<void> {
    const line = this.#lines.get(name)!
    this.#runningCount++
    try {
      await line[0]!()
    } catch (error) {
      this.#failed(name, error)
    }
    this.#runningCount--
    line.shift()
    if (line.length === 0) this.#lines.delete(name)
    else this.#ready.push(name)
    this.#begin()
  }
}
