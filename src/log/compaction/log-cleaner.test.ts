import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Log } from '../log.ts'
import type { LogConfig } from '../log-config.ts'
import { append, FOLDER, settle, TOPIC_ID, type World } from '../log-world.kit.test.ts'
import { clean, DAY_MS, keyed, openCompacted, put, recordsOf, roll } from './compaction.kit.test.ts'
import { LogCleaner } from './log-cleaner.ts'

const BACKOFF_MS = 15_000

async function fill(log: Log, count: number, from = 0): Promise<void> {
  for (let i = from; i < from + count; i++) append(log, keyed([put(`key ${i % 3}`, `value ${i}`)]))
  await roll(log)
}

async function opened(config: Partial<LogConfig> = {}) {
  const { world, log } = await openCompacted({ minCleanableDirtyRatio: 0.5, ...config })
  const other = await world.directory.createLog(
    { topic: 'other', partition: 0 },
    { topicId: TOPIC_ID, config: world.config },
  )
  return { world, log, other }
}

function cleanerOf(world: World, bytesPerSecond = Number.POSITIVE_INFINITY) {
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const cleaner = new LogCleaner({
    host: { clock: world.clock, logger: { error: say, warn: say, info: say, debug: () => {} } },
    directories: [world.directory],
    limits: () => ({ mapBytes: 1 << 20, loadFactor: 0.9, ioBytes: 4096 }),
    bytesPerSecond: () => bytesPerSecond,
    backoffMs: () => BACKOFF_MS,
  })
  return { cleaner, said }
}

async function settleLong(): Promise<void> {
  for (let i = 0; i < 20; i++) await settle()
}

