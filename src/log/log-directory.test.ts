import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AssertionError, utf8, ZERO_UUID } from '#core'
import { HostError } from '#host'
import { ErrorCode } from '#protocol'
import { DEFAULT_LOG_CONFIG } from './log-config.ts'
import { append, batch, contentOf, FOLDER, orders, PATH, settle, TOPIC_ID, World } from './log-world.kit.test.ts'

const other = { topic: 'other.topic', partition: 0 }
const text = async (world: World, path: string) => new TextDecoder().decode(await world.disk.readFile(path))
const code = (expected: string) => (error: unknown) => error instanceof HostError && error.code === expected
const names = async (world: World, path = PATH) => (await world.disk.list(path)).map(({ name }) => name)

describe('a log directory', () => {
  test("keeps its logs in Kafka's files", async () => {
    const world = await World.open()
    const log = await world.create()
    await world.directory.createLog(other, { topicId: TOPIC_ID, config: world.config })
    append(log, batch(3), { leaderEpoch: 4 })
    await settle()
    log.advanceHighWatermark(2)
    log.advanceLogStartOffset(1)
    await world.close()
    assert.equal(await text(world, `${PATH}/recovery-point-offset-checkpoint`), '0\n2\norders 3 3\nother.topic 0 0\n')
    assert.equal(await text(world, `${PATH}/replication-offset-checkpoint`), '0\n2\norders 3 2\nother.topic 0 0\n')
    assert.equal(await text(world, `${PATH}/log-start-offset-checkpoint`), '0\n1\norders 3 1\n')
    assert.equal(await text(world, `${PATH}/.kafka_cleanshutdown`), '{"version":0,"brokerEpoch":7}')
    assert.equal(await text(world, `${FOLDER}/partition.metadata`), `version: 0\ntopic_id: ${TOPIC_ID}`)
    assert.equal(await text(world, `${FOLDER}/leader-epoch-checkpoint`), '0\n1\n4 1\n')
    assert.deepEqual(await names(world, FOLDER), [
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000003.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
  })

  test('finds its logs again, with what the checkpoints say', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(3))
    await settle()
    log.advanceHighWatermark(2)
    const { world: again, log: opened } = await world.reopen()
    assert.deepEqual([again.directory.wasCleanShutdown, again.directory.lastBrokerEpoch], [true, 7])
    assert.deepEqual([opened.topicId, opened.highWatermark, opened.stableEndOffset], [TOPIC_ID, 2, 3])
    assert.deepEqual(
      [again.directory.found(), [...again.directory.logs()], again.directory.get(orders)],
      [[], [opened], opened],
    )
    assert.ok(!(await names(again)).includes('.kafka_cleanshutdown'), 'the mark is gone before anything is written')
    const crashed = await World.open({ disk: again.disk.crash(() => true) })
    assert.deepEqual([crashed.directory.wasCleanShutdown, crashed.directory.lastBrokerEpoch], [false, -1])
    // A log that nobody opened has not been recovered.
    await crashed.close()
    assert.equal((await World.open({ disk: crashed.disk })).directory.wasCleanShutdown, false)
  })

  test('opens all of them at once, and tells which are damaged', async () => {
    const world = await World.open()
    for (let partition = 0; partition < 30; partition++) {
      const config = DEFAULT_LOG_CONFIG
      const log = await world.directory.createLog({ topic: 'many', partition }, { topicId: TOPIC_ID, config })
      append(log, batch(partition + 1))
    }
    await world.close()
    world.disk.corrupt(`${PATH}/many-7/00000000000000000000.log`, 65, utf8('?'))
    const again = await World.open({ disk: world.disk })
    assert.equal(again.directory.found().length, 30)
    const damaged = await again.directory.openLogs(() => DEFAULT_LOG_CONFIG)
    assert.deepEqual(
      damaged.map(({ name, topicPartition }) => [name, topicPartition.partition]),
      [['DamagedLogError', 7]],
    )
    assert.equal([...again.directory.logs()].length, 29)
    for (const log of again.directory.logs()) assert.equal(log.logEndOffset, log.topicPartition.partition + 1)
  })

  test("is one process's, and no log is there twice", async () => {
    const world = await World.open()
    await world.create()
    await assert.rejects(World.open({ disk: world.disk }), code('ELOCKED'))
    await assert.rejects(world.create(), code('EEXIST'))
    await world.close()
    const again = await World.open({ disk: world.disk })
    await assert.rejects(again.create(), code('EEXIST'))
    await assert.rejects(again.directory.openLog(other, again.config), code('ENOENT'))
  })

  test('leaves alone what is not a log', async () => {
    const world = await World.open()
    await world.disk.makeDirectory(`${PATH}/lost+found`)
    await world.disk.makeDirectory(`${PATH}/orders-1.abc-stray`)
    const { world: again } = await (async () => {
      await world.create()
      return world.reopen()
    })()
    assert.deepEqual(again.directory.found(), [])
    assert.ok((await names(again)).includes('lost+found'))
  })
})

