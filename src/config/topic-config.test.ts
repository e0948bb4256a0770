import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { LONG_MAX } from './key.ts'
import { TopicConfig, validateTopicConfigs } from './topic-config.ts'

const map = (properties: Record<string, string>) => new Map(Object.entries(properties))
const refusal = (overrides: Record<string, string>) => validateTopicConfigs(map(overrides))

test('what is not set for a topic is as the broker has it, in the units of the topic', () => {
  const broker = BrokerConfig.parse({
    'log.retention.hours': '1',
    'message.max.bytes': '7',
    'log.segment.bytes': '2000000',
  })
  const config = TopicConfig.of(map({ 'max.message.bytes': '9' }), broker)
  assert.equal(config.get('retention.ms'), 3_600_000)
  assert.equal(config.get('max.message.bytes'), 9)
  assert.equal(config.get('segment.bytes'), 2_000_000)
  assert.equal(config.get('flush.messages'), 1)
  assert.equal(config.get('flush.ms'), LONG_MAX)
  assert.equal(config.get('remote.storage.enable'), false)
})

test('a broker that keeps records for ever says so to topics by -1', () => {
  assert.equal(TopicConfig.of(map({}), BrokerConfig.parse({ 'log.retention.ms': '-5' })).get('retention.ms'), -1)
})

test('a policy may delete, compact, do both or neither', () => {
  const policy = (text: string) => {
    const config = TopicConfig.of(map({ 'cleanup.policy': text }))
    return [config.isDeleted, config.isCompacted]
  }
  assert.deepEqual(policy('delete'), [true, false])
  assert.deepEqual(policy('compact'), [false, true])
  assert.deepEqual(policy('compact, delete'), [true, true])
  assert.deepEqual(policy(''), [false, false])
})

test('a segment may be smaller than is good, for tests', () => {
  assert.equal(TopicConfig.of(map({ 'internal.segment.bytes': '100' })).segmentBytes, 100)
  assert.equal(TopicConfig.of().segmentBytes, 1073741824)
})

test('what another release set and nobody here can read counts as not set', () => {
  const config = TopicConfig.of(map({ 'retention.ms': 'forever', 'new.key': '1', 'segment.ms': '5' }))
  assert.deepEqual([config.get('retention.ms'), config.get('segment.ms')], [604_800_000, 5])
})

test('valid values are accepted', () => {
  assert.equal(refusal({}), undefined)
  assert.equal(refusal({ 'retention.ms': '-1', 'cleanup.policy': '', 'min.insync.replicas': '2' }), undefined)
})

test('values are refused in the words of Kafka', () => {
  const answers: [Record<string, string>, string][] = [
    [{ nope: 'x' }, 'Unknown topic config name: nope'],
    [{ 'retention.ms': '-2' }, 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
    [{ 'segment.bytes': '1' }, 'Invalid value 1 for configuration segment.bytes: Value must be at least 1048576'],
    [
      { 'cleanup.policy': 'keep' },
      'Invalid value keep for configuration cleanup.policy: String must be one of: compact, delete',
    ],
    [
      { 'min.compaction.lag.ms': '100', 'max.compaction.lag.ms': '50' },
      'conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)',
    ],
    [
      { 'remote.storage.enable': 'true' },
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    ],
  ]
  for (const [overrides, message] of answers) assert.equal(refusal(overrides), message)
})

test('values are checked together with what the broker gives', () => {
  const broker = BrokerConfig.parse({ 'log.cleaner.max.compaction.lag.ms': '50' })
  assert.equal(
    validateTopicConfigs(map({ 'min.compaction.lag.ms': '100' }), broker),
    'conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)',
  )
})
