import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { GroupConfig, validateGroupConfigs } from './group-config.ts'

const map = (properties: Record<string, string>) => new Map(Object.entries(properties))

test('what is not set for a group is as the broker has it', () => {
  const broker = BrokerConfig.parse({ 'group.consumer.session.timeout.ms': '50000' })
  const config = GroupConfig.of(map({ 'share.isolation.level': 'read_committed' }), broker)
  assert.equal(config.get('consumer.session.timeout.ms'), 50_000)
  assert.equal(config.get('share.isolation.level'), 'read_committed')
  assert.equal(config.get('share.auto.offset.reset'), 'latest')
})

test('valid values are accepted', () => {
  const valid = { 'consumer.heartbeat.interval.ms': '15000', 'consumer.session.timeout.ms': '45000' }
  assert.equal(validateGroupConfigs(map(valid)), undefined)
  assert.equal(validateGroupConfigs(map({ 'share.auto.offset.reset': 'by_duration:PT1H' })), undefined)
})

test('values are refused in the words of Kafka', () => {
  const answers: [Record<string, string>, string][] = [
    [{ nope: '1' }, 'Unknown group config name: nope'],
    [
      { 'consumer.session.timeout.ms': '1' },
      'consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.',
    ],
    [{ 'share.delivery.count.limit': '20' }, 'share.delivery.count.limit must be in the range 2 to 10 inclusive.'],
    [{ 'streams.num.standby.replicas': '3' }, 'streams.num.standby.replicas must be less than or equal to 2'],
    [
      { 'streams.task.offset.interval.ms': '3' },
      'streams.task.offset.interval.ms must be greater than or equal to 15000',
    ],
    [
      { 'share.isolation.level': 'x' },
      'Invalid value x for configuration share.isolation.level: String must be one of: read_committed, read_uncommitted',
    ],
    [
      { 'errors.deadletterqueue.topic.name': '__x' },
      "errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'",
    ],
    [
      { 'streams.assignor.name': 'x' },
      "streams.assignor.name 'x' is not a registered task assignor. Registered assignors are: [sticky].",
    ],
    [
      { 'streams.rack.aware.assignment.tags': 'a,a' },
      'streams.rack.aware.assignment.tags must not contain duplicate tag keys.',
    ],
  ]
  for (const [overrides, message] of answers) assert.equal(validateGroupConfigs(map(overrides)), message)
})

test('a session must last longer than the time between heartbeats', () => {
  const broker = BrokerConfig.parse({
    'group.consumer.max.heartbeat.interval.ms': '50000',
    'group.consumer.min.heartbeat.interval.ms': '1',
  })
  assert.equal(
    validateGroupConfigs(map({ 'consumer.heartbeat.interval.ms': '45000' }), broker),
    'consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms',
  )
})