describe('creating a log', () => {
  test('leaves all of it or nothing, wherever a crash comes', async () => {
    for (const operation of ['open', 'makeDirectory', 'sync', 'syncDirectory', 'rename'] as const) {
      const world = await World.open()
      world.disk.hold(operation)
      void world.create()
      await settle()
      for (const keep of [() => true, () => false]) {
        const again = await World.open({ disk: world.disk.crash(keep) })
        const found = again.directory.found()
        const log = found.length === 0 ? await again.create() : await again.openLog()
        assert.deepEqual([log.topicId, log.logEndOffset], [TOPIC_ID, 0])
        assert.deepEqual(
          (await names(again)).filter((name) => name.endsWith('-delete')),
          [],
        )
      }
    }
  })

  test('survives a crash once it has resolved', async () => {
    const world = await World.open()
    await world.create()
    const { log } = await world.crash()
    assert.equal(log.logEndOffset, 0)
  })

  test('is deleted when a checkpoint that stores its epochs has passed, which then succeeds', async () => {
    const world = await World.open()
    append(await world.create(), batch(1), { leaderEpoch: 4 })
    await settle()
    const release = world.disk.hold('rename', (path) => path.endsWith('leader-epoch-checkpoint.tmp'))
    const checkpoint = world.directory.checkpoint()
    await settle()
    const deleted = world.directory.deleteLog(orders)
    await settle()
    release()
    await Promise.all([checkpoint, deleted])
    await world.create()
  })

  test('of a name that was deleted is not taken for the old one after a crash', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(5))
    await settle()
    log.advanceHighWatermark(5)
    log.advanceLogStartOffset(3)
    await world.directory.checkpoint()
    await world.directory.deleteLog(orders)
    append(await world.create(), batch(['new']))
    await settle()
    const { log: recovered } = await world.crash()
    assert.deepEqual([...(await contentOf(recovered))], [[0, 'new']])
  })

  test("that was interrupted by a Kafka without the topic's id can be opened", async () => {
    const world = await World.open()
    await world.disk.makeDirectory(FOLDER)
    await world.close()
    const again = await World.open({ disk: world.disk })
    const log = await again.openLog()
    assert.deepEqual([log.topicId, log.logEndOffset], [ZERO_UUID, 0])
  })
})

