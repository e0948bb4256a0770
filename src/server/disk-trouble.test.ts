/** A whole broker on a disk that is full, gone, or failing: what its clients and its operator see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode } from '#protocol'
import { createPartitions, createTopics, findCoordinator, offsetCommit } from '#protocol/messages'
import { inWorld, TOPIC, type World } from './disk-world.kit.test.ts'

const HASTE = 20
/** Else a look at the disk, which may come at any time, has records refused before the disk is full. */
const toTheLastByte = { 'ottla.disk.free.bytes.min': '0' }
const small = { disk: { totalBytes: 4_000_000 }, haste: HASTE }

/** Others take all of the disk but `bytes`. */
async function leave(world: World, bytes: number): Promise<void> {
  world.disk.othersBytes = 0
  world.disk.othersBytes = (await world.disk.space('/')).freeBytes - bytes
}

/** Commits an offset of a group without members; gives the error of the answer. */
async function commit(world: World, committedOffset: number): Promise<number> {
  const { topicId } = await world.cluster.topic(TOPIC, { waitMs: 10_000 })
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: null }]
  const { topics } = await world.cluster.sendToAny(offsetCommit, {
    groupId: 'group',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: TOPIC, topicId, partitions }],
  })
  return topics[0]!.partitions[0]!.errorCode
}

/** Has the topic of the groups made, and the group's coordinator ready. */
async function coordinate(world: World): Promise<void> {
  await world.until(async () => {
    const answer = await world.cluster.sendToAny(findCoordinator, {
      keyType: 0,
      coordinatorKeys: ['group'],
      key: 'group',
    })
    return answer.coordinators[0]?.errorCode === 0 && (await commit(world, 0)) === 0
  })
}

