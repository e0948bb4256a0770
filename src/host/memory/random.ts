import { assert } from '#core'
import { type Random, randomUuid } from '../random.ts'

/**
 * The same sequence for the same seed, on every machine: sfc32, a small generator that passes the usual batteries.
 * Never for secrets.
 */
export function seededRandom(seed: number): Random {
  let a = 0
  let b = seed | 0
  let c = Math.floor(seed / 2 ** 32) | 0
  let counter = 1
  const uint32 = (): number => {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let i = 0; i < 12; i++) uint32()

  const bytes = (length: number): Uint8Array => {
    const result = new Uint8Array(length)
    for (let i = 0, word = 0; i < length; i++) {
      word = i % 4 === 0 ? uint32() : word >>> 8
      result[i] = word
    }
    return result
  }
  return {
    bytes,
    below(below) {
      assert(Number.isInteger(below) && below >= 1 && below <= 2 ** 32, 'below is a whole number from 1 to 2^32')
      // What does not fit a whole number of times would make the small results likelier: draw again.
      const fair = 2 ** 32 - (2 ** 32 % below)
      let drawn = uint32()
      while (drawn >= fair) drawn = uint32()
      return drawn % below
    },
    uuid: () => randomUuid(bytes),
  }
}
