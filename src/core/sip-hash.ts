/**
 * SipHash-2-4 with a result of 128 bits, by Aumasson and Bernstein: a hash with a secret key. Who does not know the key
 * cannot find two inputs with the same hash, so that a hash may stand for what it was made of.
 *
 * A 64-bit word is two int32 here, the low half first.
 */
export class SipHash {
  /** The hash of the bytes that were hashed last, in four parts. */
  h0 = 0
  h1 = 0
  h2 = 0
  h3 = 0
  readonly #key: Int32Array

  /** `key`: sixteen bytes that nobody else knows. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 16)
    this.#key = Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at, true))
  }

  /** Hashes `length` bytes from `at` on. */
  hash(bytes: Uint8Array, at: number, length: number): void {
    const [k0, k1, k2, k3] = this.#key as unknown as [number, number, number, number]
    let a0 = k0 ^ 0x70736575
    let a1 = k1 ^ 0x736f6d65
    let b0 = k2 ^ 0x6e646f6d ^ 0xee
    let b1 = k3 ^ 0x646f7261
    let c0 = k0 ^ 0x6e657261
    let c1 = k1 ^ 0x6c796765
    let d0 = k2 ^ 0x79746573
    let d1 = k3 ^ 0x74656462
    const end = at + length
    let next = at
    // The blocks of eight bytes, the last with the length in its highest byte, then two times four rounds.
    for (let phase = length >>> 3, rounds = 0; ; phase--) {
      let m0 = 0
      let m1 = 0
      if (phase > 0) {
        m0 = bytes[next]! | (bytes[next + 1]! << 8) | (bytes[next + 2]! << 16) | (bytes[next + 3]! << 24)
        m1 = bytes[next + 4]! | (bytes[next + 5]! << 8) | (bytes[next + 6]! << 16) | (bytes[next + 7]! << 24)
        next += 8
        rounds = 2
      } else if (phase === 0) {
        m1 = length << 24
        for (let shift = 0; next < end; shift += 8) {
          if (shift < 32) m0 |= bytes[next++]! << shift
          else m1 |= bytes[next++]! << (shift - 32)
        }
        rounds = 2
      } else if (phase === -1) {
        c0 ^= 0xee
        rounds = 4
      } else if (phase === -2) {
        this.h0 = a0 ^ b0 ^ c0 ^ d0
        this.h1 = a1 ^ b1 ^ c1 ^ d1
        b0 ^= 0xdd
        rounds = 4
      } else {
        this.h2 = a0 ^ b0 ^ c0 ^ d0
        this.h3 = a1 ^ b1 ^ c1 ^ d1
        return
      }
      d0 ^= m0
      d1 ^= m1
      for (; rounds > 0; rounds--) {
        let low = (a0 >>> 0) + (b0 >>> 0)
        a1 = (a1 + b1 + (low > 0xffffffff ? 1 : 0)) | 0
        a0 = low | 0
        let half = (b0 << 13) | (b1 >>> 19)
        b1 = ((b1 << 13) | (b0 >>> 19)) ^ a1
        b0 = half ^ a0
        half = a0
        a0 = a1
        a1 = half
        low = (c0 >>> 0) + (d0 >>> 0)
        c1 = (c1 + d1 + (low > 0xffffffff ? 1 : 0)) | 0
        c0 = low | 0
        half = (d0 << 16) | (d1 >>> 16)
        d1 = ((d1 << 16) | (d0 >>> 16)) ^ c1
        d0 = half ^ c0
        low = (a0 >>> 0) + (d0 >>> 0)
        a1 = (a1 + d1 + (low > 0xffffffff ? 1 : 0)) | 0
        a0 = low | 0
        half = (d0 << 21) | (d1 >>> 11)
        d1 = ((d1 << 21) | (d0 >>> 11)) ^ a1
        d0 = half ^ a0
        low = (c0 >>> 0) + (b0 >>> 0)
        c1 = (c1 + b1 + (low > 0xffffffff ? 1 : 0)) | 0
        c0 = low | 0
        half = (b0 << 17) | (b1 >>> 15)
        b1 = ((b1 << 17) | (b0 >>> 15)) ^ c1
        b0 = half ^ c0
        half = c0
        c0 = c1
        c1 = half
      }
      a0 ^= m0
      a1 ^= m1
    }
  }
}
