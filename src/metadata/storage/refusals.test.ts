import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinBytes, utf8 } from '#core'
import type { Disk } from '#host'
import { MemoryDisk } from '#host/memory'
import { batchesIn, codecNumberOf, encodeBatch, setCrc } from '#protocol/records'
import { snapshotBatches } from '#raft'
import { NodeWorld, type NodeWorldOptions } from '../node-world.kit.test.ts'
import { bootstrapSnapshot, onlyVoter } from './bootstrap.ts'
import { formatMetaProperties, parseMetaProperties } from './meta-properties.ts'
import { StorageError } from './storage-error.ts'

const FOLDER = '/data/__cluster_metadata-0'
const FORMAT = `${FOLDER}/00000000000000000000-0000000000.checkpoint`

async function formatted(options: NodeWorldOptions = {}): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  await (await NodeWorld.open({ disk, ...options })).close()
  return disk
}

async function refused(options: NodeWorldOptions, sentence: RegExp): Promise<void> {
  await assert.rejects(NodeWorld.open(options), (error: Error) => {
    assert.ok(error instanceof StorageError, error.stack)
    assert.match(error.message, sentence)
    return true
  })
}

async function replaceIn(disk: Disk, path: string, from: string | RegExp, to: string): Promise<void> {
  const text = new TextDecoder().decode(await disk.readFile(path))
  await disk.replaceFile(path, utf8(text.replace(from, to)))
}

test('meta.properties is read as Java writes it, and what it lacks is said', () => {
  const java = '#\n#Sat Nov 21 12:02:48 UTC 2026\nnode.id=1\ndirectory.id=2jPW1dHySLqK0K_A1BSe9g\nversion=1\n'
  const properties = { clusterId: 'lGeK4GCDRXKv_cmEZ76LaQ', nodeId: 1, directoryId: '2jPW1dHySLqK0K_A1BSe9g' }
  assert.deepEqual(parseMetaProperties(`${java}cluster.id=lGeK4GCDRXKv_cmEZ76LaQ\n`), properties)
  assert.deepEqual(parseMetaProperties(formatMetaProperties(properties)), properties)
  const wrong = (text: string, sentence: RegExp) => assert.throws(() => parseMetaProperties(text), sentence)
  wrong('', /its version is missing, not 1/)
  wrong('version=2', /its version is 2, not 1/)
  wrong('version=0\nbroker.id=1\ncluster.id=x', /version 0, written by a broker with ZooKeeper/)
  wrong(java, /cluster.id is missing/)
  wrong('version=1\ncluster.id=x', /node.id is not a number: ""/)
  wrong('version=1\ncluster.id=x\nnode.id=-1', /node.id is not a number: "-1"/)
  wrong('version=1\ncluster.id=x\nnode.id=1\ndirectory.id=y', /directory.id is not a UUID: "y"/)
})

test('a folder of another cluster or another node is refused', async () => {
  const disk = await formatted()
  await refused({ disk, node: { clusterId: 'another' } }, /^\/data belongs to the cluster .{22}, not to another\.$/)
  await refused({ disk, config: { 'node.id': '2' } }, /^\/data belongs to node 1, but node\.id is 2\.$/)
  await (await NodeWorld.open({ disk })).close()
})

test('a new cluster gets the id that it is given', async () => {
  const world = await NodeWorld.open({ node: { clusterId: 'my-cluster' } })
  assert.equal(world.node.clusterId, 'my-cluster')
  await world.close()
})

test('an unreadable meta.properties is refused', async () => {
  const disk = await formatted()
  await disk.replaceFile('/data/meta.properties', new Uint8Array([0xff, 0xfe]))
  await refused({ disk }, /^Cannot read \/data\/meta\.properties: it is not text\.$/)
  await disk.replaceFile('/data/meta.properties', utf8('version=1'))
  await refused({ disk }, /^Cannot read \/data\/meta\.properties: cluster\.id is missing\.$/)
})

test('a folder that is not ours and not empty is refused, and nothing is written into it', async () => {
  const disk = new MemoryDisk()
  await disk.makeDirectory('/data/photos')
  await refused({ disk }, /^\/data has no meta\.properties, so it is not a data folder, but .* photos is in it/)
  assert.equal(await disk.exists('/data/meta.properties'), false)
  const lost = await formatted()
  await lost.remove('/data/meta.properties')
  await refused({ disk: lost }, /__cluster_metadata-0 is in it/)
})

test('a directory added to log.dirs is formatted; the loss of the one with the metadata is refused', async () => {
  const disk = await formatted()
  const two = await NodeWorld.open({ disk, paths: ['/data', '/more'], seed: 2 })
  const ids = [...two.node.directoryIds.values()]
  assert.equal(new Set(ids).size, 2)
  await two.close()
  const again = await NodeWorld.open({ disk, paths: ['/data', '/more'], seed: 3 })
  assert.deepEqual([...again.node.directoryIds.values()], ids)
  await again.close()
  await refused(
    { disk, paths: ['/other', '/more'] },
    /^\/other has no meta\.properties although \/more has: the metadata log of its cluster is missing\.$/,
  )
  const id = new TextDecoder().decode(await disk.readFile('/data/meta.properties'))
  await disk.replaceFile('/more/meta.properties', utf8(id))
  await refused({ disk, paths: ['/data', '/more'] }, /^\/more and \/data have the same directory\.id/)
})

