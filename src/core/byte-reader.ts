/**
 * Reads Kafka's primitive types out of bytes that a peer sent, trusting none of them.
 *
 * Nothing is allocated because a length or count was declared: a length must fit into what is left, and counts are charged
 * against a budget for the whole message, so that arrays nested in arrays cannot multiply. Where the reader is given a
 * budget of memory too, what is read is charged with what it takes on the heap: an empty struct of two bytes on the wire
 * is an object of eighty. What does not fit throws `MalformedError`, the one error by which the wire's rooms say "these
 * bytes are not what they claim to be".
 */
import type { Uuid } from './ids.ts'
import { readUtf8 } from './utf8.ts'
import { uuidFromBytes } from './uuid.ts'

/** Bytes from a peer or a file that do not follow their format. The door that read them answers or closes. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}

/** Kafka 4.4 refuses longer arrays before it allocates (KIP-1242's release); so do we. */
export const ARRAY_LENGTH_MAX = 1_000_000
const ELEMENTS_MAX = 4_000_000
/** What a string and a view take on the heap beside their bytes. */
const STRING_BYTES = 24
const VIEW_BYTES = 128
const TWO_32 = 4294967296

export class ByteReader {
  readonly bytes: Uint8Array
  /** Where the next read begins. */
  position: number
  /** One past the last byte that may be read. */
  readonly end: number
  readonly #view: DataView
  #elementsLeft: number
  #heapBytesLeft: number

  /**
   * `heapBytesMax` is what may be made of the bytes, by a careful estimate, and `elementsMax` in how many elements of arrays;
   * without them, whatever they give, and 4 million.
   */
  constructor(
    bytes: Uint8Array,
    start = 0,
    end: number = bytes.length,
    heapBytesMax: number = Number.POSITIVE_INFINITY,
    elementsMax: number = ELEMENTS_MAX,
  ) {
    this.bytes = bytes
    this.position = start
    this.end = end
    this.#heapBytesLeft = heapBytesMax
    this.#elementsLeft = elementsMax
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves past `length` bytes and returns where they begin. */
  skip(length: number): number {
    const at = this.position
    if (length < 0 || length > this.end - at) {
      throw new MalformedError(`${length} bytes are declared at byte ${at}, ${this.end - at} are left`)
    }
    this.position = at + length
    return at
  }

  int8(): number {
    return this.#view.getInt8(this.skip(1))
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1))
  }

  /** Any byte but 0 is true, as in Java. */
  bool(): boolean {
    return this.int8() !== 0
  }

  int16(): number {
    return this.#view.getInt16(this.skip(2))
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2))
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4))
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.skip(8))
  }

  /** An int64 as the nearest number: exact within 2^53, beyond it `Number.isSafeInteger` is false. */
  offset(): number {
    const at = this.skip(8)
    return this.#view.getInt32(at) * TWO_32 + this.#view.getUint32(at + 4)
  }

  float64(): number {
    return this.#view.getFloat64(this.skip(8))
  }

  uuid(): Uuid {
    return uuidFromBytes(this.bytes, this.skip(16))
  }

  /** Unsigned varint of at most 5 bytes, 0 to 2^32 - 1. An overlong but in-range form is accepted, as Java does. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8()
      if (shift === 28 && byte > 0x0f)
        throw new MalformedError(`A varint at byte ${this.position - 5} is longer than 32 bits`)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new MalformedError(`A varint at byte ${this.position - 5} is longer than 5 bytes`)
  }

  /** Zigzag varint of at most 5 bytes. */
  varint(): number {
    const value = this.uvarint()
    return (value >>> 1) ^ -(value & 1)
  }

  /** Zigzag varint of at most 10 bytes. */
  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.uint8()
      if (shift === 63n && byte > 1)
        throw new MalformedError(`A varlong at byte ${this.position - 10} is longer than 64 bits`)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new MalformedError(`A varlong at byte ${this.position - 10} is longer than 10 bytes`)
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const at = this.skip(length)
    this.#charge(VIEW_BYTES)
    return this.bytes.subarray(at, at + length)
  }

  /** The next `length` bytes as UTF-8. */
  text(length: number): string {
    const at = this.skip(length)
    if (length > 1) this.#charge(length + STRING_BYTES)
    const text = readUtf8(this.bytes, at, at + length)
    if (text === undefined) throw new MalformedError(`The ${length} bytes of a string at byte ${at} are not UTF-8`)
    return text
  }

  /**
   * Checks a declared element count against what is left, at `bytesEach` bytes or more an element, and the budgets; an
   * element takes `heapBytesEach` at least.
   */
  count(length: number, bytesEach: number, heapBytesEach = 0): number {
    if (length > ARRAY_LENGTH_MAX || length * bytesEach > this.remaining) {
      throw new MalformedError(
        `${length} elements are declared at byte ${this.position}, ${this.remaining} bytes are left`,
      )
    }
    this.#elementsLeft -= length
    if (this.#elementsLeft < 0) throw new MalformedError(`The message has too many elements, at byte ${this.position}`)
    this.#charge(length * heapBytesEach)
    return length
  }

  #charge(heapBytes: number): void {
    this.#heapBytesLeft -= heapBytes
    if (this.#heapBytesLeft < 0) throw new MalformedError(`The message takes too much memory, at byte ${this.position}`)
  }
}
