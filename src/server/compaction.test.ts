/** A whole broker that compacts what it holds, while it is used. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, Consumer, commitOffsets, fetchCommitted, Producer } from '#client'
import { BrokerConfig } from '#config'
import { utf8 } from '#core'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import { createTopics } from '#protocol/messages'
import { BrokerServer } from './broker-server.ts'

const SETTINGS = {
  'log.dirs': '/data',
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.segment.bytes': '1048576',
  'log.cleaner.backoff.ms': '5',
}

async function withBroker(
  work: (world: { cluster: Cluster; disk: MemoryDisk; restart(): Promise<void> }) => Promise<void>,
) {
  const disk = new MemoryDisk({ clock: createNodeHost().clock })
  const host = createNodeHost({ disk, network: new MemoryNetwork() })
  const start = async () => await BrokerServer.start(BrokerConfig.parse(SETTINGS), host)
  let server = await start()
  const cluster = new Cluster(host, { bootstrap: [{ host: '127.0.0.1', port: 9092 }], retryTimeoutMs: 5000 })
  // Timers alone do not keep the process alive, and here there is no socket that would.
  const alive = setInterval(() => {}, 60_000)
  const restart = async () => {
    await server.stop()
    server = await start()
  }
  try {
    await work({ cluster, disk, restart })
  } finally {
    await cluster.close()
    await server.stop()
    clearInterval(alive)
  }
}

/** How many segments of a partition there are, how long the first is, and where compaction has come to. */
async function compacted(disk: MemoryDisk, name: string) {
  const files = (await disk.exists(`/data/${name}`)) ? await disk.list(`/data/${name}`) : []
  const checkpoint = '/data/cleaner-offset-checkpoint'
  const lines = (await disk.exists(checkpoint)) ? new TextDecoder().decode(await disk.readFile(checkpoint)) : ''
  const [, offset = '0'] = new RegExp(`^${name.replace(/-(\d+)$/, ' $1')} (\\d+)$`, 'm').exec(lines) ?? []
  const segments = files.filter((file) => file.name.endsWith('.log'))
  return { segments: segments.length, firstBytes: segments[0]?.sizeBytes ?? 0, cleanedOffset: Number(offset) }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('committed offsets are compacted, and the next broker finds the newest', async () => {
  await withBroker(async ({ cluster, disk, restart }) => {
    await createTopic(cluster, 'orders', {}, 200)
    const offsetsAt = (offset: number) =>
      Array.from({ length: 200 }, (_, partition) => ({ topic: 'orders', partition, offset }))
    let commits = 0
    while ((await compacted(disk, '__consumer_offsets-0')).cleanedOffset === 0) {
      commits++
      assert.equal(await commitOffsets(cluster, `group-${commits % 3}`, { offsets: offsetsAt(commits) }), 0)
    }
    // It was full, and has the newest of each of 600 keys left. How many follow depends on when the log rolled.
    const { firstBytes } = await compacted(disk, '__consumer_offsets-0')
    assert.ok(firstBytes < Number(SETTINGS['offsets.topic.segment.bytes']) / 4, `${firstBytes} bytes are left`)
    for (const _ of ['as it runs', 'after a restart']) {
      for (let i = 0; i < 3; i++) {
        const last = commits - ((commits - i) % 3)
        assert.deepEqual(await fetchCommitted(cluster, `group-${i}`), offsetsAt(last))
      }
      await restart()
    }
  })
})

test('a consumer reads a topic to its end while it is compacted under it', async () => {
  await withBroker(async ({ cluster, disk }) => {
    await createTopic(cluster, 'keyed', {
      'cleanup.policy': 'compact',
      'segment.ms': '1',
      'min.cleanable.dirty.ratio': '0',
    })
    const producer = new Producer(cluster, { batchBytesMax: 500 })
    const newest = new Map<string, number>()
    const write = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        // Each in a segment of its own, as the times say.
        const record = { timestamp: 1000 * i, key: utf8(`key ${i % 10}`), value: utf8(`${i}`) }
        await producer.send('keyed', [record])
        if (i % 4 === 0) await producer.flush()
        newest.set(`key ${i % 10}`, i)
      }
      await producer.flush()
    }
    await write(0, 100)
    const consumer = new Consumer(cluster, { maxWaitMs: 5, partitionMaxBytes: 300 })
    consumer.add([{ topic: 'keyed', partition: 0, offset: 0 }])
    const seen = new Map<string, number>()
    let last = -1
    const writing = write(100, 200)
    while (last < 199) {
      for (const { records } of await consumer.poll()) {
        for (const { offset, key, value } of records) {
          assert.ok(offset > last, 'in order, and none twice')
          last = offset
          assert.equal(new TextDecoder().decode(value!), `${offset}`)
          seen.set(new TextDecoder().decode(key!), offset)
        }
      }
    }
    await writing
    assert.deepEqual(seen, newest)
    // One that is compacted, and the active one.
    await until(async () => (await compacted(disk, 'keyed-0')).segments === 2)
  })
})

async function createTopic(
  cluster: Cluster,
  name: string,
  configs: Readonly<Record<string, string>>,
  numPartitions = 1,
): Promise<void> {
  const { topics } = await cluster.sendToAny(createTopics, {
    topics: [
      {
        name,
        numPartitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 1000,
    validateOnly: false,
  })
  assert.equal(topics[0]?.errorCode, 0)
}
