import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8 } from '#core'
import { HostError } from '#host'
import { type MemoryDisk, type UnsyncedChange, VirtualClock } from '#host/memory'
import { ErrorCode } from '#protocol'
import { ControlType, encodeEndTxnMarker } from '#protocol/records'
import { DamagedLogError } from './damaged-log.ts'
import type { Log } from './log.ts'
import { append, batch, contentOf, FOLDER, orders, PATH, sent, settle, World } from './log-world.kit.test.ts'

const NEVER = 2 ** 63
const LOG_FILE = `${FOLDER}/00000000000000000000.log`
const pageCache = { config: { flushMessages: NEVER } }

async function filled(options = {}, values = ['a', 'b', 'c', 'd']): Promise<{ world: World; log: Log }> {
  const world = await World.open(options)
  const log = await world.create()
  for (const value of values) append(log, batch([value]))
  await settle()
  return { world, log }
}

/** With an aborted transaction in its first segment. */
async function withAborted(): Promise<{ world: World; log: Log }> {
  const { world, log } = await filled()
  append(log, sent(7n, 0, 3, { transactional: true }))
  const marker = { timestamp: 1000, producerId: 7n, producerEpoch: 0 }
  append(log, encodeEndTxnMarker(ControlType.ABORT, 1, marker), { origin: 'coordinator', leaderEpoch: 0 })
  log.roll()
  await settle()
  return { world, log }
}

const valuesOf = async (log: Log) => [...(await contentOf(log)).values()].join('')

