/** The log directories of a broker as its operator sees them: what is put where, moved, set aside, and lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostError } from '#host'
import { ErrorCode } from '#protocol'
import { inWorld, TOPIC } from './disk-world.kit.test.ts'

test('a log of a topic that the cluster does not know is set aside, once, and nothing of it is lost', async () => {
  await inWorld(['/data'], async (world) => {
    await world.createTopic()
    assert.equal(await world.write('a'), 0)
    await world.stop()
    await world.disk.rename('/data/orders-0', '/data/ghosts-0')
    await world.start()
    const [warning = ''] = world.warnings
    const [, aside = ''] =
      /^The log \/data\/ghosts-0 belongs to no partition that this broker has a replica of: it is kept as (\S+)$/.exec(
        warning,
      ) ?? []
    assert.match(aside, /^\/data\/ghosts-0\.[\w-]{22}-stray$/)
    assert.ok((await world.disk.readFile(`${aside}/00000000000000000000.log`)).length > 60)

    // The name is free.
    await world.createTopic('ghosts')
    assert.equal(await world.write('b', { topic: 'ghosts' }), 0)
    await world.restart()
    assert.deepEqual(world.warnings, [])
    assert.deepEqual(await world.read({ topic: 'ghosts' }), ['b'])
    assert.ok(await world.disk.exists(aside))
  })
})

test('the log of a deleted topic does not come back in the topic that has its name now', async () => {
  await inWorld(['/data'], async (world) => {
    await world.createTopic()
    assert.equal(await world.write('old'), 0)
    await world.stop()
    await world.disk.rename('/data/orders-0', '/elsewhere')
    await world.start()
    await world.deleteTopic(TOPIC)
    await world.createTopic()
    world.cluster.forget(TOPIC)
    assert.equal(await world.write('new'), 0)
    await world.stop()
    await world.disk.removeDirectory('/data/orders-0')
    await world.disk.rename('/elsewhere', '/data/orders-0')
    await world.start()
    assert.equal(world.warnings.length, 1)
    assert.match(world.warnings[0]!, /^The log \/data\/orders-0 belongs to another topic of this name: it is kept as /)
    assert.deepEqual(await world.read(), [], 'the disk lost the new records, but the old are not taken for them')
    assert.equal(await world.write('newer'), 0)
  })
})

test('new replicas go where the fewest are, and are found there again', async () => {
  await inWorld(['/a', '/b', '/c'], async (world) => {
    await world.createTopic(TOPIC, 7)
    await world.until(async () => (await world.leaderOf(6)) >= 0)
    for (let partition = 0; partition < 7; partition++) assert.equal(await world.write('x', { partition }), 0)
    const places = await world.places()
    assert.deepEqual(
      Object.values(places).map((partitions) => partitions.length),
      [3, 2, 2],
    )
    await world.restart()
    assert.deepEqual(await world.places(), places)
    assert.deepEqual(await world.read({ partition: 6 }), ['x'])
  })
})

test('a directory that fails takes its partitions offline; the others are served, and a restart brings it back', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    for (const partition of [0, 1]) assert.equal(await world.write('before', { partition }), 0)
    const { '/b': inB = [] } = await world.places()
    const lost = Number(inB[0]!.slice(-1))
    world.disk.failNext('sync', 'EIO', { path: `/b/${inB[0]}/00000000000000000000.log` })
    assert.equal(await world.write('lost', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal(await world.write('during', { partition: 1 - lost }), 0)
    // The controller was told where its replicas are, and that the directory is gone.
    await world.until(async () => (await world.leaderOf(lost)) === -1)
    assert.ok((await world.leaderOf(1 - lost)) >= 0)
    assert.deepEqual((await world.places())['/b'], [`error ${ErrorCode.KAFKA_STORAGE_ERROR}`])
    assert.equal(await world.write('lost', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal(await world.move('/b', { partition: 1 - lost }), ErrorCode.KAFKA_STORAGE_ERROR)

    await world.restart()
    assert.ok((await world.leaderOf(lost)) >= 0)
    assert.equal((await world.read({ partition: lost }))[0], 'before')
    assert.equal(await world.write('after', { partition: lost }), 0)
    assert.deepEqual(await world.read({ partition: 1 - lost }), ['before', 'during'])
  })
})

test('a directory that cannot be opened is gone without; its partitions are not made anew elsewhere', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    for (const partition of [0, 1]) assert.equal(await world.write('before', { partition }), 0)
    const { '/b': inB = [] } = await world.places()
    const lost = Number(inB[0]!.slice(-1))
    await world.stop()
    world.disk.failNext('list', 'EIO', { path: '/b' })
    await world.start()
    assert.match(world.warnings[0]!, /^The log directory \/b is offline, the others are served: /)
    assert.deepEqual((await world.places())['/b'], [`error ${ErrorCode.KAFKA_STORAGE_ERROR}`])
    assert.equal(await world.write('lost', { partition: lost }), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.deepEqual(await world.read({ partition: 1 - lost }), ['before'])
    assert.equal(await world.move('/b', { partition: 1 - lost }), ErrorCode.KAFKA_STORAGE_ERROR)
    await world.createTopic('fresh')
    assert.equal(await world.write('x', { topic: 'fresh' }), 0)

    await world.restart()
    assert.deepEqual(await world.read({ partition: lost }), ['before'])
  })
})

test('a broker does not start without the directory of its metadata log, and stops when it fails', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.stop()
    world.disk.failNext('list', 'EIO', { path: '/a' })
    await assert.rejects(world.start(), HostError)
    await world.start()
    world.disk.failNext('sync', 'EIO', { path: '/a/__cluster_metadata-0/00000000000000000000.log' })
    const { failed } = world
    await Promise.race([failed, world.createTopic().catch(() => {})])
    assert.match((await failed).message, /^The log directory \/a, which has the metadata log, failed: /)
  })
})

test('a damaged log takes its own partition offline, and no other', async () => {
  await inWorld(['/data'], async (world) => {
    await world.createTopic(TOPIC, 2)
    for (const partition of [0, 1]) assert.equal(await world.write('x', { partition }), 0)
    await world.stop()
    await world.disk.remove('/data/.kafka_cleanshutdown')
    await world.disk.replaceFile('/data/orders-0/00000000000000000000.log', new Uint8Array(0))
    await world.start()
    assert.match(world.warnings.join(), /The log of orders-0 is damaged: /)
    assert.equal(await world.write('x', { partition: 0 }), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.deepEqual(await world.read({ partition: 1 }), ['x'])
  })
})

test('a replica moves to another directory while it is written, and nothing is lost', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic()
    const [from = ''] = Object.entries(await world.places()).find(([, found]) => found.length > 0) ?? []
    const to = from === '/a' ? '/b' : '/a'
    const sent: string[] = []
    let isMoving = true
    async function writeOn() {
      for (let i = 0; isMoving || i < 300; i++) {
        sent.push(`${i}`)
        assert.equal(await world.write(`${i}`), 0)
        // What only memory does is done in one turn: let timers have theirs.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const writing = writeOn()
    await world.until(() => sent.length > 100)
    assert.equal(await world.move(to), 0)
    await world.until(async () => (await world.places())[from]!.length === 0)
    isMoving = false
    await writing
    assert.deepEqual(await world.places(), { [from]: [], [to]: ['orders-0'] })
    assert.deepEqual(await world.read(), sent)
    await world.restart()
    assert.deepEqual(world.warnings, [])
    assert.deepEqual(await world.places(), { [from]: [], [to]: ['orders-0'] })
    assert.deepEqual(await world.read(), sent)

    assert.equal(await world.move(to), 0, 'it is there')
    assert.equal(await world.move('/nowhere'), ErrorCode.LOG_DIR_NOT_FOUND)
    assert.equal(await world.move('/nowhere', { topic: 'unknown' }), ErrorCode.LOG_DIR_NOT_FOUND)
    assert.equal(await world.move(to, { topic: 'unknown' }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert.equal(await world.move(to, { partition: 9 }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const topic = 'l'.repeat(230)
    await world.createTopic(topic)
    assert.equal(await world.move(to, { topic }), ErrorCode.INVALID_TOPIC_EXCEPTION)
  })
})

test('a move is called off by one to where the replica is, by deletion, and begun anew after a restart', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic()
    assert.equal(await world.write('x'), 0)
    const [from = ''] = Object.entries(await world.places()).find(([, found]) => found.length > 0) ?? []
    const to = from === '/a' ? '/b' : '/a'
    const began = async () => {
      const release = world.disk.hold('write', (path) => path.includes('-future/'))
      assert.equal(await world.move(to), 0)
      assert.deepEqual(await world.places(), { [from]: ['orders-0'], [to]: ['orders-0 (future)'] })
      return release
    }
    ;(await began())()
    await world.until(async () => (await world.places())[to]![0] === 'orders-0')
    assert.equal(await world.move(from), 0)
    await world.until(async () => (await world.places())[from]![0] === 'orders-0')

    const cancelled = await began()
    const calledOff = world.move(from)
    cancelled()
    assert.equal(await calledOff, 0)
    assert.deepEqual(await world.places(), { [from]: ['orders-0'], [to]: [] })
    assert.deepEqual(await world.read(), ['x'])

    const interrupted = await began()
    const stopping = world.stop()
    interrupted()
    await stopping
    await world.start()
    await world.until(async () => (await world.places())[from]!.length === 0)
    assert.deepEqual(await world.read(), ['x'])
    assert.deepEqual(world.warnings, [])

    assert.equal(await world.move(from), 0)
    await world.deleteTopic(TOPIC)
    await world.until(async () => Object.values(await world.places()).every((found) => found.length === 0))
    await world.restart()
    assert.deepEqual(world.warnings, [])
  })
})

test('a cordoned directory takes no new replicas and keeps what it has; a broker with no other takes none (KIP-1066)', async () => {
  await inWorld(['/a', '/b'], async (world) => {
    await world.createTopic(TOPIC, 2)
    await world.cordon('/b')
    await world.createTopic('more', 3)
    assert.deepEqual(await world.places(), {
      '/a': ['more-0', 'more-1', 'more-2', 'orders-0'],
      '/b': ['orders-1 (cordoned)'],
    })
    assert.equal(await world.write('x', { partition: 1 }), 0)
    assert.equal(await world.move('/b'), ErrorCode.INVALID_REPLICA_ASSIGNMENT)
    await world.cordon('*')
    await world.until(
      async () => (await world.tryToCreateTopic('none')).errorCode === ErrorCode.INVALID_REPLICATION_FACTOR,
    )
    assert.match((await world.tryToCreateTopic('none')).errorMessage ?? '', /have all their log directories cordoned/)
    await world.restart()
    assert.equal((await world.tryToCreateTopic('none')).errorCode, ErrorCode.INVALID_REPLICATION_FACTOR)
    await world.cordon('')
    await world.until(async () => (await world.tryToCreateTopic('some')).errorCode === 0)
  })
})
