/**
 * Finds the repetitions in a block: the search that LZ4 and Snappy have in common. Both formats then only write down
 * what was found, each in its own notation.
 *
 * A block is at most 64 KiB, so that a place in it fits 16 bits and the tables stay in the processor's cache. A table
 * maps the hash of four bytes to the last place where they were seen; an entry is a guess, and the bytes are compared.
 *
 * Invariants, LZ4's, which cost Snappy nothing:
 *   a match is at least 4 bytes long, begins 12 bytes or more before the end and leaves the last 5 alone
 *   literals and matches in turn give the block: literals, match, literals, match, ..., literals (implied)
 */
export const BLOCK_BYTES_MAX = 65536
const MATCH_BYTES_MIN = 4
const LAST_LITERALS = 5
const MATCH_START_MARGIN = 12
const HASH_BITS_MAX = 14
/** After 2^6 steps without a match the steps grow, so that what cannot be compressed is passed over quickly. */
const SKIP_BITS = 6

const table = new Uint16Array(1 << HASH_BITS_MAX)
/** For each place, the one before it with the same hash; only for a deep search. */
let chain: Uint16Array | undefined

/** Three numbers for each match: literals before it, its length, how far back it copies from. */
export const matches = new Int32Array((BLOCK_BYTES_MAX / MATCH_BYTES_MIN) * 3)

/**
 * Searches `bytes` from `start` to `end` and leaves what it finds in `matches`; returns how many numbers that are.
 * `depth` places with the same hash are compared for the longest match: 1 is quick, more is smaller.
 */
export function findMatches(bytes: Uint8Array, start: number, end: number, depth: number): number {
  const lastStart = end - MATCH_START_MARGIN
  if (start >= lastStart) return 0
  let bits = 8
  while (bits < HASH_BITS_MAX && 1 << bits < end - start) bits++
  table.fill(0, 0, 1 << bits)
  return depth === 1
    ? findQuickly(bytes, start, end, lastStart, 32 - bits)
    : findLongest(bytes, start, end, lastStart, 32 - bits, depth)
}

function findQuickly(bytes: Uint8Array, start: number, end: number, lastStart: number, shift: number): number {
  const lastMatched = end - LAST_LITERALS
  let found = 0
  let literalsFrom = start
  let at = start + 1
  let tries = 1 << SKIP_BITS
  while (at <= lastStart) {
    const four = fourAt(bytes, at)
    const slot = Math.imul(four, 0x9e3779b1) >>> shift
    const candidate = start + table[slot]!
    table[slot] = at - start
    if (fourAt(bytes, candidate) !== four) {
      at += tries++ >> SKIP_BITS
      continue
    }
    let matched = at + MATCH_BYTES_MIN
    const back = at - candidate
    while (matched < lastMatched && bytes[matched] === bytes[matched - back]) matched++
    matches[found] = at - literalsFrom
    matches[found + 1] = matched - at
    matches[found + 2] = back
    found += 3
    // The place two before the end often begins the next repetition.
    if (matched <= lastStart) {
      table[Math.imul(fourAt(bytes, matched - 2), 0x9e3779b1) >>> shift] = matched - 2 - start
    }
    at = literalsFrom = matched
    tries = 1 << SKIP_BITS
  }
  return found
}

function findLongest(
  bytes: Uint8Array,
  start: number,
  end: number,
  lastStart: number,
  shift: number,
  depth: number,
): number {
  chain ??= new Uint16Array(BLOCK_BYTES_MAX)
  const lastMatched = end - LAST_LITERALS
  let found = 0
  let literalsFrom = start
  let at = start + 1
  let known = start
  while (at <= lastStart) {
    for (; known < at; known++) note(bytes, known, start, shift)
    const four = fourAt(bytes, at)
    let candidate = start + note(bytes, at, start, shift)
    known = at + 1
    let longest = 0
    let back = 0
    for (let left = depth; left > 0; left--) {
      if (fourAt(bytes, candidate) === four) {
        let matched = at + MATCH_BYTES_MIN
        const distance = at - candidate
        while (matched < lastMatched && bytes[matched] === bytes[matched - distance]) matched++
        if (matched - at > longest) {
          longest = matched - at
          back = distance
        }
      }
      const before = start + chain[candidate - start]!
      if (before >= candidate) break
      candidate = before
    }
    if (longest === 0) {
      at++
      continue
    }
    matches[found] = at - literalsFrom
    matches[found + 1] = longest
    matches[found + 2] = back
    found += 3
    at += longest
    literalsFrom = at
  }
  return found
}

/** Enters a place into the table and the chain; returns the one that it follows. */
function note(bytes: Uint8Array, at: number, start: number, shift: number): number {
  const slot = Math.imul(fourAt(bytes, at), 0x9e3779b1) >>> shift
  const before = table[slot]!
  chain![at - start] = before
  table[slot] = at - start
  return before
}

function fourAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