describe('deleting a log', () => {
  test('takes it out at once and for good, and its bytes later', async () => {
    const world = await World.open({ config: { fileDeleteDelayMs: 100 } })
    const log = await world.create()
    append(log, batch(5))
    await world.directory.deleteLog(orders)
    assert.deepEqual([world.directory.get(orders), await world.disk.exists(FOLDER)], [undefined, false])
    const passing = (await names(world)).filter((name) => name.endsWith('-delete'))
    assert.match(passing.join(), /^orders-3\.[A-Za-z0-9_-]+-delete$/)
    const again = await World.open({ disk: world.disk.crash() })
    assert.deepEqual(again.directory.found(), [])
    assert.ok(!(await names(again)).some((name) => name.endsWith('-delete')), 'a start removes what is left')
  })

  test('removes the folder after file.delete.delay.ms', async () => {
    const world = await World.open({ config: { fileDeleteDelayMs: 100 } })
    await world.create()
    await world.directory.deleteLog(orders)
    await world.directory.maintain(world.clock.nowMs() + 99)
    assert.ok((await names(world)).some((name) => name.endsWith('-delete')))
    await world.directory.maintain(world.clock.nowMs() + 100)
    assert.ok(!(await names(world)).some((name) => name.endsWith('-delete')))
  })

  test('does not wait for its writes, nor harms other logs, and it takes no more appends', async () => {
    const world = await World.open()
    const log = await world.create()
    const neighbour = await world.directory.createLog(other, { topicId: TOPIC_ID, config: world.config })
    append(log, batch(5))
    append(neighbour, batch(5))
    const flushed = log.flush().catch((error: unknown) => error)
    await world.directory.deleteLog(orders)
    assert.ok((await flushed) instanceof HostError)
    const { error } = log.append(batch(1), { origin: 'client', leaderEpoch: 0 })
    assert.equal(error, ErrorCode.KAFKA_STORAGE_ERROR)
    await settle()
    assert.deepEqual([neighbour.stableEndOffset, world.directory.failure], [5, undefined])
    await world.directory.deleteLog(orders)
  })

  test('while a checkpoint is being written, of a replica that moves too', async () => {
    const world = await World.open()
    const log = await world.directory.createFuture(orders, { topicId: TOPIC_ID, config: world.config, startOffset: 0 })
    append(log, batch(3), { leaderEpoch: 1 })
    await log.flush()
    const release = world.disk.hold('sync', (path) => path.endsWith('.tmp'))
    const written = world.directory.checkpoint()
    await settle()
    const settled = world.directory.settleFuture(orders, world.config)
    await settle()
    release()
    await written
    assert.equal((await settled).latestEpoch, 1)
  })

  test('also one that is not open', async () => {
    const world = await World.open()
    await world.create()
    await world.close()
    const again = await World.open({ disk: world.disk })
    await again.directory.deleteLog(orders)
    assert.deepEqual([again.directory.found(), await again.disk.exists(FOLDER)], [[], false])
  })
})

describe('group commit', () => {
  test('syncs each log once for all that it has written, so many at a time', async () => {
    const world = await World.open({ syncsMax: 2 })
    const logs = await Promise.all(
      Array.from({ length: 5 }, (_, partition) =>
        world.directory.createLog({ topic: 'many', partition }, { topicId: TOPIC_ID, config: world.config }),
      ),
    )
    const told: string[] = []
    for (const log of logs) log.onStable((end) => told.push(`${log.topicPartition.partition}:${end}`))
    const release = world.disk.hold('sync')
    for (let i = 0; i < 10; i++) {
      for (const log of logs) append(log, batch(1))
      await settle()
    }
    assert.deepEqual(told, [])
    release()
    await settle()
    // The first two were under way with what they had then, and come again; the others had waited for their first turn.
    assert.deepEqual(told.slice(0, 2), ['0:1', '1:1'])
    assert.deepEqual(told.slice(2).sort(), ['0:10', '1:10', '2:10', '3:10', '4:10'])
  })

  test('acknowledges nothing before the name of a new segment is synced too', async () => {
    const world = await World.open({ config: { segmentBytes: 100 } })
    const log = await world.create()
    append(log, batch(2))
    await settle()
    const release = world.disk.hold('syncDirectory')
    append(log, batch(2))
    await settle()
    assert.deepEqual([log.segmentCount, log.stableEndOffset], [2, 2])
    release()
    await settle()
    assert.equal(log.stableEndOffset, 4)
  })
})

