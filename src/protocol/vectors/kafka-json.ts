/**
 * Messages to and from the JSON that Kafka's own converters make of them: int64 and uint32 as decimal text, bytes and records as
 * base64, fields that the version lacks and tagged fields that were not sent left out.
 *
 * It works from a plan, on its own: a mistake in the compiled codec is not repeated here.
 */
import type { PlannedField, PlannedStruct } from '../codec/plan.ts'
import { fromBase64, toBase64 } from './base64.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}
type Value = Record<string, unknown>

/** The JSON of a message that was read exactly (`decodeExact`); unlike Kafka's, with its records. */
export function toKafkaJson(plan: PlannedStruct, message: unknown): JsonObject {
  const entries: [string, Json][] = []
  for (const field of plan.fields) {
    if (!field.present) continue
    const json = fieldToJson(field, (message as Value)[field.name])
    if (field.tag >= 0 && isDefault(field, json)) continue
    entries.push([field.name, json])
  }
  return Object.fromEntries(entries)
}

function fieldToJson(field: PlannedField, value: unknown): Json {
  if (value === null) return null
  switch (field.type) {
    case 'int64':
    case 'offset':
    case 'uint32':
      return String(value)
    case 'bytes':
      return toBase64(value as Uint8Array)
    case 'records':
      return (value as Uint8Array[]).map(toBase64).join('')
    case 'struct':
      return toKafkaJson(field.struct!, value)
    case 'array':
      return (value as unknown[]).map((element) =>
        field.struct !== undefined ? toKafkaJson(field.struct, element) : fieldToJson(field.element!, element),
      )
    default:
      return value as Json
  }
}

function isDefault(field: PlannedField, json: Json): boolean {
  return JSON.stringify(json) === JSON.stringify(defaultJson(field))
}

function defaultJson(field: PlannedField): Json {
  return fieldToJson(field, field.default)
}

/**
 * The message that `json` tells of, whole. Kafka's converters show an empty text for records, whatever they are: they are
 * taken from `read`, the same message as it was read. Throws where a field is missing or is not of the version.
 */
export function fromKafkaJson(plan: PlannedStruct, json: JsonObject, read: unknown): Value {
  const message: Value = {}
  for (const field of plan.fields) {
    if (!field.present) continue
    const value = json[field.name]
    if (value === undefined && field.tag < 0) throw new Error(`${field.where} is missing`)
    message[field.name] = fieldFromJson(
      field,
      value === undefined ? defaultJson(field) : value,
      (read as Value | null)?.[field.name],
    )
  }
  for (const name of Object.keys(json)) {
    if (!(name in message)) throw new Error(`${plan.where}there is no ${name}`)
  }
  return message
}

function fieldFromJson(field: PlannedField, json: Json, read: unknown): unknown {
  if (json === null) return null
  switch (field.type) {
    case 'int64':
    case 'offset':
      return BigInt(json as string)
    case 'uint32':
      return Number(json)
    case 'bytes':
      return fromBase64(json as string)
    case 'records':
      return json === '' && Array.isArray(read) ? read : [fromBase64(json as string)]
    case 'struct':
      return fromKafkaJson(field.struct!, json as JsonObject, read)
    case 'array':
      return (json as readonly Json[]).map((element, i) => {
        const readElement = (read as unknown[] | null)?.[i]
        return field.struct !== undefined
          ? fromKafkaJson(field.struct, element as JsonObject, readElement)
          : fieldFromJson(field.element!, element, readElement)
      })
    default:
      return json
  }
}
