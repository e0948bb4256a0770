/**
 * A record as a line of JSON: what `consume -o json` prints and `produce --input json` reads.
 *
 *   {"topic":"t","partition":0,"offset":7,"timestamp":1795262400000,"key":"k","value":"v","headers":[{"key":"h","value":"x"}]}
 *
 * Bytes that are UTF-8 are a string, others `{"base64":"..."}`; null is null.
 */
import type { OutgoingRecord } from '#client'
import { readUtf8, type TopicPartition, utf8 } from '#core'
import type { RecordView } from '#protocol/records'
import { jsonValue } from './output.ts'

/** The record on a line, with its line end. */
export function toJsonLine(
  { topic, partition }: TopicPartition,
  { offset, timestamp, key, value, headers }: RecordView,
): string {
  const shown = {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesToJson(key),
    value: bytesToJson(value),
    headers: headers.map((header) => ({ key: header.key, value: bytesToJson(header.value) })),
  }
  return `${JSON.stringify(shown, jsonValue)}\n`
}

/**
 * Reads a line. Only `value` has to be there: `timestamp` is `nowMs` where it is missing, and `topic`, `partition` and
 * `offset` are where the record was, not where it goes. Throws a `SyntaxError` that says what is wrong.
 */
export function fromJsonLine(line: Uint8Array, nowMs: number): OutgoingRecord {
  const text = readUtf8(line, 0, line.length)
  if (text === undefined) throw new SyntaxError('it is not UTF-8')
  const read: unknown = JSON.parse(text)
  if (!isObject(read) || !('value' in read)) throw new SyntaxError('it is no object with a "value"')
  const { key = null, value, headers = [], timestamp = nowMs } = read
  if (!Array.isArray(headers)) throw new SyntaxError('"headers" is no array')
  return {
    key: fromJson(key, 'key'),
    value: fromJson(value, 'value'),
    headers: headers.map((header: unknown) => {
      if (!isObject(header) || typeof header.key !== 'string') throw new SyntaxError('a header has no "key"')
      return { key: header.key, value: fromJson(header.value ?? null, 'value of a header') }
    }),
    timestamp: toTimestamp(timestamp),
  }
}

/** Bytes as JSON has them here: a string where they are UTF-8. */
export function bytesToJson(bytes: Uint8Array | null): string | { readonly base64: string } | null {
  if (bytes === null) return null
  return readUtf8(bytes, 0, bytes.length) ?? { base64: Buffer.from(bytes).toString('base64') }
}

function toTimestamp(value: unknown): bigint | number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  // `jsonValue` writes so what a number does not hold.
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return BigInt(value)
  throw new SyntaxError('"timestamp" is no whole number of milliseconds')
}

function fromJson(value: unknown, name: string): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'string') return utf8(value)
  if (isObject(value) && typeof value.base64 === 'string') return new Uint8Array(Buffer.from(value.base64, 'base64'))
  throw new SyntaxError(`"${name}" is no string, null or {"base64":"..."}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
