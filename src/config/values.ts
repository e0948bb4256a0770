/**
 * Texts to values and back, type by type, as Java reads and prints them.
 *
 * A LONG is a `number`, because callers compare and add. Kafka says "never" and "no limit" by 9223372036854775807: that,
 * and whatever else lies beyond 2^53, is `Infinity` inside, which compares, adds and takes part in `Math.min` as it
 * should. The exact text is kept beside it, so what is printed is what was set.
 */
import { ConfigError } from './config-error.ts'

/** A value and the exact text that Kafka prints for it. */
export interface Setting<V = unknown> {
  readonly value: V
  /** Null only where the key has no value. */
  readonly text: string | null
}

export type NumberType = 'INT' | 'SHORT' | 'LONG' | 'DOUBLE'

/** The LONG 9223372036854775807, by which Kafka says "never" or "no limit". */
export const LONG_MAX = Number.POSITIVE_INFINITY
export const INT_MAX = 2147483647
export const DOUBLE_MAX = Number.MAX_VALUE

/** `true` and `false` in any case. */
export function parseBoolean(name: string, text: string): Setting<boolean> {
  const word = text.trim().toLowerCase()
  if (word !== 'true' && word !== 'false') {
    throw ConfigError.of(name, text.trim(), 'Expected value to be either true or false')
  }
  return { value: word === 'true', text: word }
}

const BEYOND = { INT: 2n ** 31n, SHORT: 2n ** 15n, LONG: 2n ** 63n }

export function parseNumber(type: NumberType, name: string, text: string): { value: number; text: string } {
  const trimmed = text.trim()
  if (type === 'DOUBLE') return parseDouble(name, trimmed)
  // Java's parsers take one sign and decimal digits, nothing else: no 1e3, no 0x10, no 1_000.
  if (/^[+-]?[0-9]+$/.test(trimmed)) {
    const exact = BigInt(trimmed.replace('+', ''))
    if (exact < BEYOND[type] && exact >= -BEYOND[type]) return { value: narrow(exact), text: String(exact) }
  }
  throw ConfigError.of(name, trimmed, `Not a number of type ${type}`)
}

function narrow(exact: bigint): number {
  const value = Number(exact)
  if (Number.isSafeInteger(value)) return value
  return value > 0 ? LONG_MAX : -LONG_MAX
}

const NON_NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['+Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function parseDouble(name: string, text: string): { value: number; text: string } {
  const digits = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[dDfF]?$/.exec(text)?.[1]
  const value = digits === undefined ? NON_NUMBERS.get(text) : Number(digits)
  if (value === undefined) throw ConfigError.of(name, text, 'Not a number of type DOUBLE')
  return { value, text: printDouble(value) }
}

/** The text of a number that a table of keys gives: exact, except that `LONG_MAX` is printed as the number it stands for. */
export function printNumber(type: NumberType, value: number): string {
  if (type === 'DOUBLE') return printDouble(value)
  return value === LONG_MAX ? '9223372036854775807' : String(value)
}

/** As Java prints it: always with a fraction, and as `1.0E-5` below 10^-3 and from 10^7 on. */
function printDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`
}

/** `a, b,c` as Kafka splits it: at commas, with the space around them; an empty text is an empty list. */
export function parseList(text: string): string[] {
  const trimmed = text.trim()
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
}
