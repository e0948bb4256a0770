/**
 * The files in `golden/` were written by Apache Kafka 4.4, `golden/dump.txt` is what we say of them. It is reviewed like
 * code; `OTTLA_REWRITE=1` writes it anew.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { utf8 } from '#core'
import { MemoryDisk } from '#host/memory'
import { nodeCompute, nodeDisk } from '#host/node'
import { encodeBatch } from '#protocol/records'
import { type DumpOptions, dump } from './dump.ts'
import { type Entry, jsonOf, textOf } from './entry.ts'

const folder = fileURLToPath(new URL('../../../src/cli/dump/golden', import.meta.url))
const goldenText = join(folder, 'dump.txt')
const segment = join(folder, 'orders-0/00000000000000000000.log')

async function entriesOf(path: string, { records = true, topic }: Partial<DumpOptions> = {}, disk = nodeDisk) {
  const entries: Entry[] = []
  for await (const entry of dump(path, { disk, compute: nodeCompute }, { records, topic })) entries.push(entry)
  return entries
}

/** The entries of a file with these bytes. */
async function entriesIn(path: string, content: Uint8Array): Promise<Entry[]> {
  const disk = new MemoryDisk()
  await disk.makeDirectory('/data/orders-0')
  await disk.replaceFile(path, content)
  return await entriesOf(path, {}, disk)
}

function problemsIn(entries: readonly Entry[]): (string | undefined)[] {
  return entries.filter(({ problem }) => problem !== undefined).map(({ problem }) => problem)
}

describe('what Kafka wrote', () => {
  test('is shown as it was reviewed', async () => {
    const shown: string[] = []
    for (const path of filesIn(folder)) {
      if (path === goldenText) continue
      const lines = (await entriesOf(path)).map(textOf)
      shown.push([relative(folder, path), ...lines].join('\n'))
    }
    const actual = `${shown.join('\n\n')}\n`
    if (process.env.OTTLA_REWRITE === '1') writeFileSync(goldenText, actual)
    else assert.equal(actual, readFileSync(goldenText, 'utf8'))
  })

  test('has fields that are always there, as JSON', async () => {
    const entries = (await entriesOf(segment)).map((entry) => JSON.parse(jsonOf(entry)) as Entry)
    const fields = (type: string) =>
      new Set(entries.filter((entry) => entry.type === type).map((entry) => Object.keys(entry).join()))
    assert.equal(fields('batch').size, 1)
    assert.deepEqual(
      [...fields('record')],
      ['type,offset,timestamp,key,value,headers', 'type,offset,timestamp,record,version,data'],
    )
  })

  test('is shown without the records of plain topics where they are not asked for', async () => {
    const types = (await entriesOf(segment, { records: false })).map(({ type, record }) => record ?? type)
    assert.deepEqual(new Set(types), new Set(['batch', 'COMMIT', 'ABORT']))
  })
})

describe('what is damaged', () => {
  const bytes = new Uint8Array(readFileSync(segment))

  test('is named with its place where a sum is wrong, and what follows is shown all the same', async () => {
    const damaged = bytes.slice()
    damaged[300]! ^= 1
    const entries = await entriesIn('/data/orders-0/00000000000000000000.log', damaged)
    const [problem] = problemsIn(entries)
    assert.match(problem ?? '', /^at byte 280: the batch has CRC \d+, its bytes have \d+$/)
    assert.equal(entries.filter(({ type }) => type === 'batch').length, 12)
  })

  test('is named where the file is cut off', async () => {
    const path = '/data/orders-0/00000000000000000000.log'
    assert.deepEqual(problemsIn(await entriesIn(path, bytes.subarray(0, 1300))), [
      'at byte 1227: a batch of 78 bytes begins, 73 are left',
    ])
    assert.deepEqual(problemsIn(await entriesIn(path, bytes.subarray(0, 150))), [
      'at byte 139: 11 bytes are left, a batch header has 61',
    ])
    const garbage = await entriesIn(path, utf8('this is no batch, but long enough to hold the header of one, so that'))
    assert.match(problemsIn(garbage)[0] ?? '', /^at byte 0: a batch of \d+ bytes begins, 68 are left$/)
  })

  test('is no segment that has room at its end', async () => {
    const entries = await entriesIn(
      '/data/orders-0/00000000000000000000.log',
      Uint8Array.from([...bytes, ...new Uint8Array(200)]),
    )
    assert.deepEqual(problemsIn(entries), [])
    assert.deepEqual(entries.at(-1), { type: 'rest', position: 1305, bytes: 200, content: 'zeros' })
  })

  test('is an index that falls, or has half an entry', async () => {
    const index = new Uint8Array(readFileSync(join(folder, 'orders-0/00000000000000000000.index')))
    const fallen = Uint8Array.from([...index.subarray(8, 16), ...index.subarray(0, 8), ...index.subarray(16, 20)])
    assert.deepEqual(problemsIn(await entriesIn('/data/orders-0/00000000000000000000.index', fallen)), [
      'at byte 8: an entry does not rise above the one before it',
      'at byte 16: an entry has 8 bytes, 4 are left',
    ])
  })

  test('is a snapshot of producers whose sum is wrong, or that is cut off', async () => {
    const path = '/data/orders-0/00000000000000000020.snapshot'
    const snapshot = new Uint8Array(readFileSync(join(folder, 'orders-0/00000000000000000020.snapshot')))
    const damaged = snapshot.slice()
    damaged[50]! ^= 1
    assert.match(problemsIn(await entriesIn(path, damaged))[0] ?? '', /^at byte 2: the CRC is 692750556, that of/)
    assert.match(problemsIn(await entriesIn(path, snapshot.subarray(0, 100)))[0] ?? '', /^at byte 0: /)
    assert.match(problemsIn(await entriesIn(path, new Uint8Array(0)))[0] ?? '', /^at byte 0: /)
  })

  test('is a checkpoint with a line that is none, or that counts others than it has', async () => {
    const problems = problemsIn(
      await entriesIn('/data/replication-offset-checkpoint', utf8('0\n2\na 0 1\nb x 1\nc 0 1\n')),
    )
    assert.deepEqual(problems, [
      'in line 4: it is not `topic partition offset`',
      'in line 2: it is not 3, as so many follow',
    ])
  })

  test('is a record of an internal topic that is not what it should be', async () => {
    const batch = encodeBatch([{ timestamp: 1, key: utf8('xx'), value: utf8('y') }])
    const disk = new MemoryDisk()
    await disk.makeDirectory('/data')
    await disk.replaceFile('/data/1.log', batch)
    const [, record] = await entriesOf('/data/1.log', { topic: '__consumer_offsets' }, disk)
    assert.equal(record?.problem, 'at byte 0, offset 0: Records of type 30840 are not known here')
  })
})

test('a file of no known kind, and a folder, are refused', async () => {
  await assert.rejects(entriesOf('/etc/hostname'), { name: 'UsageError', message: /Cannot tell by its name/ })
  await assert.rejects(entriesOf(folder), { name: 'UsageError', message: /is a folder/ })
})

function filesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)]))
    .sort()
}
