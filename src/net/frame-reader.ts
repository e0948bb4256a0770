/**
 * Cuts a byte stream into Kafka's frames: four bytes of size, then so many bytes of request or response.
 *
 * Small frames are read through one scratch array that all connections share, as reading and handling happen in one go:
 * an idle connection holds no buffer, and a small frame is handed on where it lies, without a copy. Once a frame is
 * known to be large, the connection reads straight into its place, a slab (see core), so that its bytes are written to
 * memory once.
 *
 * Nothing is allocated because a size was declared: a frame's memory grows with what has come in, to at most twice that.
 * Only a peer that has sent a frame as large before gets the room for another one at once.
 *
 * Invariants:
 *   between two calls, at most one of these holds: a frame is incomplete, frames wait (the sink refused one)
 *   heldBytes <= max(64 KiB, 2 * received of the frame, the largest frame so far) + what waits
 *   the memory of `room` is held until `received`
 */
import { assert, MalformedError, releaseSlab, takeSlab } from '#core'
import { recogniseForeign } from './foreign-protocol.ts'

/** Takes the frames of one connection. */
export interface FrameSink {
  /**
   * A whole frame, without its size: `bytes` from `start` to `end`, in memory that is used again. What shall outlive the
   * call is held (`holdSlab`) where `mayHold` says so, and else copied. Returns false to refuse the frame for now;
   * `FrameReader.resume` offers it again.
   */
  frame(bytes: Uint8Array, start: number, end: number, mayHold: boolean): boolean
}

const SIZE_BYTES = 4
const SCRATCH_BYTES = 65_536
/** From so many missing bytes on, a frame is read into its place; below, a system call costs more than the copy. */
const DIRECT_BYTES_MIN = 32_768
/** What a peer that has proved nothing yet gets for a frame at once. */
const FIRST_BYTES_MAX = 65_536
/** As much as one read takes; more would only push the processor's cache out. */
const READ_BYTES_MAX = 131_072

const scratch = new Uint8Array(SCRATCH_BYTES)
const nothing = new Uint8Array(0)

export class FrameReader {
  readonly #sink: FrameSink
  readonly #frameBytesMax: number
  /** Where the next read goes, as asked for last. */
  #room: Uint8Array = scratch
  /** The bytes of a size that came in pieces. */
  #sizePart = 0
  #sizePartBytes = 0
  /** The frame that is incomplete, or complete and refused; its size is -1 where there is none. */
  #frame: Uint8Array = nothing
  #size = -1
  #filled = 0
  /** What came in behind a refused frame, or from it on. */
  #waiting: Uint8Array = nothing
  #largest = 0

  /** Frames of more than `frameBytesMax` bytes are refused. */
  constructor(frameBytesMax: number, sink: FrameSink) {
    this.#frameBytesMax = frameBytesMax
    this.#sink = sink
  }

