/**
 * UTF-8 both ways. Most of what crosses the wire is short ASCII, which a plain loop reads faster than a decoder does;
 * the rest goes to the platform's, strictly: what is not UTF-8 is refused, never patched with replacement characters.
 */

// The one global of the Encoding Standard that every runtime has; pure rooms are compiled without a platform's types.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, into: Uint8Array): { read: number; written: number }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
const encoder = new TextEncoder()
/** Up to these lengths a loop is faster than the platform, as measured on Node 20. */
const READ_SHORT_MAX = 24
const WRITE_SHORT_MAX = 64

/** Text of the bytes from `start` to `end`, or undefined where they are not valid UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= READ_SHORT_MAX) {
    const text = readShortAscii(bytes, start, end)
    if (text !== undefined) return text
  }
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

/**
 * Text of bytes that were stored as they came and must be shown all the same: what is not UTF-8 becomes U+FFFD. Only for
 * what somebody else's client wrote into a record; on the wire and in our own files such bytes are refused.
 */
export function readUtf8Leniently(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length) ?? lenient.decode(bytes)
}

/** Eight at a time: text that grows by single characters is slow to build, and slower to look up in a map. */
function readShortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let at = start
  for (; end - at >= 8; at += 8) {
    const a = bytes[at]!
    const b = bytes[at + 1]!
    const c = bytes[at + 2]!
    const d = bytes[at + 3]!
    const e = bytes[at + 4]!
    const f = bytes[at + 5]!
    const g = bytes[at + 6]!
    const h = bytes[at + 7]!
    if ((a | b | c | d | e | f | g | h) >= 0x80) return undefined
    text += String.fromCharCode(a, b, c, d, e, f, g, h)
  }
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** The UTF-8 bytes of `text`. A lone surrogate becomes U+FFFD, as the Encoding Standard has it. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** How many bytes `text` takes. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    length += unit < 0x800 ? 1 : 2
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++
  }
  return length
}

/** Writes `text` at `at`, where `utf8Length(text)` bytes are free, and returns the end. */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  if (text.length <= WRITE_SHORT_MAX) {
    let i = 0
    for (; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) break
      into[at + i] = unit
    }
    if (i === text.length) return at + i
  }
  return at + encoder.encodeInto(text, into.subarray(at)).written
}
