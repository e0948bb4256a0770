/**
 * When batches of a segment were written: now and then the greatest timestamp so far (int64) and the offset of the batch
 * that has it, relative to the segment's base (int32). All records before that offset's successor are not newer.
 *
 * Invariant: timestamps rise strictly, offsets do not fall.
 */
import type { Offset } from '#core'
import { IndexEntries } from './index-entries.ts'

const ENTRY_BYTES = 12

export class TimeIndex {
  readonly baseOffset: Offset
  readonly entries = new IndexEntries(ENTRY_BYTES)

  constructor(baseOffset: Offset) {
    this.baseOffset = baseOffset
  }

  get count(): number {
    return this.entries.count
  }

  /** Whether a file of `bytesMax` bytes has no room but for the entry that closes a segment. */
  isFull(bytesMax: number): boolean {
    return this.count >= Math.floor(bytesMax / ENTRY_BYTES) - 1
  }

  /** Adds the greatest timestamp so far, where it has grown since the last entry. */
  append(timestamp: bigint, offset: Offset): void {
    if (timestamp <= this.lastTimestamp) return
    const at = this.entries.add()
    this.entries.view.setBigInt64(at, timestamp)
    this.entries.view.setInt32(at + 8, offset - this.baseOffset)
  }

  timestampAt(entry: number): bigint {
    return this.entries.view.getBigInt64(entry * ENTRY_BYTES)
  }

  offsetAt(entry: number): Offset {
    return this.baseOffset + this.entries.view.getInt32(entry * ENTRY_BYTES + 8)
  }

  /** -1 where there is none. */
  get lastTimestamp(): bigint {
    return this.count === 0 ? -1n : this.timestampAt(this.count - 1)
  }

  /** The base offset where there is no entry. */
  get lastOffset(): Offset {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1)
  }

  /** An offset before which no record has a timestamp greater than `timestamp`. */
  lookup(timestamp: bigint): Offset {
    let low = -1
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.timestampAt(middle) <= timestamp) low = middle
      else high = middle - 1
    }
    return low < 0 ? this.baseOffset : this.offsetAt(low)
  }

  /** Keeps the entries of offsets before `offset`. */
  truncateTo(offset: Offset): void {
    let count = this.count
    while (count > 0 && this.offsetAt(count - 1) >= offset) count--
    this.entries.truncate(count)
  }

  /** Takes the content of a file; false where it cannot be such an index, and none of it is kept. */
  load(content: Uint8Array): boolean {
    this.entries.load(content)
    let isSane = true
    for (let i = 0; i < this.count && isSane; i++) {
      isSane =
        this.timestampAt(i) > (i === 0 ? -1n : this.timestampAt(i - 1)) &&
        this.offsetAt(i) >= (i === 0 ? this.baseOffset : this.offsetAt(i - 1))
    }
    if (!isSane) this.entries.truncate(0)
    return isSane
  }
}