describe('recovery after a crash', () => {
  test('keeps every acknowledged record, with nothing else kept', async () => {
    const { world } = await filled()
    const { log } = await world.crash()
    assert.equal(await valuesOf(log), 'abcd')
    assert.deepEqual([log.stableEndOffset, log.recoveryPoint], [4, 4], 'what is recovered is synced before it counts')
  })

  test('keeps what the machine has kept when only the process was killed', async () => {
    const { world } = await filled(pageCache)
    assert.equal((await world.crash(() => true)).log.logEndOffset, 4)
    assert.equal((await world.crash()).log.logEndOffset, 0)
  })

  test('does not count as stored what a killed process has left and nothing has synced', async () => {
    const { world } = await filled(pageCache)
    const { log } = await world.crash(() => true)
    assert.deepEqual([log.logEndOffset, log.recoveryPoint], [4, 0])
    await log.flush()
    assert.equal(log.recoveryPoint, 4)
  })

  test('cuts a torn write off, at the end of the last whole batch', async () => {
    const { world, log } = await filled()
    const bytes = batch(['torn'])
    append(log, bytes)
    const release = world.disk.hold('sync')
    await settle()
    for (let kept = 0; kept <= bytes.length; kept++) {
      const torn = await world.crash(({ change }) => (change.kind === 'write' ? kept : false))
      assert.equal(await valuesOf(torn.log), kept === bytes.length ? 'abcdtorn' : 'abcd')
      const { length } = await torn.world.disk.readFile(LOG_FILE)
      assert.equal(length, torn.log.sizeBytes, 'nothing is left of it: a Kafka that starts here would append behind it')
      append(torn.log, batch(['e']))
      assert.equal(await valuesOf(torn.log), kept === bytes.length ? 'abcdtorne' : 'abcde')
    }
    release()
  })

  test('cuts off a write whose beginning was lost, whatever offset it claims without', async () => {
    for (const compacted of [false, true]) {
      const { world, log } = await filled()
      await world.directory.checkpoint()
      const position = log.sizeBytes
      append(log, batch(['torn']))
      const release = world.disk.hold('sync')
      await settle()
      const disk = world.disk.crash(() => true)
      // The checksum does not cover the base offset: with 0 the batch looks whole.
      disk.corrupt(LOG_FILE, position, new Uint8Array(8))
      const again = await World.open({ disk, config: { compacted } })
      assert.equal(await valuesOf(await again.openLog()), 'abcd')
      release()
    }
  })

  test('takes zeros where the file grew and its content did not for the end', async () => {
    const { world } = await filled()
    const file = await world.disk.open(LOG_FILE, 'write')
    const size = await file.size()
    await file.truncate(size + 10_000)
    const { log } = await world.crash(() => true)
    assert.equal(await valuesOf(log), 'abcd')
    assert.equal(log.sizeBytes, size)
  })

  test('gives up the segments behind one that lost its end', async () => {
    const { world } = await filled({ config: { flushMessages: NEVER, segmentBytes: 150 } }, [
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
    ])
    await world.directory.checkpoint()
    world.disk.corrupt(`${PATH}/recovery-point-offset-checkpoint`, 0, new Uint8Array(30))
    const second = `${FOLDER}/00000000000000000002.log`
    world.disk.corrupt(second, 65, new Uint8Array([0xff]))
    const { world: again, log } = await world.crash(() => true)
    assert.equal(await valuesOf(log), 'ab')
    append(log, batch(['C']))
    const { log: once } = await again.reopen()
    assert.equal(await valuesOf(once), 'abC')
  })

  test('keeps what is behind a segment that compaction emptied, stored or not', async () => {
    // Kafka compacts what its recovery point has not reached, and writes that point down only now and then.
    const config = { flushMessages: NEVER, segmentBytes: 150 }
    // By what its compaction has noted, or by the former files, which it keeps for a while.
    for (const trace of [`${PATH}/cleaner-offset-checkpoint`, `${FOLDER}/00000000000000000002.log.deleted`]) {
      const { world } = await filled({ config }, ['a', 'b', 'c', 'd', 'e', 'f'])
      const emptied = await world.disk.open(`${FOLDER}/00000000000000000002.log`, 'write')
      await emptied.truncate(0)
      await world.disk.replaceFile(trace, utf8('0\n1\norders 3 4\n'))
      const { world: again, log } = await world.crash(() => true, { config: { ...config, compacted: true } })
      assert.equal(await valuesOf(log), 'abef')
      assert.equal(log.logEndOffset, 6)
      const { log: once } = await again.reopen()
      assert.equal(await valuesOf(once), 'abef')
    }
  })

  test('refuses a log that is damaged where it was stored, and changes nothing', async () => {
    const { world } = await filled()
    await world.directory.checkpoint()
    const { world: stored } = await world.crash()
    await stored.close()
    for (const [position, byte] of [
      [70, 0x7f],
      [7, 9],
      [11, 1],
    ] as const) {
      const disk = stored.disk.crash()
      const before = await disk.readFile(LOG_FILE)
      disk.corrupt(LOG_FILE, position, new Uint8Array([byte]))
      await disk.remove(`${FOLDER}/00000000000000000004.snapshot`)
      const again = await World.open({ disk })
      await assert.rejects(again.openLog(), (error: unknown) => {
        assert.ok(error instanceof DamagedLogError)
        assert.match(error.message, /^The log of orders-3 is damaged: .* stored up to 4/)
        return true
      })
      assert.equal((await disk.readFile(LOG_FILE)).length, before.length)
    }
  })

  test('refuses a log of which a part that was stored is missing', async () => {
    const { world } = await filled()
    await world.close()
    const file = await world.disk.open(LOG_FILE, 'write')
    await file.truncate((await file.size()) - 1)
    const again = await World.open({ disk: world.disk })
    await assert.rejects(again.openLog(), DamagedLogError)
    await world.disk.remove(LOG_FILE)
    const once = await World.open({ disk: world.disk.crash(() => true) })
    await assert.rejects(once.openLog(), DamagedLogError)
  })

  test('finds indexes, snapshots and epochs again that are missing or damaged', async () => {
    const { world, log } = await filled({ config: { segmentBytes: 400, indexIntervalBytes: 100 } })
    append(log, sent(7n, 0, 3, { transactional: true }))
    const marker = { timestamp: 1000, producerId: 7n, producerEpoch: 0 }
    append(log, encodeEndTxnMarker(ControlType.ABORT, 1, marker), { origin: 'coordinator', leaderEpoch: 5 })
    for (let i = 0; i < 10; i++) append(log, batch(['x'.repeat(50)]), { leaderEpoch: 6 })
    await settle()
    const facts = async (log: Log) => [
      log.logEndOffset,
      await valuesOf(log),
      await log.abortedTransactions(0, 100),
      [log.epochAt(0), log.epochAt(7), log.epochAt(8)],
      log.activeProducers(),
      await log.offsetOfMaxTimestamp(),
    ]
    const expected = await facts(log)
    await world.close()
    const all = (await world.disk.list(FOLDER)).map(({ name }) => name)
    for (const damage of ['missing', 'empty', 'flipped'] as const) {
      for (const suffix of ['.index', '.timeindex', '.snapshot', 'leader-epoch-checkpoint', '']) {
        const disk = world.disk.crash(() => true)
        for (const name of all) {
          if (name.endsWith('.log') || name === 'partition.metadata' || !name.endsWith(suffix)) continue
          if (name.endsWith('.txnindex') && suffix !== '') continue
          await harm(disk, `${FOLDER}/${name}`, damage)
        }
        const again = await World.open({ ...world.options, disk })
        assert.deepEqual([damage, suffix, ...(await facts(await again.openLog()))], [damage, suffix, ...expected])
      }
    }
  })

  test('takes zeros for no aborted transaction', async () => {
    const { world, log } = await withAborted()
    const expected = await log.abortedTransactions(0, 100)
    // The size of the file has reached the disk, its content has not.
    const index = `${FOLDER}/00000000000000000000.txnindex`
    assert.equal((await world.disk.readFile(index)).length, 34)
    world.disk.corrupt(index, 0, new Uint8Array(34))
    // Of a compacted log its batches may not tell them any more when somebody asks, so recovery has to.
    for (const compacted of [false, true]) {
      const { log: recovered } = await world.crash(() => true, { config: { compacted } })
      assert.deepEqual([...(await recovered.abortedTransactions(0, 100))], [...expected])
    }
  })

  test('knows the aborted transactions of a compacted log before a snapshot of the producers has passed them', async () => {
    const { world, log } = await withAborted()
    const expected = await log.abortedTransactions(0, 100)
    append(log, batch(['next']))
    await settle()
    await world.directory.checkpoint()
    const { log: recovered } = await world.crash(undefined, { config: { compacted: true } })
    assert.deepEqual([...(await recovered.abortedTransactions(0, 100))], [...expected])
  })

  test('does so too where nothing of the roll survives but the snapshot', async () => {
    const { world, log } = await filled()
    append(log, sent(7n, 0, 3, { transactional: true }))
    append(log, encodeEndTxnMarker(ControlType.ABORT, 1, { timestamp: 1000, producerId: 7n, producerEpoch: 0 }), {
      origin: 'coordinator',
    })
    await settle()
    const expected = await log.abortedTransactions(0, 100)
    world.disk.hold('sync', (path) => path.endsWith('.index') || path.endsWith('.snapshot'))
    log.roll()
    await settle()
    const isSnapshot = ({ path }: UnsyncedChange) => path.endsWith('.snapshot')
    const { log: recovered } = await world.crash(isSnapshot, { config: { compacted: true } })
    assert.deepEqual([...(await recovered.abortedTransactions(0, 100))], [...expected])
  })

  test('removes the indexes of a segment whose own name was lost: another may begin there', async () => {
    const { world } = await filled()
    const stale = `${FOLDER}/00000000000000000004.txnindex`
    await world.disk.replaceFile(stale, new Uint8Array(34).fill(1, 2))
    await world.crash(() => true)
    const { world: again } = await world.crash(() => true)
    assert.equal(await again.disk.exists(stale), false)
  })

  test('begins anew where all that was stored lies before the start, also where a crash has torn that', async () => {
    const { world, log } = await filled(pageCache)
    await world.directory.checkpoint()
    log.advanceHighWatermark(4)
    log.advanceLogStartOffset(4)
    await log.flush()
    await world.directory.checkpoint()
    world.disk.corrupt(LOG_FILE, 0, new Uint8Array(100))
    const { log: recovered } = await world.crash(() => true)
    assert.deepEqual([recovered.logStartOffset, recovered.logEndOffset], [4, 4])
  })

  test('looks at the index of a segment that was rolled where the recovery point lies', async () => {
    const { world, log } = await filled({ config: { indexIntervalBytes: 100 } }, ['a', 'b', 'c', 'd', 'e', 'f'])
    log.roll()
    await settle()
    await world.directory.checkpoint()
    const index = `${FOLDER}/00000000000000000000.index`
    const content = await world.disk.readFile(index)
    // The last byte of an entry has not reached the disk.
    world.disk.corrupt(index, content.length - 1, new Uint8Array(1))
    const { world: again } = await world.crash(() => true)
    assert.deepEqual(await again.disk.readFile(index), content)
  })

  test('cuts for good: what was cut does not come back behind what is appended in its place', async () => {
    const { world, log } = await filled(pageCache)
    await log.flush()
    const { sizeBytes } = log
    world.disk.hold('sync')
    append(log, batch(['e']))
    await settle()
    append(log, batch(['f']))
    await settle()
    // The second of two writes has reached the disk, the first has not.
    const { world: cut, log: recovered } = await world.crash(
      ({ change }) => change.kind === 'write' && change.position > sizeBytes,
    )
    assert.equal(await valuesOf(recovered), 'abcd')
    cut.disk.hold('sync')
    append(recovered, batch(['E']))
    await settle()
    const { log: again } = await cut.crash(({ change }) => change.kind === 'write')
    assert.equal(await valuesOf(again), 'abcdE')
  })

  describe('where segments were cut, takes none of them for what follows when just so much has been appended', () => {
    /** Of what is under way, the disk keeps what was written, and loses what was removed. */
    const writes = ({ change }: UnsyncedChange) => change.kind === 'write'

    test('by recovery', async () => {
      const { world, log } = await filled(pageCache)
      await log.flush()
      world.disk.hold('sync', (path) => path === LOG_FILE)
      append(log, batch(['e']))
      log.roll()
      append(log, batch(['f']))
      await settle()
      const isLost = ({ path, change }: UnsyncedChange) => path === LOG_FILE && 'position' in change
      const { world: cut, log: recovered } = await world.crash((pending) => !isLost(pending))
      assert.equal(await valuesOf(recovered), 'abcd')
      append(recovered, batch(['E']))
      await settle()
      assert.equal(await valuesOf((await cut.crash(writes)).log), 'abcdE')
    })

    test('by its leader', async () => {
      const { world, log } = await filled(pageCache)
      log.roll()
      append(log, batch(['e']))
      await log.flush()
      await log.truncateTo(3)
      append(log, batch(['D']))
      await settle()
      assert.equal(await valuesOf((await world.crash(writes)).log), 'abcD')
    })

    test('by its leader, wholly', async () => {
      const { world, log } = await filled(pageCache)
      log.roll()
      append(log, batch(['e']))
      await log.flush()
      await log.truncateFullyAndStartAt(3)
      assert.equal(log.recoveryPoint, 3)
      append(log, batch(['D']))
      await settle()
      assert.equal(await valuesOf((await world.crash(writes)).log), 'D')
    })
  })

  test('does not know what a producer had written where it was cut, though as much has been appended since', async () => {
    const { world, log } = await filled()
    append(log, sent(7n, 0, 2))
    log.roll()
    await settle()
    await log.truncateTo(4)
    append(log, batch(['e', 'f']))
    append(log, batch(['g']))
    await settle()
    assert.deepEqual((await world.crash()).log.activeProducers(), [])
  })

  test('knows the last five batches of a producer that may send them again, also those from before a snapshot', async () => {
    const { world, log } = await filled()
    const batches = Array.from({ length: 7 }, (_, i) => sent(7n, i * 2, 2, { timestamp: 1000 + i }))
    for (const [i, bytes] of batches.entries()) {
      if (i === 3 || i === 6) log.roll()
      append(log, bytes.slice())
      append(log, sent(8n, i, 1))
      await settle()
    }
    await world.directory.checkpoint()
    const known = ({ log }: { log: Log }) =>
      batches.map((bytes) => {
        const outcome = log.append(bytes.slice(), { origin: 'client', leaderEpoch: 0 })
        return outcome.error === undefined ? outcome.baseOffset : outcome.error
      })
    const { OUT_OF_ORDER_SEQUENCE_NUMBER: refused } = ErrorCode
    assert.deepEqual(known(await world.crash()), [refused, refused, 10, 13, 16, 19, 22])
    // Who has waited for ten minutes has given up.
    const clock = new VirtualClock(world.clock.nowMs() + 600_000)
    const late = await world.crash(undefined, { clock })
    assert.deepEqual(known(late), [refused, refused, refused, refused, refused, 19, 22])
  })

  test('has a damaged snapshot made anew when the log is closed where it was', async () => {
    const { world, log } = await filled()
    append(log, sent(7n, 0, 2))
    await settle()
    await world.close()
    const path = `${FOLDER}/00000000000000000006.snapshot`
    const whole = await world.disk.readFile(path)
    world.disk.corrupt(path, 20, new Uint8Array([whole[20]! ^ 1]))
    const again = await World.open({ disk: world.disk })
    await again.openLog()
    await again.close()
    assert.deepEqual(await again.disk.readFile(path), whole)
  })

  test('ends the log before a batch of an older leader than the one before it', async () => {
    const { world, log } = await filled(pageCache)
    append(log, batch(['e']), { leaderEpoch: 5 })
    await settle()
    const { sizeBytes } = log
    append(log, batch(['f']), { leaderEpoch: 5 })
    await settle()
    const disk = world.disk.crash(() => true)
    disk.corrupt(LOG_FILE, sizeBytes + 15, new Uint8Array([3]))
    assert.equal(await valuesOf(await (await World.open({ ...pageCache, disk })).openLog()), 'abcde')
  })

  test('takes nothing for stored of which the epoch was not, though it was synced while a checkpoint was written', async () => {
    const { world, log } = await filled()
    const release = world.disk.hold('rename', (path) => path.includes('leader-epoch'))
    const written = world.directory.checkpoint()
    await settle()
    append(log, batch(['e']), { leaderEpoch: 1 })
    await settle()
    release()
    await written
    assert.equal(await valuesOf((await world.crash()).log), 'abcde')
  })

  test('opens a log that was being cut, whichever of its checkpoints had been written', async () => {
    const checkpoints = ['recovery-point', 'leader-epoch', 'replication-offset', 'log-start']
    for (const held of checkpoints) {
      const { world, log } = await filled()
      append(log, batch(['e']), { leaderEpoch: 1 })
      await settle()
      await world.directory.checkpoint()
      world.disk.hold('rename', (path) => path.includes(held))
      void log.truncateTo(4)
      await settle()
      assert.match(await valuesOf((await world.crash()).log), /^abcde?$/, held)
    }
  })

  test('after a failed sync stores what the page cache still shows, before anything counts on it', async () => {
    for (const options of [{}, pageCache]) {
      const { world, log } = await filled(options)
      await log.flush()
      world.disk.failNext('sync', 'EIO', { path: LOG_FILE })
      append(log, batch(['lost']))
      await log.flush().catch(() => {})
      await settle()
      assert.ok(world.directory.failure !== undefined)
      await world.close()
      // The process ends; the machine, and what it has in memory, goes on.
      const next = await World.open({ ...options, disk: world.disk })
      const again = await next.openLog()
      assert.equal(await valuesOf(again), 'abcdlost')
      const { recoveryPoint } = again
      await next.directory.checkpoint()
      const { world: last, log: kept } = await next.crash()
      assert.deepEqual([kept.logEndOffset, recoveryPoint], [5, 5])
      await last.close()
      assert.equal(await last.disk.exists(`${PATH}/.sync-failed`), false, 'the next start need not write it again')
    }
  })

  test('is done with the same result after a crash within it', async () => {
    const { world, log } = await filled({ config: { segmentBytes: 200 } })
    append(log, batch(['torn']))
    const release = world.disk.hold('sync')
    await settle()
    const crashed = () => world.disk.crash(({ change }) => (change.kind === 'write' ? 20 : true))
    for (const operation of ['sync', 'syncDirectory', 'truncate', 'remove', 'write', 'read'] as const) {
      const disk = crashed()
      const interrupted = await World.open({ ...world.options, disk })
      disk.hold(operation)
      void interrupted.openLog()
      await settle()
      for (const keep of [() => true, () => false]) {
        const { log: recovered } = await interrupted.crash(keep)
        assert.equal(await valuesOf(recovered), 'abcd', operation)
      }
    }
    release()
  })
})

