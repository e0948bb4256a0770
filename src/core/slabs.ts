/**
 * Memory that is used again. Frames that come in and bytes that are read from the disk lie in slabs.
 *
 * An array made for each would cost more than all that is done with its bytes: it is zeroed, the kernel looks for pages,
 * and its weight has V8 collect the whole heap again and again. A slab goes back when its last hold ends, and is given out
 * again.
 *
 * The rule: memory comes with one hold. Who keeps a view of it for longer than the call that brought it holds it too, and
 * releases it once. A view is known by its buffer; to hold or release one that lies in no slab does nothing, so that nobody
 * has to know where bytes came from. A hold that never ends is safe, and how to keep a view for good: the slab is then left
 * to the collector. A release too many would give away what somebody reads: we assert where we can tell.
 *
 * Invariants:
 *   a slab is either free or held, by as many holds as are to be released
 *   free slabs have at most `FREE_SLAB_BYTES_MAX` together; the ones that were used last stay
 */
import { assert } from './assert.ts'

interface Slab {
  readonly bytes: Uint8Array
  holds: number
}

/** The smallest; there are two sizes for each power of two. Smaller arrays cost too little to be counted. */
const SLAB_BYTES_MIN = 4096
/** Beyond, one comes so rarely that the collector may have it. */
const SLAB_BYTES_MAX = 16 * 1024 * 1024
/** What a reader of six partitions has in his hands, on the way to him, and read ahead for him. */
export const FREE_SLAB_BYTES_MAX = 24 * 1024 * 1024
/** A slab that small copies share. */
const SHARED_BYTES = 256 * 1024

const slabs = new WeakMap<ArrayBufferLike, Slab>()
/** The one that was released last is last. */
let free: Slab[] = []
let freeBytes = 0
let isPoisoned = false
let shared: Uint8Array = new Uint8Array(0)
let sharedUsed = 0

/** `sizeBytes` bytes of any content, with one hold. */
export function takeSlab(sizeBytes: number): Uint8Array {
  if (sizeBytes < SLAB_BYTES_MIN || sizeBytes > SLAB_BYTES_MAX) return new Uint8Array(sizeBytes)
  const step = 2 ** (30 - Math.clz32(sizeBytes - 1))
  const roundedBytes = Math.ceil(sizeBytes / step) * step
  const index = smallestFree(roundedBytes)
  if (index >= 0) {
    const [slab] = free.splice(index, 1)
    assert(slab !== undefined, 'a slab that was found is there')
    freeBytes -= slab.bytes.length
    slab.holds = 1
    return slab.bytes.subarray(0, sizeBytes)
  }
  const bytes = new Uint8Array(roundedBytes)
  slabs.set(bytes.buffer, { bytes, holds: 1 })
  return bytes.subarray(0, sizeBytes)
}

/**
 * Where the smallest free slab is that has room for so many bytes, and is at most four times as large; -1 where none. Clients'
 * frames are of every size: there would rarely be one of just the right one.
 */
function smallestFree(sizeBytes: number): number {
  let best = -1
  let bestBytes = 4 * sizeBytes + 1
  for (let i = free.length - 1; i >= 0 && bestBytes > sizeBytes; i--) {
    const { length } = free[i]!.bytes
    if (length < sizeBytes || length >= bestBytes) continue
    best = i
    bestBytes = length
  }
  return best
}

/** A copy of a few of `bytes`, with one hold. Small copies share a slab, which is free when all of them are released. */
export function copyToSlab(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start
  if (length > shared.length - sharedUsed) {
    if (length > SHARED_BYTES / 2) {
      const own = takeSlab(length)
      own.set(bytes.subarray(start, end))
      return own
    }
    releaseSlab(shared)
    shared = takeSlab(SHARED_BYTES)
    sharedUsed = 0
  }
  const copy = shared.subarray(sharedUsed, sharedUsed + length)
  copy.set(bytes.subarray(start, end))
  sharedUsed += length
  holdSlab(shared)
  return copy
}

/** Keeps the slab that `view` lies in, if it does, until one more `releaseSlab`. */
export function holdSlab(view: Uint8Array): void {
  const slab = slabs.get(view.buffer)
  if (slab === undefined) return
  assert(slab.holds > 0, 'who holds memory got it from somebody who held it')
  slab.holds++
}

/** Ends one hold of the slab that `view` lies in, if it does: the view is not looked at any more. */
export function releaseSlab(view: Uint8Array): void {
  const slab = slabs.get(view.buffer)
  if (slab === undefined) return
  assert(slab.holds > 0, 'memory is released once for each hold')
  if (--slab.holds > 0) return
  if (isPoisoned) slab.bytes.fill(0xdb)
  free.push(slab)
  freeBytes += slab.bytes.length
  let oldest = 0
  while (freeBytes > FREE_SLAB_BYTES_MAX) freeBytes -= free[oldest++]!.bytes.length
  if (oldest > 0) free = free.slice(oldest)
}

/** For tests: what is released is overwritten at once, so that nobody can go on reading it unnoticed. */
export function poisonReleasedSlabs(): void {
  isPoisoned = true
}
