/** What the four codecs' targets share. */
import { readdirSync, readFileSync } from 'node:fs'
import { CompressionError } from '#host'
import { nodeCompute as compute } from '#host/node'
import { compress, decompress } from '#protocol/records'
import { Violation } from '../engine/violation.mjs'

const BYTES_MAX = 64 * 1024
const golden = new URL('../../src/protocol/compression/golden/', import.meta.url)

/** Streams that others wrote, and small ones of our own. */
function seedsOf(codec) {
  const files = readdirSync(golden).filter((file) => file.includes(`.${codec}`))
  const texts = ['', 'a', 'abcabcabcabcabcabcabcabcabcabcabc', 'x'.repeat(700), '0123456789'.repeat(20)]
  return [
    ...files.map((file) => Uint8Array.from(readFileSync(new URL(file, golden)))).filter(({ length }) => length <= 4096),
    ...texts.map((text) => compress(codec, new TextEncoder().encode(text), { compute }).slice()),
  ]
}

/**
 * Decompressing ends in the content, within the budget, or in `CompressionError`; what was content comes back after
 * compressing it.
 */
export function codecTarget(codec, more = {}) {
  let runs = 0
  return {
    about: `${codec}: any bytes decompressed; what they gave compressed and decompressed again`,
    kind: 'records and codecs',
    bytesMax: 4096,
    seeds: () => seedsOf(codec),
    heapBytesMax: ({ length }) => BYTES_MAX * 4 + 8 * length + 1024 * 1024,
    run(bytes) {
      let content
      try {
        content = decompress(codec, bytes, { compute, bytesMax: BYTES_MAX })
      } catch (error) {
        if (error instanceof CompressionError) return
        throw error
      }
      if (content.length > BYTES_MAX) throw new Violation(`${content.length} bytes, more than ${BYTES_MAX}`)
      if (++runs % 16 !== 0) return
      const again = decompress(codec, compress(codec, content, { compute }), { compute, bytesMax: BYTES_MAX })
      if (Buffer.compare(again, content) !== 0) throw new Violation('content changed on its way there and back')
    },
    ...more,
  }
}
