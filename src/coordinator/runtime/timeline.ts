/**
 * A shard's state between the last committed record and the last written one, in both views.
 *
 * Requests work on what was written last, reads answer what is committed, and a batch that the log refuses takes its
 * effects back. One journal serves all three: each change of a map is noted with the offset of the record that made it
 * and what was there before. A commit forgets the notes below it, a rollback undoes those from an offset on, newest
 * first, and a key with notes knows its committed value.
 *
 * Why not a copy of the state, or a replay of the log: a refused append is ordinary (a group too large for a record,
 * replicas missing for a minute), and must cost what the batch changed, not what the partition holds.
 *
 * Invariants:
 *   offsets in the journal never fall
 *   a key of a map has a committed value of its own exactly while the journal holds a change of it
 */
import { assert, type Offset } from '#core'

interface Change {
  readonly offset: Offset
  commit(): void
  undo(): void
}

export class Timeline {
  /** Changes not yet committed, oldest first, from `#first` on. */
  #journal: Change[] = []
  #first = 0
  #offset: Offset = 0

  /** Changes from now on belong to the record at `offset`. */
  at(offset: Offset): void {
    assert(offset >= this.#offset || this.#first === this.#journal.length, 'the journal is in the order of the log')
    this.#offset = offset
  }

  /** Makes what records below `endOffset` changed part of the committed view. */
  commit(endOffset: Offset): void {
    const journal = this.#journal
    let first = this.#first
    for (; first < journal.length; first++) {
      const change = journal[first]!
      if (change.offset >= endOffset) break
      change.commit()
    }
    if (first === journal.length) {
      this.#journal = []
      first = 0
    } else if (first > 1024 && first > journal.length / 2) {
      this.#journal = journal.slice(first)
      first = 0
    }
    this.#first = first
  }

  /** Undoes what records from `offset` on changed. */
  rollback(offset: Offset): void {
    while (this.#journal.length > this.#first && this.#journal.at(-1)!.offset >= offset) this.#journal.pop()!.undo()
    this.#offset = offset
  }

  /** Notes a change, made by the record that is being applied. */
  note(commit: () => void, undo: () => void): void {
    this.#journal.push({ offset: this.#offset, commit, undo })
  }
}

interface Uncommitted<Value> {
  /** What the committed view holds for the key. */
  committed: Value | undefined
  /** How many changes of the key the journal holds. */
  changeCount: number
}

/** A map of a shard's state. Values are not changed in place, or only in what no view shows. */
export class TimelineMap<Key, Value extends NonNullable<unknown>> {
  readonly #timeline: Timeline
  readonly #latest = new Map<Key, Value>()
  readonly #uncommitted = new Map<Key, Uncommitted<Value>>()

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  get size(): number {
    return this.#latest.size
  }

  get(key: Key): Value | undefined {
    return this.#latest.get(key)
  }

  has(key: Key): boolean {
    return this.#latest.has(key)
  }

  entries(): MapIterator<[Key, Value]> {
    return this.#latest.entries()
  }

  values(): MapIterator<Value> {
    return this.#latest.values()
  }

  set(key: Key, value: Value): void {
    this.#change(key, value)
  }

  delete(key: Key): void {
    if (this.#latest.has(key)) this.#change(key, undefined)
  }

  /** The value in the committed view. */
  getCommitted(key: Key): Value | undefined {
    const uncommitted = this.#uncommitted.get(key)
    return uncommitted === undefined ? this.#latest.get(key) : uncommitted.committed
  }

  /** The values of the committed view. */
  *committedValues(): Generator<Value> {
    for (const [key, value] of this.#latest) {
      const uncommitted = this.#uncommitted.get(key)
      if (uncommitted === undefined) yield value
      else if (uncommitted.committed !== undefined) yield uncommitted.committed
    }
    for (const [key, { committed }] of this.#uncommitted) {
      if (committed !== undefined && !this.#latest.has(key)) yield committed
    }
  }

  #change(key: Key, value: Value | undefined): void {
    const previous = this.#latest.get(key)
    const uncommitted = this.#uncommitted.get(key) ?? { committed: previous, changeCount: 0 }
    if (uncommitted.changeCount++ === 0) this.#uncommitted.set(key, uncommitted)
    const settle = () => {
      if (--uncommitted.changeCount === 0) this.#uncommitted.delete(key)
    }
    this.#timeline.note(
      () => {
        uncommitted.committed = value
        settle()
      },
      () => {
        this.#put(key, previous)
        settle()
      },
    )
    this.#put(key, value)
  }

  #put(key: Key, value: Value | undefined): void {
    if (value === undefined) this.#latest.delete(key)
    else this.#latest.set(key, value)
  }
}