async function harm(disk: MemoryDisk, path: string, damage: 'missing' | 'empty' | 'flipped'): Promise<void> {
  if (damage === 'missing') return disk.remove(path)
  const content = await disk.readFile(path)
  if (damage === 'empty') return disk.replaceFile(path, new Uint8Array(0))
  if (content.length > 0)
    disk.corrupt(path, content.length >> 1, new Uint8Array([content[content.length >> 1]! ^ 0x55]))
}

describe('bit rot', () => {
  test('of any byte of any file is noticed before it is served, or does no harm', async () => {
    const { world, log } = await filled({ config: { segmentBytes: 300, indexIntervalBytes: 50 } })
    append(log, sent(7n, 0, 2))
    append(log, batch(['f', 'g']), { leaderEpoch: 3 })
    await settle()
    log.advanceHighWatermark(8)
    const expected = [...(await contentOf(log))]
    await world.close()
    let noticed = 0
    let flips = 0
    for (const [path, content] of await contents(world.disk)) {
      for (let at = 0; at < content.length; at++) {
        const disk = world.disk.crash(() => true)
        disk.corrupt(path, at, new Uint8Array([content[at]! ^ (1 << ((at * 5) % 8))]))
        flips++
        const found = await readable({ ...world.options, disk })
        if (found === undefined) noticed++
        else assert.deepEqual(found, expected.slice(expected.length - found.length), `${path}, byte ${at}`)
      }
    }
    assert.ok(noticed > 400, `${noticed} of ${flips} noticed`)
  })
})

