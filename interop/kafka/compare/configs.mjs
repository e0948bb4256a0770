/** Configurations: described, set, appended to, refused. */
const TOPIC = 2
const BROKER = 4
const LOGGER = 8

export async function cases(c) {
  const { describeConfigs, alterConfigs, incrementalAlterConfigs, listConfigResources } = c.messages
  const { run } = c
  const none = 'ottla-no-such-topic'
  const describe = (resourceType, resourceName, configurationKeys, more = {}) => ({
    resources: [{ resourceType, resourceName, configurationKeys }],
    includeSynonyms: true,
    includeDocumentation: true,
    ...more,
  })
  await c.ask('a key of a topic', describeConfigs, describe(TOPIC, run, ['retention.ms']), { version: 'all' })
  await c.askEach(describeConfigs, {
    'an unknown key': describe(TOPIC, run, ['nope']),
    'no topic': describe(TOPIC, none, null),
    'no name': describe(TOPIC, 'a/b', null),
    'an empty name': describe(TOPIC, '', null),
    'another broker': describe(BROKER, '77', null),
    'not a broker': describe(BROKER, 'x', null),
    'a kind that is none': describe(99, 'x', null),
    'a key of a broker': (side) =>
      describe(BROKER, String(side.brokerId), ['log.retention.ms', 'num.io.threads', 'compression.type']),
  })

  await c.ask('no keys', describeConfigs, describe(TOPIC, run, []), { but: 'flush.messages is 1' })
  await c.ask('the default of brokers', describeConfigs, describe(BROKER, '', null), {
    but: 'Kafka sets min.insync.replicas with eligible leader replicas, which begin at 0 here',
  })
  const set = (resourceType, resourceName, configs, validateOnly = true) => ({
    resources: [{ resourceType, resourceName, configs }],
    validateOnly,
  })
  const op = (name, value, configOperation = 0) => ({ name, value, configOperation })
  await c.askEach(incrementalAlterConfigs, {
    'a value': set(TOPIC, run, [op('retention.ms', '5000')], false),
    'a value that is not one': set(TOPIC, run, [op('retention.ms', 'abc')]),
    'a value out of bounds': set(TOPIC, run, [op('retention.ms', '-2')]),
    'no value': set(TOPIC, run, [op('retention.ms', null)]),
    'an unknown key': set(TOPIC, run, [op('nope', '1')]),
    'a removal': set(TOPIC, run, [op('retention.ms', null, 1)], false),
    'a removal of what is not set': set(TOPIC, run, [op('retention.ms', null, 1)]),
    'an addition to a list': set(TOPIC, run, [op('cleanup.policy', 'compact', 2)], false),
    'an addition of what is there': set(TOPIC, run, [op('cleanup.policy', 'compact', 2)]),
    'a subtraction from a list': set(TOPIC, run, [op('cleanup.policy', 'compact', 3)], false),
    'an addition to what is no list': set(TOPIC, run, [op('retention.ms', '1', 2)]),
    'a key twice': set(TOPIC, run, [op('retention.ms', '1'), op('retention.ms', '2')]),
    'no topic': set(TOPIC, none, [op('retention.ms', '1')]),
    'another broker': set(BROKER, '77', [op('log.retention.ms', '1')]),
    'not a broker': set(BROKER, 'x', [op('log.retention.ms', '1')]),
    'a key that is fixed at the start': set(BROKER, '', [op('log.dirs', '/x')]),
    'a broker key that is unknown': set(BROKER, '', [op('nope', '1')]),
    'a level of a logger': (side) => set(LOGGER, String(side.brokerId), [op('kafka.nothing', 'DEBUG')]),
    'a kind that is none': set(99, 'x', [op('retention.ms', '1')]),
    nothing: { resources: [], validateOnly: true },
  })
  await c.ask('an operation that is none', incrementalAlterConfigs, set(TOPIC, run, [op('retention.ms', '1', 9)]), {
    but: 'Kafka says UNKNOWN_SERVER_ERROR',
  })
  const twice = set(TOPIC, run, [op('retention.ms', '1')])
  await c.ask('a topic twice', incrementalAlterConfigs, {
    ...twice,
    resources: [...twice.resources, ...twice.resources],
  })

  const replace = (resourceType, resourceName, configs) => ({
    resources: [{ resourceType, resourceName, configs }],
    validateOnly: true,
  })
  await c.ask('all of a topic', alterConfigs, replace(TOPIC, run, [{ name: 'retention.ms', value: '1' }]), {
    version: 'all',
  })
  await c.askEach(alterConfigs, {
    'no topic': replace(TOPIC, none, [{ name: 'retention.ms', value: '1' }]),
    'a value that is not one': replace(TOPIC, run, [{ name: 'retention.ms', value: 'x' }]),
    'no value': replace(TOPIC, run, [{ name: 'retention.ms', value: null }]),
    'an unknown key': replace(TOPIC, run, [{ name: 'nope', value: '1' }]),
  })
  await c.ask('groups with settings', listConfigResources, { resourceTypes: [32] })
  await c.ask('a kind that is none', listConfigResources, { resourceTypes: [99] })
}
