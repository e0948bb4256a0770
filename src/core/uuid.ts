import type { Uuid } from './ids.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGITS = new Int8Array(128).fill(-1)
for (let i = 0; i < 64; i++) DIGITS[ALPHABET.charCodeAt(i)] = i

/** The text form of the 16 bytes at `at`. */
export function uuidFromBytes(bytes: Uint8Array, at = 0): Uuid {
  let text = ''
  for (let i = 0; i < 15; i += 3) {
    const group = (bytes[at + i]! << 16) | (bytes[at + i + 1]! << 8) | bytes[at + i + 2]!
    text +=
      ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]! + ALPHABET[(group >> 6) & 63]! + ALPHABET[group & 63]!
  }
  const last = bytes[at + 15]!
  return text + ALPHABET[last >> 2]! + ALPHABET[(last & 3) << 4]!
}

/** Writes the 16 bytes of `uuid` at `at`. Throws `RangeError` where the text is no UUID. */
export function uuidToBytes(uuid: Uuid, into: Uint8Array, at = 0): void {
  if (!isUuid(uuid)) throw new RangeError(`Not a UUID of 22 base64url characters: ${JSON.stringify(uuid)}`)
  for (let i = 0, c = 0; i < 15; i += 3, c += 4) {
    const group = (digit(uuid, c) << 18) | (digit(uuid, c + 1) << 12) | (digit(uuid, c + 2) << 6) | digit(uuid, c + 3)
    into[at + i] = group >> 16
    into[at + i + 1] = group >> 8
    into[at + i + 2] = group
  }
  into[at + 15] = (digit(uuid, 20) << 2) | (digit(uuid, 21) >> 4)
}

/** True where `text` is 22 characters of base64url that stand for 16 bytes. */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

function digit(text: string, at: number): number {
  return DIGITS[text.charCodeAt(at)]!
}
