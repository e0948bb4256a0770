import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, utf8 } from '#core'
import { seededRandom } from '#host/memory'
import { OffsetMap } from './offset-map.ts'

const random = seededRandom(3)

test('a map of offsets has the newest of each key, up to its last slot', () => {
  for (const count of [1, 2, 100, 5000]) {
    const map = new OffsetMap(count, random.bytes(16))
    const expected = new Map<string, number>()
    const put = (key: string, offset: number) => {
      map.put(utf8(`<${key}>`), 1, key.length, offset)
      expected.set(key, offset)
    }
    for (let i = 0; i < count; i++) put(`key ${i}`, i)
    for (let i = 0; i < count; i++) put(`key ${random.below(count)}`, 2 ** 31 + i * 2 ** 30)
    assert.equal(map.size, count)
    for (const [key, offset] of expected) assert.equal(map.get(utf8(key), 0, key.length), offset)
    assert.equal(map.get(utf8(''), 0, 0), -1, 'a key that was not put has none, also where no slot is free')
    assert.throws(() => map.put(utf8('another'), 0, 7, 1), AssertionError)
  }
})

test('a map of offsets takes offset 0 and the greatest', () => {
  const map = new OffsetMap(10, random.bytes(16))
  for (const offset of [0, 1, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER - 1]) {
    map.put(utf8('key'), 0, 3, offset)
    assert.equal(map.get(utf8('key'), 0, 3), offset)
  }
  assert.equal(map.size, 1)
})
