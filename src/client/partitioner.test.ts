import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '#core'
import { murmur2, partitionOf } from './partitioner.ts'

test('keys hash as in the Java producer', () => {
  // From Kafka's own UtilsTest.testMurmur2.
  const expected: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  }
  for (const [key, hash] of Object.entries(expected)) assert.equal(murmur2(utf8(key)), hash, key)
})

test('a partition is never negative', () => {
  for (let i = 0; i < 1000; i++) {
    const partition = partitionOf(utf8(`key-${i}`), 7)
    assert.ok(partition >= 0 && partition < 7)
  }
})