describe('a directory whose disk fails', () => {
  for (const operation of ['sync', 'write'] as const) {
    test(`at a ${operation} acknowledges nothing more, and is not tried again`, async () => {
      const world = await World.open()
      const log = await world.create()
      const neighbour = await world.directory.createLog(other, { topicId: TOPIC_ID, config: world.config })
      append(log, batch(2))
      append(neighbour, batch(2))
      await settle()
      const failures: string[] = []
      log.onFailure((error) => failures.push(`log: ${error.code}`))
      world.directory.onFailure((error) => failures.push(`directory: ${error.code}`))
      world.disk.failNext(operation, 'EIO', { path: `${FOLDER}/00000000000000000000.log` })
      append(log, batch(3))
      const flushed = log.flush().catch((error: HostError) => error.code)
      await settle()
      assert.deepEqual(failures, ['log: EIO', 'directory: EIO'])
      assert.equal(await flushed, 'EIO')
      assert.deepEqual([log.stableEndOffset, log.failure?.code, world.directory.failure?.code], [2, 'EIO', 'EIO'])
      for (const one of [log, neighbour]) {
        const { error } = one.append(batch(1), { origin: 'client', leaderEpoch: 0 })
        assert.equal(error, ErrorCode.KAFKA_STORAGE_ERROR)
        const slice = await one.read(0, { maxBytes: 1000, atLeastOne: true, endOffset: 2 })
        assert.equal(slice.error, ErrorCode.KAFKA_STORAGE_ERROR)
      }
      assert.equal(neighbour.stableEndOffset, 2)
      await assert.rejects(world.create(), code('EIO'))
      await world.close()
      assert.ok(!(await names(world)).includes('.kafka_cleanshutdown'))
    })
  }

  test('or a listener that breaks, stops it in the same way', async () => {
    const world = await World.open()
    const log = await world.create()
    log.onStable(() => {
      throw new AssertionError('an invariant of somebody else')
    })
    append(log, batch(2))
    await settle()
    assert.match(log.failure?.message ?? '', /an invariant of somebody else/)
  })

  test('a read that fails is an answer, and fences nothing', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(2))
    await settle()
    world.disk.failNext('read', 'EIO')
    const options = { maxBytes: 1000, atLeastOne: true, endOffset: 2 }
    assert.equal((await log.read(0, options)).error, ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal((await log.read(0, options)).nextOffset, 2)
    assert.equal(world.directory.failure, undefined)
  })

  test('a checkpoint that has no space is told and done again; the old one stays', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(2))
    await settle()
    world.disk.failNext('rename', 'ENOSPC')
    await assert.rejects(world.directory.checkpoint(), code('ENOSPC'))
    await world.directory.checkpoint()
    assert.equal(await text(world, `${PATH}/recovery-point-offset-checkpoint`), '0\n1\norders 3 2\n')
  })
})

test('a checkpoint that the disk fails to take fences the directory', async () => {
  const world = await World.open()
  append(await world.create(), batch(2))
  await settle()
  world.disk.failNext('rename', 'EIO')
  await assert.rejects(world.directory.checkpoint(), code('EIO'))
  assert.equal(world.directory.failure?.code, 'EIO')
})

describe('files', () => {
  test('are open only while they are used, and not too many', async () => {
    const world = await World.open({ openFilesMax: 3 })
    const logs = await Promise.all(
      Array.from({ length: 10 }, (_, partition) =>
        world.directory.createLog({ topic: 'many', partition }, { topicId: TOPIC_ID, config: world.config }),
      ),
    )
    for (const log of logs) append(log, batch(1))
    await settle()
    assert.ok(world.disk.openFiles <= 3, `${world.disk.openFiles} files are open`)
    for (const log of logs) assert.equal(log.stableEndOffset, 1)
    await world.directory.maintain(world.clock.nowMs() + 60_000)
    await settle()
    assert.equal(world.disk.openFiles, 0)
  })
})

describe('a replica that moves to this directory', () => {
  test('has its name for good when it is settled: the one in the other directory is about to go', async () => {
    const world = await World.open()
    const options = { topicId: TOPIC_ID, config: world.config, startOffset: 0 }
    append(await world.directory.createFuture(orders, options), batch(['a']))
    await world.directory.settleFuture(orders, world.config)
    const { log } = await world.crash()
    assert.equal(log.logEndOffset, 1)
  })
})
