/**
 * Work that many ask for and that covers all who asked before it began: a sync of a folder, a checkpoint. One runs at a
 * time, and whoever asks while it runs shares the next.
 */
export class Coalesced {
  readonly #work: () => Promise<void>
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Resolves, or rejects, with a run that began after this call. */
  run(): Promise<void> {
    this.#next ??= this.#runAfter(this.#running)
    return this.#next
  }

  async #runAfter(running: Promise<void>): Promise<void> {
    await running.catch(() => {})
    this.#running = this.#next!
    this.#next = undefined
    await this.#work()
  }
}

/** Gives each item to `work`, at most `limit` at a time. Rejects with the first failure, when all have ended. */
export async function forEachOf<T>(items: Iterable<T>, limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const workers = Array.from({ length: limit }, async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  })
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
