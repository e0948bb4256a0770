/** Disks that are full, slow, gone, or out of file descriptors: what waits, what is refused, and what comes back by itself. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostError } from '#host'
import { MemoryDisk, type UnsyncedChange } from '#host/memory'
import { ErrorCode } from '#protocol'
import { encodeBatch } from '#protocol/records'
import type { AppendOrigin } from './append.ts'
import { Throttle } from './compaction/cleaning-pace.ts'
import type { Log } from './log.ts'
import { append, batch, contentOf, FOLDER, orders, PATH, settle, TOPIC_ID, World } from './log-world.kit.test.ts'

const LOG_FILE = `${FOLDER}/00000000000000000000.log`
const options = { maxBytes: 1000, atLeastOne: true, endOffset: 2 }

function errorOf(log: Log, origin: AppendOrigin = 'client'): readonly [number | undefined, string] {
  const outcome = log.append(batch(1), { origin, leaderEpoch: 0 })
  return [outcome.error, outcome.error === undefined ? '' : outcome.message]
}

/** Lets time pass in small steps, and what it causes happen. */
async function pass(world: World, ms: number): Promise<void> {
  for (let step = 0; step < 10; step++) {
    world.clock.advance(ms / 10)
    await settle()
  }
}

describe('a disk that is full', () => {
  test('in the middle of a write keeps it waiting, acknowledges nothing of it, and goes on when there is space', async () => {
    const world = await World.open()
    const log = await world.create()
    const other = await world.directory.createLog(
      { topic: 'other', partition: 0 },
      { topicId: TOPIC_ID, config: world.config },
    )
    append(log, batch(['kept']))
    await settle()
    const space = world.disk.failAll('write', 'ENOSPC')
    world.disk.failNext('write', 'ENOSPC', { takesBytes: 30 })
    append(log, batch(['waits']))
    append(log, batch(['too']))
    await pass(world, 5000)
    assert.deepEqual([log.stableEndOffset, log.logEndOffset, log.failure], [1, 3, undefined])
    // Clients and coordinators are refused in all logs of the directory; reads go on.
    for (const one of [log, other]) {
      for (const origin of ['client', 'coordinator'] as const) {
        const [error, message] = errorOf(one, origin)
        assert.equal(error, ErrorCode.KAFKA_STORAGE_ERROR)
        assert.match(message, /^Cannot append to (orders-3|other-0): the disk of \/data is full$/)
      }
    }
    assert.equal((await log.read(0, { ...options, endOffset: 1 })).nextOffset, 1)
    // What the quorum decides is taken, and waits.
    append(other, batch(1), { origin: 'raft' })
    await pass(world, 5000)
    assert.equal(other.stableEndOffset, 0)
    space()
    await pass(world, 2000)
    assert.deepEqual([log.stableEndOffset, other.stableEndOffset], [3, 1])
    append(log, batch(['after']))
    await settle()
    assert.deepEqual([...(await contentOf(log)).values()], ['kept', 'waits', 'too', 'after'])
    assert.deepEqual(
      world.said.map((line) => line.replace(/\d+ ms/, 'N ms')),
      [
        `The disk of /data is full, what is to be written waits: Cannot write ${LOG_FILE}: ENOSPC`,
        'The disk of /data takes what waited, after N ms',
      ],
    )
    const { log: reopened } = await world.reopen()
    assert.equal(reopened.logEndOffset, 4)
  })

  test('leaves nothing torn behind when its broker is killed', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(['kept']))
    await settle()
    world.disk.failAll('write', 'ENOSPC')
    world.disk.failNext('write', 'ENOSPC', { takesBytes: 30 })
    append(log, batch(['waits']))
    await pass(world, 1000)
    const { log: recovered } = await world.crash(() => true)
    assert.deepEqual([...(await contentOf(recovered)).values()], ['kept'])
    append(recovered, batch(['next']))
    await settle()
    assert.equal(recovered.stableEndOffset, 2)
  })

  test('does not keep a broker from stopping', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(['kept']))
    await settle()
    const space = world.disk.failAll('write', 'ENOSPC')
    append(log, batch(['waits']))
    await settle()
    const flushed = log.flush().catch((error: HostError) => error.code)
    await world.close()
    assert.equal(await flushed, 'ENOSPC')
    space()
    const again = await World.open({ disk: world.disk })
    assert.equal(again.directory.wasCleanShutdown, false)
    assert.deepEqual([...(await contentOf(await again.openLog())).values()], ['kept'])
  })

  test('at a sync is fenced: what has been stored is not known', async () => {
    const world = await World.open()
    const log = await world.create()
    world.disk.failNext('sync', 'ENOSPC', { path: LOG_FILE })
    append(log, batch(1))
    await settle()
    assert.equal(world.directory.failure?.code, 'ENOSPC')
  })

  test('waits in everything that a log writes: segments, indexes, snapshots, checkpoints, folders', async () => {
    const world = await World.open({ config: { segmentBytes: 300, indexIntervalBytes: 1 } })
    const log = await world.create()
    const expected: string[] = []
    let calls = 0
    // Every other write, and every other file that is opened for it, finds the disk full once.
    world.disk.failAll('write', 'ENOSPC', () => calls++ % 2 === 0)
    world.disk.failAll('open', 'EMFILE', () => calls++ % 2 === 0)
    for (let i = 0; i < 20; i++) {
      // Refused while the batch before waits, as producers are, and sent again.
      while (log.append(batch([`${i}`]), { origin: 'client', leaderEpoch: 0 }).error !== undefined)
        await pass(world, 500)
      expected.push(`${i}`)
      await pass(world, 500)
    }
    const created = world.directory.createLog(
      { topic: 'new', partition: 0 },
      { topicId: TOPIC_ID, config: world.config },
    )
    await pass(world, 5000)
    assert.equal((await created).logEndOffset, 0)
    assert.ok(log.segmentCount > 3)
    await pass(world, 5000)
    assert.equal(log.stableEndOffset, 20)
    const { log: recovered } = await world.crash()
    assert.deepEqual([...(await contentOf(recovered)).values()], expected)
  })
})

