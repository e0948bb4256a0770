/** Topics: made, grown, described, moved and deleted, rightly and wrongly. */
export async function cases(c) {
  const { createTopics, createPartitions, deleteTopics, describeTopicPartitions, metadata } = c.messages
  const { run, noId } = c
  const none = 'ottla-no-such-topic'
  const topic = (name, numPartitions = 1, replicationFactor = 1, more = {}) => ({
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: [],
    ...more,
  })
  const create = (topics, validateOnly = false) => ({ topics, timeoutMs: 5000, validateOnly })
  const flushes = 'Ottla syncs what it acknowledges: flush.messages is 1'

  await c.ask('a topic', createTopics, create([topic(run, 3)]), { but: flushes })
  await c.settle()
  await c.ask('a topic that exists', createTopics, create([topic(run, 3)]), { version: 'all' })
  await c.ask('defaults', createTopics, create([topic(`${run}d`, -1, -1)]), { but: flushes })
  for (const name of ['', '.', '..', 'a/b', 'x'.repeat(250), 'é', 'a\n', '__cluster_metadata']) {
    await c.ask(`BAD-60 the name ${JSON.stringify(name.slice(0, 20))}`, createTopics, create([topic(name)], true))
  }
  for (const name of [`__proto__${run}`, `CON${run}`]) {
    await c.ask(`the name ${name}`, createTopics, create([topic(name)], true), { but: flushes })
  }
  await c.askEach(
    createTopics,
    {
      'two names that collide': create([topic(`${run}.a`), topic(`${run}_a`)]),
      'a name that collides with one that exists': create([topic(`${run}_a`)]),
      'the same name twice': create([topic(`${run}x`), topic(`${run}x`)]),
      nothing: create([]),
    },
    { but: flushes },
  )
  for (const [partitions, factor] of [
    [0, 1],
    [-2, 1],
    [1, 0],
    [1, -2],
    [1, 2],
    [1, 32767],
    [100_001, 1],
    [2 ** 31 - 1, 1],
  ]) {
    await c.ask(
      `BAD-67 ${partitions} partitions ${factor} times`,
      createTopics,
      create([topic(`${run}y`, partitions, factor)], true),
    )
  }
  const by = (brokerIds, partitionIndex = 0) => ({ brokerIds, partitionIndex })
  const assigned = (assignments, ...counts) =>
    create([topic(`${run}m2`, counts[0] ?? -1, counts[1] ?? -1, { assignments })])
  await c.ask(
    'assigned by hand',
    createTopics,
    ({ brokerId }) => create([topic(`${run}m`, -1, -1, { assignments: [by([brokerId]), by([brokerId], 1)] })]),
    { but: flushes },
  )
  await c.askEach(createTopics, {
    'assigned, with a count too': ({ brokerId }) => assigned([by([brokerId])], 2),
    'assigned, with a factor too': ({ brokerId }) => assigned([by([brokerId])], -1, 1),
    'assigned to one broker twice': ({ brokerId }) => assigned([by([brokerId, brokerId])]),
    'assigned to nobody known': assigned([by([77])]),
    'assigned to nobody': assigned([by([])]),
    'assigned with a gap': ({ brokerId }) => assigned([by([brokerId]), by([brokerId], 2)]),
    'assigned the same partition twice': ({ brokerId }) => assigned([by([brokerId]), by([brokerId])]),
    'assigned partition -1': ({ brokerId }) => assigned([by([brokerId], -1)]),
  })
  for (const configs of [
    { 'retention.ms': '-2' },
    { 'segment.bytes': '1' },
    { nope: '1' },
    { 'cleanup.policy': 'x' },
    { 'retention.ms': null },
    { 'retention.ms': 'abc' },
    { 'min.insync.replicas': '0' },
  ]) {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await c.ask(
      `BAD-68 ${JSON.stringify(configs)}`,
      createTopics,
      create([topic(`${run}c`, 1, 1, { configs: entries })], true),
    )
  }

  const grow = (name, count, assignments = null, validateOnly = false) => ({
    topics: [{ name, count, assignments }],
    timeoutMs: 5000,
    validateOnly,
  })
  await c.ask('as many as there are', createPartitions, grow(run, 3), { version: 'all' })
  await c.askEach(createPartitions, {
    fewer: grow(run, 1),
    '-1': grow(run, -1),
    0: grow(run, 0),
    'very many': grow(run, 2 ** 31 - 1, null, true),
    'of no topic': grow(none, 4),
    'of no name': grow('a/b', 4),
    'more, only to see': grow(run, 5, null, true),
    more: grow(run, 4),
    'the same topic twice': { ...grow(run, 6), topics: [...grow(run, 6).topics, ...grow(run, 7).topics] },
    'by hand': ({ brokerId }) => grow(run, 5, [{ brokerIds: [brokerId] }]),
    'by hand, too few': ({ brokerId }) => grow(run, 7, [{ brokerIds: [brokerId] }]),
    'by hand, to nobody known': grow(run, 6, [{ brokerIds: [77] }]),
    'by hand, twice to one': ({ brokerId }) => grow(run, 6, [{ brokerIds: [brokerId, brokerId] }]),
    'by hand, to nobody': grow(run, 6, [{ brokerIds: [] }]),
    'by hand, for nothing': grow(run, 6, []),
  })
  await c.settle()

  const describe = (names, more = {}) => ({
    topics: names.map((name) => ({ name })),
    responsePartitionLimit: 2000,
    cursor: null,
    ...more,
  })
  await c.askEach(describeTopicPartitions, {
    'a topic': describe([run]),
    'no topic': describe([none]),
    'no name': describe(['a/b']),
    'a page of 2': describe([run], { responsePartitionLimit: 2 }),
    'a page of 0': describe([run], { responsePartitionLimit: 0 }),
    'from a cursor on': describe([run, `${run}d`], { cursor: { topicName: run, partitionIndex: 3 } }),
    'a page from a cursor on': describe([run, `${run}d`], {
      cursor: { topicName: `${run}d`, partitionIndex: 0 },
      responsePartitionLimit: 1,
    }),
    'a cursor of -1': describe([run], { cursor: { topicName: run, partitionIndex: -1 } }),
    'a cursor elsewhere': describe([run], { cursor: { topicName: 'zzz', partitionIndex: 0 } }),
    'a cursor behind the end': describe([run], { cursor: { topicName: run, partitionIndex: 99 } }),
    'the same twice': describe([run, run]),
  })

  const named = (...names) => names.map((name) => ({ name, topicId: noId }))
  const about = (topics, more = {}) => ({ topics, allowAutoTopicCreation: false, ...more })
  await c.ask('a topic', metadata, about(named(run)), { version: 'all' })
  for (const version of [4, 7, 9, 12, 13]) await c.ask('no topic', metadata, about(named(none)), { version })
  await c.ask('a topic to be made', metadata, about(named(`${run}-made`)), {
    version: 0,
    but: 'Ottla answers when the topic is there',
  })
  await c.askEach(metadata, {
    'no name': about(named('a/b')),
    'an empty name': about(named('')),
    'the same twice': about(named(run, run)),
    'no topics': about([]),
    'operations too': about(named(run, none), { includeTopicAuthorizedOperations: true }),
    'an unknown id': about([{ name: null, topicId: 'dMiNfBBIREgOZUjyp0HuZA' }]),
    'a name that may not be made': { ...about(named('a/b')), allowAutoTopicCreation: true },
  })
  await c.ask('no id and no name', metadata, about([{ name: null, topicId: noId }]), { but: 'Kafka fails' })
  await c.ask('cluster operations', metadata, about([], { includeClusterAuthorizedOperations: true }), { version: 9 })

  const remove = (topics) => ({ topics, topicNames: topics.map(({ name }) => name), timeoutMs: 3000 })
  await c.ask('no topic', deleteTopics, remove(named(none, 'a/b')), { version: 'all' })
  await c.askEach(deleteTopics, {
    'an unknown id': remove([{ name: null, topicId: 'dMiNfBBIREgOZUjyp0HuZA' }]),
    'no id and no name': remove([{ name: null, topicId: noId }]),
    'a name and an id': remove([{ name: run, topicId: 'dMiNfBBIREgOZUjyp0HuZA' }]),
    'the same twice': remove(named(`${run}d`, `${run}d`)),
    'a topic': remove(named(`${run}m`)),
    'a topic that is gone': remove(named(`${run}m`)),
    'the metadata': remove(named('__cluster_metadata')),
  })
}
