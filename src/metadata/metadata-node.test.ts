import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '#core'
import { type Disk, HostError } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeClock, nodeDisk } from '#host/node'
import { ErrorCode } from '#protocol'
import { encodeBatch } from '#protocol/records'
import { kafkaFile } from './kafka-log.kit.test.ts'
import { encodeMetadataRecord } from './metadata-record.ts'
import { contentOf, NodeWorld } from './node-world.kit.test.ts'
import { StorageError } from './storage/storage-error.ts'

const FOLDER = '/data/__cluster_metadata-0'
const text = async (disk: Disk, path: string) => new TextDecoder().decode(await disk.readFile(path))
const names = async (disk: Disk, path: string) => (await disk.list(path)).map(({ name }) => name)
/** Lets everything go on that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('a new folder is formatted, and the node leads with an image', async () => {
  const disk = new MemoryDisk()
  const world = await NodeWorld.open({ disk })
  const { image, node } = world
  assert.equal(image.features.metadataVersion, 33)
  assert.deepEqual([...image.features.finalized], [])
  assert.deepEqual([...image.cluster.controllers.keys()], [1])
  assert.equal(
    await text(disk, '/data/meta.properties'),
    `cluster.id=${node.clusterId}\nversion=1\nnode.id=1\ndirectory.id=${node.directoryIds.get('/data')}\n`,
  )
  assert.equal(
    await text(disk, `${FOLDER}/quorum-state`),
    '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
  )
  assert.ok((await names(disk, FOLDER)).includes('00000000000000000000-0000000000.checkpoint'))
  const { leaderId, leaderEpoch, highWatermark, voters } = node.quorum()
  assert.deepEqual({ leaderId, leaderEpoch, highWatermark }, { leaderId: 1, leaderEpoch: 1, highWatermark: 7 })
  assert.deepEqual(
    voters.map(({ replicaId, logEndOffset }) => [replicaId, logEndOffset]),
    [[1, 7]],
  )
  await world.close()
})

for (const host of ['memory', 'node'] as const) {
  test(`what was answered is there at the next start (${host})`, async () => {
    const root = host === 'memory' ? '' : mkdtempSync(join(tmpdir(), 'ottla-metadata-'))
    try {
      const options =
        host === 'memory'
          ? { disk: new MemoryDisk(), clock: new VirtualClock() }
          : { disk: nodeDisk, clock: nodeClock, paths: [`${root}/data`] }
      const first = await NodeWorld.open(options)
      await first.broker()
      assert.deepEqual(await first.create('orders', 'late'), [0, 0])
      await first.ask('deleteTopics', { topics: [{ name: 'late' }], timeoutMs: 1000 })
      const before = contentOf(first.image)
      const { clusterId, directoryIds } = first.node
      await first.close()
      const second = await NodeWorld.open(options)
      assert.equal(second.node.clusterId, clusterId)
      assert.deepEqual(second.node.directoryIds, directoryIds)
      assert.equal(second.node.quorum().leaderEpoch, 2)
      const controller = (bytes: Uint8Array) => bytes[1] === 27
      const others = (content: Uint8Array[]) => content.filter((bytes) => !controller(bytes))
      assert.deepEqual(others(contentOf(second.image)), others(before))
      await second.close()
    } finally {
      if (root !== '') rmSync(root, { recursive: true })
    }
  })
}

test('what was answered survives a crash, whatever the disk keeps of the rest', async () => {
  const random = seededRandom(5)
  let disk = new MemoryDisk()
  const answered: string[] = []
  for (let life = 0; life < 12; life++) {
    const world = await NodeWorld.open({ disk, seed: life + 1 })
    assert.deepEqual(
      answered.filter((name) => !world.image.topics.byName.has(name)),
      [],
    )
    await world.broker(1, `life-${life}`)
    for (let i = 0; i < 3; i++) {
      const name = `topic-${life}-${i}`
      if ((await world.create(name))[0] === 0) answered.push(name)
    }
    void world.create(`in-flight-${life}`)
    for (let turns = random.below(4); turns > 0; turns--) await turn()
    disk = disk.crash(() => random.below(2) === 0)
  }
  assert.equal(answered.length, 36)
})

test('a format that a crash cut off at any point is repeated', async () => {
  const random = seededRandom(9)
  for (let turns = 0; turns < 40; turns++) {
    const disk = new MemoryDisk()
    void NodeWorld.open({ disk }).catch(() => {})
    for (let i = 0; i < turns; i++) await turn()
    const world = await NodeWorld.open({ disk: disk.crash(() => random.below(2) === 0), seed: 2 })
    assert.equal(world.image.features.metadataVersion, 33)
    await world.broker()
    assert.deepEqual(await world.create('orders'), [0])
    await world.close()
  }
})

test('a response comes when its records are stored, folded and told, and not before', async () => {
  const disk = new MemoryDisk()
  const world = await NodeWorld.open({ disk })
  await world.broker()
  const events: string[] = []
  world.node.subscribe((delta) => {
    for (const { name } of delta.topics.values()) events.push(`told of ${name}, image at ${world.image.offset}`)
  })
  const release = disk.hold('sync')
  const offset = world.image.offset
  const first = world.create('orders').then(() => events.push('answered orders'))
  // It changes nothing, but its answer is true only with the first.
  const second = world.create('orders').then(([error]) => events.push(`answered ${error}`))
  for (let i = 0; i < 5; i++) await turn()
  assert.deepEqual(events, [])
  assert.equal(world.image.offset, offset)
  release()
  await Promise.all([first, second])
  assert.deepEqual(events, [
    `told of orders, image at ${offset + 2}`,
    'answered orders',
    `answered ${ErrorCode.TOPIC_ALREADY_EXISTS}`,
  ])
  await world.close()
})

test('a request that is not committed in its time is answered so, and takes effect later all the same', async () => {
  const disk = new MemoryDisk()
  const clock = new VirtualClock()
  const world = await NodeWorld.open({ disk, clock })
  await world.broker()
  const release = disk.hold('sync')
  const created = world.create('orders')
  clock.advance(60000)
  assert.deepEqual(await created, [ErrorCode.REQUEST_TIMED_OUT])
  release()
  for (let i = 0; i < 5; i++) await turn()
  assert.ok(world.image.topics.byName.has('orders'))
  await world.close()
})

test('a request without time is refused, and decides nothing', async () => {
  const world = await NodeWorld.open()
  await world.broker()
  const { offset } = world.image
  for (const timeoutMs of [0, -1]) {
    const response = await world.ask('createTopics', { topics: [{ name: 'orders', numPartitions: 1 }], timeoutMs })
    assert.deepEqual(
      response.topics.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
      [[ErrorCode.REQUEST_TIMED_OUT, null]],
    )
  }
  assert.equal(world.image.offset, offset)
  await world.close()
})

test('when the disk fails, what was not committed is dropped and answered with NOT_CONTROLLER', async () => {
  const disk = new MemoryDisk()
  const world = await NodeWorld.open({ disk })
  await world.broker()
  await world.create('orders')
  const before = contentOf(world.image)
  disk.failNext('sync', 'EIO')
  assert.deepEqual(await world.create('late'), [ErrorCode.NOT_CONTROLLER])
  assert.deepEqual(await world.create('later'), [ErrorCode.NOT_CONTROLLER])
  assert.deepEqual(contentOf(world.image), before)
  assert.equal(world.node.quorum().leaderId, -1)
  await world.close()
  const again = await NodeWorld.open({ disk: disk.crash(), seed: 2 })
  assert.ok(again.image.topics.byName.has('orders'))
  await again.close()
})

test('a node whose quorum state cannot be stored does not start', async () => {
  const disk = new MemoryDisk()
  await (await NodeWorld.open({ disk })).close()
  disk.failNext('rename', 'ENOSPC', { path: `${FOLDER}/quorum-state.tmp` })
  await assert.rejects(NodeWorld.open({ disk }), (error) => error instanceof HostError && error.code === 'ENOSPC')
})

test('a broker that is not heard of is fenced when its session ends', async () => {
  const clock = new VirtualClock()
  const world = await NodeWorld.open({ clock })
  await world.broker(1)
  await world.broker(2)
  clock.advance(8000)
  await world.heartbeat(2)
  clock.advance(8000)
  for (let i = 0; i < 5; i++) await turn()
  assert.equal(world.image.cluster.brokers.get(2)!.fenced, false)
  clock.advance(1000)
  for (let i = 0; i < 5; i++) await turn()
  assert.equal(world.image.cluster.brokers.get(2)!.fenced, true)
  assert.equal(world.image.cluster.brokers.get(1)!.fenced, false)
  await world.close()
})

test('what brokers cause may take several batches, what users ask for one of at most 8 MiB', async () => {
  const world = await NodeWorld.open()
  await world.broker()
  for (const name of ['a', 'b']) {
    await world.ask('createTopics', {
      topics: [{ name, numPartitions: 9999, replicationFactor: 1 }],
      timeoutMs: 60000,
    })
  }
  const { offset } = world.image
  await world.heartbeat(1, { wantFence: true })
  assert.equal(world.image.offset, offset + 2 * 9999 + 1)
  assert.equal(world.image.partition('b', 9998)!.leader, -1)

  const subscriptions = Array.from({ length: 300 }, (_, i) => ({
    resourceType: 16,
    resourceName: `subscription-${i}`,
    configs: [{ name: 'metrics', configOperation: 0, value: 'm'.repeat(32000) }],
  }))
  const { responses } = await world.ask('incrementalAlterConfigs', { resources: subscriptions })
  assert.deepEqual(new Set(responses.map(({ errorCode }) => errorCode)), new Set([ErrorCode.POLICY_VIOLATION]))
  const fewer = await world.ask('incrementalAlterConfigs', { resources: subscriptions.slice(0, 200) })
  assert.deepEqual(new Set(fewer.responses.map(({ errorCode }) => errorCode)), new Set([0]))
  await world.close()
})

test('snapshots are taken, loaded, and make the log before them superfluous', async () => {
  const disk = new MemoryDisk()
  const config = {
    'metadata.log.max.record.bytes.between.snapshots': '1000',
    'metadata.max.retention.bytes': '6000',
    'internal.metadata.log.segment.bytes': '1000',
  }
  const world = await NodeWorld.open({ disk, config })
  await world.broker()
  for (let i = 0; i < 60; i++) {
    await world.create(`topic-${i}`)
    await turn()
  }
  const before = contentOf(world.image)
  const { offset } = world.image
  const log = world.directories[0]!.get({ topic: '__cluster_metadata', partition: 0 })!
  await world.close()
  const snapshots = (await names(disk, FOLDER)).filter((name) => name.endsWith('.checkpoint'))
  assert.ok(snapshots.length >= 1 && snapshots.length < 5, snapshots.join())
  assert.ok(!snapshots.includes('00000000000000000000-0000000000.checkpoint'))
  assert.equal(log.logStartOffset, Number(snapshots[0]!.split('-')[0]))

  const again = await NodeWorld.open({ disk, config, seed: 2 })
  const content = contentOf(again.image)
  const isController = (bytes: Uint8Array) => bytes[1] === 27
  assert.deepEqual(
    content.filter((bytes) => !isController(bytes)),
    before.filter((bytes) => !isController(bytes)),
  )
  assert.equal(again.image.offset, offset + 2)
  assert.deepEqual(
    again.node.quorum().voters.map(({ replicaId }) => replicaId),
    [1],
  )
  await again.close()
})

test('an old image is snapshotted when anything is committed after the interval', async () => {
  const disk = new MemoryDisk()
  const clock = new VirtualClock()
  const world = await NodeWorld.open({ disk, clock })
  await world.broker()
  const count = async () => (await names(disk, FOLDER)).filter((name) => name.endsWith('.checkpoint')).length
  clock.advance(3600000)
  assert.equal(await count(), 1)
  await world.create('orders')
  for (let i = 0; i < 20; i++) await turn()
  assert.equal(await count(), 2)
  await world.close()
})

test('a snapshot that cannot be written is said, and the node goes on', async () => {
  const disk = new MemoryDisk()
  const said: string[] = []
  const logger = { error: (message: string) => said.push(message), warn() {}, info() {}, debug() {} }
  const config = { 'metadata.log.max.record.bytes.between.snapshots': '400' }
  const world = await NodeWorld.open({ disk, logger, config })
  for (let i = 0; i < 20; i++) await turn()
  disk.failNext('write', 'ENOSPC', { path: `${FOLDER}/00000000000000000009-0000000001.checkpoint.part` })
  await world.broker()
  for (let i = 0; i < 20; i++) await turn()
  assert.deepEqual(said.length, 1)
  assert.match(said[0]!, /Cannot write a metadata snapshot: .*ENOSPC/)
  assert.deepEqual(await world.create('orders'), [0])
  await world.close()
  const again = await NodeWorld.open({ disk, seed: 2 })
  assert.ok(again.image.topics.byName.has('orders'))
  await again.close()
})

/** A folder as Kafka left it, or only formatted it. */
async function kafkaFolder(...files: string[]): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  await disk.makeDirectory(FOLDER)
  for (const name of files) await disk.replaceFile(`${FOLDER}/${name}`, kafkaFile(name))
  const meta = '#\n#Sat Nov 21 15:05:00 UTC 2026\nnode.id=1\ndirectory.id=PUnuRDE0QDuQ4o8bFya58w\nversion=1\n'
  await disk.replaceFile('/data/meta.properties', utf8(`${meta}cluster.id=0SLc46z7RwOy6GW6UgJ3BQ\n`))
  return disk
}

