/**
 * What a dump says: one entry for each thing that stands in a file. As JSON it is a line; for people it is `textOf`.
 */
import { jsonValue, printable } from '../output.ts'

export interface Entry {
  /** What it is: `batch`, `record`, `offset`, `producer`, ... */
  readonly type: string
  readonly [field: string]: unknown
  /** What is wrong, and where: `at byte 174: ...`. */
  readonly problem?: string
}

/** Values that say that there is nothing to say. */
const NOTHING: ReadonlySet<unknown> = new Set([undefined, null, false, '', -1, -1n, 'none', 'CreateTime'])
/** But a record without a key is something to say. */
const SHOWN_ALWAYS: ReadonlySet<string> = new Set(['key', 'value', 'leaderEpoch'])
const HIDDEN: ReadonlySet<string> = new Set(['type', 'problem'])

export function jsonOf(entry: Entry): string {
  return JSON.stringify(entry, jsonValue)
}

/** The fields one after another, by their names; those that say nothing are left out. Records are indented. */
export function textOf(entry: Entry): string {
  const fields = Object.entries(entry)
    .filter(([name, value]) => !HIDDEN.has(name) && (SHOWN_ALWAYS.has(name) || !saysNothing(value)))
    .map(([name, value]) => (value === true ? name : `${name} ${valueText(value)}`))
  const indent = entry.type === 'record' ? '  ' : ''
  const problem = entry.problem === undefined ? [] : [`PROBLEM ${printable(entry.problem)}`]
  return `${indent}${[...fields, ...problem].join('  ')}`
}

function saysNothing(value: unknown): boolean {
  return NOTHING.has(value) || (Array.isArray(value) && value.length === 0)
}

function valueText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string' && /^[\w.:-]+$/.test(value)) return value
  return JSON.stringify(value, jsonValue)
}