describe('damage that no checksum covers', () => {
  const filledSegments = (config = {}) =>
    filled({ config: { segmentBytes: 150, ...config } }, ['a', 'b', 'c', 'd', 'e', 'f'])

  test('a start that is missing or too late hides nothing: the epochs tell where the log begins', async () => {
    const { world, log } = await filled()
    log.advanceHighWatermark(4)
    log.advanceLogStartOffset(2)
    await world.close()
    const path = `${PATH}/log-start-offset-checkpoint`
    for (const content of [undefined, '', '0\n1\norders 3 3\n', 'nonsense']) {
      const disk = world.disk.crash(() => true)
      if (content === undefined) await disk.remove(path)
      else await disk.replaceFile(path, new TextEncoder().encode(content))
      const log = await (await World.open({ disk })).openLog()
      assert.equal(log.logStartOffset, 2, `${content}`)
    }
  })

  test('a first segment that is missing damages the log', async () => {
    const { world } = await filledSegments()
    await world.close()
    await world.disk.remove(LOG_FILE)
    await assert.rejects((await World.open({ disk: world.disk })).openLog(), DamagedLogError)
  })

  test('an older segment that is cut short is not passed over', async () => {
    for (const sizeBytes of [0, 69]) {
      const { world } = await filledSegments()
      await world.close()
      const file = await world.disk.open(`${FOLDER}/00000000000000000002.log`, 'write')
      await file.truncate(sizeBytes)
      const log = await (await World.open({ disk: world.disk })).openLog()
      const slice = await log.read(sizeBytes === 0 ? 2 : 3, { maxBytes: 1000, atLeastOne: true, endOffset: 6 })
      assert.deepEqual([slice.error, slice.sizeBytes], [ErrorCode.CORRUPT_MESSAGE, 0])
    }
  })

  test('a log that was closed with records and has none is damaged, though the recovery point is lost as well', async () => {
    const { world, log } = await filled()
    log.advanceHighWatermark(4)
    await world.close()
    await world.disk.remove(`${PATH}/recovery-point-offset-checkpoint`)
    await (await world.disk.open(LOG_FILE, 'write')).truncate(0)
    const again = await World.open({ disk: world.disk })
    await assert.rejects(again.openLog(), /it ends at offset 0, by replication-offset-checkpoint it was closed with 4/)
  })

  test('a batch with the epoch of another leader is not served', async () => {
    const { world } = await filledSegments()
    await world.close()
    world.disk.corrupt(LOG_FILE, 15, new Uint8Array([1]))
    const log = await (await World.open({ disk: world.disk })).openLog()
    const slice = await log.read(0, { maxBytes: 1000, atLeastOne: true, endOffset: 6 })
    assert.equal(slice.error, ErrorCode.CORRUPT_MESSAGE)
  })

  test('aborted transactions are what the batches say, whatever their file says', async () => {
    const { world, log } = await withAborted()
    const expected = await log.abortedTransactions(0, 100)
    await world.close()
    const path = `${FOLDER}/00000000000000000000.txnindex`
    const whole = await world.disk.readFile(path)
    const missing = world.disk.crash(() => true)
    await missing.remove(path)
    const disks = [missing]
    for (let at = 0; at < whole.length; at++) {
      const disk = world.disk.crash(() => true)
      disk.corrupt(path, at, new Uint8Array([whole[at]! ^ 1]))
      disks.push(disk)
    }
    for (const disk of disks) {
      const again = await (await World.open({ disk })).openLog()
      assert.deepEqual(await again.abortedTransactions(0, 100), expected)
      assert.deepEqual(await disk.readFile(path), whole)
    }
  })

  test('the topic of a log with records is known, or the log is damaged', async () => {
    const { world } = await filled()
    await world.close()
    const path = `${FOLDER}/partition.metadata`
    await world.disk.replaceFile(path, new TextEncoder().encode('version: 0\ntopic_id: ?'))
    const damaged = await World.open({ disk: world.disk })
    await assert.rejects(damaged.directory.topicIdOf(orders), /its partition.metadata is damaged/)
    await damaged.close()
    await world.disk.remove(path)
    const missing = await World.open({ disk: world.disk })
    await assert.rejects(missing.directory.topicIdOf(orders), /its partition.metadata is missing/)
  })
})

/** All files of the directory but its lock. */
async function contents(disk: MemoryDisk): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = []
  for (const folder of [PATH, FOLDER]) {
    for (const { name, kind } of await disk.list(folder)) {
      const path = `${folder}/${name}`
      if (kind === 'file' && name !== '.lock') files.push([path, await disk.readFile(path)])
    }
  }
  return files
}

/** What a log serves, or undefined where it says that it is damaged. */
async function readable(options: Parameters<typeof World.open>[0]): Promise<[number, string][] | undefined> {
  const world = await World.open(options)
  try {
    const log = await world.openLog()
    for (let next = log.logStartOffset; next < log.logEndOffset; ) {
      const slice = await log.read(next, { maxBytes: 200, atLeastOne: true, endOffset: log.logEndOffset })
      if (slice.error !== 0 || slice.sizeBytes === 0) return undefined
      next = slice.nextOffset
    }
    return [...(await contentOf(log))]
  } catch (error) {
    if (error instanceof DamagedLogError || error instanceof HostError) return undefined
    throw error
  }
}
