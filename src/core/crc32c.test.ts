import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { accelerateCrc32c, crc32c, pureCrc32c } from './crc32c.ts'
import { utf8 } from './utf8.ts'

describe('CRC-32C', () => {
  // The first is the check value of the polynomial, the others are of RFC 3720, B.4.
  const known: [name: string, bytes: Uint8Array, sum: number][] = [
    ['123456789', utf8('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ]
  for (const [name, bytes, sum] of known) {
    it(`of ${name} is ${sum.toString(16)}`, () => {
      assert.equal(pureCrc32c(bytes), sum)
      assert.equal(crc32c(bytes), sum)
    })
  }

  it('of a whole is that of its second part, continued from that of its first', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(), (bytes, at) => {
        const cut = at % (bytes.length + 1)
        assert.equal(pureCrc32c(bytes.subarray(cut), pureCrc32c(bytes.subarray(0, cut))), pureCrc32c(bytes))
      }),
    )
  })

  it('is left to the faster implementation where the input is long, and continues there', () => {
    const asked: [length: number, initial: number | undefined][] = []
    accelerateCrc32c((bytes, initial) => {
      asked.push([bytes.length, initial])
      return pureCrc32c(bytes, initial)
    })
    const bytes = new Uint8Array(5000).map((_, i) => i * 7)
    assert.equal(crc32c(bytes.subarray(1000), crc32c(bytes.subarray(0, 1000))), pureCrc32c(bytes))
    assert.equal(crc32c(bytes.subarray(0, 100)), pureCrc32c(bytes.subarray(0, 100)))
    assert.deepEqual(asked, [
      [1000, 0],
      [4000, pureCrc32c(bytes.subarray(0, 1000))],
    ])
  })
})
