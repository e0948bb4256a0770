/**
 * Work that waits for something and gives up after a while: produce requests waiting to be stored, fetches waiting for
 * data. Thousands wait at once, almost all end before their time, and most of them wait equally long.
 *
 * So there is one list per duration, in order of arrival and therefore of deadline: entering and leaving cost the same
 * whatever the number of waiters, and nothing stays behind when the work ends early. Looking for what is due touches
 * the heads of the lists only.
 *
 * Invariant: within a list, deadlines rise from head to tail.
 */
export interface Deadline {
  /** Ends the waiting early; later calls do nothing. */
  cancel(): void
}

class Waiter implements Deadline {
  readonly dueMs: number
  readonly expire: () => void
  #list: Line | undefined
  previous: Waiter | undefined
  next: Waiter | undefined

  constructor(list: Line, dueMs: number, expire: () => void) {
    this.#list = list
    this.dueMs = dueMs
    this.expire = expire
  }

  cancel(): void {
    const list = this.#list
    if (list === undefined) return
    this.#list = undefined
    if (this.previous === undefined) list.head = this.next
    else this.previous.next = this.next
    if (this.next === undefined) list.tail = this.previous
    else this.next.previous = this.previous
    this.previous = this.next = undefined
  }
}

interface Line {
  head: Waiter | undefined
  tail: Waiter | undefined
}

/** The clock it needs; a host's `Clock` is one. */
export interface DeadlineClock {
  monotonicMs(): number
  setTimer(delayMs: number, action: () => void): () => void
}

export class Deadlines {
  readonly #clock: DeadlineClock
  readonly #lines = new Map<number, Line>()
  #timerDueMs = Number.POSITIVE_INFINITY
  #cancelTimer: (() => void) | undefined

  constructor(clock: DeadlineClock) {
    this.#clock = clock
  }

  /** Calls `expire` once `waitMs` have passed, unless cancelled before. */
  add(waitMs: number, expire: () => void): Deadline {
    let line = this.#lines.get(waitMs)
    if (line === undefined) {
      line = { head: undefined, tail: undefined }
      this.#lines.set(waitMs, line)
    }
    const waiter = new Waiter(line, this.#clock.monotonicMs() + waitMs, expire)
    if (line.tail === undefined) {
      line.head = line.tail = waiter
    } else {
      waiter.previous = line.tail
      line.tail = line.tail.next = waiter
    }
    if (waiter.dueMs < this.#timerDueMs) this.#wakeAt(waiter.dueMs)
    return waiter
  }

  /** Ends all waiting without expiring anyone. */
  close(): void {
    this.#cancelTimer?.()
    this.#lines.clear()
  }

  #wakeAt(dueMs: number): void {
    this.#cancelTimer?.()
    this.#timerDueMs = dueMs
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.monotonicMs()), () => this.#expireDue())
  }

  #expireDue(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#timerDueMs = Number.POSITIVE_INFINITY
    this.#cancelTimer = undefined
    let nextMs = Number.POSITIVE_INFINITY
    for (const [waitMs, line] of this.#lines) {
      while (line.head !== undefined && line.head.dueMs <= nowMs) {
        const { head } = line
        head.cancel()
        head.expire()
      }
      if (line.head === undefined) this.#lines.delete(waitMs)
      else nextMs = Math.min(nextMs, line.head.dueMs)
    }
    if (nextMs < this.#timerDueMs) this.#wakeAt(nextMs)
  }
}
