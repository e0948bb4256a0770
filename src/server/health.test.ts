import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HealthServer } from './health.ts'

test('health is always 200, readiness as the broker is', async () => {
  let ready = false
  const troubles: string[] = []
  const state = { isReady: () => ready, troubles: () => troubles }
  const server = await HealthServer.open({ host: '127.0.0.1', port: 0 }, state)
  const statusOf = async (path: string, method = 'GET') =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`, { method })).status
  try {
    assert.equal(await statusOf('/health'), 200)
    assert.equal(await statusOf('/ready'), 503)
    ready = true
    assert.equal(await statusOf('/ready?x=1'), 200)
    troubles.push('the disk of /data is full')
    const answer = await fetch(`http://127.0.0.1:${server.port}/ready`)
    assert.deepEqual([answer.status, await answer.text()], [200, 'ready\nthe disk of /data is full\n'])
    assert.equal(await statusOf('/etc/passwd'), 404)
    assert.equal(await statusOf('/ready', 'POST'), 405)
  } finally {
    await server.close()
  }
})
