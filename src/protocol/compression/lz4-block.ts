/**
 * The LZ4 block format, without any framing: sequences of a token (four bits for the count of literals, four for the
 * match), longer counts in bytes of 255, the literals, and two bytes for how far back the match is.
 *
 * Our own rather than a native module: it runs everywhere, checks every bound, and at hundreds of megabytes a second
 * it is not what limits a broker, which decompresses only to look at the records.
 */
import { CompressionError } from '#host'
import { copyLiterals, copyMatch } from './copy.ts'
import { findMatches, matches } from './matches.ts'

/** The most bytes that `length` bytes can take when compressed. */
export function lz4BlockBound(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/**
 * Compresses `bytes` from `start` to `end`, 64 KiB at most, into `into` at `at`, where `lz4BlockBound` bytes are free;
 * returns the end of what it wrote. `depth` as in `findMatches`.
 */
export function compressLz4Block(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
  depth: number,
): number {
  const found = findMatches(bytes, start, end, depth)
  let from = start
  let to = at
  for (let i = 0; i < found; i += 3) {
    const literals = matches[i]!
    const extra = matches[i + 1]! - 4
    const back = matches[i + 2]!
    into[to++] = (Math.min(literals, 15) << 4) | Math.min(extra, 15)
    if (literals >= 15) to = putCount(into, to, literals - 15)
    copyLiterals(bytes, from, into, to, literals)
    to += literals
    into[to++] = back
    into[to++] = back >> 8
    if (extra >= 15) to = putCount(into, to, extra - 15)
    from += literals + extra + 4
  }
  const literals = end - from
  into[to++] = Math.min(literals, 15) << 4
  if (literals >= 15) to = putCount(into, to, literals - 15)
  copyLiterals(bytes, from, into, to, literals)
  return to + literals
}

function putCount(into: Uint8Array, at: number, count: number): number {
  let to = at
  let rest = count
  for (; rest >= 255; rest -= 255) into[to++] = 255
  into[to++] = rest
  return to
}

/**
 * Decompresses the block from `start` to `end` into `into` from `at`; returns the end of what it wrote, or -1 where
 * that would pass `limit`. Matches reach back to `at` at most: blocks are independent.
 */
export function decompressLz4Block(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
  limit: number,
): number {
  let from = start
  let to = at
  while (from < end) {
    const token = bytes[from++]!
    let literals = token >> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        if (from >= end) throw damaged('a count is cut off')
        more = bytes[from++]!
        literals += more
      }
    }
    if (literals > end - from) throw damaged('literals are cut off')
    if (literals > limit - to) return -1
    copyLiterals(bytes, from, into, to, literals)
    from += literals
    to += literals
    if (from === end) return to
    if (end - from < 2) throw damaged('a match is cut off')
    const back = bytes[from]! | (bytes[from + 1]! << 8)
    from += 2
    if (back === 0 || back > to - at) throw damaged('a match reaches before the block')
    let length = (token & 15) + 4
    if (length === 19) {
      let more = 255
      while (more === 255) {
        if (from >= end) throw damaged('a count is cut off')
        more = bytes[from++]!
        length += more
      }
    }
    if (length > limit - to) return -1
    copyMatch(into, to, back, length)
    to += length
  }
  throw damaged('it ends with a match')
}

function damaged(why: string): CompressionError {
  return new CompressionError(`LZ4 block is damaged: ${why}`)
}
