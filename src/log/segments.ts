import { assert, type Offset } from '#core'
import type { Segment } from './segment.ts'

/** The segments of a log, by base offset; the last is the active one. Never empty. */
export class Segments {
  readonly #list: Segment[]
  /** How often segments were replaced: who read files meanwhile may have read others than it thought. */
  replacements = 0

  constructor(list: readonly Segment[]) {
    this.#list = [...list]
    assert(this.#list.length > 0, 'a log has a segment to append to')
  }

  get count(): number {
    return this.#list.length
  }

  get active(): Segment {
    return this.#list[this.#list.length - 1]!
  }

  get first(): Segment {
    return this.#list[0]!
  }

  /** Of all log files, with what is still on its way there. */
  get sizeBytes(): number {
    let sizeBytes = 0
    for (const segment of this.#list) sizeBytes += segment.sizeBytes
    return sizeBytes
  }

  all(): readonly Segment[] {
    return this.#list
  }

  /** The segment that `offset` belongs to: the last that does not begin after it. */
  holding(offset: Offset): Segment | undefined {
    return this.#list[this.#indexOf(offset)]
  }

  /** Those from the one that `offset` belongs to on. */
  from(offset: Offset): readonly Segment[] {
    return this.#list.slice(Math.max(0, this.#indexOf(offset)))
  }

  after(segment: Segment): Segment | undefined {
    return this.#list[this.#indexOf(segment.baseOffset) + 1]
  }

  add(segment: Segment): void {
    assert(segment.baseOffset > this.active.baseOffset, 'a segment follows the one before')
    this.#list.push(segment)
  }

  /** Takes out the first `count`, or all that begin at `offset` or later; at least one stays. */
  removeFirst(count: number): Segment[] {
    assert(count < this.#list.length, 'a log keeps a segment to append to')
    return this.#list.splice(0, count)
  }

  removeFrom(offset: Offset): Segment[] {
    const index = this.#list.findIndex((segment) => segment.baseOffset >= offset)
    return index < 0 ? [] : this.#list.splice(Math.max(1, index))
  }

  /** Takes out all of them in favour of one. */
  replaceAll(segment: Segment): Segment[] {
    return this.#list.splice(0, this.#list.length, segment)
  }

  /** Puts one in the place of a run of others, which begins where it does. */
  replace(run: readonly Segment[], segment: Segment): void {
    const index = this.#list.indexOf(run[0]!)
    assert(index >= 0 && this.#list[index + run.length - 1] === run.at(-1), 'a run of segments is replaced as a whole')
    assert(run.at(-1) !== this.active && run[0]!.baseOffset === segment.baseOffset, 'a compacted segment fits in')
    this.#list.splice(index, run.length, segment)
    this.replacements++
    for (const replaced of run) replaced.isReplaced = true
  }

  #indexOf(offset: Offset): number {
    let low = -1
    let high = this.#list.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#list[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}
