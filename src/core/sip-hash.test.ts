import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SipHash } from './sip-hash.ts'

function hashOf(hash: SipHash, bytes: Uint8Array, at: number, length: number): string {
  hash.hash(bytes, at, length)
  const view = new DataView(new ArrayBuffer(16))
  for (const [i, part] of [hash.h0, hash.h1, hash.h2, hash.h3].entries()) view.setInt32(4 * i, part, true)
  return Buffer.from(view.buffer).toString('hex')
}

test('SipHash gives what its authors publish for the key 0, 1, 2, ... and inputs of the same bytes', () => {
  const hash = new SipHash(Uint8Array.from({ length: 16 }, (_, i) => i))
  const input = Uint8Array.from({ length: 64 }, (_, i) => i)
  const published = new Map([
    [0, 'a3817f04ba25a8e66df67214c7550293'],
    [1, 'da87c1d86b99af44347659119b22fc45'],
    [8, '3b62a9ba6258f5610f83e264f31497b4'],
    [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
  ])
  for (const [length, expected] of published) {
    assert.equal(hashOf(hash, input, 0, length), expected)
    const inside = new Uint8Array(80).fill(0xff)
    inside.set(input.subarray(0, length), 7)
    assert.equal(hashOf(hash, inside, 7, length), expected, 'wherever it lies')
  }
})
