import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect, collectPairs, parseBootstrap, parseCount, parseMoment, parseSeconds } from './arguments.ts'

test('bootstrap addresses may be names, IPv4 or IPv6, with or without a port', () => {
  assert.deepEqual(parseBootstrap('a.example:1,127.0.0.1, [::1]:19092'), [
    { host: 'a.example', port: 1 },
    { host: '127.0.0.1', port: 9092 },
    { host: '::1', port: 19092 },
  ])
  for (const wrong of ['', 'a:b', '::1', 'a:0', 'a:70000', 'a,,b', 'a b']) {
    assert.throws(() => parseBootstrap(wrong), /is no address/, wrong)
  }
})

test('a count is a whole number within its bounds', () => {
  const parse = parseCount(1)
  assert.equal(parse('12'), 12)
  assert.equal(parseCount(-1)('-1'), -1)
  for (const wrong of ['0', '-1', '1.5', '1e3', 'x', '', '99999999999999999999']) {
    assert.throws(() => parse(wrong), /of at least 1/, wrong)
  }
  assert.throws(() => parseCount(0, 65535)('65536'), /from 0 to 65535/)
})

test('a pair is a name, and a value that may be empty or hold an equals sign', () => {
  assert.deepEqual(
    [...collectPairs('b=', collectPairs('a=1=2'))],
    [
      ['a', '1=2'],
      ['b', ''],
    ],
  )
  assert.throws(() => collectPairs('novalue'), /name=value/)
  assert.throws(() => collectPairs('=x'), /name=value/)
})

test('what may be given again is collected in order', () => {
  assert.deepEqual(collect('b', collect('a')), ['a', 'b'])
})

test('a moment is milliseconds, a date, or some time ago', () => {
  const nowMs = 1_000_000_000
  assert.equal(parseMoment('12345', nowMs), 12345n)
  assert.equal(parseMoment('2026-11-21T12:00:00Z', nowMs), 1795262400000n)
  assert.equal(parseMoment('2026-11-21', nowMs), 1795219200000n)
  assert.equal(parseMoment('15m', nowMs), BigInt(nowMs - 900_000))
  assert.equal(parseMoment('2d', nowMs), BigInt(nowMs - 172_800_000))
  for (const wrong of ['yesterday', '', '1.5h', '-5', 'may 1']) {
    assert.throws(() => parseMoment(wrong, nowMs), /milliseconds since 1970/, wrong)
  }
})

test('seconds may have a fraction, and are above 0', () => {
  assert.equal(parseSeconds('0.5'), 0.5)
  for (const wrong of ['0', '-1', 'x', '', 'Infinity', '1e9'])
    assert.throws(() => parseSeconds(wrong), /above 0/, wrong)
})
