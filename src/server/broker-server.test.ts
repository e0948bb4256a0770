/** A whole broker in this process: memory for a disk and a network, the client room for a client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, Consumer, findOffsets, GroupMember, OffsetPoint, Producer } from '#client'
import { BrokerConfig } from '#config'
import { utf8, ZERO_UUID } from '#core'
import type { Host } from '#host'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import { ErrorCode } from '#protocol'
import { createTopics, deleteRecords, deleteTopics } from '#protocol/messages'
import { BrokerServer } from './broker-server.ts'

const SETTINGS = {
  'log.dirs': '/data',
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '2',
}

const BOOTSTRAP = [{ host: '127.0.0.1', port: 9092 }]

interface World {
  readonly host: Host
  readonly cluster: Cluster
  /** Stops the broker and starts another on the same disk. */
  restart(): Promise<void>
}

async function withBroker(work: (world: World) => Promise<void>): Promise<void> {
  const clock = createNodeHost().clock
  const host = createNodeHost({ disk: new MemoryDisk({ clock }), network: new MemoryNetwork() })
  const start = async () => await BrokerServer.start(BrokerConfig.parse(SETTINGS), host)
  let server = await start()
  const cluster = new Cluster(host, { bootstrap: BOOTSTRAP, retryTimeoutMs: 5000 })
  // Timers alone do not keep the process alive, and here there is no socket that would.
  const alive = setInterval(() => {}, 60_000)
  try {
    await work({
      host,
      cluster,
      async restart() {
        await server.stop()
        server = await start()
      },
    })
  } finally {
    await cluster.close()
    await server.stop()
    clearInterval(alive)
  }
}

async function createTopic(cluster: Cluster, name: string, partitions = 1): Promise<void> {
  const { topics } = await cluster.sendToAny(createTopics, {
    topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1000,
    validateOnly: false,
  })
  assert.equal(topics[0]?.errorCode, 0)
}

async function write(producer: Producer, topic: string, values: readonly string[], partition?: number): Promise<void> {
  const timestamp = Date.now()
  await producer.send(
    topic,
    values.map((value) => ({ timestamp, key: null, value: utf8(value), partition })),
  )
  await producer.flush()
}

async function readAll(cluster: Cluster, topic: string, { partition = 0, from = -1 } = {}): Promise<string[]> {
  const where = { topic, partitions: [partition] }
  const first = await findOffsets(cluster, where, OffsetPoint.EARLIEST)
  const end = (await findOffsets(cluster, where, OffsetPoint.LATEST)).get(partition)!
  const consumer = new Consumer(cluster, { maxWaitMs: 50 })
  const values: string[] = []
  let offset = from < 0 ? first.get(partition)! : from
  consumer.add([{ topic, partition, offset }])
  while (offset < end) {
    for (const { records, nextOffset } of await consumer.poll()) {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()))
      offset = nextOffset
    }
  }
  return values
}

test('what is produced is consumed, in order, and a topic that was deleted is gone', async () => {
  await withBroker(async ({ cluster }) => {
    await createTopic(cluster, 'orders')
    const producer = new Producer(cluster)
    const sent = Array.from({ length: 100 }, (_, i) => `order ${i}`)
    await write(producer, 'orders', sent)
    assert.deepEqual(await readAll(cluster, 'orders'), sent)

    await cluster.sendToAny(deleteTopics, {
      topics: [{ name: 'orders', topicId: ZERO_UUID }],
      timeoutMs: 1000,
    })
    const { topics } = await cluster.refresh(['orders'])
    assert.equal(topics[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

test('a topic that is missing is made by the first who writes to it', async () => {
  await withBroker(async ({ cluster }) => {
    await write(new Producer(cluster), 'made-by-itself', ['x'])
    assert.deepEqual(await readAll(cluster, 'made-by-itself'), ['x'])
  })
})

test('records, topics and committed offsets are there after a restart', async () => {
  await withBroker(async ({ cluster, restart }) => {
    await createTopic(cluster, 'kept', 2)
    const producer = new Producer(cluster)
    await write(producer, 'kept', ['before'], 1)
    const member = new GroupMember(cluster, { groupId: 'g', topics: ['kept'] })
    await member.join()
    assert.equal(await member.commit([{ topic: 'kept', partition: 1, offset: 1 }]), true)
    await member.leave()

    await restart()
    await write(producer, 'kept', ['after'], 1)
    assert.deepEqual(await readAll(cluster, 'kept', { partition: 1 }), ['before', 'after'])
    const assigned = await member.join()
    assert.deepEqual(
      assigned.map(({ partition, committedOffset }) => [partition, committedOffset]),
      [
        [0, undefined],
        [1, 1],
      ],
    )
    await member.leave()
  })
})

test('reading goes on behind records that were deleted', async () => {
  await withBroker(async ({ cluster }) => {
    await createTopic(cluster, 'cut')
    const producer = new Producer(cluster)
    await write(producer, 'cut', ['a', 'b', 'c'])
    const { topics } = await cluster.sendToAny(deleteRecords, {
      topics: [{ name: 'cut', partitions: [{ partitionIndex: 0, offset: 2 }] }],
      timeoutMs: 1000,
    })
    assert.deepEqual(topics[0]?.partitions[0], { partitionIndex: 0, lowWatermark: 2, errorCode: 0 })
    assert.deepEqual(await readAll(cluster, 'cut', { from: 0 }), ['c'])
  })
})

test('members of a group share its partitions', async () => {
  await withBroker(async ({ cluster }) => {
    await createTopic(cluster, 'shared', 4)
    // Answers of a connection come in order, and a join may wait for the other's: each needs a connection of its own.
    const other = new Cluster(cluster.host, { bootstrap: BOOTSTRAP })
    const options = { groupId: 'g', topics: ['shared'], heartbeatIntervalMs: 10 }
    const members = [cluster, other].map((own) => new GroupMember(own, options))
    const first = await members[0]!.join()
    assert.equal(first.length, 4)
    const second = members[1]!.join()
    while (!members[0]!.isStale) await cluster.pause(10)
    const shares = [await members[0]!.join(), await second]
    assert.deepEqual(
      shares.map((share) => share.length),
      [2, 2],
    )
    assert.deepEqual(
      shares
        .flat()
        .map(({ partition }) => partition)
        .sort(),
      [0, 1, 2, 3],
    )
    for (const member of members) await member.leave()
    await other.close()
  })
})

test('two brokers cannot have one folder', async () => {
  await withBroker(async ({ host }) => {
    const second = BrokerConfig.parse({ ...SETTINGS, listeners: 'PLAINTEXT://127.0.0.1:9093' })
    await assert.rejects(BrokerServer.start(second, host))
  })
})
