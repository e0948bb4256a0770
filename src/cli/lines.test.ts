import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '#core'
import { indexOfBytes, linesOf } from './lines.ts'

async function linesIn(...pieces: string[]): Promise<string[]> {
  const lines: string[] = []
  for await (const some of linesOf(streamOf(pieces))) {
    lines.push(...some.map((line) => String.fromCharCode(...line)))
  }
  return lines
}

async function* streamOf(pieces: readonly string[]) {
  for (const piece of pieces) yield Uint8Array.from(piece, (character) => character.charCodeAt(0))
}

test('lines come out whatever the pieces they came in', async () => {
  const text = 'one\n\nthree \r\nfour\rstill four\nlast'
  const expected = ['one', '', 'three ', 'four\rstill four', 'last']
  assert.deepEqual(await linesIn(text), expected)
  assert.deepEqual(await linesIn(...text), expected)
  for (let at = 1; at < text.length; at++) assert.deepEqual(await linesIn(text.slice(0, at), text.slice(at)), expected)
})

test('a line end at the end begins no other line', async () => {
  assert.deepEqual(await linesIn('a\n'), ['a'])
  assert.deepEqual(await linesIn('\n'), [''])
  assert.deepEqual(await linesIn(), [])
})

test('bytes that are no text stay as they are', async () => {
  assert.deepEqual(await linesIn('\xff\x00\xfe\n\x80'), ['\xff\x00\xfe', '\x80'])
})

test('a part is found where it is whole', () => {
  assert.equal(indexOfBytes(utf8('a=>b=>c'), utf8('=>')), 1)
  assert.equal(indexOfBytes(utf8('a==>b'), utf8('=>')), 2)
  assert.equal(indexOfBytes(utf8('a='), utf8('=>')), -1)
  assert.equal(indexOfBytes(utf8(''), utf8('=')), -1)
})
