import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonValue, plural, printable, table } from './output.ts'

test('a table is as wide as its cells, with numbers to the right', () => {
  const rows = [
    ['orders', 3, '-'],
    ['a', 12, 5],
  ]
  assert.deepEqual(table(['TOPIC', 'PARTITIONS', 'LAG'], rows), [
    'TOPIC   PARTITIONS  LAG',
    'orders           3    -',
    'a               12    5',
  ])
})

test('a table of nothing is its header, and thousands of rows are no trouble', () => {
  assert.deepEqual(table(['A', 'B'], []), ['A  B'])
  assert.equal(
    table(
      ['N'],
      Array.from({ length: 200_000 }, (_, i) => [i]),
    ).length,
    200_001,
  )
})

test('what a peer has named does not move the cursor', () => {
  assert.deepEqual(table(['GROUP'], [['a\x1b[2Jb']]), ['GROUP', 'a\\x1b[2Jb'])
  assert.equal(printable('tab\there\u009b'), 'tab\\x09here\\x9b')
})

test('JSON has numbers while they are exact, and bytes as base64', () => {
  const value = { small: 5n, large: 2n ** 60n, bytes: Uint8Array.of(1, 2) }
  assert.equal(JSON.stringify(value, jsonValue), '{"small":5,"large":"1152921504606846976","bytes":"AQI="}')
})

test('one is not many', () => {
  assert.deepEqual(
    [plural(0, 'record'), plural(1, 'record'), plural(2, 'record')],
    ['0 records', '1 record', '2 records'],
  )
})
