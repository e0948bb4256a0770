import type { Logger } from '#host'

/** What has to be undone when a broker stops, or could not start: in the reverse of the order in which it was done. */
export class Teardown {
  readonly #logger: Logger
  #steps: { readonly name: string; readonly undo: () => void | Promise<void> }[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** `name` completes "Cannot ...". */
  add(name: string, undo: () => void | Promise<void>): void {
    this.#steps.push({ name, undo })
  }

  /** Undoes everything, once. A step that fails is logged, and the others follow. */
  async run(): Promise<void> {
    const steps = this.#steps
    this.#steps = []
    for (const { name, undo } of steps.reverse()) {
      try {
        await undo()
      } catch (error) {
        this.#logger.error(`Cannot ${name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
}