  /** Where the next bytes are to be put: for `ConnectionEvents.room`. */
  room(): Uint8Array {
    const missing = this.#size - this.#filled
    if (missing < DIRECT_BYTES_MIN) {
      this.#room = scratch
    } else {
      if (this.#frame.length - this.#filled < DIRECT_BYTES_MIN) this.#grow(this.#filled + DIRECT_BYTES_MIN)
      this.#room = this.#frame.subarray(this.#filled, Math.min(this.#frame.length, this.#filled + READ_BYTES_MAX))
    }
    return this.#room
  }

  /**
   * Takes the `length` bytes that are in `room` now and gives the sink what is complete. Throws `MalformedError` where
   * a size cannot be.
   */
  received(length: number): void {
    assert(!this.isWaiting, 'a connection is paused while its frames wait')
    if (this.#room === scratch) {
      this.#parse(scratch, 0, length, false)
    } else {
      this.#filled += length
      this.#offerFrame()
    }
  }

  /** Offers again what was refused, and what came after it. Throws `MalformedError` where a size cannot be. */
  resume(): void {
    if (this.#size >= 0 && this.#filled === this.#size && !this.#offerFrame()) return
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = nothing
    this.#parse(waiting, 0, waiting.length, true)
  }

  /** True while the sink owes an answer to something it refused. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0 || (this.#size >= 0 && this.#filled === this.#size)
  }

  /** True while a frame has begun to come in and is incomplete. */
  get isInFrame(): boolean {
    return this.#filled < this.#size
  }

  /** Memory that is taken by an incomplete frame or by frames that wait. */
  get heldBytes(): number {
    return this.#frame.length + this.#waiting.buffer.byteLength
  }

  /** Gives up what is held: the connection has closed. */
  clear(): void {
    releaseSlab(this.#frame)
    this.#frame = this.#waiting = nothing
    this.#size = -1
    this.#filled = this.#sizePartBytes = 0
  }

  #parse(bytes: Uint8Array, from: number, end: number, waited: boolean): void {
    let at = from
    while (at < end) {
      if (this.#size >= 0) {
        at = this.#fill(bytes, at, end)
        if (!this.#isComplete()) return
        if (this.#offerFrame()) continue
        this.#keep(bytes, at, end, waited)
        return
      }
      const start = at
      let size: number
      if (this.#sizePartBytes === 0 && end - at >= SIZE_BYTES) {
        size = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
        at += SIZE_BYTES
      } else {
        while (at < end && this.#sizePartBytes < SIZE_BYTES) {
          this.#sizePart = (this.#sizePart << 8) | bytes[at++]!
          this.#sizePartBytes++
        }
        if (this.#sizePartBytes < SIZE_BYTES) return
        size = this.#sizePart
        this.#sizePartBytes = 0
      }
      this.#check(size)
      if (end - at < size || at - start < SIZE_BYTES) {
        this.#begin(size)
        continue
      }
      if (!this.#sink.frame(bytes, at, at + size, false)) {
        this.#keep(bytes, start, end, waited)
        return
      }
      at += size
    }
  }

  #check(size: number): void {
    if (size > 0 && size <= this.#frameBytesMax) return
    const foreign = recogniseForeign(size)
    throw new MalformedError(
      foreign ?? `A frame of ${size} bytes is announced; 1 to ${this.#frameBytesMax} bytes are allowed`,
    )
  }

  #begin(size: number): void {
    this.#size = size
    this.#filled = 0
    this.#frame = takeSlab(Math.min(size, Math.max(FIRST_BYTES_MAX, this.#largest)))
  }

  #fill(bytes: Uint8Array, at: number, end: number): number {
    const length = Math.min(end - at, this.#size - this.#filled)
    if (this.#filled + length > this.#frame.length) this.#grow(this.#filled + length)
    this.#frame.set(bytes.subarray(at, at + length), this.#filled)
    this.#filled += length
    return at + length
  }

  #grow(atLeast: number): void {
    const grown = takeSlab(Math.min(this.#size, Math.max(atLeast, 2 * this.#filled)))
    grown.set(this.#frame.subarray(0, this.#filled))
    releaseSlab(this.#frame)
    this.#frame = grown
  }

  #isComplete(): boolean {
    return this.#filled === this.#size
  }

  /** Hands the frame on where it is complete; false where it is refused. */
  #offerFrame(): boolean {
    if (!this.#isComplete()) return true
    const frame = this.#frame
    // Let go first, so that the sink sees what we hold without the frame that is now its business.
    const size = this.#size
    this.#frame = nothing
    this.#size = -1
    this.#filled = 0
    if (size > this.#largest) this.#largest = size
    if (this.#sink.frame(frame, 0, size, true)) {
      releaseSlab(frame)
      return true
    }
    this.#frame = frame
    this.#size = this.#filled = size
    return false
  }

  #keep(bytes: Uint8Array, at: number, end: number, waited: boolean): void {
    if (at < end) this.#waiting = waited ? bytes.subarray(at, end) : bytes.slice(at, end)
  }
}
