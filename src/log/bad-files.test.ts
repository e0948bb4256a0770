/**
 * BAD-94: files of a log that were cut off, emptied, zeroed, exchanged or filled with huge numbers. Whichever it is, the log is
 * refused by name or has the records that it had; and no number in a file buys memory.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getHeapStatistics } from 'node:v8'
import type { Disk } from '#host'
import { HostError } from '#host'
import { DamagedLogError } from './damaged-log.ts'
import { append, batch, contentOf, FOLDER, PATH, sent, settle, World } from './log-world.kit.test.ts'

const config = { segmentBytes: 600, indexIntervalBytes: 100 }
const HEAP_BYTES_MAX = 4 * 1024 * 1024

/** A log of three segments, with producers and two leader epochs, stopped cleanly. */
async function written(): Promise<World> {
  const world = await World.open({ config })
  const log = await world.create()
  for (let i = 0; i < 8; i++) {
    append(log, i % 2 === 0 ? batch(3) : sent(7n, (i >> 1) * 3, 3), { leaderEpoch: i >> 2 })
    await settle()
  }
  await world.close()
  return world
}

async function filesOf(disk: Disk, folder = PATH): Promise<string[]> {
  const found: string[] = []
  for (const { name, kind } of await disk.list(folder)) {
    if (kind === 'directory') found.push(...(await filesOf(disk, `${folder}/${name}`)))
    else if (name !== '.lock') found.push(`${folder}/${name}`)
  }
  return found
}

/** The records that are read of it, or why it is not opened or not read. */
async function outcomeOf(disk: World['disk']): Promise<ReadonlyMap<number, string> | 'refused'> {
  let world: World | undefined
  try {
    world = await World.open({ disk, config })
    const log = await world.openLog()
    const content = await contentOf(log).catch(() => 'refused' as const)
    return content
  } catch (error) {
    assert.ok(error instanceof DamagedLogError || error instanceof HostError, `${error}`)
    return 'refused'
  }
}

const damages: readonly [name: string, damage: (content: Uint8Array) => Uint8Array][] = [
  ['empty', () => new Uint8Array(0)],
  ['cut off in the middle', (content) => content.slice(0, content.length >> 1)],
  ['cut off by a byte', (content) => content.slice(0, -1)],
  ['zeroed', (content) => new Uint8Array(content.length)],
  ['full of 2^31 - 1', (content) => content.map((_, i) => (i % 4 === 0 ? 0x7f : 0xff))],
  ['full of 0xff', (content) => new Uint8Array(content.length).fill(0xff)],
  ['followed by a mebibyte of nothing', (content) => new Uint8Array([...content, ...new Uint8Array(1 << 20)])],
]

describe('BAD-94 a file of a log', () => {
  for (const [name, damage] of damages) {
    test(`that is ${name} leaves the log as it was, or has it refused`, async () => {
      const paths = await filesOf((await written()).disk)
      assert.ok(paths.length >= 12, paths.join(' '))
      for (const path of paths) {
        const { disk } = await written()
        const before = await outcomeOf((await written()).disk)
        assert.ok(before !== 'refused')
        await disk.replaceFile(path, damage(await disk.readFile(path)))
        const { used_heap_size: heapBefore, external_memory: outsideBefore } = getHeapStatistics()
        const after = await outcomeOf(disk)
        const { used_heap_size, external_memory } = getHeapStatistics()
        const taken = used_heap_size + external_memory - heapBefore - outsideBefore
        assert.ok(taken < HEAP_BYTES_MAX, `${path}: ${taken} bytes of memory`)
        if (after === 'refused') continue
        for (const offset of after.keys()) assert.ok(before.has(offset), `${path}: a record at ${offset}`)
        if (!path.endsWith('.log')) assert.equal(after.size, before.size, `${path}: records are missing`)
      }
    })
  }

  test('that is exchanged for another leaves the log as it was, or has it refused', async () => {
    const paths = await filesOf((await written()).disk)
    for (const path of paths) {
      for (const other of paths.filter((each) => each > path && each.startsWith(FOLDER))) {
        const { disk } = await written()
        const [content, otherContent] = [await disk.readFile(path), await disk.readFile(other)]
        await disk.replaceFile(path, otherContent)
        await disk.replaceFile(other, content)
        const after = await outcomeOf(disk)
        if (after !== 'refused' && !path.endsWith('.log') && !other.endsWith('.log')) assert.equal(after.size, 24)
      }
    }
  })
})
