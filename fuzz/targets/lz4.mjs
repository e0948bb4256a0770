import { xxh32 } from '../../dist/protocol/compression/xxh32.js'
import { codecTarget } from './codecs.kit.mjs'

const FLAG_CONTENT_SIZE = 0x08

export const target = codecTarget('lz4', {
  /** The byte that guards the header, so that what is behind it is reached. */
  repair(bytes, length) {
    if (length < 7) return
    const end = 6 + ((bytes[4] & FLAG_CONTENT_SIZE) !== 0 ? 8 : 0)
    if (end < length) bytes[end] = (xxh32(bytes, 4, end) >>> 8) & 0xff
  },
})
