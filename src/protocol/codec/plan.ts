/**
 * A plan: a declaration as it looks in one version. Version ranges, nullability, compactness and defaults are settled
 * here, so that what is made of a plan (a reader, a writer) has no more questions to ask.
 *
 * Invariants:
 *   fields keep the order of their declaration, whether the version has them or not
 *   a field that is not `present` is neither read nor written, and reads as its default
 *   an element of an array takes at least one byte, so a count never promises more elements than bytes that are left
 */
import { assert, ZERO_UUID } from '#core'
import type { Field, Fields, FieldType, Schema } from '../schema.ts'
import { isFlexible, NO_BYTES, parseVersions } from '../schema.ts'

export interface PlannedField {
  readonly name: string
  /** For errors: `FetchRequest 12: topics.partitions.fetchOffset`. */
  readonly where: string
  readonly type: FieldType
  readonly present: boolean
  readonly nullable: boolean
  /** -1 where it is not a tagged field. */
  readonly tag: number
  /** Lengths are varints, and one more than the length; 0 is null (KIP-482). */
  readonly compact: boolean
  readonly default: unknown
  /** Has a default of its own or a tag; what has neither must be given for writing. */
  readonly mayBeLeftOut: boolean
  /** What a `struct` is, and an `array` where it is one of structs. */
  readonly struct: PlannedStruct | undefined
  /** What an `array` of simple values is made of. */
  readonly element: PlannedField | undefined
}

export interface PlannedStruct {
  readonly where: string
  readonly fields: readonly PlannedField[]
  /** Ends with tagged fields. */
  readonly flexible: boolean
}

/** The plan of `schema` in `version`. Throws `RangeError` where it has no such version. */
export function planMessage(schema: Schema, version: number): PlannedStruct {
  if (!Number.isInteger(version) || version < schema.versionMin || version > schema.versionMax) {
    throw new RangeError(
      `${schema.name} has no version ${version}, it has ${schema.versionMin} to ${schema.versionMax}`,
    )
  }
  return planStruct(schema.fields, `${schema.name} ${version}: `, version, isFlexible(schema, version))
}

function planStruct(fields: Fields, where: string, version: number, flexible: boolean): PlannedStruct {
  // Names become source text in the compiled reader and writer; they are our own, and shall stay harmless.
  for (const name of Object.keys(fields)) assert(/^[a-z]\w*$/i.test(name), `"${name}" cannot name a field`)
  const planned = Object.entries(fields).map(([name, field]) => planField(name, field, where + name, version, flexible))
  return { where, fields: planned, flexible }
}

function planField(name: string, field: Field, where: string, version: number, flexible: boolean): PlannedField {
  const { options, type } = field
  const present = covers(options.versions ?? '0+', version)
  const { struct, element } = planInside(field, where, version, flexible)
  return {
    name,
    where,
    type,
    present,
    nullable: covers(options.nullable ?? 'none', version),
    tag: options.tag ?? -1,
    compact: flexible && options.flexible !== 'none',
    default: defaultOf(field, struct),
    mayBeLeftOut: options.default !== undefined || options.tag !== undefined,
    struct,
    element,
  }
}

function planInside(
  field: Field,
  where: string,
  version: number,
  flexible: boolean,
): Pick<PlannedField, 'struct' | 'element'> {
  if (field.element === undefined) return { struct: undefined, element: undefined }
  if (field.type === 'array' && isField(field.element)) {
    return { struct: undefined, element: planField('element', field.element, where, version, flexible) }
  }
  return { struct: planStruct(field.element as Fields, `${where}.`, version, flexible), element: undefined }
}

function isField(element: Field | Fields): element is Field {
  return typeof element.type === 'string'
}

function covers(range: string, version: number): boolean {
  const { from, to } = parseVersions(range)
  return version >= from && version <= to
}

function defaultOf({ options, type }: Field, struct: PlannedStruct | undefined): unknown {
  if (options.default !== undefined) return options.default
  if (type !== 'struct') return emptyValue(type)
  return Object.freeze(Object.fromEntries(struct!.fields.map((field) => [field.name, field.default])))
}

/** What a field of a type that is not a struct has where nothing is said. */
export function emptyValue(type: FieldType): unknown {
  switch (type) {
    case 'int64':
      return 0n
    case 'bool':
      return false
    case 'string':
      return ''
    case 'bytes':
      return NO_BYTES
    case 'uuid':
      return ZERO_UUID
    case 'array':
    case 'records':
      return NOTHING
    default:
      return 0
  }
}

const NOTHING: readonly never[] = Object.freeze([])

/** Bytes that a value of the field takes always; undefined where it depends on the value. */
export function fixedSize(field: PlannedField): number | undefined {
  if (field.type === 'struct' && !field.nullable) {
    if (field.struct!.fields.some((inner) => inner.present && inner.tag >= 0)) return undefined
    let size = field.struct!.flexible ? 1 : 0
    for (const inner of field.struct!.fields) {
      if (!inner.present) continue
      const innerSize = fixedSize(inner)
      if (innerSize === undefined) return undefined
      size += innerSize
    }
    return size
  }
  return SIZES[field.type]
}

/** Bytes that a value of the field takes at least. */
export function minimalSize(field: PlannedField): number {
  const fixed = SIZES[field.type]
  if (fixed !== undefined) return fixed
  if (field.type === 'struct') return field.nullable ? 1 : minimalStructSize(field.struct!)
  if (field.compact) return 1
  return field.type === 'string' ? 2 : 4
}

/** Bytes that the struct takes at least. */
export function minimalStructSize(struct: PlannedStruct): number {
  let size = struct.flexible ? 1 : 0
  for (const field of struct.fields) if (field.present && field.tag < 0) size += minimalSize(field)
  return size
}

const SIZES: { readonly [type in FieldType]?: number } = {
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  offset: 8,
  float64: 8,
  bool: 1,
  uuid: 16,
}

// What values take on V8's heap at least, for the budget of a reader (`ByteReader`). Strings and byte strings are charged
// as they are read, arrays by their elements.

/** A place in an array that grows as it is filled. */
export const ARRAY_SLOT_BYTES = 12
const OBJECT_BYTES = 24
const FIELD_BYTES = 8
const ARRAY_BYTES = 32

/** An object of the struct's shape, with what is in its fields. */
export function structHeap(struct: PlannedStruct): number {
  let bytes = OBJECT_BYTES + FIELD_BYTES * struct.fields.length
  for (const field of struct.fields) if (field.present && field.tag < 0 && !field.nullable) bytes += valueHeap(field)
  return bytes
}

/** What a value takes beside its place in an object or array. */
export function valueHeap(field: PlannedField): number {
  if (field.type === 'struct') return field.nullable ? 0 : structHeap(field.struct!)
  if (field.type === 'array' || field.type === 'records') return ARRAY_BYTES
  return HEAP_BYTES[field.type] ?? 0
}

const HEAP_BYTES: { readonly [type in FieldType]?: number } = { int64: 24, offset: 16, float64: 16, uuid: 40 }
