/**
 * A vector: a random value of a message, and the bytes that Kafka wrote for it. It is checked both ways: the bytes must
 * read as the value, and the value must be written as the bytes.
 */
import { ByteReader, ByteWriter } from '#core'
import { planMessage } from '../codec/plan.ts'
import { decodeExact, encode } from '../codec.ts'
import type { Schema } from '../schema.ts'
import { allSchemas } from './all-schemas.ts'
import type { JsonObject } from './kafka-json.ts'
import { fromKafkaJson, toKafkaJson } from './kafka-json.ts'

/** One line of a file of vectors. */
export interface Vector {
  /** The name of Kafka's class: `FetchRequestData`. */
  readonly message: string
  readonly key: number
  readonly version: number
  readonly hex: string
  readonly json: JsonObject
}

const byClassName = new Map<string, Schema>(
  allSchemas.flatMap((schema): [string, Schema][] => [
    [schema.name, schema],
    [`${schema.name}Data`, schema],
  ]),
)

/** The declaration of a vector's message, or undefined where we have none. */
export function schemaOf(vector: Vector): Schema | undefined {
  return byClassName.get(vector.message)
}

export function bytesOf(vector: Vector): Uint8Array {
  return Uint8Array.from(vector.hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

/** What is wrong with our reading or writing of the vector; nothing where all is well. */
export function checkVector(vector: Vector): string[] {
  const schema = schemaOf(vector)
  if (schema === undefined) return ['there is no such message']
  if (schema.key !== vector.key) return [`its key is declared as ${schema.key}`]
  try {
    const plan = planMessage(schema, vector.version)
    const reader = new ByteReader(bytesOf(vector))
    const read = decodeExact(schema, vector.version, reader)
    const given = fromKafkaJson(plan, vector.json, read)
    const writer = new ByteWriter()
    encode(schema, vector.version, writer, given as never)
    const [readText, givenText] = [canonical(toKafkaJson(plan, read)), canonical(toKafkaJson(plan, given))]
    const hex = Array.from(writer.finishJoined(), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const problems: string[] = []
    if (reader.remaining > 0) problems.push(`${reader.remaining} bytes were not read`)
    if (readText !== givenText) problems.push(`read as ${readText}, it is ${givenText}`)
    if (hex !== vector.hex) problems.push(`written as ${hex}, it is ${vector.hex}`)
    return problems
  } catch (error) {
    return [String(error)]
  }
}

/** JSON in one order of names, so that texts can be compared. */
function canonical(json: JsonObject): string {
  return JSON.stringify(json, (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
