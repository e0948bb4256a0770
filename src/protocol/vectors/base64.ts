/** Base64 with padding, as Kafka's JSON has bytes. A pure room has no Buffer, and this need not be fast. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET[(group >> shift) & 63]!
  }
  const padding = (3 - (bytes.length % 3)) % 3
  return padding === 0 ? text : text.slice(0, -padding) + '='.repeat(padding)
}

export function fromBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  for (let i = 0, group = 0, at = 0; i < digits.length; i++) {
    group = ((group << 6) | ALPHABET.indexOf(digits[i]!)) & 0xffffff
    const bits = ((i + 1) * 6) % 8
    if (i % 4 !== 0) bytes[at++] = group >> bits
  }
  return bytes
}
