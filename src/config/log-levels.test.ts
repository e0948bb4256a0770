import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogLevels } from './log-levels.ts'

test('a logger has the level of the root until it has one of its own', () => {
  const levels = new LogLevels(['broker', 'log'])
  levels.set('log', 'DEBUG')
  levels.set('root', 'WARN')
  assert.deepEqual(
    [...levels],
    [
      ['root', 'WARN'],
      ['broker', 'WARN'],
      ['log', 'DEBUG'],
    ],
  )
  levels.set('log', undefined)
  assert.equal(levels.of('log'), 'WARN')
})

test('listeners hear of every change until they end it', () => {
  const levels = new LogLevels(['log'])
  let heard = 0
  const end = levels.onChange(() => heard++)
  levels.set('log', 'TRACE')
  end()
  levels.set('log', 'INFO')
  assert.equal(heard, 1)
})
