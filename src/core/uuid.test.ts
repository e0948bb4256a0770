import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZERO_UUID } from './ids.ts'
import { isUuid, uuidFromBytes, uuidToBytes } from './uuid.ts'

test('16 bytes as text are base64url, and are the same bytes again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = uuidFromBytes(bytes)
      assert.equal(text, Buffer.from(bytes).toString('base64url'))
      assert.equal(isUuid(text), true)
      const back = new Uint8Array(18)
      uuidToBytes(text, back, 1)
      assert.deepEqual(back.subarray(1, 17), bytes)
    }),
  )
})

test('the zero UUID is sixteen zeros', () => {
  assert.equal(uuidFromBytes(new Uint8Array(16)), ZERO_UUID)
})

test('what is no UUID is refused', () => {
  const wrong = ['', ZERO_UUID.slice(1), `${ZERO_UUID}A`, `${ZERO_UUID.slice(1)}B`, `+${ZERO_UUID.slice(1)}`]
  for (const text of [...wrong, `é${ZERO_UUID.slice(1)}`, `${ZERO_UUID.slice(1)}=`, `${ZERO_UUID.slice(1)}日`]) {
    assert.equal(isUuid(text), false, text)
    assert.throws(() => uuidToBytes(text, new Uint8Array(16)), RangeError)
  }
})
