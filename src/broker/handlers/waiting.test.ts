/** Produce and Fetch requests that wait, by the handlers themselves: who ends the waiting, and what is left of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines, type TopicId, utf8, ZERO_UUID } from '#core'
import { silentLogger } from '#host'
import { MemoryDisk, VirtualClock } from '#host/memory'
import { DEFAULT_LOG_CONFIG } from '#log'
import { type Api, ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { fetch, produce } from '#protocol/messages'
import { encodeBatch } from '#protocol/records'
import { Partition, Partitions } from '#replication'
import { NodeWorld } from '../../metadata/node-world.kit.test.ts'
import { FetchSessions } from '../fetch-sessions.ts'
import { CloseConnection, type Handler, type RequestContext } from '../handler.ts'
import { produceHandler } from './000-produce.ts'
import { fetchHandler } from './001-fetch.ts'

const batch = (value = 'value') => encodeBatch([{ timestamp: 1n, value: utf8(value) }])

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Of a fetch, the first partition of a topic. */
const FROM_START = {
  partition: 0,
  fetchOffset: 0,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 1 << 20,
  logStartOffset: -1,
  replicaDirectoryId: ZERO_UUID as TopicId,
  highWatermark: -1n,
}

/** A broker's handlers of Produce and Fetch, with a topic of one partition. */
class World {
  readonly disk = new MemoryDisk()
  readonly clock = new VirtualClock()
  readonly closing = new Set<() => void>()
  /** Of the last answer: that it has left. */
  sent = () => {}
  readonly node: NodeWorld
  readonly partitions: Partitions
  readonly produce: Handler<typeof produce>
  readonly fetch: Handler<typeof fetch>

  private constructor(node: NodeWorld, disk: MemoryDisk, clock: VirtualClock) {
    this.node = node
    this.disk = disk
    this.clock = clock
    this.partitions = new Partitions({
      brokerId: 1,
      image: node.image,
      directories: new Map(node.directories.map((each) => [node.node.directoryIds.get(each.path)!, each])),
      offlinePaths: [],
      assignments: { assign() {} },
      configOf: () => ({ log: { ...DEFAULT_LOG_CONFIG, flushMessages: 1 }, minInsyncReplicas: 1 }),
      logger: silentLogger,
    })
    const deadlines = new Deadlines(clock)
    const endpointsOf = () => []
    this.produce = produceHandler({ partitions: this.partitions, deadlines, endpointsOf })
    const sessions = new FetchSessions(10, () => 1)
    const ports = { partitions: this.partitions, deadlines, endpointsOf, sessions, clock }
    this.fetch = fetchHandler({ ...ports, fetchMaxBytes: () => 1 << 20 })
  }

  static async open(t: { after(action: () => Promise<void>): void }): Promise<World> {
    const disk = new MemoryDisk()
    const clock = new VirtualClock()
    const node = await NodeWorld.open({ disk, clock })
    await node.broker()
    const world = new World(node, disk, clock)
    node.node.subscribe((delta) => world.partitions.apply(delta))
    await node.create('t')
    await world.partitions.settled()
    t.after(async () => {
      world.partitions.close()
      await node.close()
    })
    return world
  }

  get partition(): Partition {
    const partition = this.partitions.find('t', 0)
    assert.ok(partition instanceof Partition)
    return partition
  }

  async ask<A extends Api>(handler: Handler<A>, apiVersion: number, request: RequestOf<A>): Promise<ResponseOf<A>> {
    const onClosed = (action: () => void) => {
      this.closing.add(action)
      return () => void this.closing.delete(action)
    }
    const context = {
      apiVersion,
      clientId: 'c',
      listenerName: 'PLAINTEXT',
      onClosed,
      onSent: (action: () => void) => {
        this.sent = action
      },
    } as unknown as RequestContext
    return (await handler.handle(request, context)) as ResponseOf<A>
  }

  send(acks: number, ...names: string[]): Promise<ResponseOf<typeof produce>> {
    const topicData = names.map((name) => ({
      name,
      topicId: ZERO_UUID,
      partitionData: [{ index: 0, records: [batch()] }],
    }))
    return this.ask(this.produce, 9, { transactionalId: null, acks, timeoutMs: 1000, topicData })
  }

  read(more: Partial<RequestOf<typeof fetch>> = {}, fetchOffset = 0): Promise<ResponseOf<typeof fetch>> {
    const whole = { ...FROM_START, fetchOffset }
    const limits = { maxWaitMs: 2 ** 31 - 1, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 0 }
    const nobody = { replicaId: -1, replicaState: { replicaId: -1, replicaEpoch: -1 }, clusterId: null, rackId: '' }
    const session = { sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [] }
    const topics = [{ topic: 't', topicId: ZERO_UUID, partitions: [whole] }]
    return this.ask(this.fetch, 12, { ...nobody, ...limits, ...session, topics, ...more } as RequestOf<typeof fetch>)
  }
}

/** What a promise has resolved with, if it has. */
function answered<T>(promise: Promise<T>): () => T | undefined {
  let answer: T | undefined
  void promise.then((value) => {
    answer = value
  })
  return () => answer
}

test('records that are not stored in time get REQUEST_TIMED_OUT, and a late disk answers nobody', async (t) => {
  const world = await World.open(t)
  const release = world.disk.hold('sync')
  const answers = [1, -1].map((acks) => answered(world.send(acks, 't', 'nope')))
  await turns()
  assert.deepEqual(
    answers.map((answer) => answer()),
    [undefined, undefined],
  )
  world.clock.advance(1000)
  await turns()
  for (const answer of answers) {
    assert.deepEqual(
      answer()?.responses.map(({ partitionResponses: [first] }) => [first?.errorCode, first?.baseOffset]),
      [
        [ErrorCode.REQUEST_TIMED_OUT, -1],
        [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1],
      ],
    )
  }
  release()
  await turns()
  assert.equal(world.partition.highWatermark, 2)
})

