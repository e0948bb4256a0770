/**
 * Changes to bytes, a few at a time, in place: the ones that parsers stumble over. Lengths become -1, 0 or huge, varints
 * grow, pieces are repeated, moved, cut off or taken from another input.
 */
const INTERESTING_8 = [0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x20, 0x0f, 0x10]
const INTERESTING_32 = [0, 1, -1, -2, 0x7fffffff, -0x80000000, 0xffff, 0x10000, 61, 60, 49, 48, 1_000_001]
const TOKENS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0, 0, 0, 0, 0],
  [0x00, 0x20, 0, 0, 0, 0, 0, 0],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x98, 0x83],
]

/**
 * Changes the first `length` bytes of `bytes` and returns how many they are now, `bytes.length` at most. `other` is an
 * input to take pieces from.
 */
export function mutate(bytes, length, random, other) {
  let size = length
  for (let times = 1 << random.below(4); times > 0; times--) size = mutateOnce(bytes, size, random, other)
  return size
}

function mutateOnce(bytes, size, random, other) {
  if (size === 0) return fill(bytes, 1 + random.below(16), random)
  const at = random.below(size)
  switch (random.below(14)) {
    case 0:
    case 1:
      bytes[at] ^= 1 << random.below(8)
      return size
    case 2:
      bytes[at] = random.next()
      return size
    case 3:
    case 4:
      bytes[at] = INTERESTING_8[random.below(INTERESTING_8.length)]
      return size
    case 5:
      bytes[at] += random.below(35) - 17
      return size
    case 6:
      return putInt(bytes, at, size, INTERESTING_32[random.below(INTERESTING_32.length)], random)
    case 7:
      return overwrite(bytes, at, size, TOKENS[random.below(TOKENS.length)])
    case 8: {
      const token = TOKENS[random.below(TOKENS.length)]
      const grown = open(bytes, at, size, token.length)
      return grown === size ? size : overwrite(bytes, at, grown, token)
    }
    case 9: {
      const cut = 1 + random.below(Math.min(size, random.oneIn(4) ? size : 8))
      bytes.copyWithin(at, Math.min(size, at + cut), size)
      return size - Math.min(cut, size - at)
    }
    case 10: {
      const from = random.below(size)
      const piece = bytes.slice(from, from + 1 + random.below(random.oneIn(4) ? 256 : 16))
      const grown = open(bytes, at, size, piece.length)
      return grown === size ? size : overwrite(bytes, at, grown, piece)
    }
    case 11: {
      const from = random.below(size)
      bytes.copyWithin(at, from, Math.min(size, from + 1 + random.below(32)))
      return size
    }
    case 12: {
      if (other.length === 0) return size
      const from = random.below(other.length)
      const piece = other.subarray(from, from + 1 + random.below(random.oneIn(4) ? other.length : 32))
      if (random.oneIn(2)) return overwrite(bytes, at, size, piece)
      const grown = open(bytes, at, size, piece.length)
      return grown === size ? size : overwrite(bytes, at, grown, piece)
    }
    default:
      return random.oneIn(8) ? at : size
  }
}

function fill(bytes, count, random) {
  const size = Math.min(count, bytes.length)
  for (let i = 0; i < size; i++) bytes[i] = random.next()
  return size
}

/** A big-endian number of one, two, four or eight bytes. */
function putInt(bytes, at, size, value, random) {
  const width = 1 << random.below(4)
  if (at + width > size) return size
  for (let i = 0; i < width; i++) {
    const shift = 8 * (width - 1 - i)
    bytes[at + i] = shift > 24 ? (value < 0 ? 255 : 0) : value >> shift
  }
  return size
}

function overwrite(bytes, at, size, piece) {
  const count = Math.min(piece.length, bytes.length - at)
  for (let i = 0; i < count; i++) bytes[at + i] = piece[i]
  return Math.max(size, at + count)
}

/** Makes room for `count` bytes at `at`, if there is any. */
function open(bytes, at, size, count) {
  if (size + count > bytes.length) return size
  bytes.copyWithin(at + count, at, size)
  return size + count
}
