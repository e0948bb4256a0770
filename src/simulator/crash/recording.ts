/**
 * What a workload did to its disk, event by event, with what it had promised by then.
 *
 * Between two events lies a moment, at which the power may fail. What had been promised by then is asked for when the event
 * after it begins: whatever the workload told its clients upon one event, it had told before the next.
 */
import { type DiskEvent, FileTree, type TreeChange } from '#host/memory'

/** A change that a crash at some moment may keep or lose. */
export interface PendingChange {
  /** Counts the changes of a recording. */
  readonly id: number
  /** By which it was made. */
  readonly path: string
  readonly change: TreeChange
}

/** A moment at which the power may fail. */
export interface Moment<Promised> {
  readonly index: number
  /** What survives in any case. To be copied, not changed. */
  readonly durable: FileTree
  /** Grows with each change of `durable`. */
  readonly version: number
  /** What may or may not survive, in order. */
  readonly pending: readonly PendingChange[]
  readonly promised: Promised
}

interface Recorded<Promised> {
  readonly kind: DiskEvent['kind']
  readonly changes: readonly PendingChange[]
  /** Before this event. */
  readonly promised: Promised
}

/** What `promised` gives must not change any more, or only by what makes no difference to a crash before. */
export class Recording<Promised> {
  readonly #before: FileTree
  readonly #promised: () => Promised
  readonly #events: Recorded<Promised>[] = []
  readonly #ids = new Map<object, number>()

  constructor(promised: () => Promised, before = new FileTree()) {
    this.#before = before.copy()
    this.#promised = promised
  }

  /** For the disk. */
  readonly observe = ({ kind, changes }: DiskEvent): void => {
    const pending = changes.map((entry) => {
      let id = this.#ids.get(entry)
      if (id === undefined) {
        id = this.#ids.size
        this.#ids.set(entry, id)
      }
      const { path, change } = entry
      // A buffer may be used anew once it has been written.
      return { id, path, change: change.kind === 'write' ? { ...change, bytes: change.bytes.slice() } : change }
    })
    this.#events.push({ kind, changes: pending, promised: this.#promised() })
  };

  /** What happened, a line each: for people. */
  *lines(): Generator<string> {
    for (const [index, { kind, changes }] of this.#events.entries()) {
      yield `${index} ${kind} ${changes.map((change) => textOf(change)).join(', ')}`
    }
  }

  get momentCount(): number {
    return this.#events.length + 1
  }

  /** Every moment, from before the first event to after the last. */
  *moments(): Generator<Moment<Promised>> {
    let durable = this.#before.copy()
    let version = 0
    let pending: PendingChange[] = []
    for (const [index, event] of this.#events.entries()) {
      yield { index, durable, version, pending, promised: event.promised }
      const ids = new Set(event.changes.map(({ id }) => id))
      switch (event.kind) {
        case 'begun':
          pending = [...pending, ...event.changes]
          break
        case 'ended':
          pending = pending.map((known) => event.changes.find(({ id }) => id === known.id) ?? known)
          break
        case 'stored':
          durable = durable.copy()
          for (const { id, change } of pending) if (ids.has(id)) durable.apply(change)
          version++
          pending = pending.filter(({ id }) => !ids.has(id))
          break
        case 'lost':
          pending = pending.filter(({ id }) => !ids.has(id))
      }
    }
    yield { index: this.#events.length, durable, version, pending, promised: this.#promised() }
  }
}

/** A change in a few words. */
export function textOf({ id, path, change }: PendingChange): string {
  const what =
    change.kind === 'write'
      ? `${change.bytes.length} at ${change.position}`
      : change.kind === 'truncate'
        ? `to ${change.sizeBytes}`
        : change.kind === 'rename'
          ? `to ${change.toName}`
          : ''
  return `#${id} ${change.kind} ${path} ${what}`
}
