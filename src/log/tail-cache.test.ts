import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setBaseOffset } from '#protocol/records'
import { batch } from './log-world.kit.test.ts'
import { type LogTail, TailCache } from './tail-cache.ts'

const all = { maxBytes: 1_000_000, atLeastOne: true, endOffset: 1_000_000 }

/** A batch at an offset, in a buffer of its own of `bufferBytes`. */
function batchAt(baseOffset: number, count: number, bufferBytes = 1000): Uint8Array {
  const bytes = batch(count)
  const buffer = new Uint8Array(bufferBytes)
  buffer.set(bytes, 100)
  setBaseOffset(buffer, 100, baseOffset)
  return buffer.subarray(100, 100 + bytes.length)
}

function add(tail: LogTail, baseOffset: number, bufferBytes?: number): Uint8Array {
  const bytes = batchAt(baseOffset, 2, bufferBytes)
  tail.append(bytes, baseOffset, baseOffset + 2)
  return bytes
}

describe('the tail in memory', () => {
  test('gives the batches as they came', () => {
    const tail = new TailCache(10_000).tail()
    const kept = [0, 2, 4].map((offset) => add(tail, offset))
    const slice = tail.read(2, all)
    assert.deepEqual([slice?.baseOffset, slice?.nextOffset], [2, 6])
    assert.equal(slice?.chunks[0], kept[1])
    assert.equal(slice?.chunks[1], kept[2])
    assert.deepEqual(tail.read(3, all), slice)
  })

  test('counts whole buffers, once for all that lies in them', () => {
    const cache = new TailCache(10_000)
    const tails = [cache.tail(), cache.tail()]
    const buffer = new Uint8Array(4000)
    const [first, second] = [batchAt(0, 2), batchAt(0, 2)]
    buffer.set(first, 0)
    buffer.set(second, 2000)
    tails[0]!.append(buffer.subarray(0, first.length), 0, 2)
    tails[1]!.append(buffer.subarray(2000, 2000 + second.length), 0, 2)
    assert.equal(cache.usedBytes, 4000)
    tails[0]!.clear()
    assert.equal(cache.usedBytes, 4000)
    tails[1]!.clear()
    assert.equal(cache.usedBytes, 0)
  })

  test('lets go of the buffer that was least recently appended to or read', () => {
    const cache = new TailCache(3000)
    const [a, b] = [cache.tail(), cache.tail()]
    add(a, 0)
    add(b, 0)
    add(a, 2)
    assert.ok(a.read(0, { ...all, endOffset: 2 }))
    add(b, 2)
    assert.equal(cache.usedBytes, 3000)
    assert.equal(b.read(0, all), undefined, 'the oldest that nobody has read since')
    assert.equal(a.read(0, all)?.nextOffset, 4)
    assert.equal(b.read(2, all)?.nextOffset, 4)
  })

  test('ends a slice at a hole, and knows nothing of what is in it', () => {
    const cache = new TailCache(3000)
    const tail = cache.tail()
    for (const offset of [0, 2, 4]) add(tail, offset)
    tail.read(0, { ...all, endOffset: 2 })
    add(tail, 6)
    assert.equal(tail.read(0, all)?.nextOffset, 2)
    assert.equal(tail.read(2, all), undefined)
    assert.equal(tail.read(4, all)?.nextOffset, 8)
  })

  test('keeps nothing of a buffer that is larger than all of it', () => {
    const cache = new TailCache(3000)
    const tail = cache.tail()
    add(tail, 0)
    add(tail, 2, 4000)
    add(tail, 4)
    assert.equal(cache.usedBytes, 1000)
    assert.deepEqual([tail.read(0, all), tail.read(2, all)], [undefined, undefined])
    assert.equal(tail.read(4, all)?.nextOffset, 6)
  })

  test('forgets what is cut off', () => {
    const cache = new TailCache(10_000)
    const tail = cache.tail()
    for (const offset of [0, 2, 4]) add(tail, offset)
    tail.truncateTo(3)
    assert.deepEqual([tail.read(0, all)?.nextOffset, tail.read(2, all)?.sizeBytes, cache.usedBytes], [2, 0, 1000])
  })

  test('stays within its budget however much passes through, and answers what it has', () => {
    const cache = new TailCache(50_000)
    const tail = cache.tail()
    for (let offset = 0; offset < 10_000; offset += 2) {
      add(tail, offset)
      assert.ok(cache.usedBytes <= 50_000)
      assert.equal(tail.read(offset, all)?.nextOffset, offset + 2)
    }
    assert.equal(tail.read(10_000 - 100, all)?.nextOffset, 10_000)
    assert.equal(tail.read(10_000 - 102, all), undefined)
  })
})
