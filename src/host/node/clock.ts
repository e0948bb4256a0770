import type { CancelTimer, Clock } from '../clock.ts'

/** Node fires a longer timer at once, instead of late. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** The machine's clock and Node's timers. */
export const nodeClock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  setTimer(delayMs, action) {
    if (delayMs <= DELAY_MS_MAX) {
      const timer = setTimeout(action, delayMs).unref()
      return () => clearTimeout(timer)
    }
    return setLongTimer(delayMs, action)
  },
  atTurnEnd: setImmediate,
}

/** A chain of timers, each as long as one may be. */
function setLongTimer(delayMs: number, action: () => void): CancelTimer {
  let cancel: CancelTimer
  const next = (leftMs: number) => {
    const stepMs = Math.min(leftMs, DELAY_MS_MAX)
    cancel = nodeClock.setTimer(stepMs, () => (leftMs > stepMs ? next(leftMs - stepMs) : action()))
  }
  next(delayMs)
  return () => cancel()
}
