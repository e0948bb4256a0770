/**
 * The varints inside a record: seven bits a byte, lowest first, the sign in the lowest bit ("zigzag").
 *
 * Reading is on the path of every record that is produced, so it makes no object: a reader returns the value and leaves
 * where it ended in `varintEnd`. Nearly all varints of a record are one byte; who reads many looks at that first.
 */

/** Where the varint that was read last ends; `PAST_EVERYTHING` where it was malformed. */
export let varintEnd = 0
export const PAST_EVERYTHING = 0x7fffffff

/**
 * The 32 bits of an int32 varint that begins at `at`, still zigzagged. It is malformed where it does not end before
 * `end` or has more than 32 bits; overlong forms are read, as Java reads them.
 */
export function zigzagAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 < end) {
    const first = bytes[at]!
    const second = bytes[at + 1]!
    if (first < 0x80) {
      varintEnd = at + 1
      return first
    }
    if (second < 0x80) {
      varintEnd = at + 2
      return (first & 0x7f) | (second << 7)
    }
  }
  return longZigzagAt(bytes, at, end)
}

function longZigzagAt(bytes: Uint8Array, at: number, end: number): number {
  let bits = 0
  let next = at
  for (let shift = 0; shift < 35 && next < end; shift += 7) {
    const byte = bytes[next++]!
    bits |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      varintEnd = shift === 28 && byte > 0x0f ? PAST_EVERYTHING : next
      return bits
    }
  }
  varintEnd = PAST_EVERYTHING
  return 0
}

/** The value that zigzagged `bits` stand for. */
export function unzigzag(bits: number): number {
  return (bits >>> 1) ^ -(bits & 1)
}

/**
 * The int64 varint at `at` as a number, exact from -2^52 to 2^52; an infinity beyond. NaN where it does not end before
 * `end` or has more than ten bytes.
 */
export function varlongAt(bytes: Uint8Array, at: number, end: number): number {
  let low = 0
  let high = 0
  let next = at
  for (let shift = 0; shift < 70; shift += 7) {
    if (next >= end) return Number.NaN
    const byte = bytes[next++]!
    if (shift < 28) low |= (byte & 0x7f) << shift
    else high += (byte & 0x7f) * 2 ** (shift - 28)
    if (byte < 0x80) {
      varintEnd = next
      // The lowest bit is the sign, so the value has one bit less, and 2^52 fits exactly.
      const half = (low >>> 1) + high * 2 ** 27
      if (half > 2 ** 52) return (low & 1) === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      return (low & 1) === 0 ? half : -half - 1
    }
  }
  return Number.NaN
}

/** The same varint exactly, for what `varlongAt` found to be beyond. */
export function exactVarlongAt(bytes: Uint8Array, at: number): bigint {
  let bits = 0n
  for (let next = at, shift = 0n; ; next++, shift += 7n) {
    bits |= BigInt(bytes[next]! & 0x7f) << shift
    if (bytes[next]! < 0x80) break
  }
  bits = BigInt.asUintN(64, bits)
  return (bits >> 1n) ^ -(bits & 1n)
}

/** How many bytes an int32 takes. */
export function varintSize(value: number): number {
  return sizeOfBits(((value << 1) ^ (value >> 31)) >>> 0)
}

/** How many bytes a whole number from -2^52 to 2^52 takes. */
export function varlongSize(value: number): number {
  return sizeOfBits(value < 0 ? -2 * value - 1 : 2 * value)
}

function sizeOfBits(bits: number): number {
  let size = 1
  for (let rest = bits; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

/** Writes an int32 and returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let to = at
  let rest = (value << 1) ^ (value >> 31)
  for (; (rest & ~0x7f) !== 0; rest >>>= 7) bytes[to++] = rest | 0x80
  bytes[to++] = rest
  return to
}

/** Writes a whole number from -2^52 to 2^52 and returns where it ends. */
export function putVarlong(bytes: Uint8Array, at: number, value: number): number {
  let to = at
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[to++] = (rest % 0x80) | 0x80
  bytes[to++] = rest
  return to
}

/** The same two for any int64. */
export function exactVarlongSize(value: bigint): number {
  let size = 1
  for (let rest = zigzagOf(value); rest >= 0x80n; rest >>= 7n) size++
  return size
}

export function putExactVarlong(bytes: Uint8Array, at: number, value: bigint): number {
  let to = at
  let rest = zigzagOf(value)
  for (; rest >= 0x80n; rest >>= 7n) bytes[to++] = Number(rest & 0x7fn) | 0x80
  bytes[to++] = Number(rest)
  return to
}

function zigzagOf(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
}
