import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { crc32c, pureCrc32c } from '#core'
import { CompressionError } from './compute.ts'
import { nodeCompute, useNativeCrc32c } from './node/index.ts'

const codecs = [
  { name: 'gzip', compress: (b: Uint8Array) => nodeCompute.gzip(b, -1), decompress: nodeCompute.gunzip },
  { name: 'zstd', compress: (b: Uint8Array) => nodeCompute.zstdCompress(b, 3), decompress: nodeCompute.zstdDecompress },
]
const text = new Uint8Array(100_000).map((_, i) => (i * 7 + (i >> 8)) & 0x3f)

for (const { name, compress, decompress } of codecs) {
  describe(`a host's ${name}`, () => {
    it('gives back what was compressed', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
          assert.deepEqual(decompress(compress(bytes), bytes.length), bytes)
        }),
      )
      assert.deepEqual(decompress(compress(text), text.length), text)
    })

    it('gives plain arrays, of which a slice is a copy', () => {
      const content = decompress(compress(text), text.length)
      content.slice(0, 1)[0] = 99
      assert.notEqual(content[0], 99)
      assert.equal(Object.getPrototypeOf(compress(text)), Uint8Array.prototype)
    })

    it('gives no more than is allowed, and says that this was why', () => {
      for (const bytesMax of [0, 1, 1000, text.length - 1]) {
        assert.throws(
          () => decompress(compress(text), bytesMax),
          (error) => error instanceof CompressionError && error.tooLarge,
        )
      }
    })

    it('refuses each beginning of a stream', () => {
      const whole = compress(text)
      for (let length = 0; length < whole.length; length++) {
        assert.throws(
          () => decompress(whole.subarray(0, length), text.length),
          (error) => error instanceof CompressionError && !error.tooLarge,
          `${length} of ${whole.length} bytes`,
        )
      }
    })

    it('refuses what follows the end', () => {
      for (const tail of [[0], [1, 2, 3, 4, 5, 6, 7, 8, 9], [0x1f, 0x8b]]) {
        assert.throws(() => decompress(Uint8Array.from([...compress(text), ...tail]), text.length), CompressionError)
      }
    })

    it('gives the content or a CompressionError for damaged bytes', () => {
      fc.assert(
        fc.property(fc.nat(), fc.nat(255), (at, byte) => {
          const bytes = compress(text).slice()
          bytes[at % bytes.length] = byte
          try {
            decompress(bytes, text.length)
          } catch (error) {
            assert.ok(error instanceof CompressionError)
          }
        }),
      )
    })
  })
}

describe("a host's zstd", () => {
  it('knows all levels, and the higher ones compress more', () => {
    const sizes = [-131072, -5, 1, 3, 19, 22].map((level) => nodeCompute.zstdCompress(text, level).length)
    assert.ok(sizes[0]! > sizes[3]!)
    for (const level of [-131072, 22]) {
      assert.deepEqual(nodeCompute.zstdDecompress(nodeCompute.zstdCompress(text, level), text.length), text)
    }
  })

  it('takes no memory because a frame says that it is large', () => {
    // A frame that says 2^62 bytes in its header, and has one block of one stored byte.
    const liar = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x09, 0, 0, 0x41)
    assert.throws(() => nodeCompute.zstdDecompress(liar, 1 << 30), CompressionError)
    // A window of 2^41 bytes, with the same block.
    const window = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x09, 0, 0, 0x41)
    try {
      assert.deepEqual(nodeCompute.zstdDecompress(window, 1 << 30), Uint8Array.of(0x41))
    } catch (error) {
      assert.ok(error instanceof CompressionError)
    }
  })
})

describe("the processor's CRC-32C", () => {
  it('is the same as the pure one, also continued', () => {
    useNativeCrc32c()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(0xffffffff), (bytes, initial) => {
        assert.equal(crc32c(bytes, initial), pureCrc32c(bytes, initial))
      }),
    )
  })
})
