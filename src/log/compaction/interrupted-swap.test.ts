import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MemoryDisk, UnsyncedChange } from '#host/memory'
import { DamagedLogError } from '../damaged-log.ts'
import { append, FOLDER, PATH, settle, World } from '../log-world.kit.test.ts'
import { clean, DAY_MS, keyed, openCompacted, put, recordsOf, roll } from './compaction.kit.test.ts'

/** Of a segment that ends with a tombstone. */
const TOMBSTONE = '00000000000000000002.'

type Files = Map<string, Uint8Array>

async function filesOf(disk: MemoryDisk): Promise<Files> {
  const files: Files = new Map()
  for (const { name } of await disk.list(FOLDER)) files.set(name, await disk.readFile(`${FOLDER}/${name}`))
  return files
}

/** A log's folder before a pass, the segment that the pass makes of it, and what is read of it then and before. */
async function passed() {
  const { world, log } = await openCompacted()
  for (let i = 0; i < 30; i++) {
    append(log, keyed([put(`key ${i % 4}`, `value ${i}`)]))
    if (i % 10 === 9) await roll(log)
  }
  append(log, keyed([put('key 0', 'active')]))
  await settle()
  await world.directory.checkpoint()
  const before = await filesOf(world.disk)
  const records = await recordsOf(log)
  await clean(world, log)
  const after = await filesOf(world.disk)
  const cleaned: Files = new Map()
  for (const suffix of ['log', 'index', 'timeindex']) {
    const name = `00000000000000000000.${suffix}`
    cleaned.set(name, after.get(name)!)
  }
  return { world, before, cleaned, records, left: await recordsOf(log) }
}

/** The folder with the files `there` instead. */
async function begun(world: World, there: Files): Promise<World> {
  for (const { name } of await world.disk.list(FOLDER)) await world.disk.remove(`${FOLDER}/${name}`)
  for (const [name, content] of there) await world.disk.replaceFile(`${FOLDER}/${name}`, content)
  await world.disk.remove(`${PATH}/cleaner-offset-checkpoint`)
  return await World.open({ ...world.options, disk: world.disk.crash(() => true) })
}

/** The same, opened. */
async function start(before: World, there: Files) {
  const world = await begun(before, there)
  return { world, log: await world.openLog() }
}

function named(files: Files, mark: string, only: (name: string) => boolean = () => true): Files {
  return new Map([...files].filter(([name]) => only(name)).map(([name, content]) => [name + mark, content]))
}

const marks = (files: Files) => [...files.keys()].filter((name) => /cleaned|swap|deleted/.test(name))

