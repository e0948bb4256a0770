import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinBytes, utf8 } from '#core'
import type { RecordView } from '#protocol/records'
import { recordFormat } from './record-format.ts'

const where = { topic: 'orders', partition: 3 }
const record: RecordView = {
  offset: 42,
  timestamp: 1795262570000n,
  sequence: -1,
  key: utf8('k'),
  value: utf8('grün'),
  headers: [
    { key: 'a', value: utf8('1') },
    { key: 'b', value: null },
  ],
}

function show(format: string, shown: RecordView = record): string {
  return Buffer.from(joinBytes(recordFormat(format)(where, shown))).toString()
}

test('every part of a record can be shown', () => {
  assert.equal(show('%t-%p@%o %T %k(%K)=%s(%S) %h%%\\n'), 'orders-3@42 1795262570000 k(1)=grün(5) a=1,b=NULL%\n')
})

test('a null key or value is empty, of length -1', () => {
  assert.equal(show('[%k|%K|%s|%S]', { ...record, key: null, value: null }), '[|-1||-1]')
})

test('bytes come out as they are', () => {
  const value = Uint8Array.of(0xff, 0x00)
  assert.deepEqual([...joinBytes(recordFormat('%R%s\\x80')(where, { ...record, value }))], [0, 0, 0, 2, 0xff, 0, 0x80])
})

test('a wrong format says what and where', () => {
  assert.throws(() => recordFormat('%t %q'), /Unknown "%q" at character 4 of the format; there are %s/)
  assert.throws(() => recordFormat('a\\y'), /Unknown escape "\\\\y" at character 2/)
})
