/** Partitions as the metadata log makes, changes and deletes them, over a real controller and logs on a disk in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TopicPartition, utf8 } from '#core'
import { type Disk, silentLogger } from '#host'
import { MemoryDisk } from '#host/memory'
import { DEFAULT_LOG_CONFIG } from '#log'
import { ErrorCode, errorName } from '#protocol'
import { encodeBatch } from '#protocol/records'
import { NodeWorld } from '../metadata/node-world.kit.test.ts'
import { Partition, type PartitionChange, Partitions } from './index.ts'

const batch = () => encodeBatch([{ timestamp: 1n, value: utf8('value') }])
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function settledTurns(): Promise<void> {
  for (let i = 0; i < 50; i++) await turn()
}

interface World {
  readonly disk: MemoryDisk
  readonly node: NodeWorld
  readonly partitions: Partitions
  /** What `configOf` says. */
  readonly config: { minInsyncReplicas: number; retentionMs: number }
  readonly leaderships: string[]
  /** Creates a topic; resolves when its log is there. */
  create(topic?: string): Promise<Partition>
}

async function open(t: { after(action: () => Promise<void>): void }, disk = new MemoryDisk()): Promise<World> {
  const node = await NodeWorld.open({ disk: disk as Disk })
  await node.broker()
  const config = { minInsyncReplicas: 1, retentionMs: 1000 }
  const leaderships: string[] = []
  const partitions = new Partitions({
    brokerId: 1,
    image: node.image,
    directories: new Map(node.directories.map((directory) => [node.node.directoryIds.get(directory.path)!, directory])),
    offlinePaths: [],
    assignments: { assign() {} },
    configOf: () => ({
      log: { ...DEFAULT_LOG_CONFIG, flushMessages: 1, retentionMs: config.retentionMs },
      minInsyncReplicas: config.minInsyncReplicas,
    }),
    logger: silentLogger,
  })
  partitions.onLeadership(({ topicPartition: { topic } }, leadership) => leaderships.push(`${topic} ${leadership}`))
  node.node.subscribe((delta) => partitions.apply(delta))
  await partitions.settled()
  t.after(async () => {
    partitions.close()
    await node.close()
  })
  return {
    disk,
    node,
    partitions,
    config,
    leaderships,
    async create(topic = 'orders') {
      assert.deepEqual(await node.create(topic), [0])
      await partitions.settled()
      return served(partitions, { topic, partition: 0 })
    },
  }
}

function served(partitions: Partitions, { topic, partition }: TopicPartition): Partition {
  const found = partitions.find(topic, partition)
  assert.ok(found instanceof Partition, `${topic}-${partition}: ${typeof found === 'number' ? errorName(found) : ''}`)
  return found
}

/** Appends a record and notes how its waiting ends. */
function appendAndWait(partition: Partition, acks: number, ends: string[]): void {
  const outcome = partition.append(batch(), 'client', acks)
  assert.equal(outcome.error, undefined)
  if (outcome.error === undefined)
    partition.whenStored(outcome.lastOffset, acks, (error) => ends.push(errorName(error)))
}

const remove = ({ node }: World, name: string) =>
  node.ask('deleteTopics', { topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }], timeoutMs: 1000 })

test('a partition that is being opened is not led here yet, one that is not in the metadata is unknown', async (t) => {
  const world = await open(t)
  const release = world.disk.hold('write')
  const creating = world.node.create('orders')
  await settledTurns()
  assert.equal(world.partitions.find('orders', 0), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  release()
  await creating
  assert.equal(world.partitions.find('orders', 0), ErrorCode.NOT_LEADER_OR_FOLLOWER)
  await world.partitions.settled()
  served(world.partitions, { topic: 'orders', partition: 0 })
  assert.equal(world.partitions.find('orders', 1), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.deepEqual(world.leaderships, ['orders began'])
})

test('who waits is told when the disk has it, with acks=1 and acks=all', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  const ends: string[] = []
  const release = world.disk.hold('sync')
  for (const acks of [1, -1]) appendAndWait(partition, acks, ends)
  await settledTurns()
  assert.deepEqual([ends, partition.highWatermark], [[], 0])
  release()
  await settledTurns()
  assert.deepEqual([ends, partition.highWatermark], [['NONE', 'NONE'], 2])
})

test('who waits is sent elsewhere when the topic goes, and those who listen are told', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  const ends: string[] = []
  const changes: PartitionChange[] = []
  partition.listen((change) => changes.push(change))
  const release = world.disk.hold('sync')
  for (const acks of [1, -1]) appendAndWait(partition, acks, ends)
  const removing = remove(world, 'orders')
  partition.close()
  assert.deepEqual([ends, changes], [['NOT_LEADER_OR_FOLLOWER', 'NOT_LEADER_OR_FOLLOWER'], ['ended']])
  release()
  await removing
  await world.partitions.settled()
  assert.equal(world.partitions.find('orders', 0), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.deepEqual(world.leaderships, ['orders began', 'orders ended'])
})

test('a new leader epoch ends the waiting of the one before, and the next appends carry it', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  const ends: string[] = []
  const release = world.disk.hold('sync')
  appendAndWait(partition, -1, ends)
  partition.update({ ...partition.state, leaderEpoch: partition.leaderEpoch + 1 })
  assert.deepEqual(ends, ['NOT_LEADER_OR_FOLLOWER'])
  release()
  await settledTurns()
  const old = { ...partition.state, leaderEpoch: 0, isr: [] }
  partition.update(old)
  assert.equal(partition.leaderEpoch, 1)
  assert.deepEqual(
    [-1, 0, 1, 2].map((epoch) => errorName(partition.checkLeader(epoch))),
    ['NONE', 'FENCED_LEADER_EPOCH', 'NONE', 'UNKNOWN_LEADER_EPOCH'],
  )
  assert.equal(partition.log.latestEpoch, 1)
})