test('the metadata log is in metadata.log.dir, which is one of log.dirs', async () => {
  const disk = new MemoryDisk()
  const world = await NodeWorld.open({ disk, paths: ['/data', '/more'], config: { 'metadata.log.dir': '/more' } })
  await world.close()
  assert.ok(await disk.exists('/more/__cluster_metadata-0/quorum-state'))
  await refused(
    { disk, paths: ['/data'], config: { 'metadata.log.dir': '/more' } },
    /, \/more, is not among log\.dirs: \/data\.$/,
  )
})

test('a directory without an id, from before 3.7, gets one', async () => {
  const disk = await formatted()
  const more = await NodeWorld.open({ disk, paths: ['/data', '/more'], seed: 2 })
  await more.close()
  await replaceIn(disk, '/more/meta.properties', /directory\.id=.*\n/, '')
  const world = await NodeWorld.open({ disk, paths: ['/data', '/more'], seed: 3 })
  const text = new TextDecoder().decode(await disk.readFile('/more/meta.properties'))
  assert.match(text, new RegExp(`directory\\.id=${world.node.directoryIds.get('/more')}\n`))
  await world.close()
})

test('BAD-95 a damaged snapshot is refused', async () => {
  const disk = await formatted()
  disk.corrupt(FORMAT, 100, new Uint8Array([0xee]))
  await refused({ disk }, /^The metadata snapshot .*0000\.checkpoint is damaged: at byte 0, the batch has CRC/)
  await disk.replaceFile(FORMAT, new Uint8Array())
  await refused({ disk }, /is damaged: it does not begin with a header\.$/)
})

test('BAD-95 a snapshot with a batch that cannot be decompressed is refused, though its sum is right', async () => {
  const disk = await formatted()
  const [header, ...rest] = batchesIn(await disk.readFile(FORMAT))
  const content = await disk.readFile(FORMAT)
  const batch = encodeBatch([{ timestamp: 0, value: utf8('x') }])
  batch[22] = codecNumberOf('snappy')
  setCrc(batch, 0)
  const [start, footer] = [header!.sizeBytes, rest.at(-1)!.at]
  await disk.replaceFile(FORMAT, joinBytes([content.subarray(0, start), batch, content.subarray(footer)]))
  await refused({ disk }, /^The metadata snapshot .*0000\.checkpoint is damaged: /)
})

test('BAD-95 a snapshot with a record of a kind that is not known is refused, and so is one that ends early', async () => {
  const disk = await formatted()
  const content = await disk.readFile(FORMAT)
  const [header, ...rest] = batchesIn(content)
  const [start, footer] = [header!.sizeBytes, rest.at(-1)!.at]
  const unknown = encodeBatch([{ timestamp: 0, value: Uint8Array.of(1, 99, 0, 0) }])
  await disk.replaceFile(FORMAT, joinBytes([content.subarray(0, start), unknown, content.subarray(footer)]))
  await refused({ disk }, /is damaged: Metadata record type 99 is not known/)
  await disk.replaceFile(FORMAT, content.slice(0, footer))
  await refused({ disk }, /is damaged: it is cut off: its footer is missing/)
})

test('a damaged quorum-state is refused', async () => {
  const disk = await formatted()
  await disk.replaceFile(`${FOLDER}/quorum-state`, utf8('{'))
  await refused({ disk }, /^Cannot read .*quorum-state: it is not JSON\.$/)
})

test('a quorum that this node cannot lead alone is refused', async () => {
  const disk = new MemoryDisk()
  const directoryId = 'directory-of-voter-1-A'
  await disk.makeDirectory(FOLDER)
  const write = (bytes: Uint8Array[]) => disk.replaceFile(FORMAT, joinBytes(bytes))
  await disk.replaceFile(
    '/data/meta.properties',
    utf8(formatMetaProperties({ clusterId: 'x', nodeId: 1, directoryId })),
  )
  const voters = [1, 2, 3].map((id) => onlyVoter(id, `directory-of-voter-${id}-A`, []))
  const content = { lastContainedLogTimestamp: 0n, kraftVersion: 1, voters, values: [], nowMs: 0 }
  await write([...snapshotBatches({ endOffset: 0, epoch: 0 }, content)])
  await refused({ disk }, /^Node 1 cannot lead the metadata quorum in .* alone: its voters are 1, 2, 3\. Quorums of/)
  await write(bootstrapSnapshot(onlyVoter(1, 'another-directory-id-A', []), 0))
  await refused({ disk }, /has the directory\.id another-directory-id-A, but meta\.properties says directory-of-voter/)
  await write(bootstrapSnapshot(onlyVoter(1, directoryId, []), 0))
  await (await NodeWorld.open({ disk })).close()
})

test('a log that begins behind its snapshots is refused', async () => {
  const disk = await formatted()
  const world = await NodeWorld.open({ disk, seed: 2 })
  world.directories[0]!.get({ topic: '__cluster_metadata', partition: 0 })!.advanceLogStartOffset(3)
  await world.close()
  await refused({ disk }, /^The metadata log in \S+ begins at 3, but there is no snapshot before it\.$/)
})
