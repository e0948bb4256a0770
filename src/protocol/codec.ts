/**
 * Messages from and to bytes, by their declarations.
 */
import type { ByteReader, ByteWriter } from '#core'
import type { Message, MessageInput, Schema } from './schema.ts'

/** True where lengths are compact and structs end with tagged fields in `version` (KIP-482). */
export function isFlexible(schema: Schema, version: number): boolean {
  return schema.flexibleFrom !== undefined && version >= schema.flexibleFrom
}

/** Reads a message. Throws `MalformedError` where the bytes are no such message. */
export function decode<S extends Schema>(schema: S, version: number, reader: ByteReader): Message<S> {
  throw new Error(`Not there yet: ${schema.name} ${version} ${reader.position}`)
}

/** Writes a message. Throws `TypeError` or `RangeError` where a value does not fit its field. */
export function encode<S extends Schema>(schema: S, version: number, writer: ByteWriter, value: MessageInput<S>): void {
  throw new Error(`Not there yet: ${schema.name} ${version} ${writer.length} ${value}`)
}
