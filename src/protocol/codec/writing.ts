/**
 * What compiled writers call: checks and the types that need more than one write. `where` names the field in errors.
 *
 * What is written comes from us, so a wrong value is our mistake: a `TypeError` where it is not of the field's type, a
 * `RangeError` where it does not fit.
 */
import { ByteWriter, type Chunk, utf8Length } from '#core'
import { STRING_BYTES_MAX } from './reading.ts'

type Length = (writer: ByteWriter, length: number) => void

export const int16Length: Length = (writer, length) => writer.int16(length)
export const int32Length: Length = (writer, length) => writer.int32(length)
/** -1 stands for null, in all forms of length. */
export const compactLength: Length = (writer, length) => writer.uvarint(length + 1)

function refuse(value: unknown, where: string): never {
  if (value === undefined || value === null) throw new TypeError(`${where} is ${value}`)
  if (typeof value === 'number' || typeof value === 'bigint') throw new RangeError(`${where} cannot be ${value}`)
  throw new TypeError(`${where} cannot be a ${typeof value}`)
}

export function int8(writer: ByteWriter, value: number, where: string): void {
  if ((value << 24) >> 24 !== value) refuse(value, where)
  writer.int8(value)
}

export function int16(writer: ByteWriter, value: number, where: string): void {
  if ((value << 16) >> 16 !== value) refuse(value, where)
  writer.int16(value)
}

export function uint16(writer: ByteWriter, value: number, where: string): void {
  if ((value & 0xffff) !== value) refuse(value, where)
  writer.uint16(value)
}

export function int32(writer: ByteWriter, value: number, where: string): void {
  if ((value | 0) !== value) refuse(value, where)
  writer.int32(value)
}

export function uint32(writer: ByteWriter, value: number, where: string): void {
  if (value >>> 0 !== value) refuse(value, where)
  writer.uint32(value)
}

export function int64(writer: ByteWriter, value: bigint, where: string): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) refuse(value, where)
  writer.int64(value)
}

/** A safe integer; or a bigint, from who read exactly. */
export function offset(writer: ByteWriter, value: number | bigint, where: string): void {
  if (typeof value === 'bigint' ? BigInt.asIntN(64, value) !== value : !Number.isSafeInteger(value)) {
    refuse(value, where)
  }
  writer.int64(value)
}

export function float64(writer: ByteWriter, value: number, where: string): void {
  if (typeof value !== 'number') refuse(value, where)
  writer.float64(value)
}

export function bool(writer: ByteWriter, value: boolean, where: string): void {
  if (typeof value !== 'boolean') refuse(value, where)
  writer.bool(value)
}

export function uuid(writer: ByteWriter, value: string, where: string): void {
  if (typeof value !== 'string') refuse(value, where)
  writer.uuid(value)
}

export function string(writer: ByteWriter, length: Length, value: string, where: string): void {
  if (typeof value !== 'string') refuse(value, where)
  const size = utf8Length(value)
  if (size > STRING_BYTES_MAX) throw new RangeError(`${where} has ${size} bytes, ${STRING_BYTES_MAX} at most`)
  length(writer, size)
  writer.text(value, size)
}

export function bytes(writer: ByteWriter, length: Length, value: Uint8Array, where: string): void {
  if (!(value instanceof Uint8Array)) refuse(value, where)
  length(writer, value.length)
  writer.raw(value)
}

export function records(writer: ByteWriter, length: Length, value: readonly Chunk[], where: string): void {
  if (!Array.isArray(value)) refuse(value, where)
  let size = 0
  for (const chunk of value) size += chunk.length
  length(writer, size)
  for (const chunk of value) writer.raw(chunk)
}

/** Writes how many elements follow, and returns it. */
export function count(writer: ByteWriter, length: Length, value: readonly unknown[], where: string): number {
  if (!Array.isArray(value)) refuse(value, where)
  length(writer, value.length)
  return value.length
}

/** Checks that `value` can be a struct. */
export function struct(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) refuse(value, where)
}

/** Writes a tagged field whose size is not known before it has been written. */
export function sized(writer: ByteWriter, write: (inner: ByteWriter) => void): void {
  const inner = new ByteWriter()
  write(inner)
  const chunks = inner.finish()
  writer.uvarint(inner.length)
  for (const chunk of chunks) writer.raw(chunk)
}