describe('the cleaner', () => {
  test('takes the log with the greatest new part first, and all that need it, every backoff', async () => {
    const { world, log, other } = await opened()
    await fill(log, 20)
    await clean(world, log)
    await fill(log, 30)
    await fill(other, 40)
    const { cleaner, said } = cleanerOf(world)
    cleaner.start()
    await world.clock.run(BACKOFF_MS - 1, settleLong)
    assert.equal(said.length, 0)
    await world.clock.run(1, settleLong)
    assert.deepEqual(
      said.map((message) => message.split(':')[0]),
      ['Compacted other-0', 'Compacted orders-3'],
    )
    assert.equal((await recordsOf(log)).length, 3)
    await fill(other, 40, 40)
    await world.clock.run(BACKOFF_MS, settleLong)
    assert.equal(said.length, 3)
    assert.equal((await recordsOf(other)).length, 3)
    await cleaner.stop()
    assert.equal(world.clock.timerCount, 0)
  })

  test('leaves a log alone until a part is new that is greater than min.cleanable.dirty.ratio', async () => {
    const { world, log } = await opened()
    const { cleaner } = cleanerOf(world)
    await fill(log, 30)
    assert.equal((await cleaner.cleanFilthiest())?.log, log)
    await fill(log, 2, 30)
    assert.equal(await cleaner.cleanFilthiest(), undefined)
    await fill(log, 30, 32)
    assert.equal((await cleaner.cleanFilthiest())?.log, log)
  })

  test('takes a log of which a record waits for longer than max.compaction.lag.ms, however clean it is', async () => {
    const { world, log } = await opened({ maxCompactionLagMs: DAY_MS })
    const { cleaner } = cleanerOf(world)
    await fill(log, 30)
    await cleaner.cleanFilthiest()
    append(log, keyed([put('key 0', 'late')], { timestamp: world.clock.nowMs() }))
    await roll(log)
    assert.equal(await cleaner.cleanFilthiest(), undefined)
    world.clock.advance(DAY_MS + 1)
    assert.equal((await cleaner.cleanFilthiest())?.log, log)
  })

  test('says which log cannot be compacted and why, and goes on with the others', async () => {
    const { world, log, other } = await opened()
    await fill(log, 30)
    await fill(other, 20)
    world.disk.corrupt(`${FOLDER}/00000000000000000000.log`, 100, new Uint8Array([1]))
    const { cleaner, said } = cleanerOf(world)
    cleaner.start()
    await world.clock.run(3 * BACKOFF_MS, settleLong)
    await cleaner.stop()
    assert.equal(said.length, 2)
    assert.match(
      said[0]!,
      /^Cannot compact orders-3, it is left as it is .*00000000000000000000.log is damaged at byte/,
    )
    assert.match(said[1]!, /^Compacted other-0/)
    assert.equal((await recordsOf(other)).length, 3)
  })

  test('tries again later where the disk is full, and leaves nothing behind', async () => {
    const { world, log } = await opened()
    await fill(log, 30)
    world.disk.failNext('write', 'ENOSPC', { path: `${FOLDER}/00000000000000000000.log.cleaned` })
    const { cleaner, said } = cleanerOf(world)
    cleaner.start()
    await world.clock.run(BACKOFF_MS, settleLong)
    assert.match(said[0]!, /^Cannot compact orders-3 now, it is tried again later: /)
    assert.equal(world.directory.failure, undefined)
    assert.deepEqual(
      (await world.disk.list(FOLDER)).filter(({ name }) => name.endsWith('.cleaned')),
      [],
    )
    await world.clock.run(BACKOFF_MS, settleLong)
    assert.match(said[1]!, /^Compacted orders-3/)
    await cleaner.stop()
  })

  test('reads and writes no faster than log.cleaner.io.max.bytes.per.second, and stops at once all the same', async () => {
    const { world, log } = await opened()
    await fill(log, 100)
    const { cleaner, said } = cleanerOf(world, 100)
    cleaner.start()
    const bytes = log.sizeBytes
    await world.clock.run(BACKOFF_MS + (bytes / 100) * 1000, settleLong)
    assert.equal(said.length, 0, 'the keys have been read, nothing is written yet')
    await world.clock.run((2 * bytes * 1000) / 100, settleLong)
    assert.equal(said.length, 1)
    await fill(log, 300, 100)
    await world.clock.run(BACKOFF_MS + 1000, settleLong)
    await cleaner.stop()
    assert.equal(said.length, 1)
    assert.equal(world.clock.timerCount, 0)
    assert.equal(log.cleanedOffset, 100)
  })

  test('applies retention to what it has compacted, where the policy says both', async () => {
    const { world, log } = await opened({ deletes: true, retentionMs: DAY_MS })
    const { cleaner } = cleanerOf(world)
    await fill(log, 30)
    append(log, keyed([put('new', '1')], { timestamp: world.clock.nowMs() }))
    await log.flush()
    log.advanceHighWatermark(log.logEndOffset)
    world.clock.advance(2 * BACKOFF_MS)
    cleaner.start()
    await world.clock.run(BACKOFF_MS, settleLong)
    await cleaner.stop()
    assert.deepEqual(
      (await recordsOf(log)).map((record) => record.split(' ')[0]),
      ['30'],
    )
  })

  test('gives way to a cut, a deletion and the end of the log', async () => {
    for (const act of ['truncateTo', 'deleteLog', 'close'] as const) {
      const { world, log } = await opened()
      await fill(log, 30)
      await fill(log, 30, 30)
      append(log, keyed([put('beyond', '1')]))
      const release = world.disk.hold('write', (path) => path.endsWith('.cleaned'))
      const cleaning = clean(world, log)
      await settleLong()
      const acting =
        act === 'truncateTo'
          ? log.truncateTo(60)
          : act === 'deleteLog'
            ? world.directory.deleteLog(log.topicPartition)
            : log.close()
      await settleLong()
      release()
      assert.equal(await cleaning, undefined)
      await acting
      assert.equal(world.directory.failure, undefined)
      if (act !== 'truncateTo') continue
      assert.equal(log.logEndOffset, 60)
      assert.equal((await recordsOf(log)).length, 60)
      assert.equal((await clean(world, log))?.keptCount, 3)
    }
  })
})
