import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SummedRanges } from './summed-ranges.ts'

const MINUTE_MS = 60_000

describe('ranges that were summed', () => {
  test('grow together where they touch or overlap, and only there', () => {
    const summed = new SummedRanges()
    summed.add(0, 100, 0)
    summed.add(200, 300, 0)
    assert.equal(summed.covers(0, 101, 0), false)
    assert.equal(summed.covers(50, 250, 0), false)
    summed.add(100, 200, 0)
    assert.equal(summed.covers(0, 300, 0), true)
    summed.add(250, 400, 0)
    assert.equal(summed.covers(1, 400, 0), true)
    assert.equal(summed.covers(1, 401, 0), false)
  })

  test('are trusted for ten minutes after their first part was summed', () => {
    const summed = new SummedRanges()
    summed.add(0, 100, 0)
    summed.add(100, 200, 9 * MINUTE_MS)
    assert.equal(summed.covers(0, 200, 10 * MINUTE_MS - 1), true)
    assert.equal(summed.covers(100, 200, 10 * MINUTE_MS), false)
    summed.add(100, 200, 10 * MINUTE_MS)
    assert.equal(summed.covers(100, 200, 19 * MINUTE_MS), true)
    assert.equal(summed.covers(0, 200, 19 * MINUTE_MS), false)
  })

  test('are summed anew as a whole where all of them was read again', () => {
    const summed = new SummedRanges()
    summed.add(10, 20, 0)
    summed.add(0, 30, 9 * MINUTE_MS)
    assert.equal(summed.covers(0, 30, 18 * MINUTE_MS), true)
  })

  test('are forgotten, the oldest first, where there are too many', () => {
    const summed = new SummedRanges()
    for (let i = 0; i < 9; i++) summed.add(i * 10, i * 10 + 5, 0)
    assert.equal(summed.covers(0, 5, 0), false)
    assert.equal(summed.covers(10, 15, 0), true)
    assert.equal(summed.covers(80, 85, 0), true)
  })
})