test('a disk that is almost full refuses records and topics by name; all else goes on, and so do they with room', async () => {
  const settings = { 'offsets.topic.num.partitions': '1', 'log.retention.ms': '-1' }
  await inWorld(
    ['/data'],
    async (world) => {
      await world.createTopic()
      await world.createTopic('doomed')
      await coordinate(world)
      assert.equal(await world.write('before'), 0)
      await leave(world, 150_000)
      let refused = await world.tryToWrite('refused')
      await world.until(async () => {
        refused = await world.tryToWrite('refused')
        return refused.errorCode !== 0
      })
      const read = await world.read()
      assert.equal(refused.errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
      const why =
        /the disk of \/data is almost full: \d+ bytes are free, 200000 are kept \(ottla\.disk\.free\.bytes\.min\)$/
      assert.match(refused.errorMessage ?? '', why)
      assert.equal(read[0], 'before')
      for (const validateOnly of [false, true]) {
        const { topics } = await world.cluster.sendToAny(createTopics, {
          topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
          timeoutMs: 1000,
          validateOnly,
        })
        assert.equal(topics[0]!.errorCode, validateOnly ? 0 : ErrorCode.KAFKA_STORAGE_ERROR)
        if (!validateOnly) assert.match(topics[0]!.errorMessage ?? '', why)
      }
      const { results } = await world.cluster.sendToAny(createPartitions, {
        topics: [{ name: TOPIC, count: 2, assignments: null }],
        timeoutMs: 1000,
        validateOnly: false,
      })
      assert.match(results[0]!.errorMessage ?? '', why)
      assert.equal(await commit(world, 1), 0)
      await world.deleteTopic('doomed')
      await leave(world, 300_000)
      await world.until(async () => (await world.write('after')) === 0)
      assert.deepEqual(await world.read(), [...read, 'after'])
      assert.equal(await world.move('/data'), 0)
      assert.match(world.warnings.join(), /^Records of clients are refused: the disk of \/data is almost full/)
    },
    settings,
    small,
  )
})

test('a disk that is full keeps what is being written waiting, and goes on with it when there is space', async () => {
  const settings = { 'offsets.topic.num.partitions': '1', 'log.retention.ms': '-1', ...toTheLastByte }
  await inWorld(
    ['/data'],
    async (world) => {
      await world.createTopic()
      await coordinate(world)
      assert.equal(await world.write('before'), 0)
      await leave(world, 30)
      await world.cluster.pause(200)
      const waiting = world.write('waiting', { cluster: world.otherCluster })
      await world.until(() => world.warnings.some((line) => line.startsWith('The disk of /data is full')))
      assert.equal(await world.write('refused'), ErrorCode.KAFKA_STORAGE_ERROR)
      assert.equal(await commit(world, 1), ErrorCode.NOT_COORDINATOR)
      assert.deepEqual(await world.read(), ['before'])
      await leave(world, 1_000_000)
      assert.equal(await waiting, 0)
      await world.until(async () => (await world.write('after')) === 0)
      assert.equal(await commit(world, 1), 0)
      const read = await world.read()
      assert.deepEqual(read, ['before', 'waiting', 'after'])
      await world.restart()
      assert.deepEqual(world.warnings, [])
      assert.deepEqual(await world.read(), read)
    },
    settings,
    small,
  )
})

test('a broker whose disk is full stops, and starts again with all that was acknowledged', async () => {
  await inWorld(
    ['/data'],
    async (world) => {
      await world.createTopic()
      assert.equal(await world.write('kept'), 0)
      await leave(world, 30)
      await world.cluster.pause(200)
      const waiting = world.write('waiting').catch(() => {})
      await world.until(() => world.warnings.some((line) => line.startsWith('The disk of /data is full')))
      await world.stop()
      await waiting
      await leave(world, 1_000_000)
      await world.start()
      assert.deepEqual(await world.read(), ['kept'])
      assert.equal(await world.write('after'), 0)
    },
    toTheLastByte,
    small,
  )
})

test('a broker that stops answers what it has taken when that is stored', async () => {
  await inWorld(['/data'], async (world) => {
    await world.createTopic()
    const release = world.disk.hold('sync', (path) => path.includes('/orders-0/'))
    const written = world.write('taken', { cluster: world.otherCluster })
    await world.until(() => world.disk.unsynced.some(({ path }) => path === '/data/orders-0/00000000000000000000.log'))
    const stopped = world.stop()
    assert.equal(await world.write('late'), ErrorCode.NOT_LEADER_OR_FOLLOWER)
    release()
    assert.equal(await written, 0)
    await stopped
    await world.start()
    assert.deepEqual(await world.read(), ['taken'])
  })
})

test('a directory that vanishes is offline, its partitions without a leader; the others are served', async () => {
  await inWorld(
    ['/a', '/b'],
    async (world) => {
      await world.createTopic(TOPIC, 2)
      for (const partition of [0, 1]) assert.equal(await world.write('x', { partition }), 0)
      const { '/b': inB = [] } = await world.places()
      const lost = Number(inB[0]!.slice(-1))
      await world.disk.removeDirectory('/b')
      await world.until(async () => (await world.leaderOf(lost)) === -1)
      assert.equal(await world.write('y', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
      assert.equal(await world.write('y', { partition: 1 - lost }), 0)
      assert.match(world.warnings.join(), /\/b is fenced, .*\/b is not what it was: its file \.lock is gone/)
    },
    {},
    { haste: HASTE },
  )
})

test('a directory that fails while a topic is made is gone without: it is made in another', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    world.disk.failAll('makeDirectory', 'EROFS', (path) => path.startsWith('/b/'))
    await world.createTopic(TOPIC, 4)
    for (let partition = 0; partition < 4; partition++) assert.equal(await world.write('x', { partition }), 0)
    assert.equal((await world.places())['/a']!.length, 4)
  })
})

test('the metadata log may have a directory of its own, which takes no partitions and ends the broker with it', async () => {
  const settings = { 'metadata.log.dir': '/metadata' }
  await inWorld(
    ['/a', '/b'],
    async (world) => {
      await world.createTopic(TOPIC, 3)
      assert.equal(await world.write('x'), 0)
      assert.ok(await world.disk.exists('/metadata/__cluster_metadata-0/quorum-state'))
      assert.deepEqual(Object.keys(await world.places()), ['/a', '/b'])
      await world.restart()
      assert.deepEqual(world.warnings, [])
      assert.deepEqual(await world.read(), ['x'])
      // Neither of the others is needed, as long as there is one.
      await world.stop()
      const lift = world.disk.failAll('list', 'EIO', (path) => path === '/a')
      await world.start()
      assert.deepEqual((await world.places())['/a'], [`error ${ErrorCode.KAFKA_STORAGE_ERROR}`])
      lift()
      await world.restart()
      world.disk.failAll('sync', 'EIO', (path) => path.startsWith('/metadata/'))
      const { failed } = world
      void world.createTopic('next').catch(() => {})
      assert.match((await failed).message, /^The log directory \/metadata, which has the metadata log, failed: /)
    },
    settings,
  )
})

