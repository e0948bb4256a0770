import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#host/memory'
import { Backoff } from './backoff.ts'

test('each wait is about twice as long as the one before, up to the maximum, and a success begins anew', () => {
  const backoff = new Backoff(seededRandom(1))
  for (const meanMs of [50, 100, 200, 400, 800, 1000, 1000]) {
    const ms = backoff.nextMs()
    assert.ok(ms >= 0.8 * meanMs && ms <= 1.2 * meanMs, `${ms} is about ${meanMs}`)
  }
  backoff.reset()
  assert.ok(backoff.nextMs() <= 60)
})

test('however often it failed, a wait is a number', () => {
  const backoff = new Backoff(seededRandom(1), { minMs: 1, maxMs: 5000 })
  for (let i = 0; i < 2000; i++) assert.ok(backoff.nextMs() <= 6000)
})

test('two clients that fail together do not come back together', () => {
  assert.notEqual(new Backoff(seededRandom(1)).nextMs(), new Backoff(seededRandom(2)).nextMs())
})
