/**
 * Where batches lie in a segment: for every few kilobytes the last offset of a batch, relative to the segment's base, and
 * its position (both int32). A read then begins with a short scan instead of a long one.
 *
 * Invariant: entries rise strictly in both.
 */
import type { Offset } from '#core'
import { IndexEntries } from './index-entries.ts'

const ENTRY_BYTES = 8

export class OffsetIndex {
  readonly baseOffset: Offset
  readonly entries = new IndexEntries(ENTRY_BYTES)

  constructor(baseOffset: Offset) {
    this.baseOffset = baseOffset
  }

  get count(): number {
    return this.entries.count
  }

  /** Whether a file of `bytesMax` bytes has no room for another entry. */
  isFull(bytesMax: number): boolean {
    return this.count >= Math.floor(bytesMax / ENTRY_BYTES)
  }

  /** Adds the batch that ends with `lastOffset` and begins at `position`. */
  append(lastOffset: Offset, position: number): void {
    const at = this.entries.add()
    this.entries.view.setInt32(at, lastOffset - this.baseOffset)
    this.entries.view.setInt32(at + 4, position)
  }

  offsetAt(entry: number): Offset {
    return this.baseOffset + this.entries.view.getInt32(entry * ENTRY_BYTES)
  }

  positionAt(entry: number): number {
    return this.entries.view.getInt32(entry * ENTRY_BYTES + 4)
  }

  /** The last entry whose batch does not end after `offset`; -1 where that is before the first. */
  find(offset: Offset): number {
    return this.#findLast((entry) => this.offsetAt(entry) <= offset)
  }

  /** The last entry whose batch does not begin after `position`; -1 where that is before the first. */
  findPosition(position: number): number {
    return this.#findLast((entry) => this.positionAt(entry) <= position)
  }

  /** `holds` does so for the entries up to one. */
  #findLast(holds: (entry: number) => boolean): number {
    let low = -1
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (holds(middle)) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Takes out the entry of the batch that ends with `lastOffset`. */
  remove(lastOffset: Offset): void {
    const entry = this.find(lastOffset)
    if (entry >= 0 && this.offsetAt(entry) === lastOffset) this.entries.remove(entry)
  }

  /** Keeps the entries of batches that end before `offset`. */
  truncateTo(offset: Offset): void {
    this.entries.truncate(this.find(offset - 1) + 1)
  }

  /**
   * Takes the content of a file; false where it cannot be the index of a log of `logBytes` bytes, and none of it is kept.
   */
  load(content: Uint8Array, logBytes: number): boolean {
    this.entries.load(content)
    let isSane = true
    for (let i = 0; i < this.count && isSane; i++) {
      const previous = i === 0 ? 0 : this.positionAt(i - 1)
      const rises = i === 0 ? this.offsetAt(0) >= this.baseOffset : this.offsetAt(i) > this.offsetAt(i - 1)
      isSane = rises && this.positionAt(i) > previous
    }
    // Entries beyond the log's end are of batches that it has lost.
    while (isSane && this.count > 0 && this.positionAt(this.count - 1) >= logBytes)
      this.entries.truncate(this.count - 1)
    if (!isSane) this.entries.truncate(0)
    return isSane
  }
}