describe('a disk that is almost full', () => {
  async function almostFull() {
    const disk = new MemoryDisk({ totalBytes: 1_000_000 })
    // A twentieth of the disk: more is not kept.
    const world = await World.open({ disk, freeBytesMin: () => 2 ** 30 })
    const log = await world.create()
    return { disk, world, log }
  }
  const large = () => batch(['x'.repeat(10_000)])

  test('refuses clients before the bound is overrun, however fast they are, and takes what the broker writes', async () => {
    const { disk, world, log } = await almostFull()
    disk.othersBytes = 800_000
    await world.directory.watch()
    let count = 0
    // All in one turn: no look comes in between.
    while (log.append(large(), { origin: 'client', leaderEpoch: 0 }).error === undefined) count++
    assert.ok(count > 13 && count < 16, `${count} batches are taken`)
    do {
      await settle()
      assert.equal(log.stableEndOffset, log.logEndOffset)
    } while (log.append(large(), { origin: 'client', leaderEpoch: 0 }).error === undefined)
    const { freeBytes } = await disk.space('/')
    assert.ok(freeBytes > 35_000, `${freeBytes} bytes are left`)
    assert.match(
      errorOf(log)[1],
      /^Cannot append to orders-3: the disk of \/data is almost full: \d+ bytes are free, 50000 are kept \(ottla\.disk\.free\.bytes\.min\)$/,
    )
    for (const origin of ['coordinator', 'raft'] as const) assert.equal(errorOf(log, origin)[0], undefined)
    assert.equal((await log.read(0, options)).nextOffset, 1)
  })

  test('counts what waits to be written as gone', async () => {
    const { disk, world, log } = await almostFull()
    disk.othersBytes = 500_000
    await world.directory.watch()
    const release = disk.hold('write')
    // Looked at again and again, the disk has as much room as before.
    let count = 0
    while (log.append(large(), { origin: 'client', leaderEpoch: 0 }).error === undefined) {
      count++
      await world.directory.watch()
    }
    assert.ok(count > 40 && count < 46, `${count} batches are taken`)
    release()
    await settle()
    await world.directory.watch()
    assert.equal(log.stableEndOffset, count)
    assert.ok((await disk.space('/')).freeBytes > 35_000)
  })

  test('takes records again when there is a quarter more than is kept, and says both once', async () => {
    const { disk, world, log } = await almostFull()
    const at = async (freeBytes: number) => {
      disk.othersBytes = 0
      disk.othersBytes = (await disk.space('/')).freeBytes - freeBytes
      await world.directory.watch()
      return errorOf(log)[0] === undefined
    }
    assert.equal(await at(50_100), true)
    assert.equal(await at(49_000), false)
    assert.equal(await at(60_000), false)
    assert.equal(await at(48_000), false)
    assert.equal(await at(63_000), true)
    assert.equal(await at(52_000), true)
    assert.deepEqual(
      world.said.map((line) => line.replaceAll(/\d+/g, 'N')),
      [
        'Records of clients are refused: the disk of /data is almost full: N bytes are free, N are kept (ottla.disk.free.bytes.min)',
        'Records of clients are taken again: N bytes are free on the disk of /data',
      ],
    )
  })

  test('keeps what the configuration says of a large disk, and nothing where it says nothing', async () => {
    let kept = 1000
    const disk = new MemoryDisk({ totalBytes: 1_000_000 })
    const world = await World.open({ disk, freeBytesMin: () => kept })
    const log = await world.create()
    disk.othersBytes = 999_100
    await world.directory.watch()
    assert.match(errorOf(log)[1], / 1000 are kept/)
    kept = 0
    await world.directory.watch()
    assert.equal(errorOf(log)[0], undefined)
  })
})

