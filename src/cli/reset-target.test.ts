import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTarget, parseTopicPartition } from './reset-target.ts'

test('a target is an end of the log, an offset, a distance or a moment', () => {
  assert.deepEqual(parseTarget('earliest', 0), { timestamp: -2n })
  assert.deepEqual(parseTarget('latest', 0), { timestamp: -1n })
  assert.deepEqual(parseTarget('17', 0), { offset: 17 })
  assert.deepEqual(parseTarget('+5', 0), { by: 5 })
  assert.deepEqual(parseTarget('-5', 0), { by: -5 })
  assert.deepEqual(parseTarget('2s', 5000), { timestamp: 3000n })
  assert.deepEqual(parseTarget('2026-11-21T12:00:00Z', 0), { timestamp: 1795262400000n })
  for (const wrong of ['', 'end', '1.5', '+', '99999999999999999999']) {
    assert.throws(() => parseTarget(wrong, 0), /Give earliest, latest/, wrong)
  }
})

test('a topic may be named with a partition', () => {
  assert.deepEqual(parseTopicPartition('orders'), { topic: 'orders', partition: undefined })
  assert.deepEqual(parseTopicPartition('orders:3'), { topic: 'orders', partition: 3 })
  for (const wrong of ['', ':3', 'orders:', 'orders:x', 'a:1:2'])
    assert.throws(() => parseTopicPartition(wrong), /Give topic/)
})
