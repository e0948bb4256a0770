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

/** A note in the journal: what a record changed. */
interface Change {
  readonly offset: Offset
  readonly map: ChangingMap
  readonly key: unknown
  readonly before: unknown
  readonly after: unknown
}

/** A map as the journal sees it. */
interface ChangingMap {
  commit(change: Change): void
  undo(change: Change): void
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
      change.map.commit(change)
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
    while (this.#journal.length > this.#first && this.#journal.at(-1)!.offset >= offset) {
      const change = this.#journal.pop()!
      change.map.undo(change)
    }
    this.#offset = offset
  }

  /** Notes a change that is being made; for maps. */
  note(map: ChangingMap, key: unknown, change: { readonly before: unknown; readonly after: unknown }): void {
    this.#journal.push({ offset: this.#offset, map, key, ...change })
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
  /** How the journal settles changes of this map. */
  readonly #changing: ChangingMap = {
    commit: ({ key, after }) => this.#settle(key as Key, { committed: after as Value | undefined }),
    undo: ({ key, before }) => {
      this.#put(key as Key, before as Value | undefined)
      this.#settle(key as Key)
    },
  }

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

  #change(key: Key, after: Value | undefined): void {
    const before = this.#latest.get(key)
    const uncommitted = this.#uncommitted.get(key)
    if (uncommitted === undefined) this.#uncommitted.set(key, { committed: before, changeCount: 1 })
    else uncommitted.changeCount++
    this.#timeline.note(this.#changing, key, { before, after })
    this.#put(key, after)
  }

  /** One change of the key is in the journal no more; if it was committed, the committed view has its value. */
  #settle(key: Key, change?: { readonly committed: Value | undefined }): void {
    const uncommitted = this.#uncommitted.get(key)
    assert(uncommitted !== undefined, 'a change that is settled was noted')
    if (change !== undefined) uncommitted.committed = change.committed
    if (--uncommitted.changeCount === 0) this.#uncommitted.delete(key)
  }

  #put(key: Key, value: Value | undefined): void {
    if (value === undefined) this.#latest.delete(key)
    else this.#latest.set(key, value)
  }
}