describe('a compaction that was interrupted', () => {
  test('is given up before it was whole', async () => {
    const { world, before, cleaned, records } = await passed()
    const half = new Map([...cleaned].map(([name, content]) => [name, content.subarray(0, content.length >> 1)]))
    const again = await start(world, new Map([...before, ...named(half, '.cleaned')]))
    assert.deepEqual(await recordsOf(again.log), records)
    assert.deepEqual(marks(await filesOf(again.world.disk)), [])
  })

  test('is given up while some of its files have the one name and some the other', async () => {
    const isLog = (name: string) => name.endsWith('.log')
    const { world, before, cleaned, records } = await passed()
    const swaps = named(cleaned, '.swap', isLog)
    const rest = named(cleaned, '.cleaned', (name) => !isLog(name))
    const again = await start(world, new Map([...before, ...swaps, ...rest]))
    assert.deepEqual(await recordsOf(again.log), records)
    assert.deepEqual(marks(await filesOf(again.world.disk)), [])
  })

  test('is brought to its end once it was whole, and again', async () => {
    const { world, before, cleaned, left } = await passed()
    const again = await start(world, new Map([...before, ...named(cleaned, '.swap')]))
    assert.deepEqual(await recordsOf(again.log), left)
    const files = await filesOf(again.world.disk)
    assert.deepEqual(marks(files), [])
    assert.deepEqual(files.get('00000000000000000000.log'), cleaned.get('00000000000000000000.log'))
    const { log } = await again.world.crash()
    assert.deepEqual(await recordsOf(log), left)
  })

  test('is brought to its end where a part of what it replaces is gone', async () => {
    const { world, before, cleaned, left } = await passed()
    const gone = (name: string) => name.startsWith('00000000000000000000.') || name.startsWith('00000000000000000010.')
    const rest = new Map([...before].filter(([name]) => !gone(name)))
    const deleted = named(before, '.deleted', gone)
    const again = await start(world, new Map([...rest, ...deleted, ...named(cleaned, '.swap')]))
    assert.deepEqual(await recordsOf(again.log), left)
  })

  test('is brought to its end where the log has its name and the indexes do not', async () => {
    const isLog = (name: string) => name.endsWith('.log')
    const { world, before, cleaned, left } = await passed()
    const active = new Map([...before].filter(([name]) => name.startsWith('00000000000000000030.')))
    const swaps = named(cleaned, '.swap', (name) => !isLog(name))
    const again = await start(world, new Map([...active, ...named(cleaned, '', isLog), ...swaps]))
    assert.deepEqual(await recordsOf(again.log), left)
    assert.deepEqual(marks(await filesOf(again.world.disk)), [])
  })

  test('is brought to its end by the next start, whatever names are lost of one that was cut short', async () => {
    for (const count of [1, 2, 3, 4]) {
      for (const keepsSwapped of [true, false]) {
        const { world, before, cleaned, left } = await passed()
        const started = await begun(world, new Map([...before, ...named(cleaned, '.swap')]))
        let syncs = 0
        started.disk.hold('syncDirectory', (path) => path === FOLDER && ++syncs >= count)
        void started.openLog()
        await settle()
        const isSwapped = ({ change }: UnsyncedChange) => 'name' in change && change.name.endsWith('.swap')
        const { log } = await started.crash((change) => isSwapped(change) === keepsSwapped)
        assert.deepEqual(await recordsOf(log), left, `${count} ${keepsSwapped}`)
      }
    }
  })

  test('is known to the next start as well, where one that ended it was cut short before it could note that', async () => {
    const { world, log } = await openCompacted()
    for (let i = 0; i < 30; i++) {
      append(log, keyed([put(`key ${i % 4}`, `value ${i}`)]))
      if (i % 10 === 9) await roll(log)
    }
    // Each segment by itself, so that offsets are missing at their ends.
    log.config = { ...log.config, segmentBytes: 1 }
    await clean(world, log)
    const records = await recordsOf(log)
    // A Kafka that was killed has noted neither what is stored nor how far it has come.
    for (const name of ['cleaner-offset', 'recovery-point-offset'])
      await world.disk.remove(`${PATH}/${name}-checkpoint`)
    const started = await World.open({ ...world.options, disk: world.disk.crash(() => true) })
    started.disk.hold('rename', (path) => path.includes('-checkpoint'))
    void started.openLog()
    await settle()
    assert.deepEqual(await recordsOf((await started.crash(() => true)).log), records)
  })

  test('takes no record before the one that replaces it is stored', async () => {
    const { world, log } = await openCompacted({ flushMessages: 2 ** 63 })
    append(log, keyed([put('key', 'old')]))
    await roll(log)
    world.disk.hold('sync', (path) => path === `${FOLDER}/00000000000000000001.log`)
    append(log, keyed([put('key', 'new')]))
    log.roll()
    append(log, keyed([put('other', 'active')]))
    await settle()
    log.advanceHighWatermark(log.logEndOffset)
    // The old one's segment is replaced first, by itself.
    log.config = { ...log.config, segmentBytes: 1 }
    void clean(world, log)
    world.disk.hold('open', (path) => path.endsWith('00000000000000000001.log.cleaned'))
    await settle()
    assert.deepEqual(await recordsOf((await world.crash()).log), ['0 key=old'])
  })

  test('brings no deleted value back: it went before its tombstone, whatever names a crash takes', async () => {
    const { world, log } = await openCompacted({ segmentBytes: 1_000_000 })
    append(log, keyed([put('a', 'kept')]))
    await roll(log)
    append(log, keyed([put('k', 'deleted')]))
    await roll(log)
    append(log, keyed([put('c', 'old')]))
    append(log, keyed([put('d', 'old')]))
    append(log, keyed([put('k', null)]))
    await roll(log)
    // The map is full before it comes to the tombstone, whose time begins; the value stays.
    log.config = { ...log.config, segmentBytes: 1 }
    assert.equal((await clean(world, log, 4 * 24))?.isMapFull, true)
    log.config = { ...log.config, segmentBytes: 1_000_000 }
    append(log, keyed([put('c', 'new'.repeat(200)), put('d', 'new'.repeat(200))]))
    await roll(log)
    log.config = { ...log.config, segmentBytes: 1000 }
    world.clock.advance(2 * DAY_MS)
    // Both go now, with their segments, which lie behind the last record of the new one.
    let syncs = 0
    world.disk.hold('syncDirectory', (path) => path === FOLDER && ++syncs > 2)
    void clean(world, log)
    await settle()
    const isTombstone = ({ change }: UnsyncedChange) => change.kind === 'rename' && change.name.startsWith(TOMBSTONE)
    const records = await recordsOf((await world.crash(isTombstone)).log)
    assert.equal(records.includes('1 k=deleted'), records.includes('4 k=-'))
  })

  test('ends the opening where what it made is damaged, and changes nothing', async () => {
    const { world, before, cleaned } = await passed()
    const damaged = new Map(named(cleaned, '.swap'))
    const bytes = Uint8Array.from(damaged.get('00000000000000000000.log.swap')!)
    bytes[70]! ^= 1
    damaged.set('00000000000000000000.log.swap', bytes)
    const there = new Map([...before, ...damaged])
    const started = await begun(world, there)
    await assert.rejects(started.openLog(), DamagedLogError)
    assert.deepEqual(await filesOf(started.disk), new Map([...there].sort(([a], [b]) => (a < b ? -1 : 1))))
  })
})
