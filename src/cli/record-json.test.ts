import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '#core'
import { fromJsonLine, toJsonLine } from './record-json.ts'

const where = { topic: 't', partition: 1 }

function written(value: Uint8Array | null, timestamp = 5n): string {
  const headers = [{ key: 'h', value: null }]
  return toJsonLine(where, { offset: 7, timestamp, sequence: -1, key: utf8('k'), value, headers })
}

test('a record is a line of JSON with all that is known of it', () => {
  assert.equal(
    written(utf8('a "grün" line\n')),
    `${String.raw`{"topic":"t","partition":1,"offset":7,"timestamp":5,"key":"k","value":"a \"grün\" line\n","headers":[{"key":"h","value":null}]}`}\n`,
  )
})

test('a record is the same after writing and reading, whatever its bytes', () => {
  for (const value of [null, utf8(''), utf8('\ufeffx\u0000'), Uint8Array.of(0xff, 0xfe, 0), utf8('ü')]) {
    const read = fromJsonLine(utf8(written(value)), 0)
    assert.deepEqual(read.value === null ? null : [...(read.value ?? [])], value === null ? null : [...value])
    assert.equal(read.timestamp, 5)
    assert.deepEqual(read.headers, [{ key: 'h', value: null }])
  }
})

test('a timestamp that no number holds exactly is text', () => {
  assert.match(written(null, 2n ** 60n), /"timestamp":"1152921504606846976"/)
  assert.equal(fromJsonLine(utf8(written(null, -(2n ** 60n))), 0).timestamp, -(2n ** 60n))
})

test('only the value has to be there', () => {
  assert.deepEqual(fromJsonLine(utf8('{"value":"v"}'), 9), { key: null, value: utf8('v'), headers: [], timestamp: 9 })
})

test('what is wrong is said', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    '[]': /no object with a "value"/,
    '{}': /no object with a "value"/,
    '{"value":1}': /"value" is no string/,
    '{"value":{"base64":1}}': /"value" is no string/,
    '{"value":"","key":[]}': /"key" is no string/,
    '{"value":"","headers":{}}': /"headers" is no array/,
    '{"value":"","headers":[{}]}': /a header has no "key"/,
    '{"value":"","timestamp":"x"}': /"timestamp" is no whole number/,
    '{"value":"","timestamp":1.5}': /"timestamp" is no whole number/,
    '{': /JSON/,
  }
  for (const [line, message] of Object.entries(wrong)) {
    assert.throws(() => fromJsonLine(utf8(line), 0), { name: 'SyntaxError', message }, line)
  }
  assert.throws(() => fromJsonLine(Uint8Array.of(0xff), 0), { name: 'SyntaxError', message: 'it is not UTF-8' })
})