describe('space is won back', () => {
  /** A log of many segments on a disk without a free byte. */
  async function full() {
    const disk = new MemoryDisk({ totalBytes: 100_000 })
    const world = await World.open({ disk, reserveBytes: 5000, config: { segmentBytes: 1000, retentionMs: -1 } })
    const log = await world.create()
    for (let i = 0; i < 20; i++) append(log, batch([`${i} ${'x'.repeat(400)}`]))
    await settle()
    log.advanceHighWatermark(20)
    await world.directory.checkpoint()
    const othersBytes = (await disk.space('/')).freeBytes
    disk.othersBytes = othersBytes
    append(log, batch(['waits']))
    await pass(world, 100)
    assert.equal(world.directory.fullness, 'the disk of /data is full')
    return { disk, world, log, othersBytes }
  }

  test('by deleted records, by means of what was kept for that, and what waited goes on', async () => {
    const { world, log } = await full()
    log.advanceLogStartOffset(15)
    await world.directory.watch()
    await pass(world, 2000)
    await world.directory.watch()
    await pass(world, 2000)
    assert.equal(world.directory.fullness, undefined)
    assert.deepEqual([log.logStartOffset, log.stableEndOffset], [15, 21])
    assert.ok(log.segmentCount < 6, `${log.segmentCount} segments are left`)
    assert.equal(errorOf(log)[0], undefined)
    await settle()
    const { log: reopened } = await world.reopen()
    assert.deepEqual([...(await contentOf(reopened)).keys()], [15, 16, 17, 18, 19, 20, 21])
  })

  test('later, where others take what was kept for it too', async () => {
    const { disk, world, log, othersBytes } = await full()
    log.advanceLogStartOffset(15)
    disk.othersBytes = othersBytes + 5000
    await world.directory.watch()
    assert.deepEqual([log.logStartOffset, world.directory.fullness], [15, 'the disk of /data is full'])
    disk.othersBytes = othersBytes - 15_000
    await pass(world, 2000)
    assert.equal(log.stableEndOffset, 21)
    await world.directory.enforceRetention(world.clock.nowMs())
    assert.ok((await disk.list(FOLDER)).filter(({ name }) => name.endsWith('.log')).length < 6)
  })

  test('and a crash at any moment of that leaves no hole', async () => {
    // It happens after n names have been changed, and keeps some of those that no sync has covered.
    for (let n = 0; n < 40; n++) {
      const { world, log } = await full()
      log.advanceLogStartOffset(15)
      let left = n
      world.disk.hold('rename', () => left-- <= 0)
      await Promise.race([world.directory.watch(), settle()])
      const isRename = ({ change }: UnsyncedChange) => change.kind === 'rename'
      let seen = 0
      const allButTheFirst = (unsynced: UnsyncedChange) => isRename(unsynced) && seen++ > 0
      for (const keep of [() => true, () => false, isRename, allButTheFirst]) {
        const { log: recovered } = await world.crash(keep)
        const offsets = [...(await contentOf(recovered, recovered.logStartOffset)).keys()]
        const expected = Array.from({ length: 20 - offsets[0]! }, (_, i) => offsets[0]! + i)
        assert.deepEqual(offsets, expected, `after ${n} names`)
      }
    }
  })

  test('by a deleted log, whose files do not wait for file.delete.delay.ms', async () => {
    const { disk, world, log } = await full()
    const more = world.directory.createLog({ topic: 'more', partition: 0 }, { topicId: TOPIC_ID, config: world.config })
    await world.directory.deleteLog(orders)
    assert.equal(log.failure?.code, 'ECLOSED')
    await pass(world, 2000)
    await world.directory.watch()
    await pass(world, 2000)
    assert.equal((await more).logEndOffset, 0)
    assert.ok((await disk.space('/')).freeBytes > 8000)
  })
})

test('compaction on a disk without room for it gives up and cleans up, and is done later', async () => {
  const disk = new MemoryDisk({ totalBytes: 100_000 })
  const config = { compacted: true, deletes: false, minCleanableDirtyRatio: 0, timestampBeforeMaxMs: 2 ** 63 }
  const world = await World.open({ disk, config })
  const log = await world.create()
  const key = new TextEncoder().encode('key')
  for (let i = 0; i < 20; i++) {
    const value = new TextEncoder().encode(`${i}`.repeat(200))
    append(log, encodeBatch([{ timestamp: 1000, key, value }], {}))
  }
  await log.flush()
  log.advanceHighWatermark(20)
  log.roll()
  await settle()
  const clean = async () => {
    const range = await log.cleanable(world.clock.nowMs())
    assert.equal(range?.isDue, true)
    const limits = { mapBytes: 1 << 20, loadFactor: 0.9, ioBytes: 4096 }
    return await log.clean(range!, { limits, throttle: new Throttle(() => Number.POSITIVE_INFINITY) })
  }
  disk.othersBytes = (await disk.space('/')).freeBytes - 50
  await assert.rejects(clean(), { code: 'ENOSPC' })
  assert.equal(world.directory.failure, undefined)
  assert.deepEqual(
    (await disk.list(FOLDER)).filter(({ name }) => name.endsWith('.cleaned')),
    [],
  )
  assert.equal((await log.read(0, options)).nextOffset, 2)
  disk.othersBytes = 0
  assert.equal((await clean())?.keptCount, 1)
})

