import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OffsetWaiters } from './offset-waiters.ts'

test('who waits is told in order, once the offset has passed, and nobody is told twice', () => {
  const waiters = new OffsetWaiters<string>()
  const told: string[] = []
  for (const endOffset of [5, 7, 7, 9]) waiters.add(endOffset, (outcome) => told.push(`${endOffset} ${outcome}`))
  waiters.advance(4, 'early')
  assert.deepEqual(told, [])
  waiters.advance(7, 'stored')
  assert.deepEqual(told, ['5 stored', '7 stored', '7 stored'])
  assert.equal(waiters.size, 1)
  waiters.endAll('gone')
  assert.deepEqual(told.at(-1), '9 gone')
  assert.equal(waiters.size, 0)
})

test('who is told may wait again', () => {
  const waiters = new OffsetWaiters<void>()
  let rounds = 0
  const again = () => {
    rounds++
    if (rounds < 3) waiters.add(rounds * 10, again)
  }
  waiters.add(0, again)
  waiters.advance(10)
  assert.equal(rounds, 2)
  waiters.advance(20)
  assert.equal(rounds, 3)
})

test('many waiters leave nothing behind', () => {
  const waiters = new OffsetWaiters<void>()
  let told = 0
  for (let i = 1; i <= 10_000; i++) waiters.add(i, () => told++)
  for (let i = 1; i <= 10_000; i += 3) waiters.advance(i)
  assert.equal(told, 10_000)
  assert.equal(waiters.size, 0)
})
