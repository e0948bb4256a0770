import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'

test('a broker needs no configuration: it listens on loopback and syncs what it acknowledges', () => {
  const config = BrokerConfig.parse()
  assert.deepEqual(config.listeners.broker, [
    { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 },
  ])
  assert.equal(config.get('node.id'), 1)
  assert.equal(config.get('log.flush.interval.messages'), 1)
})

test('a listener that others can reach is refused without authentication, and taken when insecure is said', () => {
  const open = { listeners: 'PLAINTEXT://0.0.0.0:9092', 'advertised.listeners': 'PLAINTEXT://example.com:9092' }
  assert.throws(() => BrokerConfig.parse(open), /PLAINTEXT:\/\/0\.0\.0\.0:9092 can be reached from other machines/)
  assert.equal(BrokerConfig.parse({ ...open, 'ottla.insecure': 'true' }).listeners.advertised[0]?.host, 'example.com')
})

test('a wrong value is refused in the words of Kafka', () => {
  const message = 'Invalid value 1 for configuration log.segment.bytes: Value must be at least 1048576'
  assert.throws(() => BrokerConfig.parse({ 'log.segment.bytes': '1' }), new ConfigError(message))
})
