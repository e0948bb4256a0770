/**
 * Snappy as Kafka uses it, in the framing of the library `snappy-java` by Taro L. Saito ("xerial"):
 *
 *     82 'SNAPPY' 00 | version: int32 = 1 | compatible with: int32 = 1 | then, to the end: size: int32 | Snappy block
 *
 * We write it with blocks of 32 KiB, as that library does. librdkafka sends a single Snappy block without any framing,
 * which Kafka's reader takes as well; so do we: what does not begin with the mark is one block.
 */
import { CompressionError } from '#host'
import { compressSnappyBlock, decompressSnappyBlock, snappyBlockBound, snappyLengthOf } from './snappy-block.ts'

const MARK = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const HEADER = [...MARK, 0, 0, 0, 1, 0, 0, 0, 1]
const BLOCK_BYTES = 32768

/** Compresses all of `bytes`, framed. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.ceil(bytes.length / BLOCK_BYTES)
  const into = new Uint8Array(HEADER.length + blockCount * 36 + snappyBlockBound(bytes.length))
  into.set(HEADER)
  let at = HEADER.length
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const end = compressSnappyBlock(bytes, start, Math.min(bytes.length, start + BLOCK_BYTES), into, at + 4)
    const size = end - (at + 4)
    into[at] = size >> 24
    into[at + 1] = size >> 16
    into[at + 2] = size >> 8
    into[at + 3] = size
    at = end
  }
  return into.subarray(0, at)
}

/** The content of `bytes`, framed or not. Throws `CompressionError`. */
export function decompressSnappy(bytes: Uint8Array, bytesMax: number): Uint8Array {
  if (!isFramed(bytes)) {
    const into = new Uint8Array(checked(snappyLengthOf(bytes, 0, bytes.length), bytesMax))
    decompressSnappyBlock(bytes, 0, bytes.length, into, 0)
    return into
  }
  // First the sizes, then the bytes: what is allocated has been checked against what all blocks together can give.
  let length = 0
  for (let at = HEADER.length; at < bytes.length; ) {
    const end = blockEnd(bytes, at)
    length = checked(length + snappyLengthOf(bytes, at + 4, end), bytesMax)
    at = end
  }
  const into = new Uint8Array(length)
  let to = 0
  for (let at = HEADER.length; at < bytes.length; ) {
    const end = blockEnd(bytes, at)
    to = decompressSnappyBlock(bytes, at + 4, end, into, to)
    at = end
  }
  return into
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && MARK.every((byte, i) => bytes[i] === byte)
}

function blockEnd(bytes: Uint8Array, at: number): number {
  const left = bytes.length - at - 4
  const size = left < 0 ? -1 : (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  if (size < 0 || size > left) throw new CompressionError('Snappy stream is damaged: a block is cut off')
  return at + 4 + size
}

function checked(length: number, bytesMax: number): number {
  if (length > bytesMax) {
    throw new CompressionError(`Snappy stream gives ${length} bytes, more than ${bytesMax}`, { tooLarge: true })
  }
  return length
}
