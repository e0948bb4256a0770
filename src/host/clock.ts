/**
 * Time. State machines take `now` as an argument; only rooms that must wake up by themselves hold a `Clock`.
 */
export interface Clock {
  /** Milliseconds since 1970, as record timestamps count them. May jump when the machine's clock is set. */
  nowMs(): number
  /** Milliseconds that only go forward, from an arbitrary start, with fractions: for time-outs and durations. */
  monotonicMs(): number
  /**
   * Calls `action` once, `delayMs` from now (0 or more; any finite number, also beyond 2^31). Returns what cancels it;
   * cancelling twice or late does nothing. A timer alone does not keep the process alive.
   */
  setTimer(delayMs: number, action: () => void): CancelTimer
  /** Calls `action` when all that has come in by now has been handled: for work that what comes next may share. */
  atTurnEnd(action: () => void): void
}

export type CancelTimer = () => void
