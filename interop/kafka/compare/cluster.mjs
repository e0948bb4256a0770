/** The cluster: its quorum, features, leaders, folders, and clients' metrics. */
const AN_ID = 'dMiNfBBIREgOZUjyp0HuZA'

export async function cases(c) {
  const m = c.messages
  const { run, noId } = c
  const none = 'ottla-no-such-topic'
  const timeoutMs = 3000

  await c.ask('brokers', m.describeCluster, { includeClusterAuthorizedOperations: false }, { version: 'all' })
  for (const more of [
    { includeClusterAuthorizedOperations: true },
    { endpointType: 2 },
    { endpointType: 9 },
    { includeFencedBrokers: true },
  ]) {
    await c.ask(JSON.stringify(more), m.describeCluster, { includeClusterAuthorizedOperations: false, ...more })
  }
  await c.ask('BAD-11 software names', m.apiVersions, { clientSoftwareName: '-', clientSoftwareVersion: '1' })

  const quorum = (...partitions) => ({
    topics: [{ topicName: '__cluster_metadata', partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
  })
  await c.ask('the quorum', m.describeQuorum, quorum(0), { version: 0, but: 'other offsets' })
  await c.ask('of another partition', m.describeQuorum, quorum(1), { version: 'all' })
  await c.ask('twice', m.describeQuorum, quorum(0, 0), { version: 'all' })
  await c.ask('of another topic', m.describeQuorum, {
    topics: [{ topicName: none, partitions: [{ partitionIndex: 0 }] }],
  })
  await c.ask('of nothing', m.describeQuorum, { topics: [] })

  const leaders = (topicPartitions, electionType = 0) => ({ electionType, topicPartitions, timeoutMs })
  await c.ask(
    'leaders',
    m.electLeaders,
    leaders([
      { topic: run, partitions: [0, 99] },
      { topic: none, partitions: [0] },
    ]),
    { version: 'all' },
  )
  await c.askEach(m.electLeaders, {
    'unclean leaders': leaders([{ topic: run, partitions: [0] }], 1),
    'leaders of no known kind': leaders([{ topic: run, partitions: [0] }], 9),
    'no leaders': leaders([]),
    'leaders twice': leaders([{ topic: run, partitions: [0, 0] }]),
  })

  const reassign = (partitions, more = {}) => ({ timeoutMs, topics: [{ name: run, partitions }], ...more })
  const to = (replicas, partitionIndex = 0) => ({ partitionIndex, replicas })
  await c.askEach(
    m.alterPartitionReassignments,
    {
      'to where it is': ({ brokerId }) => reassign([to([brokerId])]),
      'no longer, where it was not': reassign([to(null)]),
      'to nobody known': reassign([to([77])]),
      'to nobody': reassign([to([])]),
      'to -1': reassign([to([-1])]),
      'twice to one': ({ brokerId }) => reassign([to([brokerId, brokerId])]),
      'of no partition': ({ brokerId }) => reassign([to([brokerId], 99)]),
      'of no topic': { timeoutMs, topics: [{ name: none, partitions: [to([1])] }] },
    },
    { version: 'all' },
  )
  await c.ask('another count, which is not allowed', m.alterPartitionReassignments, ({ brokerId }) =>
    reassign([to([brokerId, 77])], { allowReplicationFactorChange: false }),
  )
  await c.ask('all moves', m.listPartitionReassignments, { timeoutMs, topics: null })
  await c.ask('moves of some', m.listPartitionReassignments, {
    timeoutMs,
    topics: [
      { name: run, partitionIndexes: [0, 99] },
      { name: none, partitionIndexes: [0] },
    ],
  })

  const update = (feature, maxVersionLevel, upgradeType) => ({
    featureUpdates: [{ feature, maxVersionLevel, upgradeType, allowDowngrade: upgradeType > 1 }],
    validateOnly: true,
  })
  for (const [feature, level, type] of [
    ['metadata.version', 34, 1],
    ['metadata.version', 30, 1],
    ['metadata.version', 30, 2],
    ['metadata.version', 3, 3],
    ['metadata.version', 0, 3],
    [none, 1, 1],
    ['kraft.version', 2, 1],
    ['group.version', 9, 1],
    ['group.version', -1, 1],
    ['', 1, 1],
  ]) {
    await c.ask(`${feature} to ${level} by type ${type}`, m.updateFeatures, update(feature, level, type), {
      version: 'all',
    })
  }
  await c.ask('no feature', m.updateFeatures, { featureUpdates: [], validateOnly: true })

  for (const brokerId of [77, -1, 2 ** 31 - 1]) await c.ask(`broker ${brokerId}`, m.unregisterBroker, { brokerId })
  for (const controllerId of [77, -1])
    await c.ask(`controller ${controllerId}`, m.unregisterController, { controllerId })
  await c.ask('itself', m.unregisterController, ({ brokerId }) => ({ controllerId: brokerId }))

  const endpoint = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }]
  const voter = (more) => ({
    clusterId: null,
    timeoutMs: 500,
    voterId: 77,
    voterDirectoryId: AN_ID,
    listeners: endpoint,
    ...more,
  })
  await c.askEach(m.addRaftVoter, {
    'a voter of another cluster': voter({ clusterId: 'x' }),
    'a voter without an address': voter({ listeners: [] }),
    'voter -1': voter({ voterId: -1 }),
    itself: ({ brokerId }) => voter({ voterId: brokerId }),
  })
  await c.ask('a voter', m.addRaftVoter, voter({}), { but: 'a quorum of more than one is to come' })
  await c.askEach(m.removeRaftVoter, {
    'a voter of another cluster': voter({ clusterId: 'x' }),
    'no voter': voter({}),
    'voter -1': voter({ voterId: -1 }),
    'itself, elsewhere': ({ brokerId }) => voter({ voterId: brokerId }),
  })

  await c.ask('folders', m.describeLogDirs, { topics: [{ topic: run, partitions: [0, 1] }] }, { version: 'all' })
  await c.ask('folders of no topic', m.describeLogDirs, { topics: [{ topic: none, partitions: [0] }] })
  await c.ask('folders of nothing', m.describeLogDirs, { topics: [] })
  const move = (path, name = run, partitions = [0]) => ({ dirs: [{ path, topics: [{ name, partitions }] }] })
  await c.askEach(
    m.alterReplicaLogDirs,
    {
      'to where it is': ({ folder }) => move(folder),
      'of no topic': ({ folder }) => move(folder, none),
      'to no folder of ours': move('/nowhere', run, [0, 77]),
      'to a path that is not absolute': move('nowhere'),
    },
    { version: 'all' },
  )

  const { kafka, ottla } = await c.ask('metrics to report', m.getTelemetrySubscriptions, { clientInstanceId: noId })
  const push = (more) => (side) => {
    const { clientInstanceId, subscriptionId } = side === c.kafka ? kafka : ottla
    return {
      clientInstanceId,
      subscriptionId,
      terminating: false,
      compressionType: 0,
      metrics: new Uint8Array(0),
      ...more,
    }
  }
  const subscribed = ({ clientInstanceId }) => ({ clientInstanceId })
  await c.ask('metrics to report, too soon', m.getTelemetrySubscriptions, (side) =>
    subscribed(side === c.kafka ? kafka : ottla),
  )
  await c.askEach(m.pushTelemetry, {
    metrics: push({}),
    'metrics too soon': push({}),
    'metrics of nobody': push({ clientInstanceId: noId }),
    'metrics that are too many': push({ metrics: new Uint8Array(1_048_577), terminating: true }),
    'metrics after the last': push({ terminating: true }),
  })
}
