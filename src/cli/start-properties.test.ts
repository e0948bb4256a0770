import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { startProperties } from './start-properties.ts'

test('without options the data is in ./ottla-data, and the rest as the configuration has it', () => {
  assert.deepEqual([...startProperties({})], [['log.dirs', resolve('ottla-data')]])
})

test('options win over --set, and --set over the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-'))
  try {
    const config = join(folder, 'server.properties')
    writeFileSync(config, 'node.id=7\nlisteners=PLAINTEXT://:1\nlog.dirs=/a, /b\nlog.retention.hours=1\n')
    const given = { config, set: new Map([['log.retention.hours', '2']]) }
    assert.deepEqual(Object.fromEntries(startProperties(given)), {
      'node.id': '7',
      listeners: 'PLAINTEXT://:1',
      'log.dirs': '/a,/b',
      'log.retention.hours': '2',
    })
    const all = startProperties({ ...given, port: 9, data: '/c', insecure: true, health: '127.0.0.1:8080' })
    assert.equal(all.get('listeners'), 'PLAINTEXT://127.0.0.1:9')
    assert.equal(all.get('log.dirs'), '/c')
    assert.equal(all.get('ottla.insecure'), 'true')
    assert.equal(all.get('ottla.health.listener'), '127.0.0.1:8080')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a host alone has the usual port, and an IPv6 host its brackets', () => {
  assert.equal(startProperties({ host: '::1' }).get('listeners'), 'PLAINTEXT://[::1]:9092')
})

test('a file that cannot be read is wrong usage', () => {
  assert.throws(() => startProperties({ config: '/nowhere/server.properties' }), { name: 'UsageError' })
})
