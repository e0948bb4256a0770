import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { LONG_MAX } from './key.ts'
import { readTable } from './testdata/read.ts'

/** Reads `key=value;key=value`. */
function propertiesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(';').map((entry) => [entry.split('=', 1)[0]!, entry.slice(entry.indexOf('=') + 1)]),
  )
}

const map = (properties: Record<string, string>) => new Map(Object.entries(properties))

test('a broker needs no configuration: it listens on loopback and syncs what it acknowledges', () => {
  const config = BrokerConfig.parse()
  const endpoint = { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }
  assert.deepEqual(config.listeners, {
    broker: [endpoint],
    controller: [],
    advertised: [endpoint],
    interBroker: 'PLAINTEXT',
  })
  assert.deepEqual([config.get('node.id'), config.get('broker.id')], [1, 1])
  assert.equal(config.get('log.flush.interval.messages'), 1)
  assert.deepEqual(config.warnings, [])
})

test('configurations are taken and refused as by Kafka, in the same words', () => {
  for (const [text = '', outcome, answer = ''] of readTable('kafka-brokers.tsv')) {
    const parse = () => BrokerConfig.parse({ ...propertiesOf(text), 'ottla.insecure': 'true' })
    if (outcome === 'ok') parse()
    else assert.throws(parse, new ConfigError(answer), text)
  }
})

test('addresses are names, IPv4 or bracketed IPv6, and without one every address', () => {
  const config = BrokerConfig.parse({
    listeners: 'PLAINTEXT://[::1]:9092,INTERNAL://127.0.0.1:9092,EXTERNAL://:19092',
    'advertised.listeners':
      'PLAINTEXT://[2001:db8::1]:9092,INTERNAL://kafka-1.internal:9092,EXTERNAL://kafka.example.com:443',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT',
    'inter.broker.listener.name': 'internal',
    'ottla.insecure': 'true',
  })
  const addresses = ({ host, port }: { host: string; port: number }) => [host, port]
  assert.deepEqual(config.listeners.broker.map(addresses), [
    ['::1', 9092],
    ['127.0.0.1', 9092],
    ['', 19092],
  ])
  assert.deepEqual(config.listeners.advertised.map(addresses), [
    ['2001:db8::1', 9092],
    ['kafka-1.internal', 9092],
    ['kafka.example.com', 443],
  ])
  assert.equal(config.listeners.interBroker, 'INTERNAL')
})

test('a port that no port can be is refused', () => {
  for (const listener of [
    'PLAINTEXT://localhost:65536',
    'PLAINTEXT://localhost:-1',
    'PLAINTEXT://localhost',
    'localhost:9092',
  ]) {
    const message = `Error creating broker listeners from '[${listener}]': Unable to parse ${listener} to a broker endpoint`
    assert.throws(() => BrokerConfig.parse({ listeners: listener }), new ConfigError(message))
  }
})

test('a listener that others can reach is refused without authentication, and taken where insecure is said', () => {
  for (const host of ['', '0.0.0.0', '[::]', '192.168.1.5', 'example.com']) {
    const open = { listeners: `PLAINTEXT://${host}:9092`, 'advertised.listeners': 'PLAINTEXT://example.com:9092' }
    assert.throws(() => BrokerConfig.parse(open), /can be reached from other machines and asks nobody who they are/)
    BrokerConfig.parse({ ...open, 'ottla.insecure': 'true' })
  }
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
    BrokerConfig.parse({ listeners: `PLAINTEXT://${host}:9092` })
  }
})

