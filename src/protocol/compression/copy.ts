/**
 * Copies inside and between byte arrays as decompressors need it: most copies are a few bytes, for which a loop is
 * faster than a call into the engine; the long ones are left to it. The caller has checked the bounds.
 */
const CALL_BYTES_MIN = 48

export function copyLiterals(from: Uint8Array, fromAt: number, into: Uint8Array, at: number, length: number): void {
  if (length >= CALL_BYTES_MIN) {
    into.set(from.subarray(fromAt, fromAt + length), at)
    return
  }
  for (let i = 0; i < length; i++) into[at + i] = from[fromAt + i]!
}

/** Copies `length` bytes from `back` before `at`; what is copied may be part of the copy, and then repeats. */
export function copyMatch(bytes: Uint8Array, at: number, back: number, length: number): void {
  if (length < CALL_BYTES_MIN) {
    for (let i = at, end = at + length; i < end; i++) bytes[i] = bytes[i - back]!
    return
  }
  // Each round can copy all that is there already, so the pieces double.
  const from = at - back
  const end = at + length
  for (let to = at; to < end; ) {
    const piece = Math.min(end - to, to - from)
    bytes.copyWithin(to, from, from + piece)
    to += piece
  }
}
