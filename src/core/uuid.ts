/**
 * A UUID in Kafka's text form: its 16 bytes as 22 characters of unpadded base64url. Topic ids are read and written for
 * every topic of every fetch, so both ways are straight lines.
 */
import type { Uuid } from './ids.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0))
const DIGITS = new Int8Array(128).fill(-1)
for (let i = 0; i < 64; i++) DIGITS[CODES[i]!] = i

/** The text form of the 16 bytes at `at`. */
export function uuidFromBytes(bytes: Uint8Array, at = 0): Uuid {
  const a = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  const b = (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!
  const c = (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!
  const d = (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!
  const e = (bytes[at + 12]! << 16) | (bytes[at + 13]! << 8) | bytes[at + 14]!
  const last = bytes[at + 15]!
  // One call makes one flat text; joined from parts it would be ten times slower, and again when used as a map's key.
  // biome-ignore format: four characters of a group of three bytes in a row
  return String.fromCharCode(
    CODES[a >> 18]!, CODES[(a >> 12) & 63]!, CODES[(a >> 6) & 63]!, CODES[a & 63]!,
    CODES[b >> 18]!, CODES[(b >> 12) & 63]!, CODES[(b >> 6) & 63]!, CODES[b & 63]!,
    CODES[c >> 18]!, CODES[(c >> 12) & 63]!, CODES[(c >> 6) & 63]!, CODES[c & 63]!,
    CODES[d >> 18]!, CODES[(d >> 12) & 63]!, CODES[(d >> 6) & 63]!, CODES[d & 63]!,
    CODES[e >> 18]!, CODES[(e >> 12) & 63]!, CODES[(e >> 6) & 63]!, CODES[e & 63]!,
    CODES[last >> 2]!, CODES[(last & 3) << 4]!,
  )
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

/** True where `text` is 22 characters of base64url that stand for 16 bytes: the last has four bits to spare, all zero. */
export function isUuid(text: string): boolean {
  if (text.length !== 22) return false
  let all = 0
  for (let i = 0; i < 22; i++) all |= digit(text, i)
  return all >= 0 && (digit(text, 21) & 15) === 0
}

/** 0 to 63, or -1 where the character is none of the alphabet's. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 128 ? DIGITS[code]! : -1
}
