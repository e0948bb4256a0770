/**
 * What compiled readers call for the types that need more than one look at the bytes. `where` names the field in errors.
 */
import type { ByteReader } from '#core'
import { MalformedError } from '#core'

/** A struct may carry this many tagged fields that we do not know; Kafka allows 10,000, clients send a handful. */
export const UNKNOWN_TAGS_MAX = 64
/** Kafka's strings are at most this long, in either form of length. */
export const STRING_BYTES_MAX = 32767

/** -1 stands for null, in both forms of length. */
export function compactLength(reader: ByteReader): number {
  return reader.uvarint() - 1
}

function refuse(where: string, length: number): never {
  throw new MalformedError(length === -1 ? `${where} is null` : `${where} has length ${length}`)
}

/** A string of `length` bytes, where null is not allowed. */
export function text(reader: ByteReader, length: number, where: string): string {
  if (length < 0 || length > STRING_BYTES_MAX) refuse(where, length)
  return reader.text(length)
}

/** A string of `length` bytes, or null. */
export function textOrNull(reader: ByteReader, length: number, where: string): string | null {
  return length === -1 ? null : text(reader, length, where)
}

/** `length` bytes of the frame, where null is not allowed. */
export function bytes(reader: ByteReader, length: number, where: string): Uint8Array {
  if (length < 0) refuse(where, length)
  return reader.take(length)
}

/** `length` bytes of the frame, or null. */
export function bytesOrNull(reader: ByteReader, length: number, where: string): Uint8Array | null {
  return length === -1 ? null : bytes(reader, length, where)
}

/** A number of elements of `bytesEach` or more bytes, each `heapEach` or more in memory, where null is not allowed. */
export function count(reader: ByteReader, length: number, bytesEach: number, heapEach: number, where: string): number {
  if (length < 0) refuse(where, length)
  return reader.count(length, bytesEach, heapEach)
}

/** The same where null is allowed: -1 stands for it. */
export function countOrNull(
  reader: ByteReader,
  length: number,
  bytesEach: number,
  heapEach: number,
  where: string,
): number {
  return length === -1 ? -1 : count(reader, length, bytesEach, heapEach, where)
}

/** Whether a nullable struct follows. */
export function isThere(reader: ByteReader, where: string): boolean {
  const mark = reader.int8()
  if (mark !== 1 && mark !== -1)
    throw new MalformedError(`${where} is marked by ${mark}, neither null (-1) nor there (1)`)
  return mark === 1
}

/** How many tagged fields follow, of a struct of which we know `known`. */
export function tagCount(reader: ByteReader, known: number, where: string): number {
  const tags = reader.uvarint()
  if (tags > known + UNKNOWN_TAGS_MAX) throw new MalformedError(`${where}has ${tags} tagged fields`)
  return tags
}

/** The next tag, which must be greater than the one before. */
export function nextTag(reader: ByteReader, previous: number, where: string): number {
  const tag = reader.uvarint()
  if (tag <= previous) throw new MalformedError(`${where}tag ${tag} follows tag ${previous}`)
  return tag
}

/** Reads the size of a tagged field, and returns where the field ends. */
export function tagEnd(reader: ByteReader): number {
  const size = reader.uvarint()
  reader.skip(size)
  const end = reader.position
  reader.position = end - size
  return end
}

/** A known tagged field has been read: it must have taken exactly its size. */
export function endTag(reader: ByteReader, end: number, where: string): void {
  if (reader.position !== end) throw new MalformedError(`${where} ends at byte ${reader.position}, not at ${end}`)
}

/** Passes over the tagged fields of a struct of which we know none. */
export function skipTags(reader: ByteReader, where: string): void {
  const tags = tagCount(reader, 0, where)
  for (let i = 0, tag = -1; i < tags; i++) {
    tag = nextTag(reader, tag, where)
    reader.position = tagEnd(reader)
  }
}

/** More unknown tagged fields than we put up with. */
export function tooManyTags(where: string): never {
  throw new MalformedError(`${where}more than ${UNKNOWN_TAGS_MAX} unknown tagged fields`)
}
