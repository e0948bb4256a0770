/**
 * CRC-32C (Castagnoli), the checksum of record batches, snapshots and producer snapshots.
 *
 * Pure code for short inputs and for machines without a native build; a host that has the processor's instruction
 * offers it through `accelerateCrc32c`. Both give the same answer, so which one runs changes nothing but the time.
 */
const TABLES: Uint32Array[] = Array.from({ length: 8 }, () => new Uint32Array(256))
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]
for (let i = 0; i < 256; i++) {
  let crc = i
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  T0[i] = crc >>> 0
}
for (let i = 0; i < 256; i++) {
  for (let t = 1; t < 8; t++) {
    const before = TABLES[t - 1]![i]!
    TABLES[t]![i] = (before >>> 8) ^ T0[before & 0xff]!
  }
}

/** Below this length a call into native code costs more than it saves. */
const NATIVE_BYTES_MIN = 512
let native: ((bytes: Uint8Array, initial?: number) => number) | undefined

/** Lets long inputs be summed by `implementation`, which must be CRC-32C. Called by the host at start. */
export function accelerateCrc32c(implementation: (bytes: Uint8Array, initial?: number) => number): void {
  native = implementation
}

/** The checksum of `bytes`, unsigned; `initial` continues from the checksum of what went before. */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  if (native !== undefined && bytes.length >= NATIVE_BYTES_MIN) return native(bytes, initial)
  return pureCrc32c(bytes, initial)
}

/** The same by eight tables ("slicing by 8"), without native code. */
export function pureCrc32c(bytes: Uint8Array, initial = 0): number {
  let crc = ~initial
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      T7[crc & 0xff]! ^
      T6[(crc >>> 8) & 0xff]! ^
      T5[(crc >>> 16) & 0xff]! ^
      T4[crc >>> 24]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
