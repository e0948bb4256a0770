/**
 * Big-endian numbers at a place in bytes, without a `DataView` per buffer: a batch is looked at in bytes that came from
 * anywhere, and a view for each would cost more than the reading.
 *
 * The caller has made sure that the bytes are there.
 */
const TWO_32 = 4294967296
const scratchBytes = new Uint8Array(8)
const scratch = new DataView(scratchBytes.buffer)

export function int16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

export function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** An int64 exactly. */
export function int64At(bytes: Uint8Array, at: number): bigint {
  for (let i = 0; i < 8; i++) scratchBytes[i] = bytes[at + i]!
  return scratch.getBigInt64(0)
}

/** An int64 as the nearest number: exact within 2^53, beyond it `Number.isSafeInteger` is false. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) * TWO_32 + (int32At(bytes, at + 4) >>> 0)
}

export function putInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function putInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

export function putInt64(bytes: Uint8Array, at: number, value: bigint): void {
  scratch.setBigInt64(0, value)
  for (let i = 0; i < 8; i++) bytes[at + i] = scratchBytes[i]!
}

/** A safe integer as an int64. */
export function putNumber(bytes: Uint8Array, at: number, value: number): void {
  putInt32(bytes, at, Math.floor(value / TWO_32))
  putInt32(bytes, at + 4, value)
}
