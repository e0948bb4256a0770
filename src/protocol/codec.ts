/**
 * Messages from and to bytes, by their declarations.
 *
 * For each (message, version) in use a reader and a writer are compiled once, when first needed
 * (docs/decisions/0002-codec-compiled-at-run-time.md). Reading trusts nothing: whatever the bytes, the outcome is a
 * message or a `MalformedError`, and what is allocated is bounded by the bytes that are there. Byte strings and records
 * that were read are views of the frame.
 */
import type { ByteReader, ByteWriter } from '#core'
import type { CompiledReader } from './codec/compile-reader.ts'
import { compileReader } from './codec/compile-reader.ts'
import type { CompiledWriter } from './codec/compile-writer.ts'
import { compileWriter } from './codec/compile-writer.ts'
import type { PlannedStruct } from './codec/plan.ts'
import { planMessage } from './codec/plan.ts'
import type { Message, MessageInput, Schema } from './schema.ts'

export { emptyValue } from './codec/plan.ts'

interface Compiled {
  readonly plan: PlannedStruct
  reader: CompiledReader | undefined
  exactReader: CompiledReader | undefined
  writer: CompiledWriter | undefined
}

const compiled = new WeakMap<Schema, Compiled[]>()

function compiledFor(schema: Schema, version: number): Compiled {
  return compiled.get(schema)?.[version] ?? planFor(schema, version)
}

function planFor(schema: Schema, version: number): Compiled {
  const added: Compiled = {
    plan: planMessage(schema, version),
    reader: undefined,
    exactReader: undefined,
    writer: undefined,
  }
  const versions = compiled.get(schema) ?? []
  compiled.set(schema, versions)
  versions[version] = added
  return added
}

/**
 * Reads a message, and leaves `reader` behind its last byte. Throws `MalformedError` where the bytes are no such message,
 * `RangeError` where the message has no such version.
 */
export function decode<S extends Schema>(schema: S, version: number, reader: ByteReader): Message<S> {
  const codec = compiledFor(schema, version)
  codec.reader ??= compileReader(codec.plan, false)
  return codec.reader(reader) as Message<S>
}

/** As `decode`, but with a `bigint` in every field declared as an `offset()`: for tools that must show any int64. */
export function decodeExact(schema: Schema, version: number, reader: ByteReader): unknown {
  const codec = compiledFor(schema, version)
  codec.exactReader ??= compileReader(codec.plan, true)
  return codec.exactReader(reader)
}

/**
 * Writes a message; fields that `version` lacks are left out. Byte strings and records are linked where they are long,
 * and must not change until they have been sent. Fields declared as an `offset()` take a `bigint` too.
 *
 * Throws `TypeError` or `RangeError`, with the field's name, where a value is missing or does not fit; `writer` then holds
 * a part of a message.
 */
export function encode<S extends Schema>(schema: S, version: number, writer: ByteWriter, value: MessageInput<S>): void {
  const codec = compiledFor(schema, version)
  codec.writer ??= compileWriter(codec.plan)
  codec.writer(writer, value)
}
