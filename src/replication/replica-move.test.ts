/** A replica on its way from one log directory to another, and the power that fails at any moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { DEFAULT_LOG_CONFIG, LogDirectory, TailCache } from '#log'
import { MetadataImage } from '#metadata'
import { encodeBatch, readRecords } from '#protocol/records'
import type { Partition } from './partition.ts'
import { Partitions } from './partitions.ts'

const TOPIC_ID = 'jWoDUkekQkGofl7qffTGMQ'
const orders = { topic: 'orders', partition: 0 }
const IN_A = 'directory-a-of-broker1'
const IN_B = 'directory-b-of-broker1'

/** A broker with two log directories and one partition, which the metadata has in the first. */
async function open(disk: MemoryDisk, tailBytes: number): Promise<Partitions> {
  const clock = new VirtualClock()
  const host = { clock, compute: nodeCompute, disk, logger: silentLogger, random: seededRandom(1) }
  const tailCache = new TailCache(tailBytes)
  const directories = new Map([
    [IN_A, await LogDirectory.open('/a', { host, tailCache })],
    [IN_B, await LogDirectory.open('/b', { host, tailCache })],
  ])
  const image = new MetadataImage()
  const state = {
    replicas: [1],
    directories: [IN_A],
    isr: [1],
    removingReplicas: [],
    addingReplicas: [],
    leader: 1,
    leaderRecoveryState: 0 as const,
    leaderEpoch: 0,
    partitionEpoch: 0,
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
  }
  image.load({ type: 'TOPIC_RECORD', version: 0, data: { name: orders.topic, topicId: TOPIC_ID } })
  image.load({
    type: 'PARTITION_RECORD',
    version: 2,
    data: { partitionId: 0, topicId: TOPIC_ID, ...state, eligibleLeaderReplicas: null, lastKnownElr: null },
  })
  const partitions = new Partitions({
    brokerId: 1,
    image,
    directories,
    offlinePaths: [],
    assignments: { assign() {} },
    configOf: () => ({ log: { ...DEFAULT_LOG_CONFIG, flushMessages: 1, segmentBytes: 1000 }, minInsyncReplicas: 1 }),
    logger: silentLogger,
  })
  const created = { before: undefined, after: state }
  const topic = { id: TOPIC_ID, name: orders.topic, created: true, deleted: false, partitions: new Map([[0, created]]) }
  partitions.apply({
    image,
    offset: 0,
    topics: new Map([[TOPIC_ID, topic]]),
    brokers: new Map(),
    configs: [],
    features: false,
  })
  await partitions.settled()
  await partitions.setStraysAside()
  return partitions
}

function served(partitions: Partitions): Partition {
  const partition = partitions.find(orders.topic, orders.partition)
  assert.ok(typeof partition === 'object', `it is served, not error ${partition}`)
  return partition
}

async function valuesOf({ log }: Partition): Promise<string[]> {
  const values: string[] = []
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const slice = await log.read(next, { maxBytes: 1, atLeastOne: true, endOffset: log.logEndOffset })
    assert.ok(slice.error === 0 && slice.nextOffset > next)
    for (const chunk of slice.chunks) {
      for (const { value } of readRecords(chunk, nodeCompute)) values.push(new TextDecoder().decode(value!))
    }
    next = slice.nextOffset
  }
  return values
}

/** Writes, moves and goes on writing; after `turns` the power fails. Gives how far the move was, and what was there after. */
async function crashIn(turns: number, keep: (() => boolean) | undefined, tailBytes: number) {
  const disk = new MemoryDisk()
  const partitions = await open(disk, tailBytes)
  const sent: string[] = []
  let acknowledged = 0
  const write = () => {
    const value = `record ${sent.length}`
    const outcome = served(partitions).append(
      encodeBatch([{ timestamp: 1, key: null, value: new TextEncoder().encode(value) }], {}),
      'client',
      -1,
    )
    assert.ok(outcome.error === undefined)
    sent.push(value)
    served(partitions).whenStored(outcome.lastOffset, -1, (error) => {
      if (error === 0) acknowledged = outcome.lastOffset + 1
    })
  }
  for (let i = 0; i < 20; i++) write()
  await served(partitions).log.flush()
  const moved = partitions.move(orders, '/b')
  for (let i = 0; i < turns; i++) {
    if (i % 7 === 0 && sent.length < 60) write()
    await undefined
  }
  const ended = { folder: served(partitions).log.folder, hasFormer: await disk.exists('/a/orders-0') }
  void moved
  const after = await open(disk.crash(keep), tailBytes)
  const values = await valuesOf(served(after))
  assert.deepEqual(values, sent.slice(0, values.length), 'in order, without a hole')
  assert.ok(values.length >= acknowledged, `${acknowledged} were acknowledged, ${values.length} are there`)
  // A move that was begun is finished after the start.
  for (let i = 0; i < 3000; i++) await undefined
  assert.deepEqual(await valuesOf(served(after)), values)
  return ended
}

for (const tailBytes of [1_000_000, 0]) {
  test(`whenever the power fails, what was acknowledged is there (tail of ${tailBytes} bytes)`, async () => {
    const seen = new Set<string>()
    const random = seededRandom(7)
    const choices = [undefined, () => true, () => random.below(2) === 0]
    for (let turns = 0; turns < 1500; turns += 23) {
      const { folder, hasFormer } = await crashIn(turns, choices[(turns / 23) % 3], tailBytes)
      seen.add(`${folder}${hasFormer ? ' beside the former' : ''}`)
    }
    assert.deepEqual([...seen], ['/a/orders-0 beside the former', '/b/orders-0 beside the former', '/b/orders-0'])
  })
}
