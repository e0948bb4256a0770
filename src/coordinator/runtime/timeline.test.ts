import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Timeline, TimelineMap } from './timeline.ts'

function views(map: TimelineMap<string, number>) {
  return { latest: Object.fromEntries(map.entries()), committed: [...map.committedValues()].sort((a, b) => a - b) }
}

test('a change shows at once, and in the committed view after its commit', () => {
  const timeline = new Timeline()
  const map = new TimelineMap<string, number>(timeline)
  timeline.at(7)
  map.set('a', 1)
  assert.deepEqual(views(map), { latest: { a: 1 }, committed: [] })
  timeline.commit(7)
  assert.equal(map.getCommitted('a'), undefined)
  timeline.commit(8)
  assert.deepEqual(views(map), { latest: { a: 1 }, committed: [1] })
})

test('a deleted key stays in the committed view until the deletion is committed', () => {
  const timeline = new Timeline()
  const map = new TimelineMap<string, number>(timeline)
  timeline.at(0)
  map.set('a', 1)
  timeline.commit(1)
  timeline.at(1)
  map.delete('a')
  assert.deepEqual(views(map), { latest: {}, committed: [1] })
  assert.equal(map.getCommitted('a'), 1)
  timeline.commit(2)
  assert.deepEqual(views(map), { latest: {}, committed: [] })
})

test('a rollback takes back the changes from an offset on, and no others', () => {
  const timeline = new Timeline()
  const map = new TimelineMap<string, number>(timeline)
  for (const offset of [0, 1, 2, 3]) {
    timeline.at(offset)
    map.set('a', offset)
  }
  timeline.rollback(2)
  assert.equal(map.get('a'), 1)
  timeline.at(2)
  map.set('a', 9)
  timeline.commit(3)
  assert.deepEqual(views(map), { latest: { a: 9 }, committed: [9] })
})

test('both views are the fold of the records they stand for, whatever is written, committed and taken back', () => {
  const key = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        key,
        value: fc.option(fc.nat(), { nil: undefined }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('commit' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('rollback' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timeline = new Timeline()
      const map = new TimelineMap<string, number>(timeline)
      let written: { key: string; value: number | undefined }[] = []
      let committed = 0
      const fold = (records: typeof written) => {
        const state = new Map<string, number>()
        for (const { key, value } of records) {
          if (value === undefined) state.delete(key)
          else state.set(key, value)
        }
        return state
      }
      for (const step of steps) {
        if (step.kind === 'write') {
          timeline.at(written.length)
          if (step.value === undefined) map.delete(step.key)
          else map.set(step.key, step.value)
          written.push({ key: step.key, value: step.value })
        } else {
          const offset = committed + Math.round(step.share * (written.length - committed))
          if (step.kind === 'commit') {
            timeline.commit(offset)
            committed = offset
          } else {
            timeline.rollback(offset)
            written = written.slice(0, offset)
          }
        }
        const latest = fold(written)
        const stable = fold(written.slice(0, committed))
        assert.deepEqual(new Map([...map.entries()].sort()), new Map([...latest].sort()))
        for (const key of ['a', 'b', 'c']) assert.equal(map.getCommitted(key), stable.get(key))
        assert.deepEqual([...map.committedValues()].sort(), [...stable.values()].sort())
      }
    }),
  )
})
