/**
 * Looks over zstd frames without decompressing them, to know beforehand how much they can give.
 *
 *     magic 28 b5 2f fd | descriptor | [window] | [dictionary id] | [content size] | blocks ... | [checksum]
 *
 * A block's three bytes say whether it is the last, its kind (stored, one byte repeated, compressed) and its size. Kafka's
 * producers stream, so their frames do not say the content's size; but no block gives more than 128 KiB, so the blocks
 * do. Frames may follow each other, and between them may stand others that are to be skipped.
 */
import { CompressionError } from '#host'

const MAGIC = 0xfd2fb528
const SKIPPED_MAGIC = 0x184d2a50
const SINGLE_SEGMENT = 0x20
const RESERVED = 0x08
const CHECKSUM = 0x04
const BLOCK_BYTES_MAX = 128 * 1024
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]

/**
 * The most bytes that the frames, which must be all of `bytes`, can give, and no more than `bytesMax`. Throws
 * `CompressionError` where they are not whole, need a dictionary, or say themselves that they give more.
 */
export function zstdContentBound(bytes: Uint8Array, bytesMax: number): number {
  let bound = 0
  let declared = 0
  let at = 0
  do {
    if (bytes.length - at < 5) throw damaged('a frame is cut off')
    const magic = wordAt(bytes, at)
    if ((magic & ~15) >>> 0 === SKIPPED_MAGIC) {
      if (bytes.length - at < 8) throw damaged('a frame is cut off')
      at += 8 + wordAt(bytes, at + 4)
    } else {
      if (magic !== MAGIC) throw damaged(`a frame begins with ${magic.toString(16)}`)
      const descriptor = bytes[at + 4]!
      if ((descriptor & RESERVED) !== 0) throw damaged('a reserved bit is set')
      const single = (descriptor & SINGLE_SEGMENT) !== 0
      at += single ? 5 : 6
      const idBytes = DICTIONARY_ID_BYTES[descriptor & 3]!
      const sizeBytes = descriptor >> 6 === 0 ? (single ? 1 : 0) : 1 << (descriptor >> 6)
      if (bytes.length - at < idBytes + sizeBytes) throw damaged('a header is cut off')
      for (let i = 0; i < idBytes; i++) if (bytes[at + i] !== 0) throw damaged('it needs a dictionary')
      at += idBytes
      const content = sizeBytes === 0 ? undefined : contentSizeAt(bytes, at, sizeBytes)
      at += sizeBytes
      let frameBound = 0
      for (let last = false; !last; ) {
        if (bytes.length - at < 3) throw damaged('a block is cut off')
        const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
        const kind = (header >> 1) & 3
        const size = header >> 3
        if (kind === 3 || size > BLOCK_BYTES_MAX) throw damaged(`a block is of kind ${kind} with ${size} bytes`)
        frameBound += kind === 2 ? BLOCK_BYTES_MAX : size
        at += 3 + (kind === 1 ? 1 : size)
        last = (header & 1) === 1
      }
      if ((descriptor & CHECKSUM) !== 0) at += 4
      if (content !== undefined && content > frameBound) throw damaged(`it says ${content} bytes, its blocks cannot`)
      declared += content ?? 0
      bound += content ?? frameBound
    }
    if (at > bytes.length) throw damaged('a block is cut off')
  } while (at < bytes.length)
  if (declared > bytesMax) {
    throw new CompressionError(`zstd frame gives ${declared} bytes, more than ${bytesMax}`, { tooLarge: true })
  }
  return Math.min(bound, bytesMax)
}

function contentSizeAt(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let size = sizeBytes === 2 ? 256 : 0
  for (let i = 0; i < sizeBytes; i++) size += bytes[at + i]! * 2 ** (8 * i)
  return size
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function damaged(why: string): CompressionError {
  return new CompressionError(`zstd frame is damaged: ${why}`)
}
