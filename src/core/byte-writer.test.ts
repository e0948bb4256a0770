import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter, joinBytes } from './byte-writer.ts'
import { isBytes } from './file-range.ts'

/** One write, and the bytes it must give. */
interface Write {
  readonly to: (writer: ByteWriter) => void
  readonly gives: Uint8Array
}

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.integer({ min: -128, max: 127 }).map((value) => ({
    to: (w: ByteWriter) => w.int8(value),
    gives: new Uint8Array(new Int8Array([value]).buffer),
  })),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value) => ({
    to: (w: ByteWriter) => w.uint32(value),
    gives: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value),
  })),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => ({
    to: (w: ByteWriter) => w.text(text),
    gives: new TextEncoder().encode(text),
  })),
  // Below and above the length from which bytes are linked, up to more than a whole slab.
  fc.oneof(fc.nat(3000), fc.nat(80_000)).map((length) => {
    const bytes = new Uint8Array(length).map((_, i) => i * 31)
    return { to: (w: ByteWriter) => w.raw(bytes), gives: bytes }
  }),
)

function chainOf(writer: ByteWriter): Uint8Array[] {
  return writer.finish().filter(isBytes)
}

describe('ByteWriter', () => {
  test('writes the same bytes however many writers are open and whatever they write', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), write), { maxLength: 60 }), (writes) => {
        const writers = Array.from({ length: 4 }, () => new ByteWriter())
        const expected: Uint8Array[][] = [[], [], [], []]
        for (const [which, { to, gives }] of writes) {
          to(writers[which]!)
          expected[which]!.push(gives)
        }
        const lengths = writers.map((writer) => writer.length)
        const chains = writers.map((writer) => chainOf(writer))
        // Others write on: what was finished must stay as it is.
        const later = new ByteWriter()
        for (let i = 0; i < 1000; i++) later.int32(-1)
        for (let i = 0; i < 4; i++) {
          const bytes = joinBytes(expected[i]!)
          assert.deepEqual(joinBytes(chains[i]!), bytes)
          assert.equal(lengths[i], bytes.length)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('grows over many slabs', () => {
    const writer = new ByteWriter()
    for (let i = 0; i < 100_000; i++) writer.int32(i)
    const bytes = writer.finishJoined()
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    assert.equal(bytes.length, 400_000)
    for (let i = 0; i < 100_000; i++) assert.equal(view.getInt32(i * 4), i)
  })

  test('links long byte strings without copying them, and copies short ones', () => {
    const long = new Uint8Array(10_000)
    const short = new Uint8Array(10)
    const writer = new ByteWriter()
    writer.int32(1)
    writer.raw(long)
    writer.raw(short)
    const chunks = chainOf(writer)
    assert.equal(chunks.length, 3)
    assert.equal(chunks[1], long)
    assert.notEqual(chunks[2]!.buffer, short.buffer)
  })

  test('fills in later what was left open, though the writer has moved on to another buffer', () => {
    const writer = new ByteWriter()
    const fill = writer.int32Later()
    for (let i = 0; i < 50_000; i++) writer.int32(0)
    fill(writer.length)
    assert.deepEqual([...writer.finishJoined().subarray(0, 4)], [0, 3, 0x0d, 0x44])
  })

  test('gives nothing where nothing was written', () => {
    assert.deepEqual(new ByteWriter().finish(), [])
    assert.equal(new ByteWriter().finishJoined().length, 0)
  })

  test('gives the space that it did not use to the next', () => {
    const one = new ByteWriter()
    one.int32(1)
    const [first] = chainOf(one)
    const two = new ByteWriter()
    two.int32(2)
    const [second] = chainOf(two)
    assert.equal(first!.buffer, second!.buffer)
    assert.equal(second!.byteOffset, first!.byteOffset + 4)
  })
})
