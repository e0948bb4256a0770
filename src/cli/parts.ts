/**
 * Several things asked for by one command: those that could be done are shown, then what went wrong with the others.
 */
export interface Parts<Result> {
  readonly done: readonly Result[]
  readonly failures: readonly unknown[]
}

/** Does `work` with each item, whatever comes of the others. */
export async function eachPart<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result | Promise<Result>,
): Promise<Parts<Result>> {
  const outcomes = await Promise.allSettled(items.map(async (item) => await work(item)))
  return {
    done: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    failures: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : [])),
  }
}

/** Throws what went wrong, if anything did. */
export function throwFailures({ failures }: Parts<unknown>): void {
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures)
}