const FORMAT = '00000000000000000000-0000000000.checkpoint'
const LOG = '00000000000000000000.log'
const SNAPSHOT = '00000000000000000060-0000000002.checkpoint'

test("a folder that Kafka's tool formatted is begun with the levels that it chose", async () => {
  const disk = await kafkaFolder(FORMAT)
  const world = await NodeWorld.open({ disk })
  assert.equal(world.node.clusterId, '0SLc46z7RwOy6GW6UgJ3BQ')
  assert.equal(world.image.features.levelOf('share.version'), 2)
  assert.equal(world.image.configs.of(4, '').get('min.insync.replicas'), '1')
  await world.broker()
  assert.deepEqual(await world.create('orders'), [0])
  await world.close()
})

test('a log that was lost goes on behind its snapshot, in a new epoch', async () => {
  const disk = await kafkaFolder(FORMAT, SNAPSHOT)
  const world = await NodeWorld.open({ disk })
  assert.equal(world.node.quorum().leaderEpoch, 3)
  assert.equal(world.image.offset, 61)
  await world.broker()
  assert.deepEqual(await world.create('orders', 'new'), [ErrorCode.TOPIC_ALREADY_EXISTS, 0])
  await world.close()
  const again = await NodeWorld.open({ disk, seed: 2 })
  assert.ok(again.image.topics.byName.has('new'))
  await again.close()
})