describe('without file descriptors', () => {
  test('what needs a file waits, idle files are closed, and nothing is fenced', async () => {
    const world = await World.open()
    const log = await world.create()
    const others: Log[] = []
    for (let partition = 0; partition < 5; partition++) {
      others.push(
        await world.directory.createLog({ topic: 'many', partition }, { topicId: TOPIC_ID, config: world.config }),
      )
    }
    for (const other of others) append(other, batch(1))
    await settle()
    assert.equal(world.disk.openFiles, 5)
    const lift = world.disk.failAll('open', 'EMFILE')
    append(log, batch(2))
    const reading = log.read(0, options)
    await pass(world, 5000)
    assert.equal(world.disk.openFiles, 0)
    assert.deepEqual([log.stableEndOffset, world.directory.failure], [0, undefined])
    lift()
    await pass(world, 2000)
    assert.equal(log.stableEndOffset, 2)
    await reading
    assert.deepEqual(
      world.said.map((line) => line.replace(/\d+ ms/, 'N ms')),
      [
        `No file can be opened in /data, what needs one waits: Cannot open ${LOG_FILE}: EMFILE`,
        'Files in /data can be opened again, after N ms',
      ],
    )
  })
})

describe('a disk that is not what it was', () => {
  test('because its folder was removed, or another is in its place, is noticed and fenced', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(1))
    await settle()
    await world.directory.watch()
    assert.equal(world.directory.failure, undefined)
    await world.disk.rename(PATH, '/elsewhere')
    await world.disk.makeDirectory(PATH)
    await world.directory.watch()
    assert.equal(
      (world.directory.failure as HostError | undefined)?.message,
      '/data is not what it was: its file .lock is gone',
    )
    assert.equal(errorOf(log)[0], ErrorCode.KAFKA_STORAGE_ERROR)
  })

  test('because it is slow is told once, and when that is over; what waits for it waits', async () => {
    const world = await World.open()
    const log = await world.create()
    const release = world.disk.hold('sync')
    append(log, batch(1))
    for (let second = 0; second < 5; second++) {
      await settle()
      world.clock.advance(1000)
      await world.directory.watch()
    }
    assert.deepEqual(world.said, ['The disk of /data is slow: a sync has taken 2 s so far, and goes on'])
    assert.equal(log.stableEndOffset, 0)
    release()
    await settle()
    await world.directory.watch()
    assert.equal(log.stableEndOffset, 1)
    assert.equal(world.said[1], 'The disk of /data syncs in time again')
  })

  test('because it does not keep up takes no more than may wait to be written', async () => {
    const world = await World.open({ backlogBytesMax: 100_000 })
    const log = await world.create()
    const release = world.disk.hold('write')
    let outcome = log.append(batch(['x'.repeat(10_000)]), { origin: 'client', leaderEpoch: 0 })
    assert.equal(log.isBehind, true)
    while (outcome.error === undefined) {
      await settle()
      outcome = log.append(batch(['x'.repeat(10_000)]), { origin: 'client', leaderEpoch: 0 })
    }
    assert.equal(outcome.error, ErrorCode.KAFKA_STORAGE_ERROR)
    assert.match(outcome.message, /the disk of \/data does not keep up: 1[01]\d{4} bytes wait to be written$/)
    release()
    await settle()
    assert.deepEqual([log.isBehind, log.stableEndOffset, errorOf(log)[0]], [false, 10, undefined])
  })

  test('takes only its share of the calls that are under way', async () => {
    const world = await World.open({ callsMax: 2, syncsMax: 8 })
    const logs: Log[] = []
    for (let partition = 0; partition < 6; partition++) {
      logs.push(
        await world.directory.createLog({ topic: 'many', partition }, { topicId: TOPIC_ID, config: world.config }),
      )
    }
    let held = 0
    const release = world.disk.hold('sync', () => ++held > 0)
    for (const log of logs) append(log, batch(1))
    await settle()
    assert.equal(held, 2)
    release()
    for (let i = 0; i < 5; i++) await settle()
    for (const log of logs) assert.equal(log.stableEndOffset, 1)
  })
})