test('a broker that leads no more appends nothing', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  partition.update({ ...partition.state, leader: 2, leaderEpoch: partition.leaderEpoch + 1 })
  assert.equal(partition.append(batch(), 'client', 1).error, ErrorCode.NOT_LEADER_OR_FOLLOWER)
  assert.equal(partition.checkLeader(-1), ErrorCode.NOT_LEADER_OR_FOLLOWER)
})

test('a disk that fails ends all waiting with KAFKA_STORAGE_ERROR, and nothing is acknowledged after', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  const ends: string[] = []
  world.disk.failNext('sync', 'EIO')
  for (const acks of [1, -1]) appendAndWait(partition, acks, ends)
  await settledTurns()
  assert.deepEqual(ends, ['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR'])
  assert.equal(partition.highWatermark, 0)
  assert.equal(partition.append(batch(), 'client', 1).error, ErrorCode.KAFKA_STORAGE_ERROR)
})

test('a topic that is deleted while its log is opened, and made again, is the new one', async (t) => {
  const world = await open(t)
  const release = world.disk.hold('makeDirectory')
  assert.deepEqual(await world.node.create('orders'), [0])
  await remove(world, 'orders')
  assert.deepEqual(await world.node.create('orders'), [0])
  const id = world.node.image.topics.byName.get('orders')!.id
  release()
  await world.partitions.settled()
  const partition = served(world.partitions, { topic: 'orders', partition: 0 })
  assert.equal(partition.topicId, id)
  assert.equal(partition.log.topicId, id)
  assert.deepEqual(world.leaderships, ['orders began'])
})

test('a log that cannot be made answers KAFKA_STORAGE_ERROR, and the other partitions are served', async (t) => {
  const world = await open(t)
  world.disk.failNext('makeDirectory', 'EIO')
  assert.deepEqual(await world.node.create('orders'), [0])
  await world.partitions.settled()
  assert.equal(world.partitions.find('orders', 0), ErrorCode.KAFKA_STORAGE_ERROR)
})

test('settings that change reach the log, and min.insync.replicas asks for no more replicas than there are', async (t) => {
  const world = await open(t)
  const partition = await world.create()
  world.config.retentionMs = 5
  world.config.minInsyncReplicas = 3
  const configs = [{ name: 'retention.ms', configOperation: 0, value: '5' }]
  await world.node.ask('incrementalAlterConfigs', {
    resources: [{ resourceType: 2, resourceName: 'orders', configs }],
  })
  assert.equal(partition.log.config.retentionMs, 5)
  assert.equal(partition.append(batch(), 'client', -1).error, undefined)
})

test('a log whose topic is one letter off is damaged, not of another topic; the others are served', async (t) => {
  // It ends with a crash.
  const first = await open({ after() {} })
  const log = (await first.create()).log
  log.append(batch(), { origin: 'client', leaderEpoch: 0 })
  await log.flush()
  await first.create('payments')
  const disk = first.disk.crash()
  const path = '/data/orders-0/partition.metadata'
  const text = new TextDecoder().decode(await disk.readFile(path))
  const letter = text.at(-1) === 'A' ? 'Q' : 'A'
  await disk.replaceFile(path, utf8(text.slice(0, -1) + letter))
  const second = await open(t, disk)
  assert.equal(second.partitions.find('orders', 0), ErrorCode.KAFKA_STORAGE_ERROR)
  served(second.partitions, { topic: 'payments', partition: 0 })
  assert.equal(await disk.exists('/data/orders-0/00000000000000000000.log'), true)
})