test('a broker without a log directory left ends', async () => {
  await inWorld(
    ['/a', '/b'],
    async (world) => {
      const { failed } = world
      world.disk.failAll('makeDirectory', 'EIO', (path) => !path.startsWith('/metadata'))
      void world.createTopic().catch(() => {})
      assert.match((await failed).message, /^All log directories have failed/)
    },
    { 'metadata.log.dir': '/metadata' },
  )
})

test('a directory whose meta.properties cannot be read is offline from the start', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    const { '/b': inB = [] } = await world.places()
    const lost = Number(inB[0]!.slice(-1))
    await world.stop()
    world.disk.failNext('read', 'EIO', { path: '/b/meta.properties' })
    await world.start()
    assert.match(world.warnings[0]!, /^The log directory \/b is offline, the others are served: /)
    assert.equal(await world.leaderOf(lost), -1)
    assert.ok((await world.leaderOf(1 - lost)) >= 0)
  })
})

test('a broker ends that cannot tell the controller of a directory that failed', async () => {
  await inWorld(
    ['/a', '/b'],
    async (world) => {
      await world.createTopic(TOPIC, 2)
      const { '/b': inB = [] } = await world.places()
      const lost = Number(inB[0]!.slice(-1))
      assert.equal(await world.write('x', { partition: lost }), 0)
      const { failed } = world
      const release = world.disk.hold('sync', (path) => path.startsWith('/a/'))
      world.disk.failAll('write', 'EIO', (path) => path.startsWith('/b/'))
      assert.equal(await world.write('y', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
      const { message } = await failed
      release()
      assert.equal(message, 'The controller does not learn within 2000 ms that a log directory has failed')
    },
    { 'log.dir.failure.timeout.ms': '2000' },
    { haste: HASTE },
  )
})

test('a slow directory keeps its own producers waiting and nobody else', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    for (const partition of [0, 1]) assert.equal(await world.write('before', { partition }), 0)
    const { '/b': inB = [] } = await world.places()
    const slow = Number(inB[0]!.slice(-1))
    const release = world.disk.hold('sync', (path) => path.startsWith('/b/'))
    let isStored = false
    const waiting = world.write('slow', { partition: slow, cluster: world.otherCluster }).then((error) => {
      isStored = true
      return error
    })
    for (let i = 0; i < 20; i++) assert.equal(await world.write(`${i}`, { partition: 1 - slow }), 0)
    assert.deepEqual(await world.read({ partition: slow }), ['before'])
    assert.equal(isStored, false)
    release()
    assert.equal(await waiting, 0)
    assert.deepEqual(await world.read({ partition: slow }), ['before', 'slow'])
  })
})

test('a disk that was not mounted is not taken for a new one: its partitions wait for it', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    for (const partition of [0, 1]) assert.equal(await world.write('kept', { partition }), 0)
    const { '/b': inB = [] } = await world.places()
    const lost = Number(inB[0]!.slice(-1))
    await world.stop()
    await world.disk.rename('/b', '/elsewhere')
    await world.start()
    assert.match(world.warnings.join(), /Cannot open the log of orders-\d: it was in a log directory that is not among/)
    assert.equal(await world.leaderOf(lost), -1)
    assert.equal(await world.write('new', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal(await world.write('new', { partition: 1 - lost }), 0)
    await world.createTopic('more', 2)
    await world.deleteTopic('more')
    await world.stop()
    await world.disk.removeDirectory('/b')
    await world.disk.rename('/elsewhere', '/b')
    await world.start()
    assert.deepEqual(await world.read({ partition: lost }), ['kept'])
    assert.deepEqual(await world.read({ partition: 1 - lost }), ['kept', 'new'])
  })
})
