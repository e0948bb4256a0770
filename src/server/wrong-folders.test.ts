/** Folders on a real disk that a broker cannot have: one sentence each, and what was there stays as it was. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrokerConfig } from '#config'
import { MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import { BrokerServer } from './broker-server.ts'

let root: string
const path = (name: string) => join(root, name)

function start(settings: Record<string, string>): Promise<BrokerServer> {
  const config = BrokerConfig.parse({ listeners: 'PLAINTEXT://127.0.0.1:9092', ...settings })
  return BrokerServer.start(config, createNodeHost({ network: new MemoryNetwork() }))
}

async function refused(settings: Record<string, string>, sentence: RegExp): Promise<void> {
  await assert.rejects(start(settings), (error: Error) => {
    assert.match(error.message.replaceAll(root, ''), sentence)
    return true
  })
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'ottla-folders-'))
  await (await start({ 'log.dirs': path('data') })).stop()
})
after(() => rm(root, { recursive: true }))

test('a file in the place of a folder', async () => {
  await writeFile(path('file'), 'x')
  await refused({ 'log.dirs': path('file') }, /^Cannot use the log directory \/file: .*ENOTDIR/)
  await refused({ 'log.dirs': path('file/below') }, /^Cannot use the log directory \/file\/below: .*ENOTDIR/)
})

test('a folder that is in use, under whatever name', async () => {
  const broker = await start({ 'log.dirs': path('data') })
  await refused({ 'log.dirs': path('data') }, /^The folder \/data is in use by this very process/)
  await broker.stop()
  await symlink(path('data'), path('link'))
  await refused({ 'log.dirs': `${path('data')},${path('link')}` }, /^The folder \/link is in use by this very process/)
})

test('a folder of another node, of another cluster, or of nobody', async () => {
  const settings = { 'log.dirs': path('data') }
  await refused({ ...settings, 'node.id': '7' }, /^\/data belongs to node 1, but node\.id is 7\.$/)
  await (await start({ 'log.dirs': path('other') })).stop()
  await rm(path('other/__cluster_metadata-0'), { recursive: true })
  const both = { 'log.dirs': `${path('data')},${path('other')}` }
  await refused(both, /^\/other belongs to the cluster .{22}, not to .{22} as \/data\.$/)
  await mkdir(path('photos/holidays'), { recursive: true })
  await refused({ 'log.dirs': path('photos') }, /^\/photos has no meta\.properties, .* holidays is in it\./)
})

test('a meta.properties or a metadata log that cannot be read', async () => {
  for (const name of ['broken', 'damaged', 'missing']) await cp(path('data'), path(name), { recursive: true })
  await writeFile(path('broken/meta.properties'), 'garbage\n')
  await refused(
    { 'log.dirs': path('broken') },
    /^Cannot read \/broken\/meta\.properties: its version is missing, not 1\.$/,
  )
  const log = path('damaged/__cluster_metadata-0/00000000000000000000.log')
  const content = new Uint8Array(await readFile(log))
  content[70]! ^= 0xff
  await writeFile(log, content)
  await rm(path('damaged/.kafka_cleanshutdown'))
  await refused({ 'log.dirs': path('damaged') }, /^The log of __cluster_metadata-0 is damaged: the batch has CRC/)
  await rm(path('missing/meta.properties'))
  await refused(
    { 'log.dirs': path('missing') },
    /^\/missing has no meta\.properties, .* __cluster_metadata-0 is in it\./,
  )
})

test('a start that was refused leaves the folder as it was', async () => {
  const list = async () => [await readdir(path('data')), await readFile(path('data/.kafka_cleanshutdown'), 'utf8')]
  const then = await list()
  await refused(
    { 'log.dirs': path('data'), 'metadata.log.dir': path('x') },
    /^\/x has no meta\.properties although \/data has: the metadata log of its cluster is missing\.$/,
  )
  assert.deepEqual(await list(), then)
  await (await start({ 'log.dirs': path('data') })).stop()
})
