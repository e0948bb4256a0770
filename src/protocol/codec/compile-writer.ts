/**
 * Makes a writer out of a plan, as `compile-reader.ts` makes a reader.
 *
 * What a message leaves out is written as its default; what the version lacks is not written. Tagged fields that equal
 * their default are not sent, as Kafka does it, so the same value always gives the same bytes.
 */
import type { ByteWriter } from '#core'
import type { PlannedField, PlannedStruct } from './plan.ts'
import { fixedSize } from './plan.ts'
import * as writing from './writing.ts'

export type CompiledWriter = (writer: ByteWriter, value: unknown) => void

interface Output {
  readonly functions: string[]
  readonly defaults: unknown[]
}

/** A function that writes what `plan` tells. */
export function compileWriter(plan: PlannedStruct): CompiledWriter {
  const output: Output = { functions: [], defaults: [] }
  const main = writeStruct(plan, output)
  const source = `'use strict'\n${output.functions.join('\n')}\nreturn ${main}`
  return new Function('writing', 'defaults', source)(writing, output.defaults) as CompiledWriter
}

/** Adds the function that writes `struct`, and returns its name. */
function writeStruct(struct: PlannedStruct, output: Output): string {
  const lines = [`writing.struct(v, ${JSON.stringify(struct.where.replace(/[:.] ?$/, ''))})`]
  const tagged: PlannedField[] = []
  for (const field of struct.fields) {
    if (!field.present) continue
    if (field.tag >= 0) tagged.push(field)
    else lines.push(...takeValue(field, output), ...write(field, `${field.name}_`, 'w', output))
  }
  if (struct.flexible) lines.push(...writeTags(tagged, output))
  const functionName = `write${output.functions.length}`
  output.functions.push(`function ${functionName}(w, v) {\n${lines.join('\n')}\n}`)
  return functionName
}

function writeTags(tagged: PlannedField[], output: Output): string[] {
  if (tagged.length === 0) return ['w.int8(0)']
  tagged.sort((a, b) => a.tag - b.tag)
  const lines: string[] = []
  for (const field of tagged) {
    lines.push(...takeValue(field, output), `const ${field.name}Sent = ${differs(field, `${field.name}_`, output)}`)
  }
  lines.push(`w.uvarint(${tagged.map(({ name }) => `${name}Sent`).join(' + ')})`)
  for (const field of tagged) {
    const size = fixedSize(field)
    const writes = (into: string) => write(field, `${field.name}_`, into, output)
    lines.push(
      `if (${field.name}Sent) {`,
      `w.uvarint(${field.tag})`,
      ...(size === undefined
        ? ['writing.sized(w, (inner) => {', ...writes('inner'), '})']
        : [`w.uvarint(${size})`, ...writes('w')]),
      '}',
    )
  }
  return lines
}

/** Statements that take the field out of `v`, or its default where it may be left out. */
function takeValue(field: PlannedField, output: Output): string[] {
  const name = `${field.name}_`
  const lines = [`let ${name} = v.${field.name}`]
  if (field.mayBeLeftOut) lines.push(`if (${name} === undefined) ${name} = ${defaultOf(field, output)}`)
  return lines
}

/** Statements that write `value` into `w`. */
function write(field: PlannedField, value: string, w: string, output: Output): string[] {
  const where = JSON.stringify(field.where)
  if (!field.nullable) return writeThere(field, value, w, where, output)
  const writeNull = field.type === 'struct' ? `${w}.int8(-1)` : `writing.${lengthOf(field)}(${w}, -1)`
  const mark = field.type === 'struct' ? [`${w}.int8(1)`] : []
  return [`if (${value} === null) ${writeNull}`, 'else {', ...mark, ...writeThere(field, value, w, where, output), '}']
}

function writeThere(field: PlannedField, value: string, w: string, where: string, output: Output): string[] {
  switch (field.type) {
    case 'struct':
      return [`${writeStruct(field.struct!, output)}(${w}, ${value})`]
    case 'array': {
      const count = `${field.name}Count`
      const each =
        field.struct !== undefined
          ? [`${writeStruct(field.struct, output)}(${w}, ${value}[i])`]
          : write(field.element!, `${value}[i]`, w, output)
      return [
        `const ${count} = writing.count(${w}, writing.${lengthOf(field)}, ${value}, ${where})`,
        `for (let i = 0; i < ${count}; i++) {`,
        ...each,
        '}',
      ]
    }
    case 'string':
    case 'bytes':
    case 'records':
      return [`writing.${field.type}(${w}, writing.${lengthOf(field)}, ${value}, ${where})`]
    default:
      return [`writing.${field.type}(${w}, ${value}, ${where})`]
  }
}

function lengthOf(field: PlannedField): string {
  if (field.compact) return 'compactLength'
  return field.type === 'string' ? 'int16Length' : 'int32Length'
}

/** The expression that is true where `value` is not the field's default. */
function differs(field: PlannedField, value: string, output: Output): string {
  if (field.default === null) return `${value} !== null`
  const there = (() => {
    switch (field.type) {
      case 'array':
      case 'bytes':
      case 'records':
        return `${value}.length !== 0`
      case 'struct': {
        const inner = field.struct!.fields.map((field) => {
          const part = `${value}.${field.name}`
          return `(${part} !== undefined && ${differs(field, part, output)})`
        })
        return inner.length === 0 ? 'false' : `(${inner.join(' || ')})`
      }
      case 'offset':
        return `Number(${value}) !== ${defaultOf(field, output)}`
      default:
        return `${value} !== ${defaultOf(field, output)}`
    }
  })()
  return field.nullable ? `(${value} === null || ${there})` : there
}

function defaultOf(field: PlannedField, output: Output): string {
  const value = field.default
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  output.defaults.push(value)
  return `defaults[${output.defaults.length - 1}]`
}
