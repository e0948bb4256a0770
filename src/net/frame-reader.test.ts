import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteWriter, holdSlab, MalformedError } from '#core'
import { seededRandom } from '#host/memory'
import { FrameReader, type FrameSink } from './frame-reader.ts'

/** A frame of `length` bytes, each `fill`. */
function frameOf(length: number, fill = 7): Uint8Array {
  const writer = new ByteWriter()
  writer.int32(length)
  writer.raw(new Uint8Array(length).fill(fill))
  return writer.finishJoined().slice()
}

/** Gives `bytes` to the reader as a socket would, as much at a time as there is room for and `lengthOf` allows. */
function feed(reader: FrameReader, bytes: Uint8Array, lengthOf: () => number = () => bytes.length): number {
  let at = 0
  while (at < bytes.length && !reader.isWaiting) {
    const room = reader.room()
    const length = Math.min(room.length, Math.max(1, lengthOf()), bytes.length - at)
    room.set(bytes.subarray(at, at + length))
    reader.received(length)
    at += length
  }
  return at
}

class Kept implements FrameSink {
  readonly frames: { length: number; fill: number; mayHold: boolean; buffer: ArrayBufferLike }[] = []
  refusing = false
  holding = false

  frame(bytes: Uint8Array, start: number, end: number, mayHold: boolean): boolean {
    if (this.refusing) return false
    const fill = end > start ? bytes[start]! : -1
    assert.ok(bytes.subarray(start, end).every((byte) => byte === fill))
    this.frames.push({ length: end - start, fill, mayHold, buffer: bytes.buffer })
    if (mayHold && this.holding) holdSlab(bytes)
    return true
  }

  get lengths(): number[] {
    return this.frames.map(({ length }) => length)
  }
}

describe('a frame reader', () => {
  it('gives small frames where they lie, and large ones in memory of their own, of about their size', () => {
    const kept = new Kept()
    const reader = new FrameReader(1 << 20, kept)
    feed(reader, frameOf(10))
    feed(reader, frameOf(500_000))
    feed(reader, frameOf(65_536))
    assert.deepEqual(
      kept.frames.map(({ mayHold, buffer }) => [mayHold, buffer.byteLength]),
      [
        [false, 65_536],
        [true, 524_288],
        [true, 65_536],
      ],
    )
    assert.equal(reader.heldBytes, 0)
  })

  it('reads the next large frame into the same memory, unless somebody holds it', () => {
    for (const holding of [false, true]) {
      const kept = new Kept()
      kept.holding = holding
      const reader = new FrameReader(1 << 20, kept)
      for (let i = 0; i < 4; i++) feed(reader, frameOf(500_000))
      assert.equal(new Set(kept.frames.slice(1).map(({ buffer }) => buffer)).size, holding ? 3 : 1)
    }
  })

  it('cuts any stream into the same frames, however it arrives', () => {
    const random = seededRandom(42)
    const lengths = Array.from({ length: 300 }, () => 1 + random.below([20, 2_000, 150_000][random.below(3)]!))
    const writer = new ByteWriter()
    for (const [i, length] of lengths.entries()) writer.raw(frameOf(length, i & 0xff))
    const stream = writer.finishJoined()
    for (const mostBytes of [7, 5_000, 100_000, stream.length]) {
      const kept = new Kept()
      const reader = new FrameReader(1 << 20, kept)
      const bytes = mostBytes === 7 ? stream.subarray(0, 1_000_000) : stream
      feed(reader, bytes, () => random.below(mostBytes))
      assert.deepEqual(kept.lengths, lengths.slice(0, kept.frames.length))
      assert.deepEqual(
        kept.frames.map(({ fill }) => fill),
        lengths.slice(0, kept.frames.length).map((_, i) => i & 0xff),
      )
      if (mostBytes !== 7) assert.equal(kept.frames.length, lengths.length)
    }
  })

  it('offers again what was refused, and then what came after it', () => {
    for (const sizes of [
      [10, 20, 30],
      [70_000, 20, 70_000],
      [10, 60_000, 10],
    ]) {
      const kept = new Kept()
      const reader = new FrameReader(1 << 20, kept)
      kept.refusing = true
      const writer = new ByteWriter()
      for (const size of sizes) writer.raw(frameOf(size))
      const stream = writer.finishJoined()
      const taken = feed(reader, stream)
      assert.ok(reader.isWaiting)
      assert.ok(reader.heldBytes > 0)
      reader.resume()
      assert.deepEqual(kept.lengths, [])
      kept.refusing = false
      reader.resume()
      feed(reader, stream.subarray(taken))
      assert.deepEqual(kept.lengths, sizes)
      assert.equal(reader.heldBytes, 0)
      assert.equal(reader.isWaiting, false)
    }
  })

  it('BAD-4 holds at most twice what has come in, or 64 KiB', () => {
    const reader = new FrameReader(104_857_600, new Kept())
    const bytes = frameOf(10_000_000)
    feed(reader, bytes.subarray(0, 4))
    assert.ok(reader.heldBytes <= 65_536)
    let at = 4
    for (; at < 5_000_000; at += 10_007) {
      feed(reader, bytes.subarray(at, at + 10_007))
      assert.ok(reader.heldBytes <= Math.max(65_536, 2 * (at + 10_007)))
    }
    reader.clear()
    assert.equal(reader.heldBytes, 0)
  })

  it('reads the next large frame into its place at once, from a peer that has sent one', () => {
    const reader = new FrameReader(104_857_600, new Kept())
    feed(reader, frameOf(1_000_000))
    const next = frameOf(1_000_000)
    feed(reader, next.subarray(0, 100))
    assert.equal(reader.heldBytes, 1_000_000)
    const room = reader.room()
    feed(reader, next.subarray(100, 300_000))
    assert.equal(reader.room().buffer, room.buffer)
    assert.equal(reader.heldBytes, 1_000_000)
  })

  it('refuses sizes that cannot be, from the first four bytes', () => {
    for (const size of [0, -1, -(2 ** 31), 101, 2 ** 31 - 1]) {
      for (const lengthOf of [() => 4, () => 1]) {
        const writer = new ByteWriter()
        writer.int32(size)
        const reader = new FrameReader(100, new Kept())
        assert.throws(() => feed(reader, writer.finishJoined(), lengthOf), MalformedError)
        assert.equal(reader.heldBytes, 0)
      }
    }
  })
})
