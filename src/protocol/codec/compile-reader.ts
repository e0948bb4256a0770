/**
 * Makes a reader out of a plan: the source of one JavaScript function for each struct, a straight line of reads that
 * ends in one object literal. So every message of a version has one shape, and nothing is looked up while reading.
 *
 * Only field names of our own declarations become source; defaults are passed in as values.
 */
import type { ByteReader } from '#core'
import type { PlannedField, PlannedStruct } from './plan.ts'
import { ARRAY_SLOT_BYTES, minimalSize, minimalStructSize, structHeap, valueHeap } from './plan.ts'
import * as reading from './reading.ts'

export type CompiledReader = (reader: ByteReader) => unknown

interface Output {
  readonly functions: string[]
  readonly defaults: unknown[]
  /** Offsets are read as bigint. */
  readonly exact: boolean
}

/** A function that reads what `plan` tells. Where `exact`, offsets are read as `bigint`. */
export function compileReader(plan: PlannedStruct, exact: boolean): CompiledReader {
  const output: Output = { functions: [], defaults: [], exact }
  const main = readStruct(plan, output)
  const source = `'use strict'\n${output.functions.join('\n')}\nreturn ${main}`
  return new Function('reading', 'defaults', source)(reading, output.defaults) as CompiledReader
}

/** Adds the function that reads `struct`, and returns its name. */
function readStruct(struct: PlannedStruct, output: Output): string {
  const lines: string[] = []
  for (const field of struct.fields) {
    const { name } = field
    if (!field.present) lines.push(`const ${name}_ = ${defaultOf(field, output)}`)
    else if (field.tag < 0) lines.push(...readInto(`const ${name}_ =`, field, output))
    else lines.push(`let ${name}_ = ${defaultOf(field, output)}`)
  }
  if (struct.flexible) lines.push(...readTags(struct, output))
  lines.push(`return { ${struct.fields.map(({ name }) => `${name}: ${name}_`).join(', ')} }`)
  const functionName = `read${output.functions.length}`
  output.functions.push(`function ${functionName}(r) {\n${lines.join('\n')}\n}`)
  return functionName
}

function readTags(struct: PlannedStruct, output: Output): string[] {
  const where = JSON.stringify(struct.where)
  const known = struct.fields.filter((field) => field.present && field.tag >= 0)
  if (known.length === 0) return [`reading.skipTags(r, ${where})`]
  const cases = known.flatMap((field) => [
    `case ${field.tag}: {`,
    ...readInto(`${field.name}_ =`, field, output),
    `reading.endTag(r, end, ${JSON.stringify(field.where)})`,
    'break',
    '}',
  ])
  return [
    `const tags = reading.tagCount(r, ${known.length}, ${where})`,
    'for (let i = 0, tag = -1, unknown = 0; i < tags; i++) {',
    `tag = reading.nextTag(r, tag, ${where})`,
    'const end = reading.tagEnd(r)',
    'switch (tag) {',
    ...cases,
    'default:',
    `if (++unknown > reading.UNKNOWN_TAGS_MAX) reading.tooManyTags(${where})`,
    'r.position = end',
    '}',
    '}',
  ]
}

/** Statements of which the last gives the field's value to `target`, for example `const topics_ =`. */
function readInto(target: string, field: PlannedField, output: Output): string[] {
  const where = JSON.stringify(field.where)
  const orNull = field.nullable ? 'OrNull' : ''
  if (field.type === 'struct') {
    const read = `${readStruct(field.struct!, output)}(r)`
    return [`${target} ${field.nullable ? `reading.isThere(r, ${where}) ? ${read} : null` : read}`]
  }
  if (field.type === 'array') {
    const element =
      field.struct !== undefined ? `${readStruct(field.struct, output)}(r)` : readSimple(field.element!, output)
    const bytesEach = field.struct !== undefined ? minimalStructSize(field.struct) : minimalSize(field.element!)
    const heapEach =
      ARRAY_SLOT_BYTES + (field.struct !== undefined ? structHeap(field.struct) : valueHeap(field.element!))
    const list = `${field.name}List`
    const count = `${field.name}Count`
    return [
      `const ${count} = reading.count${orNull}(r, ${lengthOf(field)}, ${bytesEach}, ${heapEach}, ${where})`,
      `const ${list} = []`,
      `for (let i = 0; i < ${count}; i++) ${list}.push(${element})`,
      `${target} ${field.nullable ? `${count} < 0 ? null : ${list}` : list}`,
    ]
  }
  if (field.type === 'records' && field.nullable) {
    const value = `${field.name}Bytes`
    return [
      `const ${value} = reading.bytesOrNull(r, ${lengthOf(field)}, ${where})`,
      `${target} ${value} === null ? null : [${value}]`,
    ]
  }
  return [`${target} ${readSimple(field, output)}`]
}

/** The expression that reads a value which is neither struct nor array. */
function readSimple(field: PlannedField, output: Output): string {
  const where = JSON.stringify(field.where)
  const orNull = field.nullable ? 'OrNull' : ''
  switch (field.type) {
    case 'string':
      return `reading.text${orNull}(r, ${lengthOf(field)}, ${where})`
    case 'bytes':
      return `reading.bytes${orNull}(r, ${lengthOf(field)}, ${where})`
    case 'records':
      return `[reading.bytes(r, ${lengthOf(field)}, ${where})]`
    case 'offset':
      return output.exact ? 'r.int64()' : 'r.offset()'
    default:
      return `r.${field.type}()`
  }
}

function lengthOf(field: PlannedField): string {
  if (field.compact) return 'reading.compactLength(r)'
  return field.type === 'string' ? 'r.int16()' : 'r.int32()'
}

function defaultOf(field: PlannedField, output: Output): string {
  const value = output.exact && field.type === 'offset' ? BigInt(field.default as number) : field.default
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  output.defaults.push(value)
  return `defaults[${output.defaults.length - 1}]`
}
