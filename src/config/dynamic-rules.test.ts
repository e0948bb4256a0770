/** What Kafka 4.4.0 answers to the same changes, without the prefix that its language puts before some. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { validateDynamicConfigs } from './dynamic-rules.ts'

const config = BrokerConfig.parse()
const own = (overrides: Record<string, string>) =>
  validateDynamicConfigs(config, 'dynamic', new Map(Object.entries(overrides)))
const ofAll = (overrides: Record<string, string>) =>
  validateDynamicConfigs(config, 'dynamicDefault', new Map(Object.entries(overrides)))

test('values that a running broker can take are accepted', () => {
  assert.equal(own({ 'log.retention.ms': '1000', 'num.io.threads': '16' }), undefined)
  assert.equal(ofAll({ 'message.max.bytes': ' 2000000 ', 'leader.replication.throttled.rate': '1000' }), undefined)
  assert.equal(own({ 'listener.name.internal.ssl.keystore.location': '/keys' }), undefined)
  assert.equal(own({ 'no.such.key': 'x' }), undefined)
})

test('keys that are fixed at start are refused', () => {
  assert.equal(own({ 'log.retention.hours': '5' }), 'Cannot update these configs dynamically: [log.retention.hours]')
  assert.equal(
    ofAll({ 'node.id': '5', 'log.dirs': '/x' }),
    'Cannot update these configs dynamically: [node.id, log.dirs]',
  )
})

test('keys of one broker cannot be set for all', () => {
  const message = 'Cannot update these configs at default cluster level, broker id must be specified'
  assert.equal(ofAll({ listeners: 'PLAINTEXT://:1' }), `${message}: [listeners]`)
  assert.equal(ofAll({ 'cordoned.log.dirs': '*' }), `${message}: [cordoned.log.dirs]`)
  const underListener = 'listener.name.x.ssl.keystore.location'
  assert.equal(ofAll({ [underListener]: '/x' }), `${message}: [${underListener}]`)
})

test('keys of TLS are set per listener', () => {
  const message = 'These security configs can be dynamically updated only per-listener using the listener prefix'
  assert.equal(own({ 'ssl.keystore.location': '/x' }), `${message}: [ssl.keystore.location]`)
})

test('a value must be valid by itself and beside the others', () => {
  assert.equal(
    own({ 'log.retention.ms': 'x' }),
    'Invalid value x for configuration log.retention.ms: Not a number of type LONG',
  )
  assert.equal(
    own({ 'log.retention.ms': '0' }),
    'log.retention.ms must be unlimited (-1) or, greater than or equal to 1',
  )
  assert.equal(
    ofAll({ 'max.connections.per.ip': '0' }),
    'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
  )
  assert.match(own({ listeners: 'PLAINTEXT://192.168.1.5:9092' })!, /can be reached from other machines/)
})
