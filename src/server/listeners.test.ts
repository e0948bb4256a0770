/** Several listeners: whoever comes in by one is told to come back by the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from '#client'
import { BrokerConfig } from '#config'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import { describeCluster, findCoordinator, metadata } from '#protocol/messages'
import { BrokerServer } from './broker-server.ts'
import { connectionLimitsOf } from './listeners.ts'

test('clients of each listener see its own advertised address, in every answer that names a broker', async () => {
  const host = createNodeHost({ disk: new MemoryDisk(), network: new MemoryNetwork() })
  const settings = {
    'log.dirs': '/data',
    listeners: 'INSIDE://127.0.0.1:9092,OUTSIDE://127.0.0.1:9093,SIX://[::1]:9094',
    'advertised.listeners': 'INSIDE://broker.inside:19092,OUTSIDE://broker.example:443,SIX://[::1]:9094',
    'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,SIX:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'offsets.topic.num.partitions': '1',
  }
  const server = await BrokerServer.start(BrokerConfig.parse(settings), host)
  const alive = setInterval(() => {}, 60_000)
  const seenFrom = async (address: { host: string; port: number }) => {
    const cluster = new Cluster(host, { bootstrap: [address], retryTimeoutMs: 5000 })
    try {
      const { brokers } = await cluster.sendToAny(metadata, { topics: [], allowAutoTopicCreation: false })
      const described = await cluster.sendToAny(describeCluster, { includeClusterAuthorizedOperations: false })
      let found: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined
      // The topic of the offsets is made for the first who asks.
      while (found?.host === undefined || found.host === '') {
        const answer = await cluster.sendToAny(findCoordinator, { keyType: 0, key: 'g', coordinatorKeys: ['g'] })
        found = answer.coordinators?.[0]
        await cluster.pause(1)
      }
      return [brokers[0], described.brokers[0], found].map((broker) => `${broker?.host}:${broker?.port}`)
    } finally {
      await cluster.close()
    }
  }
  try {
    const thrice = (address: string) => [address, address, address]
    assert.deepEqual(await seenFrom({ host: '127.0.0.1', port: 9092 }), thrice('broker.inside:19092'))
    assert.deepEqual(await seenFrom({ host: '127.0.0.1', port: 9093 }), thrice('broker.example:443'))
    assert.deepEqual(await seenFrom({ host: '::1', port: 9094 }), thrice('::1:9094'))
    assert.deepEqual(
      server.addresses.map(({ name, host, port }) => `${name} ${host} ${port}`),
      ['INSIDE 127.0.0.1 9092', 'OUTSIDE 127.0.0.1 9093', 'SIX ::1 9094'],
    )
  } finally {
    await server.stop()
    clearInterval(alive)
  }
})

test('connections leave file descriptors for the logs, where the process has few', () => {
  const allowed = (openFilesMax: number | undefined, settings = {}) => {
    const host = createNodeHost()
    const { openFilesMax: _, ...unlimited } = host
    const limited = openFilesMax === undefined ? unlimited : { ...host, openFilesMax }
    return connectionLimitsOf(BrokerConfig.parse(settings), limited).connectionsMax
  }
  assert.equal(allowed(undefined), 2_147_483_647)
  assert.equal(allowed(1024), 720)
  assert.equal(allowed(1024, { 'max.connections': '100' }), 100)
  assert.equal(allowed(20), 16)
})