test('what is not built is refused instead of being left out silently', () => {
  const map = 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT'
  const refused: [Record<string, string>, RegExp][] = [
    [
      { listeners: 'PLAINTEXT://localhost:1,SASL_SSL://localhost:2', 'listener.security.protocol.map': map },
      /SASL_SSL, which Ottla does not have yet/,
    ],
    [{ 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' }, /no authorizer yet/],
    [{ 'remote.log.storage.system.enable': 'true' }, /no tiered storage yet/],
    [{ 'config.providers': 'file' }, /no configuration providers/],
  ]
  for (const [properties, message] of refused) assert.throws(() => BrokerConfig.parse(properties), message)
})

test('an operator is warned of keys nobody knows and of acknowledgements that a power cut can lose', () => {
  const { warnings } = BrokerConfig.parse({
    'log.retention.mz': '5',
    'log.flush.interval.messages': '9223372036854775807',
  })
  assert.deepEqual(warnings, [
    "The configuration 'log.retention.mz' was supplied but is not known.",
    'log.flush.interval.messages is 9223372036854775807: acknowledged records can be lost when the machine loses power.',
  ])
})

test('the finest unit that is set counts: milliseconds, then minutes, then hours', () => {
  const retentionMs = (properties: Record<string, string>) => BrokerConfig.parse(properties).get('log.retention.ms')
  assert.equal(retentionMs({}), 168 * 3_600_000)
  assert.equal(retentionMs({ 'log.retention.hours': '2' }), 7_200_000)
  assert.equal(retentionMs({ 'log.retention.hours': '2', 'log.retention.minutes': '3' }), 180_000)
  assert.equal(retentionMs({ 'log.retention.hours': '2', 'log.retention.minutes': '3', 'log.retention.ms': '4' }), 4)
  assert.equal(retentionMs({ 'log.retention.hours': '-5' }), -1)
  assert.equal(BrokerConfig.parse({ 'log.roll.hours': '1' }).get('log.roll.ms'), 3_600_000)
  assert.equal(BrokerConfig.parse().get('log.flush.interval.ms'), LONG_MAX)
  assert.deepEqual(BrokerConfig.parse({ 'log.dir': '/a,/b' }).get('log.dirs'), ['/a', '/b'])
})

test('broker.id is another name of node.id', () => {
  assert.equal(BrokerConfig.parse({ 'broker.id': '7' }).get('node.id'), 7)
  assert.equal(BrokerConfig.parse({ 'node.id': '7' }).get('broker.id'), 7)
})

test('a listener may have a value of its own', () => {
  const config = BrokerConfig.parse({ 'max.connections': '10', 'listener.name.plaintext.max.connections': '3' })
  assert.equal(config.getFor('PLAINTEXT', 'max.connections'), 3)
  assert.equal(config.getFor('OTHER', 'max.connections'), 10)
})

test('dynamic values come before static ones, those of this broker before those of all', () => {
  const config = BrokerConfig.parse({ 'message.max.bytes': '1' })
  config.setDynamic(map({}), map({ 'message.max.bytes': '2', 'log.segment.bytes': '2000000' }))
  assert.equal(config.get('message.max.bytes'), 2)
  config.setDynamic(map({ 'message.max.bytes': '3' }), map({ 'message.max.bytes': '2' }))
  assert.equal(config.get('message.max.bytes'), 3)
  config.setDynamic(map({}), map({}))
  assert.equal(config.get('message.max.bytes'), 1)
})

test('listeners hear of the keys that have another value than before, and of those that lean on them', () => {
  const config = BrokerConfig.parse({ 'message.max.bytes': '5' })
  const heard: string[][] = []
  const end = config.onChange((changed) => heard.push([...changed]))
  config.setDynamic(map({}), map({ 'message.max.bytes': '6', 'num.io.threads': '8' }))
  config.setDynamic(map({}), map({ 'message.max.bytes': ' 6 ' }))
  config.setDynamic(map({}), map({ 'log.flush.interval.ms': '5', 'message.max.bytes': '6' }))
  end()
  config.setDynamic(map({}), map({}))
  assert.deepEqual(heard, [['message.max.bytes'], ['log.flush.interval.ms']])
})

test('a dynamic value that cannot be read is left out and said, and the others count', () => {
  const config = BrokerConfig.parse()
  const unread = config.setDynamic(map({ 'message.max.bytes': 'many', 'num.partitions': '4' }), map({}))
  assert.deepEqual(unread, ['Invalid value many for configuration message.max.bytes: Not a number of type INT'])
  assert.deepEqual([config.get('message.max.bytes'), config.get('num.partitions')], [1048588, 4])
})
