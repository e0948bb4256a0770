import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeadlineClock, Deadlines } from './deadlines.ts'

class TestClock implements DeadlineClock {
  nowMs = 0
  timers: { dueMs: number; action: () => void }[] = []

  monotonicMs(): number {
    return this.nowMs
  }

  setTimer(delayMs: number, action: () => void): () => void {
    const timer = { dueMs: this.nowMs + delayMs, action }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  advanceTo(ms: number): void {
    for (;;) {
      const next = this.timers.sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined || next.dueMs > ms) break
      this.timers.shift()
      this.nowMs = next.dueMs
      next.action()
    }
    this.nowMs = ms
  }
}

test('what waits expires when its time has come, and not before', () => {
  const clock = new TestClock()
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  deadlines.add(500, () => expired.push('a'))
  clock.advanceTo(100)
  deadlines.add(500, () => expired.push('b'))
  deadlines.add(30, () => expired.push('c'))
  clock.advanceTo(129)
  assert.deepEqual(expired, [])
  clock.advanceTo(130)
  assert.deepEqual(expired, ['c'])
  clock.advanceTo(599)
  assert.deepEqual(expired, ['c', 'a'])
  clock.advanceTo(600)
  assert.deepEqual(expired, ['c', 'a', 'b'])
  assert.equal(clock.timers.length, 0)
})

test('many waiters share one timer', () => {
  const clock = new TestClock()
  const deadlines = new Deadlines(clock)
  for (let i = 0; i < 100; i++) deadlines.add(1000, () => {})
  assert.equal(clock.timers.length, 1)
})

test('a cancelled deadline leaves nothing behind, wherever it stood and however often it is cancelled', () => {
  const clock = new TestClock()
  const deadlines = new Deadlines(clock)
  const expired: number[] = []
  const all = [0, 1, 2, 3].map((n) => deadlines.add(10, () => expired.push(n)))
  for (const at of [0, 2, 2, 3]) all[at]!.cancel()
  clock.advanceTo(10)
  all[1]!.cancel()
  clock.advanceTo(100)
  assert.deepEqual(expired, [1])
})

test('an expiring waiter may add another and cancel its neighbour', () => {
  const clock = new TestClock()
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  deadlines.add(10, () => {
    expired.push('first')
    second.cancel()
    deadlines.add(10, () => expired.push('third'))
  })
  const second = deadlines.add(10, () => expired.push('second'))
  clock.advanceTo(20)
  assert.deepEqual(expired, ['first', 'third'])
})
