/**
 * The LZ4 frame format as Kafka uses it.
 *
 *     magic 04 22 4d 18 | flags | block maximum | [content size: 8] | header checksum | blocks ... | 0 | [checksum: 4]
 *
 * A block is four bytes of size, whose highest bit says "stored as it is", the bytes, and a checksum where the flags
 * say so. Numbers are little-endian, unlike everything else in Kafka.
 *
 * We write what Kafka's producer writes: independent blocks of 64 KiB, no content size, no checksums but the header's.
 * We read every valid frame but those whose blocks depend on each other or on a dictionary: Kafka's broker and its
 * consumers cannot read these, and a log is for all of its readers.
 */
import { CompressionError } from '#host'
import { compressLz4Block, decompressLz4Block, lz4BlockBound } from './lz4-block.ts'
import { xxh32 } from './xxh32.ts'

const MAGIC = 0x184d2204
const VERSION_MASK = 0xc0
const VERSION_1 = 0x40
const INDEPENDENT_BLOCKS = 0x20
const BLOCK_CHECKSUMS = 0x10
const CONTENT_SIZE = 0x08
const CONTENT_CHECKSUM = 0x04
const RESERVED_FLAGS = 0x03
const STORED = 0x80000000
const BLOCK_64_KIB = 0x40
const BLOCK_BYTES = 65536
/** A byte of an LZ4 block adds at most 255 to a match. */
const EXPANSION_MAX = 255
/** Kafka's name for "the quick compressor", which is also its default; other levels search longer. */
const QUICK_LEVEL = 9

/** Compresses all of `bytes`; `level` is Kafka's `compression.lz4.level`, 1 to 17. */
export function compressLz4(bytes: Uint8Array, level: number): Uint8Array {
  const depth = level === QUICK_LEVEL ? 1 : 1 << Math.min(level, 12)
  const blockCount = Math.ceil(bytes.length / BLOCK_BYTES)
  // The last block may need a little more than its length before it is found to be better stored.
  const into = new Uint8Array(7 + blockCount * 4 + lz4BlockBound(bytes.length) + 16 * blockCount + 4)
  putWord(into, 0, MAGIC)
  into[4] = VERSION_1 | INDEPENDENT_BLOCKS
  into[5] = BLOCK_64_KIB
  into[6] = xxh32(into, 4, 6) >> 8
  let at = 7
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const end = Math.min(bytes.length, start + BLOCK_BYTES)
    const compressed = compressLz4Block(bytes, start, end, into, at + 4, depth) - (at + 4)
    if (compressed < end - start) {
      putWord(into, at, compressed)
      at += 4 + compressed
    } else {
      putWord(into, at, (end - start) | STORED)
      into.set(bytes.subarray(start, end), at + 4)
      at += 4 + end - start
    }
  }
  putWord(into, at, 0)
  return into.subarray(0, at + 4)
}

/** The content of one frame, which must be all of `bytes`. Throws `CompressionError`. */
export function decompressLz4(bytes: Uint8Array, bytesMax: number): Uint8Array {
  if (bytes.length < 7 || wordAt(bytes, 0) !== MAGIC) throw damaged('it does not begin as a frame does')
  const flags = bytes[4]!
  if ((flags & VERSION_MASK) !== VERSION_1) throw damaged(`it is of version ${flags >> 6}, not 1`)
  if ((flags & INDEPENDENT_BLOCKS) === 0) throw damaged('its blocks depend on each other, which Kafka does not read')
  if ((flags & RESERVED_FLAGS) !== 0) throw damaged('it needs a dictionary, which Kafka does not know')
  const blockSize = bytes[5]! >> 4
  if ((bytes[5]! & 0x8f) !== 0 || blockSize < 4) throw damaged(`its block maximum is ${bytes[5]}`)
  const blockBytesMax = 1 << (2 * blockSize + 8)
  const headerEnd = (flags & CONTENT_SIZE) === 0 ? 6 : 14
  if (bytes.length < headerEnd + 1) throw damaged('its header is cut off')
  if (bytes[headerEnd] !== ((xxh32(bytes, 4, headerEnd) >> 8) & 0xff)) throw damaged('its header has another checksum')
  const declared = headerEnd === 14 ? wordAt(bytes, 6) + wordAt(bytes, 10) * 2 ** 32 : undefined
  if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax)

  const checksumBytes = (flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4
  const bound = contentBound(bytes, headerEnd + 1, blockBytesMax, checksumBytes)
  const into = new Uint8Array(Math.min(bound, bytesMax))
  let to = 0
  let at = headerEnd + 1
  for (;;) {
    const size = wordAt(bytes, at)
    at += 4
    if (size === 0) break
    const length = size & ~STORED
    const end = at + length
    if (size >= STORED) {
      if (length > into.length - to) throw tooLarge(bytesMax)
      into.set(bytes.subarray(at, end), to)
      to += length
    } else {
      const limit = Math.min(into.length, to + blockBytesMax)
      to = decompressLz4Block(bytes, at, end, into, to, limit)
      if (to === -1 && limit === into.length && bound > bytesMax) throw tooLarge(bytesMax)
      if (to === -1) throw damaged(`a block gives more than ${blockBytesMax} bytes`)
    }
    if (checksumBytes > 0 && wordAt(bytes, end) !== xxh32(bytes, at, end)) throw damaged('a block has another checksum')
    at = end + checksumBytes
  }
  if ((flags & CONTENT_CHECKSUM) !== 0) {
    if (bytes.length - at < 4) throw damaged('its checksum is cut off')
    if (wordAt(bytes, at) !== xxh32(into, 0, to)) throw damaged('its content has another checksum')
    at += 4
  }
  if (at !== bytes.length) throw damaged(`${bytes.length - at} bytes follow its end`)
  if (declared !== undefined && declared !== to) throw damaged(`it gives ${to} bytes, not the ${declared} that it says`)
  return into.subarray(0, to)
}

/** Checks that all blocks are there, and adds up the most that they can give: no more than this is allocated. */
function contentBound(bytes: Uint8Array, start: number, blockBytesMax: number, checksumBytes: number): number {
  let bound = 0
  let at = start
  for (;;) {
    if (bytes.length - at < 4) throw damaged('its end is missing')
    const size = wordAt(bytes, at)
    if (size === 0) return bound
    const length = size & ~STORED
    if (length > blockBytesMax) throw damaged(`a block has ${length} bytes, ${blockBytesMax} are allowed`)
    at += 4 + length + checksumBytes
    if (at > bytes.length) throw damaged('a block is cut off')
    bound += size >= STORED ? length : Math.min(blockBytesMax, length * EXPANSION_MAX)
  }
}

function damaged(why: string): CompressionError {
  return new CompressionError(`LZ4 frame is damaged: ${why}`)
}

function tooLarge(bytesMax: number): CompressionError {
  return new CompressionError(`LZ4 frame gives more than ${bytesMax} bytes`, { tooLarge: true })
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >> 8
  bytes[at + 2] = value >> 16
  bytes[at + 3] = value >> 24
}
