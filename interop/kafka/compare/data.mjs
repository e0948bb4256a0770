/** Records: written, read, found by time and epoch, deleted; rightly and wrongly. */
const AN_ID = 'dMiNfBBIREgOZUjyp0HuZA'

export async function cases(c) {
  const m = c.messages
  const { run, noId } = c
  const { encodeBatch, setBaseOffset } = await import('#protocol/records')
  const { nodeCompute } = await import('#host/node')
  const name = `${run}-data`
  const none = 'ottla-no-such-topic'
  const nowMs = BigInt(Date.now())
  const bytesOf = (text) => new TextEncoder().encode(text)
  const record = (n, more = {}) => ({
    timestamp: nowMs + BigInt(n),
    key: bytesOf(`k${n}`),
    value: bytesOf(`v${n}`),
    headers: [],
    ...more,
  })
  const batch = (count, options = {}, more = {}) =>
    encodeBatch(
      Array.from({ length: count }, (_, n) => record(n, more)),
      { compute: nodeCompute, ...options },
    )

  const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
  const { kafka, ottla } = await c.ask(
    'a topic for records',
    m.createTopics,
    { topics: [topic], timeoutMs: 5000, validateOnly: false },
    { but: 'Ottla syncs what it acknowledges' },
  )
  const compacted = { ...topic, name: `${name}-compacted`, configs: [{ name: 'cleanup.policy', value: 'compact' }] }
  const small = { ...topic, name: `${name}-small`, configs: [{ name: 'max.message.bytes', value: '1000' }] }
  const logAppend = {
    ...topic,
    name: `${name}-append`,
    configs: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
  }
  await c.ask(
    'more topics',
    m.createTopics,
    { topics: [compacted, small, logAppend], timeoutMs: 5000, validateOnly: false },
    { but: 'as above' },
  )
  await c.settle()
  const idOf = (side) => (side === c.kafka ? kafka : ottla).topics[0].topicId

  const produce =
    (records, { topic = name, index = 0, acks = -1, transactionalId = null } = {}) =>
    (side) => ({
      transactionalId,
      acks,
      timeoutMs: 3000,
      topicData: [{ name: topic, topicId: topic === name ? idOf(side) : noId, partitionData: [{ index, records }] }],
    })
  const damaged = (change, of = batch(2)) => {
    const bytes = of.slice()
    change(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes)
    return [bytes]
  }
  await c.ask('BAD-35 null records', m.produce, produce(null), { but: 'Kafka closes the connection' })
  await c.ask('BAD-33 magic 3', m.produce, produce(damaged((view) => view.setInt8(16, 3))), {
    but: 'Kafka says CORRUPT_MESSAGE, which clients try again',
  })
  const old = { version: 12 }
  await c.ask('ten records', m.produce, produce([batch(10)]), { version: 'all' })
  await c.askEach(m.produce, {
    'no records': produce([new Uint8Array(0)]),
    'no such partition': produce([batch(1)], { index: 99 }),
    'partition -1': produce([batch(1)], { index: -1 }),
    'BAD-53 acks of 2': produce([batch(1)], { acks: 2 }),
    'BAD-53 acks of -2': produce([batch(1)], { acks: -2 }),
    'BAD-30 a checksum that is wrong': produce(damaged((view) => view.setUint32(17, 7))),
    'BAD-32 a length of 48': produce(damaged((view) => view.setInt32(8, 48))),
    'BAD-32 a length of -1': produce(damaged((view) => view.setInt32(8, -1))),
    'BAD-31 a length beyond the end': produce(damaged((view) => view.setInt32(8, view.byteLength))),
    'BAD-33 magic 1': produce(damaged((view) => view.setInt8(16, 1))),
    'BAD-34 two batches': produce([batch(1), batch(1)]),
    'BAD-42 a control batch': produce([batch(1, { control: true })]),
    'BAD-43 a transactional batch': produce([
      batch(1, { transactional: true, producerId: 1n, producerEpoch: 0, baseSequence: 0 }),
    ]),
    'BAD-46 an offset of its own': produce(damaged((_, bytes) => setBaseOffset(bytes, 77))),
    'BAD-50 a time far ahead': produce([batch(1, {}, { timestamp: nowMs + 10_000_000_000n })]),
    'BAD-50 a time of -1': produce([batch(1, {}, { timestamp: -1n })]),
    'BAD-44 gzip': produce([batch(3, { codec: 'gzip' })]),
    'BAD-44 snappy': produce([batch(3, { codec: 'snappy' })]),
    'BAD-44 lz4': produce([batch(3, { codec: 'lz4' })]),
    'BAD-44 zstd': produce([batch(3, { codec: 'zstd' })]),
  })
  await c.ask('an unknown id', m.produce, (side) => ({
    ...produce([batch(1)])(side),
    topicData: [{ name: '', topicId: AN_ID, partitionData: [{ index: 0, records: [batch(1)] }] }],
  }))
  await c.askEach(
    m.produce,
    {
      'no such topic': produce([batch(1)], { topic: none }),
      'no name': produce([batch(1)], { topic: 'a/b' }),
      'BAD-52 no key in a compacted topic': produce([batch(1, {}, { key: null })], { topic: `${name}-compacted` }),
      'BAD-49 a batch beyond max.message.bytes': produce([batch(100)], { topic: `${name}-small` }),
      'the time of the append': produce([batch(2)], { topic: `${name}-append` }),
      'BAD-59 the metadata': produce([batch(1)], { topic: '__cluster_metadata' }),
    },
    old,
  )
  await c.ask('BAD-44 zstd in version 6', m.produce, produce([batch(3, { codec: 'zstd' })]), { version: 6 })

  const ids = await c.ask('a producer id', m.initProducerId, { transactionalId: null, transactionTimeoutMs: 60_000 })
  await c.ask(
    'a producer id',
    m.initProducerId,
    { transactionalId: null, transactionTimeoutMs: 60_000 },
    { version: 0 },
  )
  await c.askEach(
    m.initProducerId,
    {
      'a producer id, with another': {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: 5n,
        producerEpoch: 1,
      },
      'a producer id, with half of one': {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: 5n,
        producerEpoch: -1,
      },
      'a producer id, with the other half': {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: -1n,
        producerEpoch: 3,
      },
      'a producer id of nobody': { transactionalId: '', transactionTimeoutMs: 60_000 },
    },
    { version: 5 },
  )
  const sequenced =
    (baseSequence, producerEpoch = 0, count = 3) =>
    (side) => {
      const { producerId } = side === c.kafka ? ids.kafka : ids.ottla
      return produce([batch(count, { producerId, producerEpoch, baseSequence })], { index: 1 })(side)
    }
  await c.askEach(m.produce, {
    'BAD-51 a first sequence that is not 0': sequenced(5),
    'BAD-51 the sequence from 0': sequenced(0),
    'BAD-51 the same again': sequenced(0),
    'BAD-51 the next': sequenced(3),
    'BAD-51 a gap': sequenced(10),
    'BAD-51 an older one again': sequenced(0),
    'BAD-51 a new epoch, not from 0': sequenced(6, 1),
    'BAD-51 a new epoch': sequenced(0, 1),
    'BAD-51 the old epoch': sequenced(6, 0),
    'BAD-43 no sequence': sequenced(-1),
    'BAD-43 no epoch': sequenced(0, -1),
  })

  const at = (partitionIndex, timestamp, more = {}) => ({
    partitionIndex,
    timestamp,
    currentLeaderEpoch: -1,
    maxNumOffsets: 1,
    ...more,
  })
  const find = (partitions, more = {}) => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name, partitions }],
    timeoutMs: 3000,
    ...more,
  })
  await c.ask('the end', m.listOffsets, find([at(0, -1n)]), { version: 'all' })
  for (const timestamp of [
    -1n,
    -2n,
    -3n,
    -4n,
    -5n,
    -6n,
    -7n,
    0n,
    nowMs + 3n,
    nowMs + 10_000_000n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]) {
    await c.ask(
      `BAD-26 the time ${timestamp < 1000n ? timestamp : `now + ${timestamp - nowMs}`}`,
      m.listOffsets,
      find([at(0, timestamp)]),
    )
  }
  await c.askEach(m.listOffsets, {
    'no such partition': find([at(99, -1n), at(-1, -1n)]),
    'no such topic': { ...find([]), topics: [{ name: none, partitions: [at(0, -1n)] }] },
    'a partition twice': find([at(0, -1n), at(0, -2n)]),
    'committed only': find([at(0, -1n)], { isolationLevel: 1 }),
    'an epoch of old': find([at(0, -1n, { currentLeaderEpoch: 0 })]),
    'an epoch to come': find([at(0, -1n, { currentLeaderEpoch: 9 })]),
    'a replica': find([at(0, -1n)], { replicaId: 5 }),
  })

  const epochs = (leaderEpoch, more = {}) => ({
    replicaId: -1,
    topics: [{ topic: name, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch, ...more }] }],
  })
  await c.ask('the end of an epoch', m.offsetForLeaderEpoch, epochs(0), { version: 'all' })
  await c.askEach(m.offsetForLeaderEpoch, {
    'the end of epoch 9': epochs(9),
    'the end of epoch -1': epochs(-1),
    'an epoch to come': epochs(0, { currentLeaderEpoch: 9 }),
    'no such partition': epochs(0, { partition: 99 }),
  })

  const from = (fetchOffset, more = {}) => ({
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1_000_000,
    ...more,
  })
  const read =
    (partitions, more = {}) =>
    (side) => ({
      replicaId: -1,
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 10_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic: name, topicId: idOf(side), partitions }],
      forgottenTopicsData: [],
      ...more,
    })
  await c.ask('from the start', m.fetch, read([from(0)]), { version: 'all' })
  await c.askEach(m.fetch, {
    'from inside': read([from(13)]),
    'at the end': read([from(500)]),
    'before the start': read([from(-1)]),
    'BAD-26 from 2^53 on': read([from(2 ** 53)]),
    'one batch, however little is asked': read([from(0, { partitionMaxBytes: 1 })], { maxBytes: 1 }),
    'no such partition': read([from(0, { partition: 99 })]),
    'an epoch to come': read([from(0, { currentLeaderEpoch: 9 })]),
    'committed only': read([from(0)], { isolationLevel: 1 }),
    'an unknown id': read([], { topics: [{ topic: none, topicId: AN_ID, partitions: [from(0)] }] }),
    'no id': read([], { topics: [{ topic: none, topicId: noId, partitions: [from(0)] }] }),
    'no such session': read([from(0)], { sessionId: 12345, sessionEpoch: 1 }),
    'a session that ends': read([], { sessionId: 12345, sessionEpoch: -1, topics: [] }),
    nothing: read([], { topics: [] }),
    'an epoch that diverged': read([from(5, { lastFetchedEpoch: 7 })]),
  })
  const asReplica = read([from(0)], { replicaState: { replicaId: 5, replicaEpoch: 1 } })
  await c.ask('BAD-55 as a replica', m.fetch, asReplica, { but: 'a client is no replica' })
  const session = await c.ask('a session', m.fetch, read([from(500)], { sessionEpoch: 0 }), {
    but: 'a session id is its broker’s',
  })
  const inSession =
    (sessionEpoch, more = {}) =>
    (side) => {
      const { sessionId } = side === c.kafka ? session.kafka : session.ottla
      return read([], { sessionId, sessionEpoch, topics: [], ...more })(side)
    }
  await c.askEach(m.fetch, {
    'the next of a session': inSession(1),
    'the same of a session again': inSession(1),
    'one too far in a session': inSession(5),
    'a session with a partition more': (side) =>
      inSession(2, { topics: read([from(0, { partition: 1 })])(side).topics })(side),
    'a session that forgets': (side) =>
      inSession(3, { forgottenTopicsData: [{ topic: name, topicId: idOf(side), partitions: [1] }] })(side),
  })

  const cut = (partitions, topic = name) => ({
    timeoutMs: 3000,
    topics: [{ name: topic, partitions: partitions.map(([partitionIndex, offset]) => ({ partitionIndex, offset })) }],
  })
  await c.askEach(
    m.deleteRecords,
    {
      'to the start': cut([[0, 0]]),
      'to some offset': cut([[0, 12]]),
      'to before the start': cut([[0, 3]]),
      'to behind the end': cut([[0, 100_000]]),
      'to -2': cut([[0, -2]]),
      'all of it': cut([[0, -1]]),
      'of no partition': cut([[99, 0]]),
      'of no topic': cut([[0, 0]], none),
      'of no name': cut([[0, 0]], 'a/b'),
      nothing: { timeoutMs: 3000, topics: [] },
    },
    { version: 'all' },
  )
  await c.ask('from what was deleted', m.fetch, read([from(3)]))
  await c.ask('the start', m.listOffsets, find([at(0, -2n)]))

  const producers = (topic, ...partitionIndexes) => ({ topics: [{ name: topic, partitionIndexes }] })
  await c.askEach(m.describeProducers, {
    'of no producer': producers(name, 0),
    'of no partition': producers(name, 99, -1),
    'of no topic': producers(none, 0),
    'of no name': producers('a/b', 0),
  })
}
