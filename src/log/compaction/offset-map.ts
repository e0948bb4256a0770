/**
 * The newest offset of each key, in a fixed amount of memory: what compaction goes by. A key takes 24 bytes, however long
 * it is: its hash of 128 bits stands for it, and an offset.
 *
 * The hash has a secret key, made anew for each map (see `SipHash`): two keys with the same one, of which the older
 * would be taken for a former version of the newer, cannot be made on purpose, and do not happen.
 *
 *     slot: hash, four int32 | offset + 1, two int32 (both 0: free)
 *
 * A hash says where to look first; what is taken leads to the next slot, as neighbours share a line of the processor's
 * cache. Nothing is ever removed.
 */
import { assert, type Offset, SipHash } from '#core'

const SLOT_WORDS = 6
/** What a key takes. */
export const SLOT_BYTES = SLOT_WORDS * 4
const TWO_32 = 2 ** 32

export class OffsetMap {
  readonly #slots: Int32Array
  readonly #slotCount: number
  readonly #hash: SipHash
  #size = 0

  /** `hashKey`: sixteen random bytes. */
  constructor(slotCount: number, hashKey: Uint8Array) {
    assert(slotCount >= 1, 'a map has room for a key')
    this.#slotCount = slotCount
    this.#slots = new Int32Array(slotCount * SLOT_WORDS)
    this.#hash = new SipHash(hashKey)
  }

  get slotCount(): number {
    return this.#slotCount
  }

  /** How many keys it has. */
  get size(): number {
    return this.#size
  }

  /** Notes that the key of `length` bytes from `at` on has a record at `offset`. There must be a free slot. */
  put(bytes: Uint8Array, at: number, length: number, offset: Offset): void {
    const slot = this.#find(bytes, at, length)
    assert(slot >= 0, 'a key is put only where there is room')
    const slots = this.#slots
    if ((slots[slot + 4]! | slots[slot + 5]!) === 0) {
      this.#size++
      slots[slot] = this.#hash.h0
      slots[slot + 1] = this.#hash.h1
      slots[slot + 2] = this.#hash.h2
      slots[slot + 3] = this.#hash.h3
    }
    slots[slot + 4] = (offset + 1) / TWO_32
    slots[slot + 5] = offset + 1
  }

  /** The newest offset that was put for the key; -1 where there is none. */
  get(bytes: Uint8Array, at: number, length: number): Offset {
    if (this.#size === 0) return -1
    const slot = this.#find(bytes, at, length)
    if (slot < 0) return -1
    return this.#slots[slot + 4]! * TWO_32 + (this.#slots[slot + 5]! >>> 0) - 1
  }

  /** The slot that has the key, or the free one where it belongs; -1 where there is none. */
  #find(bytes: Uint8Array, at: number, length: number): number {
    const hash = this.#hash
    hash.hash(bytes, at, length)
    const { h0, h1, h2, h3 } = hash
    const slots = this.#slots
    const end = this.#slotCount * SLOT_WORDS
    let slot = Math.floor(((h0 >>> 0) * this.#slotCount) / TWO_32) * SLOT_WORDS
    for (let left = this.#slotCount; left > 0; left--) {
      if ((slots[slot + 4]! | slots[slot + 5]!) === 0) return slot
      if (slots[slot] === h0 && slots[slot + 1] === h1 && slots[slot + 2] === h2 && slots[slot + 3] === h3) return slot
      slot += SLOT_WORDS
      if (slot === end) slot = 0
    }
    return -1
  }
}
