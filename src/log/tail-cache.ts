/**
 * The newest bytes of all logs of a broker, kept as they came, under one budget.
 */
export class TailCache {
  /** Counts the whole of every buffer that a kept batch keeps alive. */
  readonly budgetBytes: number

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes
  }
}
