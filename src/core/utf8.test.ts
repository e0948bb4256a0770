import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readUtf8, utf8, utf8Length, writeUtf8 } from './utf8.ts'

const lengths = [0, 1, 7, 8, 9, 23, 24, 25, 64, 65, 1000]

test('UTF-8 of any text is read back as that text, and has the length told before', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const bytes = utf8(text)
      assert.equal(utf8Length(text), bytes.length)
      assert.equal(readUtf8(bytes, 0, bytes.length), text)
      const into = new Uint8Array(bytes.length + 2)
      assert.equal(writeUtf8(text, into, 1), bytes.length + 1)
      assert.deepEqual(into.subarray(1, -1), bytes)
    }),
  )
})

test('a byte that is not ASCII is noticed at every place of a text of every length', () => {
  for (const length of lengths) {
    for (let at = 0; at < length; at++) {
      const bytes = new Uint8Array(length).fill(97)
      bytes[at] = 0xff
      assert.equal(readUtf8(bytes, 0, length), undefined)
    }
  }
})

test('a lone surrogate is written as the replacement character, and counted so', () => {
  for (const text of ['\ud800', '\udc00', 'a\ud800b', '\ud800\ud800\udc00', `${'x'.repeat(70)}\udfff`]) {
    assert.equal(utf8Length(text), utf8(text).length)
  }
})

test('a byte order mark is text like any other', () => {
  assert.equal(readUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 97), 0, 4), '\ufeffa')
})
