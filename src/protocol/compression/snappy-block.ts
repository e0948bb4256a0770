/**
 * The Snappy format, without any framing: the length of the content as a varint, then literals and copies, each behind
 * a tag whose lowest two bits say which.
 *
 *     00  literals: count - 1 in the upper six bits, or 60 to 63 and the count - 1 in 1 to 4 bytes
 *     01  copy: 4 to 11 bytes in three bits, 11 bits of how far back
 *     10  copy: 1 to 64 bytes, two bytes of how far back
 *     11  copy: 1 to 64 bytes, four bytes of how far back
 */
import { CompressionError } from '#host'
import { copyLiterals, copyMatch } from './copy.ts'
import { findMatches, matches } from './matches.ts'

/** A copy of 3 bytes gives 64: no input can expand more, so a length that says so is not believed. */
const EXPANSION_MAX = 22

/** The most bytes that a block of `length` bytes can take when compressed. */
export function snappyBlockBound(length: number): number {
  return 32 + length + Math.floor(length / 6)
}

/**
 * Compresses `bytes` from `start` to `end`, 64 KiB at most, into `into` at `at`, where `snappyBlockBound` bytes are
 * free; returns the end of what it wrote.
 */
export function compressSnappyBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  let to = at
  let rest = end - start
  for (; rest >= 0x80; rest >>>= 7) into[to++] = rest | 0x80
  into[to++] = rest
  const found = findMatches(bytes, start, end, 1)
  let from = start
  for (let i = 0; i < found; i += 3) {
    const literals = matches[i]!
    if (literals > 0) to = putLiterals(bytes, from, literals, into, to)
    to = putCopy(into, to, matches[i + 2]!, matches[i + 1]!)
    from += literals + matches[i + 1]!
  }
  return from < end ? putLiterals(bytes, from, end - from, into, to) : to
}

function putLiterals(bytes: Uint8Array, from: number, count: number, into: Uint8Array, at: number): number {
  let to = at
  const less = count - 1
  if (less < 60) {
    into[to++] = less << 2
  } else if (less < 256) {
    into[to++] = 60 << 2
    into[to++] = less
  } else {
    into[to++] = 61 << 2
    into[to++] = less
    into[to++] = less >> 8
  }
  copyLiterals(bytes, from, into, to, count)
  return to + count
}

function putCopy(into: Uint8Array, at: number, back: number, length: number): number {
  let to = at
  let rest = length
  while (rest > 0) {
    // Never leaves less than 4, the least that the short form can say.
    const piece = rest <= 64 ? rest : rest < 68 ? 60 : 64
    if (piece >= 4 && piece < 12 && back < 2048) {
      into[to++] = 1 | ((piece - 4) << 2) | ((back >> 8) << 5)
      into[to++] = back
    } else {
      into[to++] = 2 | ((piece - 1) << 2)
      into[to++] = back
      into[to++] = back >> 8
    }
    rest -= piece
  }
  return to
}

/** How many bytes the block from `start` to `end` says that it gives, in so far as that can be. */
export function snappyLengthOf(bytes: Uint8Array, start: number, end: number): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    if (start + i >= end) throw damaged('its length is cut off')
    const byte = bytes[start + i]!
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (length > (end - start) * EXPANSION_MAX) {
        throw damaged(`it says that it gives ${length} bytes, its ${end - start} cannot`)
      }
      return length
    }
  }
  throw damaged('its length has more than 5 bytes')
}

/**
 * Decompresses the block from `start` to `end` into `into` at `at`, where the bytes that `snappyLengthOf` gave are
 * free; returns the end of what it wrote.
 */
export function decompressSnappyBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  // A small integer for the compiler's sake: the caller has so many bytes.
  const limit = (at + snappyLengthOf(bytes, start, end)) | 0
  let from = start
  while (bytes[from]! >= 0x80) from++
  from++
  let to = at
  while (from < end) {
    const tag = bytes[from++]!
    const kind = tag & 3
    if (kind === 0) {
      let count = tag >> 2
      if (count >= 60) {
        const size = count - 59
        if (size > end - from) throw damaged('a count is cut off')
        count = bytes[from]!
        for (let i = 1; i < size; i++) count |= bytes[from + i]! << (8 * i)
        from += size
      }
      count = (count + 1) | 0
      if (count <= 0 || count > end - from) throw damaged('literals are cut off')
      if (count > limit - to) throw damaged('it gives more than it says')
      copyLiterals(bytes, from, into, to, count)
      from += count
      to += count
      continue
    }
    let length = (tag >> 2) + 1
    let back: number
    if (kind === 1) {
      if (from >= end) throw damaged('a copy is cut off')
      length = ((tag >> 2) & 7) + 4
      back = ((tag >> 5) << 8) | bytes[from++]!
    } else if (kind === 2) {
      if (end - from < 2) throw damaged('a copy is cut off')
      back = bytes[from]! | (bytes[from + 1]! << 8)
      from += 2
    } else {
      if (end - from < 4) throw damaged('a copy is cut off')
      back = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)
      from += 4
    }
    if (back <= 0 || back > to - at) throw damaged('a copy reaches before the block')
    if (length > limit - to) throw damaged('it gives more than it says')
    copyMatch(into, to, back, length)
    to += length
  }
  if (to !== limit) throw damaged(`it gives ${to - at} bytes, not the ${limit - at} that it says`)
  return to
}

function damaged(why: string): CompressionError {
  return new CompressionError(`Snappy block is damaged: ${why}`)
}
