import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completionsOf } from './completions.ts'

test('commands are completed, and those below them', async () => {
  const commands = ['cluster', 'completion', 'consume', 'dump', 'group', 'help', 'produce', 'start', 'topic', 'version']
  assert.deepEqual(await completionsOf(['']), commands)
  assert.deepEqual(await completionsOf(['to']), ['topic'])
  assert.deepEqual(await completionsOf(['topic', 'd']), ['delete', 'describe'])
  assert.deepEqual(await completionsOf(['help', 'gr']), ['group'])
})

test('options are completed where one begins, and where nothing else comes', async () => {
  assert.deepEqual(await completionsOf(['consume', 't', '--fr']), ['--from-beginning'])
  assert.deepEqual(await completionsOf(['topic', 'list', '']), [
    '--all',
    '--bootstrap',
    '--help',
    '--output',
    '--timeout',
  ])
})

test('values are completed where there is a choice of them', async () => {
  assert.deepEqual(await completionsOf(['produce', 't', '-z', '']), ['gzip', 'lz4', 'none', 'snappy', 'zstd'])
  assert.deepEqual(await completionsOf(['completion', '']), ['bash', 'fish', 'zsh'])
  assert.deepEqual(await completionsOf(['start', '--set', 'log.retention.h']), ['log.retention.hours='])
  assert.deepEqual(await completionsOf(['topic', 'create', 't', '-c', 'cleanup']), ['cleanup.policy='])
  assert.deepEqual(await completionsOf(['topic', 'alter', 't', '-d', 'cleanup']), ['cleanup.policy'])
})

test('where a file may stand, or anything, nothing is offered', async () => {
  for (const words of [
    ['dump', ''],
    ['start', '--config', ''],
    ['topic', 'create', ''],
    ['produce', 't', '-k', ''],
  ]) {
    assert.deepEqual(await completionsOf(words), [], words.join(' '))
  }
})

test('where no broker answers, no topic is offered, and soon', async () => {
  assert.deepEqual(await completionsOf(['consume', '-b', '127.0.0.1:1', '']), [])
})
