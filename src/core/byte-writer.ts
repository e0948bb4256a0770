/**
 * Writes Kafka's primitive types into a chain of buffers that a socket or file takes as it is.
 *
 * Small values are written into slabs that many writers share one after another; large byte strings (record batches)
 * are linked into the chain, not copied. A slab is never written twice: it is given out in order and left to the
 * collector when the last chunk of it is gone, so a chunk may be held for as long as a slow peer needs.
 *
 * Invariant: the chunks returned by `finish` are not written to afterwards.
 */
import { assert } from './assert.ts'
import { type Chunk, isBytes } from './file-range.ts'
import type { Uuid } from './ids.ts'
import { utf8Length, writeUtf8 } from './utf8.ts'
import { uuidToBytes } from './uuid.ts'

const SLAB_BYTES = 64 * 1024
const CHUNK_BYTES_MIN = 512
/** Byte strings from this length on are linked instead of copied. */
const LINK_BYTES_MIN = 2048
const TWO_32 = 4294967296

let slab = new Uint8Array(SLAB_BYTES)
let slabView = new DataView(slab.buffer)
let slabUsed = 0

export class ByteWriter {
  readonly #chunks: Chunk[] = []
  #finishedLength = 0
  #bytes: Uint8Array
  #view: DataView
  /** Where the chunk being written begins in `#bytes`, where the next byte goes, and what it may not pass. */
  #start: number
  #at: number
  #limit: number

  constructor() {
    if (SLAB_BYTES - slabUsed < CHUNK_BYTES_MIN) {
      slab = new Uint8Array(SLAB_BYTES)
      slabView = new DataView(slab.buffer)
      slabUsed = 0
    }
    this.#bytes = slab
    this.#view = slabView
    this.#start = this.#at = slabUsed
    // Two writers may be open at once: each owns its space from the start and gives the rest back at the end.
    this.#limit = slabUsed + CHUNK_BYTES_MIN
    slabUsed = this.#limit
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#finishedLength + (this.#at - this.#start)
  }

  /**
   * Makes room for `length` bytes and returns where they go. May move on to another buffer: `#bytes` and `#view` must be
   * looked at after it, never before (not even as `this.#view.setInt8(this.#reserve(1), value)`).
   */
  #reserve(length: number): number {
    const at = this.#at
    if (at + length <= this.#limit) {
      this.#at = at + length
      return at
    }
    return this.#grow(length)
  }

  #grow(length: number): number {
    if (this.#bytes === slab && this.#limit === slabUsed && this.#at + length <= SLAB_BYTES) {
      // Nobody came after us: take more of the slab, twice what we hold, so that growing is rare.
      const wanted = Math.max(length, this.#limit - this.#start)
      slabUsed = Math.min(SLAB_BYTES, this.#at + wanted)
      this.#limit = slabUsed
    } else {
      this.#closeChunk()
      const size = Math.max(length, Math.min(SLAB_BYTES, Math.max(this.#finishedLength, CHUNK_BYTES_MIN)))
      this.#bytes = new Uint8Array(size)
      this.#view = new DataView(this.#bytes.buffer)
      this.#start = this.#at = 0
      this.#limit = size
    }
    const at = this.#at
    this.#at = at + length
    return at
  }

  #closeChunk(): void {
    if (this.#at > this.#start) {
      this.#chunks.push(this.#bytes.subarray(this.#start, this.#at))
      this.#finishedLength += this.#at - this.#start
    }
    this.#start = this.#at
  }

  int8(value: number): void {
    const at = this.#reserve(1)
    this.#view.setInt8(at, value)
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int16(value: number): void {
    const at = this.#reserve(2)
    this.#view.setInt16(at, value)
  }

  uint16(value: number): void {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setInt32(at, value)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value)
  }

  /** An int64, given exactly or as a safe integer. */
  int64(value: bigint | number): void {
    const at = this.#reserve(8)
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(at, value)
    } else {
      this.#view.setInt32(at, Math.floor(value / TWO_32))
      this.#view.setUint32(at + 4, value >>> 0)
    }
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value)
  }

  uuid(value: Uuid): void {
    const at = this.#reserve(16)
    uuidToBytes(value, this.#bytes, at)
  }

  /** Unsigned varint of a value from 0 to 2^32 - 1. */
  uvarint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.int8((rest & 0x7f) | 0x80)
      rest = Math.floor(rest / 128)
    }
    this.int8(rest)
  }

  /** Zigzag varint of an int32. */
  varint(value: number): void {
    this.uvarint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** Zigzag varint of an int64. */
  varlong(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest >= 0x80n) {
      this.int8(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.int8(Number(rest))
  }

  /** The UTF-8 bytes of `text`, `length` of them (from `utf8Length`). */
  text(text: string, length: number = utf8Length(text)): void {
    const at = this.#reserve(length)
    writeUtf8(text, this.#bytes, at)
  }

  /** Copies short bytes and links long ones, and file ranges; what is linked must not change until it has been sent. */
  raw(bytes: Chunk): void {
    if (bytes.length >= LINK_BYTES_MIN || !isBytes(bytes)) {
      this.#closeChunk()
      this.#chunks.push(bytes)
      this.#finishedLength += bytes.length
    } else {
      const at = this.#reserve(bytes.length)
      this.#bytes.set(bytes, at)
    }
  }

  /** Leaves four bytes to be filled by the returned function, which takes the value: a size in front of what follows. */
  int32Later(): (value: number) => void {
    const at = this.#reserve(4)
    const view = this.#view
    return (value) => view.setInt32(at, value)
  }

  /** Ends the writing and returns the chain. */
  finish(): Chunk[] {
    this.#closeChunk()
    if (this.#bytes === slab && this.#limit === slabUsed) slabUsed = this.#at
    this.#limit = this.#at
    return this.#chunks
  }

  /** Ends the writing and returns all of it in one piece, copied where it was in several. */
  finishJoined(): Uint8Array {
    const chunks = this.finish()
    assert(chunks.every(isBytes), 'what lies in a file is sent, and not joined')
    return joinBytes(chunks)
  }
}

/** The chunks one after another in one array; the chunk itself where there is only one. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  let length = 0
  for (const chunk of chunks) length += chunk.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}
