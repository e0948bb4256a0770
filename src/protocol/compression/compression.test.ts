import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CompressionError } from '#host'
import { nodeCompute as compute } from '#host/node'
import { COMPRESSIONS, type Compression, codecNumberOf, compress, compressionOf, decompress } from './index.ts'
import { xxh32 } from './xxh32.ts'

const MIB = 1024 * 1024
const pattern = new Uint8Array(150_000).map((_, i) => (i * 7 + (i >> 8)) & 0x3f)
const noise = new Uint8Array(300)
for (let i = 0, x = 1; i < noise.length; i++) {
  x = (Math.imul(x, 1664525) + 1013904223) | 0
  noise[i] = x >>> 24
}
const codecs = COMPRESSIONS.filter((compression) => compression !== 'none')

/** Bytes with repetitions near and far, as records have them. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { maxLength: 60 })
  .map((parts) =>
    Uint8Array.from(parts.flatMap(([piece, times]) => Array.from({ length: times }, () => [...piece]).flat())),
  )

function golden(file: string): Uint8Array {
  const folder = new URL('../../../src/protocol/compression/golden/', import.meta.url)
  return Uint8Array.from(readFileSync(new URL(`${file}.bin`, folder)))
}

function isDamage(error: unknown): boolean {
  return error instanceof CompressionError && !error.tooLarge
}

function isTooLarge(error: unknown): boolean {
  return error instanceof CompressionError && error.tooLarge
}

describe('the codecs', () => {
  it('have the numbers of Kafka', () => {
    assert.deepEqual(
      COMPRESSIONS.map((compression) => [compression, codecNumberOf(compression)]),
      [
        ['none', 0],
        ['gzip', 1],
        ['snappy', 2],
        ['lz4', 3],
        ['zstd', 4],
      ],
    )
    assert.deepEqual([5, 6, 7].map(compressionOf), [undefined, undefined, undefined])
  })

  it('leave bytes as they are for none, within the budget', () => {
    assert.equal(compress('none', pattern, { compute }), pattern)
    assert.equal(decompress('none', pattern, { compute, bytesMax: pattern.length }), pattern)
    assert.throws(() => decompress('none', pattern, { compute, bytesMax: pattern.length - 1 }), isTooLarge)
  })
})

for (const codec of codecs) {
  describe(codec, () => {
    it('gives back what was compressed, however long and however repetitive', () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), repetitive), (bytes) => {
          assert.deepEqual(
            decompress(codec, compress(codec, bytes, { compute }), { compute, bytesMax: bytes.length }),
            bytes,
          )
        }),
      )
      for (const length of [0, 1, 11, 12, 13, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 150_000]) {
        const bytes = pattern.subarray(0, length)
        assert.deepEqual(decompress(codec, compress(codec, bytes, { compute }), { compute, bytesMax: length }), bytes)
      }
    })

    it('does not let what cannot be compressed grow by more than a little', () => {
      const random = new Uint8Array(200_000)
      for (let i = 0, x = 7; i < random.length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) | 0
        random[i] = x >>> 24
      }
      const compressed = compress(codec, random, { compute })
      assert.ok(compressed.length < random.length * 1.01)
      assert.deepEqual(decompress(codec, compressed, { compute, bytesMax: random.length }), random)
    })

    it('gives no more than is allowed, and says that this was why', () => {
      const compressed = compress(codec, pattern, { compute })
      for (const bytesMax of [1, 1000, 65_536, pattern.length - 1]) {
        assert.throws(() => decompress(codec, compressed, { compute, bytesMax }), isTooLarge)
      }
    })

    it('gives the content or a CompressionError for any bytes', () => {
      const small = compress(codec, pattern.subarray(0, 3000), { compute })
      fc.assert(
        fc.property(
          fc.oneof(
            fc.uint8Array({ maxLength: 100 }),
            fc.nat(small.length).map((length) => small.subarray(0, length)),
            fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }).map((changes) => {
              const bytes = small.slice()
              for (const [at, byte] of changes) bytes[at] = byte
              return bytes
            }),
          ),
          (bytes) => {
            try {
              assert.ok(decompress(codec, bytes, { compute, bytesMax: 10_000 }).length <= 10_000)
            } catch (error) {
              assert.ok(error instanceof CompressionError, `${error}`)
            }
          },
        ),
        { numRuns: 1000 },
      )
    })

    it('refuses bytes after the end', () => {
      const bytes = Uint8Array.from([...compress(codec, noise, { compute }), 1, 2, 3, 4, 5])
      assert.throws(() => decompress(codec, bytes, { compute, bytesMax: MIB }), CompressionError)
    })
  })
}

describe('what others have compressed', () => {
  // Written by the libraries that Kafka's Java client has: lz4-java, snappy-java, zstd-jni and the JDK.
  const files: [codec: Compression, file: string, content: Uint8Array][] = [
    ['gzip', 'pattern.gzip', pattern],
    ['lz4', 'pattern.lz4-64kb', pattern],
    ['lz4', 'pattern.lz4-256kb-block-checksums', pattern],
    ['lz4', 'pattern.lz4-4mb-everything', pattern],
    ['lz4', 'pattern.lz4-kafka-hc-1mb', pattern],
    ['lz4', 'noise.lz4-stored', noise],
    ['snappy', 'pattern.snappy-xerial', pattern],
    ['snappy', 'pattern.snappy-raw', pattern],
    ['snappy', 'noise.snappy-raw', noise],
    ['zstd', 'pattern.zstd-sized', pattern],
    ['zstd', 'pattern.zstd-stream-checksum', pattern],
    ['zstd', 'pattern.zstd-frames', pattern],
    ['zstd', 'noise.zstd-sized', noise],
  ]
  for (const [codec, file, content] of files) {
    it(`is read: ${file}`, () => {
      assert.deepEqual(decompress(codec, golden(file), { compute, bytesMax: content.length }), content)
    })

    it(`is refused where it is cut off, or would pass the budget: ${file}`, () => {
      const bytes = golden(file)
      const cuts = [...Array(20).keys(), bytes.length >> 1, bytes.length - 5, bytes.length - 1]
      for (const cut of cuts) {
        // Between blocks or frames a stream may end.
        if (file === 'pattern.snappy-xerial' && cut === 16) continue
        if (file === 'pattern.zstd-frames' && cut === 11) continue
        assert.throws(() => decompress(codec, bytes.subarray(0, cut), { compute, bytesMax: MIB }), CompressionError)
      }
      assert.throws(() => decompress(codec, bytes, { compute, bytesMax: content.length - 1 }), isTooLarge)
    })
  }
})

describe('lz4', () => {
  it('writes the frame that Kafka writes: independent blocks of 64 KiB, and no checksum but that of the header', () => {
    const frame = compress('lz4', pattern, { compute })
    assert.deepEqual(frame.subarray(0, 7), Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82))
    assert.deepEqual(frame.subarray(-4), Uint8Array.of(0, 0, 0, 0))
  })

  it('searches longer at another level than the default', () => {
    const text = Uint8Array.from({ length: 60_000 }, (_, i) => (Math.imul(i >> 3, 0x9e3779b1) >>> 27) + (i & 7))
    const size = (lz4: number) => compress('lz4', text, { compute, levels: { gzip: -1, lz4, zstd: 3 } }).length
    assert.ok(size(17) < size(9))
    for (const lz4 of [1, 5, 17]) {
      const compressed = compress('lz4', text, { compute, levels: { gzip: -1, lz4, zstd: 3 } })
      assert.deepEqual(decompress('lz4', compressed, { compute, bytesMax: text.length }), text)
    }
  })

  it("refuses blocks that depend on each other, a dictionary and unknown versions, as Kafka's readers do", () => {
    for (const flags of [0x40, 0x61, 0x62, 0x20, 0xa0]) {
      const frame = compress('lz4', noise, { compute }).slice()
      frame[4] = flags
      frame[6] = xxh32(frame, 4, 6) >> 8
      assert.throws(() => decompress('lz4', frame, { compute, bytesMax: MIB }), isDamage)
    }
  })

  it('finds every checksum and size that is wrong', () => {
    const whole = golden('pattern.lz4-4mb-everything')
    // A byte of: the header's checksum, the content's size, the block's checksum, the content's checksum.
    for (const at of [14, 7, whole.length - 10, whole.length - 1]) {
      const frame = whole.slice()
      frame[at]! ^= 1
      assert.throws(() => decompress('lz4', frame, { compute, bytesMax: MIB }), isDamage)
    }
  })

  it('sums by XXH32', () => {
    const known: [length: number, sum: number][] = [
      [0, 0x2cc5d05],
      [1, 0xc0ecd503],
      [3, 0x771c1a3f],
      [4, 0x60fdf2e9],
      [15, 0x817fb930],
      [16, 0x62499f49],
      [17, 0x1212337e],
      [31, 0x75ce2c7],
      [32, 0x30330cb2],
      [300, 0x125df7f8],
    ]
    for (const [length, sum] of known) assert.equal(xxh32(noise, 0, length), sum)
  })
})

describe('snappy', () => {
  it('writes the framing of snappy-java', () => {
    const stream = compress('snappy', pattern, { compute })
    const header = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert.deepEqual(stream.subarray(0, 16), Uint8Array.from(header))
    const blocks: number[] = []
    for (let at = 16; at < stream.length; ) {
      const size = new DataView(stream.buffer, stream.byteOffset + at).getInt32(0)
      blocks.push(size)
      at += 4 + size
    }
    assert.equal(blocks.length, Math.ceil(pattern.length / 32_768))
  })

  it('reads the longer forms of lengths and distances', () => {
    // 70 literals by a length of one byte, the same again by 4 bytes of distance, 4 literals by a length of 4 bytes.
    const literals = noise.subarray(0, 70)
    const block = [144, 1, 60 << 2, 69, ...literals, (63 << 2) | 3, 70, 0, 0, 0, (5 << 2) | 2, 70, 0]
    const bytes = Uint8Array.from([...block, 63 << 2, 3, 0, 0, 0, 9, 8, 7, 6])
    const content = Uint8Array.from([...literals, ...literals, 9, 8, 7, 6])
    assert.deepEqual(decompress('snappy', bytes, { compute, bytesMax: 144 }), content)
  })
})