test('a disk that fails is KAFKA_STORAGE_ERROR for those who wait', async (t) => {
  const world = await World.open(t)
  world.disk.failNext('sync', 'EIO')
  const answers = await Promise.all([world.send(1, 't'), world.send(-1, 't')])
  assert.deepEqual(
    answers.map(({ responses }) => responses[0]?.partitionResponses[0]?.errorCode),
    [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.KAFKA_STORAGE_ERROR],
  )
})

test('a producer that wants no answer learns of an error by the end of its connection', async (t) => {
  const world = await World.open(t)
  assert.equal(typeof (await world.send(0, 't')), 'symbol')
  assert.ok((await world.send(0, 'nope')) instanceof CloseConnection)
  assert.ok((await world.send(0, 't', 't')) instanceof CloseConnection)
})

test('a partition that is named twice is not written to at all', async (t) => {
  const world = await World.open(t)
  const { responses } = await world.send(-1, 't', 't')
  assert.deepEqual(
    responses.map(({ partitionResponses: [first] }) => first?.errorCode),
    [ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST],
  )
  assert.equal(world.partition.log.logEndOffset, 0)
})

test('a fetch waits for a record, for its time, or for the topic to go', async (t) => {
  const world = await World.open(t)
  const first = answered(world.read())
  await turns()
  assert.equal(first(), undefined)
  await world.send(-1, 't')
  await turns()
  assert.equal(first()?.responses[0]?.partitions[0]?.records?.length, 1)
  const second = answered(world.read({ maxWaitMs: 500 }, 1))
  world.clock.advance(500)
  await turns()
  assert.deepEqual(second()?.responses[0]?.partitions[0]?.records, [])
  const third = answered(world.read({}, 1))
  await world.node.ask('deleteTopics', { topics: [{ name: 't', topicId: ZERO_UUID }], timeoutMs: 1000 })
  await turns()
  assert.equal(third()?.responses[0]?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(world.closing.size, 0)
})

test('a fetch ends with its connection, and leaves no listener and no timer', async (t) => {
  const world = await World.open(t)
  const { partition } = world
  const fetched = answered(world.read())
  await turns()
  const unlisten = t.mock.method(partition, 'unlisten')
  for (const close of [...world.closing]) close()
  await turns()
  assert.ok(fetched())
  assert.equal(unlisten.mock.callCount(), 1)
  assert.equal(world.closing.size, 0)
})

test('a fetch that wants much reads a few times while many records come', async (t) => {
  const world = await World.open(t)
  const reads = t.mock.method(world.partition.log, 'read')
  const fetched = answered(world.read({ minBytes: 20_000 }))
  let count = 0
  const isAnswered = () => fetched() !== undefined
  while (!isAnswered() && count < 1000) {
    await world.send(-1, 't')
    count++
  }
  const bytes = fetched()?.responses[0]?.partitions[0]?.records?.reduce((sum, each) => sum + each.length, 0) ?? 0
  assert.ok(bytes >= 20_000 && bytes < 20_000 + 2 * batch().length, `${bytes} bytes after ${count} records`)
  assert.ok(reads.mock.callCount() < 20, `${reads.mock.callCount()} reads`)
})

test('a reader who waits gets all that one turn wrote to his partitions in one answer', async (t) => {
  const world = await World.open(t)
  await world.node.create('u')
  await world.partitions.settled()
  const topics = ['t', 'u'].map((topic) => ({ topic, topicId: ZERO_UUID as TopicId, partitions: [FROM_START] }))
  const answer = answered(world.read({ topics }))
  await turns()
  assert.equal(answer(), undefined)
  await world.send(1, 't', 'u')
  await turns()
  const topicsRead = answer()?.responses.filter(({ partitions: [first] }) => (first?.records?.length ?? 0) > 0)
  assert.deepEqual(
    topicsRead?.map(({ topic }) => topic),
    ['t', 'u'],
  )
})

test('files that are held for an answer are let go when it has left or fails, when it is read anew, and when nobody is there', async (t) => {
  const world = await World.open(t)
  await world.send(1, 't')
  let held = 0
  world.partition.log.readToSend = () => {
    held++
    let isHeld = true
    const release = () => {
      if (isHeld) held--
      isHeld = false
    }
    return { error: ErrorCode.NONE, chunks: [{ length: 100_000, read: () => true, release }] }
  }
  await world.read()
  assert.deepEqual([held, world.closing.size], [1, 1])
  world.sent()
  assert.deepEqual([held, world.closing.size], [0, 0])

  const { readToSend } = world.partition.log
  const twice = [{ topic: 't', topicId: ZERO_UUID, partitions: [FROM_START, FROM_START] }]
  world.partition.log.readToSend = (offset, options) => {
    return held === 0 ? readToSend(offset, options) : Promise.reject(new Error('gone'))
  }
  await assert.rejects(world.read({ topics: twice } as unknown as Partial<RequestOf<typeof fetch>>), /gone/)
  assert.equal(held, 0)
  world.partition.log.readToSend = readToSend

  const waiting = answered(world.read({ minBytes: 150_000 }))
  assert.deepEqual([held, waiting()], [1, undefined])
  for (let i = 0; i < 3; i++) await world.send(1, 't')
  await turns()
  assert.equal(held, 1)
  for (const action of world.closing) action()
  await turns()
  assert.notEqual(waiting(), undefined)
  assert.equal(held, 0)
})
