/** What Kafka 4.4.0 answers to DescribeConfigs for the same settings. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import {
  type ConfigEntry,
  ConfigSource,
  describeBroker,
  describeBrokerDefaults,
  describeClientMetrics,
  describeGroup,
  describeTopic,
} from './describe.ts'
import { GroupConfig } from './group-config.ts'
import { TopicConfig } from './topic-config.ts'

const map = (properties: Record<string, string>) => new Map(Object.entries(properties))

/** `value read-only? source type [source:name=value ...]` of one key. */
function told(entries: readonly ConfigEntry[], name: string): string | undefined {
  const entry = entries.find((each) => each.name === name)
  if (entry === undefined) return undefined
  const synonyms = entry.synonyms.map((synonym) => `${synonym.source}:${synonym.name}=${synonym.value}`).join(' ')
  const flags = `${entry.readOnly ? 'read-only ' : ''}${entry.isSensitive ? 'sensitive ' : ''}`
  return `${entry.value} ${flags}${entry.source} ${entry.type} [${synonyms}]`
}

const broker = BrokerConfig.parse({
  'log.segment.bytes': '2097152',
  'log.retention.minutes': '9000',
  'foo.bar': '1',
  'ssl.key.password': 'secret',
  'internal.metadata.delete.delay.millis': '5',
  'listener.name.plaintext.max.connections': '500',
})
broker.setDynamic(
  map({ 'log.retention.ms': '100000000', 'listener.name.x.ssl.keystore.password': 'secret' }),
  map({ 'log.retention.ms': '200000000', 'message.max.bytes': ' 2000000 ' }),
)

test('a broker tells of each key where its value comes from and what would count without it', () => {
  const entries = describeBroker(broker)
  const answers = {
    'log.segment.bytes': '2097152 4 3 [4:log.segment.bytes=2097152 5:log.segment.bytes=1073741824]',
    'log.retention.ms':
      '100000000 2 5 [2:log.retention.ms=100000000 3:log.retention.ms=200000000 4:log.retention.minutes=9000 5:log.retention.hours=168]',
    'log.retention.minutes': '9000 read-only 4 3 [4:log.retention.minutes=9000 5:log.retention.hours=168]',
    'log.roll.ms': 'null 5 5 []',
    'message.max.bytes': '2000000 3 3 [3:message.max.bytes= 2000000  5:message.max.bytes=1048588]',
    'ssl.key.password': 'null sensitive 4 9 [4:ssl.key.password=null]',
    'listener.name.x.ssl.keystore.password':
      'null read-only sensitive 2 9 [2:listener.name.x.ssl.keystore.password=null]',
    'foo.bar': 'null read-only sensitive 4 0 [4:foo.bar=null]',
    'internal.metadata.delete.delay.millis':
      '5 read-only 4 5 [4:internal.metadata.delete.delay.millis=5 5:internal.metadata.delete.delay.millis=60000]',
    'listener.name.plaintext.max.connections':
      '500 read-only 4 3 [4:listener.name.plaintext.max.connections=500 5:max.connections=2147483647]',
  }
  for (const [name, answer] of Object.entries(answers)) assert.equal(told(entries, name), answer, name)
})

test('keys that are internal, or set only while a broker runs, are listed where they are set', () => {
  const names = describeBroker(broker).map((entry) => entry.name)
  assert.ok(!names.includes('internal.metadata.log.segment.bytes'))
  assert.ok(!names.includes('leader.replication.throttled.rate'))
  assert.equal(names.length, new Set(names).size)
})

test('what is set for all brokers is told as it was set', () => {
  const entries = describeBrokerDefaults(broker)
  assert.equal(told(entries, 'message.max.bytes'), ' 2000000  3 3 [3:message.max.bytes= 2000000 ]')
  assert.deepEqual(
    entries.map((entry) => entry.name),
    ['log.retention.ms', 'message.max.bytes'],
  )
})

test('a topic tells what is set for it and what the broker says', () => {
  const overrides = map({ 'segment.bytes': '3000000', 'unclean.leader.election.enable': 'TRUE' })
  const entries = describeTopic(TopicConfig.of(overrides, broker), broker)
  const answers = {
    'segment.bytes': '3000000 1 3 [1:segment.bytes=3000000 4:log.segment.bytes=2097152 5:log.segment.bytes=1073741824]',
    'unclean.leader.election.enable':
      'true 1 1 [1:unclean.leader.election.enable=true 5:unclean.leader.election.enable=false]',
    'retention.ms':
      '100000000 2 5 [2:log.retention.ms=100000000 3:log.retention.ms=200000000 4:log.retention.minutes=9000 5:log.retention.hours=168]',
    'segment.ms': '604800000 5 5 []',
    'max.compaction.lag.ms': '9223372036854775807 5 5 [5:log.cleaner.max.compaction.lag.ms=9223372036854775807]',
    'remote.storage.enable': 'false 5 1 []',
  }
  for (const [name, answer] of Object.entries(answers)) assert.equal(told(entries, name), answer, name)
  assert.equal(entries.length, 37)
})

test('a group and a subscription to metrics tell what is set for them', () => {
  const group = GroupConfig.of(map({ 'consumer.session.timeout.ms': '50000' }), broker)
  const entries = describeGroup(group, broker)
  assert.equal(
    told(entries, 'consumer.session.timeout.ms'),
    '50000 8 3 [8:consumer.session.timeout.ms=50000 5:group.consumer.session.timeout.ms=45000]',
  )
  assert.equal(
    told(entries, 'share.isolation.level'),
    'read_uncommitted 5 2 [5:share.isolation.level=read_uncommitted]',
  )
  assert.equal(entries.length, 21)
  const metrics = describeClientMetrics(map({ metrics: 'a.,b.' }))
  assert.equal(told(metrics, 'metrics'), 'a.,b. 7 7 [7:metrics=a.,b.]')
  assert.equal(told(metrics, 'interval.ms'), '300000 5 3 []')
})

test('every entry says what its key does, except for what is set under a listener or known to nobody', () => {
  const silent = describeBroker(broker).filter((entry) => entry.documentation === null)
  assert.deepEqual(
    silent.map((entry) => entry.name),
    ['foo.bar', 'listener.name.plaintext.max.connections', 'listener.name.x.ssl.keystore.password'],
  )
  assert.equal(ConfigSource.TOPIC, 1)
})
