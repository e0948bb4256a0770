import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copyToSlab, holdSlab, poisonReleasedSlabs, releaseSlab, takeSlab } from './slabs.ts'

poisonReleasedSlabs()

describe('slabs', () => {
  test('are given out again when the last hold has ended', () => {
    const bytes = takeSlab(100_000).fill(1)
    holdSlab(bytes.subarray(10, 20))
    releaseSlab(bytes)
    const other = takeSlab(100_000).fill(2)
    assert.notEqual(other.buffer, bytes.buffer)
    assert.ok(bytes.every((byte) => byte === 1))
    releaseSlab(bytes.subarray(10, 20))
    assert.equal(takeSlab(100_000).buffer, bytes.buffer)
  })

  test('have a few sizes: one that was used for less is used again, unless it is more than four times as large', () => {
    for (let size = 4096; size < 16_000_000; size = Math.ceil(size * 1.0371)) {
      const bytes = takeSlab(size)
      assert.equal(bytes.length, size)
      assert.ok(bytes.buffer.byteLength <= 4 * 1.25 * size)
      releaseSlab(bytes)
    }
    const slab = takeSlab(9_000_000)
    releaseSlab(slab)
    assert.equal(takeSlab(4_200_000).buffer, slab.buffer)
    assert.equal(takeSlab(65_536).buffer.byteLength, 65_536)
  })

  test('that nobody releases are never given out again', () => {
    const kept = takeSlab(50_000)
    for (let i = 0; i < 100; i++) {
      const bytes = takeSlab(50_000)
      assert.notEqual(bytes.buffer, kept.buffer)
      releaseSlab(bytes)
    }
  })

  test('are free up to a limit, the ones that were used last', () => {
    const all = Array.from({ length: 40 }, () => takeSlab(1_000_000))
    for (const bytes of all) releaseSlab(bytes)
    const again = all.map(() => takeSlab(1_000_000).buffer)
    const reused = all.filter(({ buffer }) => again.includes(buffer))
    assert.deepEqual(reused, all.slice(-24))
  })

  test('are shared by small copies until the last of them is released', () => {
    const source = Uint8Array.from({ length: 20_000 }, (_, i) => i)
    const copies = Array.from({ length: 500 }, (_, i) => copyToSlab(source, i, i + 10_000))
    for (let i = 0; i < copies.length; i += 2) releaseSlab(copies[i]!)
    for (let i = 0; i < 500; i++) copyToSlab(source, 0, 10_000)
    for (let i = 1; i < copies.length; i += 2) assert.deepEqual(copies[i], source.subarray(i, i + 10_000))
    assert.ok(new Set(copies.map(({ buffer }) => buffer)).size < 30)
  })

  test('know a release too many', () => {
    const bytes = takeSlab(10_000)
    releaseSlab(bytes)
    assert.throws(() => releaseSlab(bytes), /once for each hold/)
    assert.throws(() => holdSlab(bytes), /who held it/)
  })

  test('are not concerned with other memory', () => {
    const bytes = new Uint8Array(10_000).fill(1)
    releaseSlab(bytes)
    releaseSlab(takeSlab(100))
    assert.ok(bytes.every((byte) => byte === 1))
  })
})
