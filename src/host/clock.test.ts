import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from './clock.ts'
import { VirtualClock } from './memory/index.ts'
import { nodeClock } from './node/index.ts'

const clocks: [name: string, make: () => { clock: Clock; pass(ms: number): Promise<void> }][] = [
  // A timer of the test's own keeps the process alive, which a clock's timer does not.
  ['node', () => ({ clock: nodeClock, pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) })],
  [
    'virtual',
    () => {
      const clock = new VirtualClock()
      return { clock, pass: async (ms) => clock.advance(ms) }
    },
  ],
]

for (const [name, make] of clocks) {
  describe(`a clock (${name})`, () => {
    it('calls an action once, after its delay', async () => {
      const { clock, pass } = make()
      const startMs = clock.monotonicMs()
      let calledMs: number | undefined
      let count = 0
      clock.setTimer(5, () => {
        calledMs = clock.monotonicMs()
        count++
      })
      assert.equal(calledMs, undefined)
      await pass(30)
      assert.equal(count, 1)
      // Node counts whole milliseconds, so that it may be early by a part of one.
      assert.ok(calledMs! - startMs >= 4)
    })

    it('calls what waits for the end of the turn behind what is being done, and before any timer', async () => {
      const { clock, pass } = make()
      const called: string[] = []
      clock.setTimer(1, () => called.push('timer'))
      clock.atTurnEnd(() => called.push('end'))
      called.push('turn')
      assert.deepEqual(called, ['turn'])
      await new Promise((resolve) => setImmediate(resolve))
      await pass(5)
      assert.deepEqual(called, ['turn', 'end', 'timer'])
    })

    it('does not call a cancelled action; cancelling twice or late does nothing', async () => {
      const { clock, pass } = make()
      let count = 0
      const cancel = clock.setTimer(5, () => count++)
      const late = clock.setTimer(0, () => count++)
      cancel()
      cancel()
      await pass(20)
      late()
      assert.equal(count, 1)
    })

    it('waits for a delay beyond 2^31 ms instead of firing at once', async () => {
      const { clock, pass } = make()
      let fired = false
      const cancel = clock.setTimer(2 ** 53, () => {
        fired = true
      })
      await pass(5)
      assert.equal(fired, false)
      cancel()
    })

    it('shows whole milliseconds of 1970, and a time that only goes forward', async () => {
      const { clock, pass } = make()
      const [nowMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()]
      assert.ok(Number.isInteger(nowMs) && nowMs > 1_600_000_000_000)
      await pass(2)
      assert.ok(clock.monotonicMs() > monotonicMs)
    })
  })
}

describe('a virtual clock', () => {
  it('fires in the order of time, equal times in the order set, and shows each its own time', () => {
    const clock = new VirtualClock(1000)
    const seen: string[] = []
    const note = (name: string) => () => seen.push(`${name} ${clock.nowMs()}`)
    clock.setTimer(20, note('late'))
    clock.setTimer(10, note('first'))
    clock.setTimer(10, note('second'))
    clock.setTimer(5, () => clock.setTimer(5, note('third')))
    clock.advance(15)
    assert.deepEqual(seen, ['first 1010', 'second 1010', 'third 1010'])
    assert.equal(clock.nowMs(), 1015)
    assert.equal(clock.nextTimerMs, 20)
    assert.equal(clock.timerCount, 1)
  })

  it('lets promises go on between timers when run', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve))
    const work = (async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(10)
        seen.push(clock.monotonicMs())
      }
    })()
    await clock.run(100, () => new Promise((resolve) => setImmediate(resolve)))
    await work
    assert.deepEqual(seen, [10, 20, 30])
    assert.equal(clock.monotonicMs(), 100)
  })
})
