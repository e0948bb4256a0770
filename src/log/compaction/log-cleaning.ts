/**
 * Who may work on a log's older segments: compaction, or something else. Compaction gives way: who cuts, deletes, closes or
 * moves a log calls it off, waits until it has let go, and keeps it out until it is done.
 */
export class LogCleaning {
  #pass: CleaningPass | undefined
  #pauses = 0

  get isRunning(): boolean {
    return this.#pass !== undefined
  }

  /** Runs `work`, unless something else is under way: then undefined. */
  async run<T>(work: (pass: CleaningPass) => Promise<T>): Promise<T | undefined> {
    if (this.#pauses > 0 || this.#pass !== undefined) return undefined
    const pass = new CleaningPass()
    this.#pass = pass
    const working = work(pass)
    pass.ended = working.then(
      () => {},
      () => {},
    )
    try {
      return await working
    } catch (error) {
      if (error === CALLED_OFF) return undefined
      throw error
    } finally {
      this.#pass = undefined
    }
  }

  /** Calls a pass off and lets none begin until `resume`. */
  pause(): void {
    this.#pauses++
    this.#pass?.callOff()
  }

  /** When none is under way. */
  async ended(): Promise<void> {
    await this.#pass?.ended
  }

  /** As many times as `pause`. */
  resume(): void {
    this.#pauses--
  }
}

const CALLED_OFF = new Error('compaction was called off')

/** Compaction of one log that is under way. */
export class CleaningPass {
  ended: Promise<void> = Promise.resolve()
  #isCalledOff = false
  readonly #listeners = new Set<() => void>()

  get isCalledOff(): boolean {
    return this.#isCalledOff
  }

  callOff(): void {
    this.#isCalledOff = true
    for (const listener of this.#listeners) listener()
  }

  /** Throws where it was called off: `LogCleaning.run` takes it as an end like others. */
  check(): void {
    if (this.#isCalledOff) throw CALLED_OFF
  }

  /** Waits for what `begin` tells with its callback, or until the pass is called off; `begin` gives what ends the wait. */
  async wait(begin: (done: () => void) => () => void): Promise<void> {
    this.check()
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#listeners.delete(done)
        cancel()
        resolve()
      }
      const cancel = begin(done)
      this.#listeners.add(done)
    })
    this.check()
  }
}