test('a log that contradicts itself, or that a newer release wrote, is refused', async () => {
  const refused = async (value: Uint8Array, sentence: RegExp) => {
    const disk = await kafkaFolder(FORMAT)
    await disk.replaceFile(`${FOLDER}/${LOG}`, encodeBatch([{ timestamp: 1, value }], { leaderEpoch: 1 }))
    await assert.rejects(NodeWorld.open({ disk }), (error: Error) => {
      assert.ok(error instanceof StorageError, error.stack)
      assert.match(error.message, sentence)
      return true
    })
  }
  const data = { topicId: 'TopicTopicTopicTopicAA' }
  const removal = encodeMetadataRecord({ type: 'REMOVE_TOPIC_RECORD', version: 0, data })
  await refused(removal, /^The metadata log contradicts itself in the batch that ends at offset 0: Topic id/)
  const unknown = new Uint8Array([1, 99, 0, 0])
  await refused(unknown, /^Cannot read the metadata log at offset 0: Metadata record type 99 is not known\.$/)
})

for (const files of [
  [FORMAT, LOG],
  [FORMAT, LOG, SNAPSHOT],
  [LOG, SNAPSHOT],
]) {
  test(`a folder that Kafka wrote goes on (${files.length} files, with ${files.at(-1)})`, async () => {
    const disk = await kafkaFolder(...files)
    const world = await NodeWorld.open({ disk })
    assert.equal(world.node.quorum().leaderEpoch, 3)
    assert.equal(world.image.partition('orders', 2)!.leader, -1)
    await world.broker()
    assert.equal(world.image.partition('orders', 2)!.leader, 1)
    assert.deepEqual(await world.create('orders', 'new'), [ErrorCode.TOPIC_ALREADY_EXISTS, 0])
    const before = contentOf(world.image).length
    await world.close()
    const again = await NodeWorld.open({ disk, seed: 2 })
    assert.equal(contentOf(again.image).length, before)
    await again.close()
  })
}
