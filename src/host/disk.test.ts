/** The contract of `Disk`, held against every implementation; then what the memory disk adds to it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { utf8 } from '#core'
import type { Disk } from './disk.ts'
import { HostError } from './host-error.ts'
import { MemoryDisk } from './memory/disk.ts'
import { nodeDisk } from './node/disk.ts'
import { systemCalls } from './node/system-calls.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ottla-disk-'))
after(() => rmSync(scratch, { recursive: true }))

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const code = (expected: string) => (error: unknown) => error instanceof HostError && error.code === expected
let folders = 0

describeDisk('the disk of Node', () => ({ disk: nodeDisk, root: join(scratch, `${folders++}`) }))
describeDisk('the disk in memory', () => ({ disk: new MemoryDisk(), root: '/data' }))
describeDisk('the disk in memory that does not survive', () => ({
  disk: new MemoryDisk({ survives: false }),
  root: '/data',
}))

function describeDisk(name: string, make: () => { disk: Disk; root: string }) {
  async function empty() {
    const { disk, root } = make()
    await disk.makeDirectory(root)
    return { disk, root }
  }

  describe(name, () => {
    test('reads back chunks where they were written', async () => {
      const { disk, root } = await empty()
      const file = await disk.open(`${root}/a.log`, 'create')
      await file.write([utf8('hello '), new Uint8Array(0), utf8('world')], 0)
      await file.write([utf8('W')], 6)
      assert.equal(await file.size(), 11)
      const into = new Uint8Array(20)
      assert.equal(await file.read(into, 4), 7)
      assert.equal(text(into.subarray(0, 7)), 'o World')
      assert.equal(await file.read(into, 11), 0)
      await file.sync()
      await file.close()
      assert.equal(text(await disk.readFile(`${root}/a.log`)), 'hello World')
    })

    test('reads a file at once as it reads it otherwise, or not at all', async () => {
      const { disk, root } = await empty()
      await disk.replaceFile(`${root}/small`, utf8('content'))
      await disk.replaceFile(`${root}/long`, new Uint8Array(1_000_000))
      const small = disk.readFileAtOnce?.(`${root}/small`)
      if (small !== undefined) assert.equal(text(small), 'content')
      for (const name of ['long', 'missing']) assert.equal(disk.readFileAtOnce?.(`${root}/${name}`), undefined)
    })

    test('lists all names, whichever are measured', async () => {
      const { disk, root } = await empty()
      for (const name of ['a.log', 'b.index']) await disk.replaceFile(`${root}/${name}`, utf8(name))
      const entries = await disk.list(root, (name) => name.endsWith('.log'))
      assert.deepEqual(
        entries.map(({ name, kind }) => [name, kind]),
        [
          ['a.log', 'file'],
          ['b.index', 'file'],
        ],
      )
      assert.equal(entries[0]!.sizeBytes, 5)
    })

    test('writes more chunks than one system call takes', async () => {
      const { disk, root } = await empty()
      const file = await disk.open(`${root}/many`, 'create')
      const chunks = Array.from({ length: 3000 }, (_, i) => new Uint8Array(i % 70).fill(i))
      await file.write(chunks, 5)
      await file.close()
      const expected = Buffer.concat([new Uint8Array(5), ...chunks])
      assert.deepEqual(Buffer.from(await disk.readFile(`${root}/many`)), expected)
    })

    test('fills what was skipped, and what truncation adds, with zeros', async () => {
      const { disk, root } = await empty()
      const file = await disk.open(`${root}/sparse`, 'write')
      await file.write([utf8('x'.repeat(70000))], 70000)
      await file.truncate(100000)
      await file.truncate(200000)
      await file.close()
      const content = await disk.readFile(`${root}/sparse`)
      assert.equal(content.length, 200000)
      assert.ok(content.subarray(0, 70000).every((byte) => byte === 0))
      assert.ok(content.subarray(70000, 100000).every((byte) => byte === 0x78))
      assert.ok(content.subarray(100000).every((byte) => byte === 0))
    })

    test('opens by mode: what must exist, what may, what must not', async () => {
      const { disk, root } = await empty()
      await assert.rejects(disk.open(`${root}/a`, 'read'), code('ENOENT'))
      await (await disk.open(`${root}/a`, 'write')).close()
      await (await disk.open(`${root}/a`, 'write')).close()
      await assert.rejects(disk.open(`${root}/a`, 'create'), code('EEXIST'))
      await assert.rejects(disk.open(`${root}/missing/a`, 'write'), code('ENOENT'))
    })

    test('lists a folder by name, with kinds and sizes', async () => {
      const { disk, root } = await empty()
      await disk.makeDirectory(`${root}/orders-1/deep`)
      await disk.replaceFile(`${root}/b`, utf8('four'))
      await disk.replaceFile(`${root}/a`, utf8(''))
      const entries = (await disk.list(root)).map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])
      assert.deepEqual(entries, [
        ['a', 'file', 0],
        ['b', 'file', 4],
        ['orders-1', 'directory', 0],
      ])
      await assert.rejects(disk.list(`${root}/none`), code('ENOENT'))
    })

    test('replaces a file as a whole', async () => {
      const { disk, root } = await empty()
      await disk.replaceFile(`${root}/c`, utf8('a longer one'))
      await disk.replaceFile(`${root}/c`, utf8('short'))
      assert.equal(text(await disk.readFile(`${root}/c`)), 'short')
      assert.deepEqual(
        (await disk.list(root)).map((entry) => entry.name),
        ['c'],
      )
    })

    test('renames over a file, and folders with what is in them', async () => {
      const { disk, root } = await empty()
      await disk.replaceFile(`${root}/a`, utf8('new'))
      await disk.replaceFile(`${root}/b`, utf8('old'))
      await disk.rename(`${root}/a`, `${root}/b`)
      assert.equal(text(await disk.readFile(`${root}/b`)), 'new')
      assert.equal(await disk.exists(`${root}/a`), false)
      await disk.makeDirectory(`${root}/orders-0`)
      await disk.rename(`${root}/b`, `${root}/orders-0/b`)
      await disk.rename(`${root}/orders-0`, `${root}/orders-0.deleted`)
      assert.equal(text(await disk.readFile(`${root}/orders-0.deleted/b`)), 'new')
      await assert.rejects(disk.rename(`${root}/none`, `${root}/other`), code('ENOENT'))
    })

    test('removes files and folders, and does not mind those that are missing', async () => {
      const { disk, root } = await empty()
      await disk.makeDirectory(`${root}/f/g`)
      await disk.replaceFile(`${root}/f/g/a`, utf8('x'))
      await disk.remove(`${root}/f/g/none`)
      await disk.removeDirectory(`${root}/none`)
      await disk.removeDirectory(`${root}/f`)
      await disk.syncDirectory(root)
      assert.deepEqual(await disk.list(root), [])
    })

    test('a file that is removed while open can still be read', async () => {
      const { disk, root } = await empty()
      await disk.replaceFile(`${root}/a`, utf8('kept'))
      const file = await disk.open(`${root}/a`, 'read')
      await disk.remove(`${root}/a`)
      const into = new Uint8Array(4)
      assert.equal(await file.read(into, 0), 4)
      assert.equal(text(into), 'kept')
      await file.close()
    })

    test('refuses to read a file that is too large', async () => {
      const { disk, root } = await empty()
      await disk.replaceFile(`${root}/a`, utf8('12345'))
      await assert.rejects(disk.readFile(`${root}/a`, 4), code('EFBIG'))
    })

    test('a folder is locked once', async () => {
      const { disk, root } = await empty()
      const lock = await disk.lock(`${root}/.lock`)
      await assert.rejects(disk.lock(`${root}/.lock`), code('ELOCKED'))
      await lock.release()
      await (await disk.lock(`${root}/.lock`)).release()
    })

    test('knows how much room there is', async () => {
      const { disk, root } = await empty()
      const { freeBytes, totalBytes } = await disk.space(root)
      assert.ok(freeBytes > 0 && freeBytes <= totalBytes)
    })
  })
}

describe('the lock of a folder', () => {
  const holder = `
    import { nodeDisk } from ${JSON.stringify(new URL('./node/disk.js', import.meta.url).href)}
    await nodeDisk.lock(process.argv[1])
    process.stdout.write('locked')
    setInterval(() => {}, 1000)`

  test('keeps another process out, names it, and ends with it however it ends', async () => {
    const root = join(scratch, 'locked')
    await nodeDisk.makeDirectory(root)
    const child = spawn(process.execPath, ['--input-type=module', '-e', holder, `${root}/.lock`])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await assert.rejects(nodeDisk.lock(`${root}/.lock`), (error: HostError) => {
      assert.equal(error.code, 'ELOCKED')
      assert.equal(error.message, `The folder ${root} is in use by process ${child.pid}`)
      return true
    })
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    await (await nodeDisk.lock(`${root}/.lock`)).release()
  })

  test('is one with those who lock the file, as Kafka does', { skip: systemCalls() === undefined }, async () => {
    const root = join(scratch, 'locked-by-file')
    await nodeDisk.makeDirectory(root)
    const holder = openSync(`${root}/.lock`, 'w+')
    writeSync(holder, '4711')
    assert.equal(systemCalls()!.lock(holder), true)
    await assert.rejects(nodeDisk.lock(`${root}/.lock`), (error: HostError) => {
      assert.equal(error.code, 'ELOCKED')
      assert.equal(error.message, `The folder ${root} is in use by process 4711`)
      return true
    })
    closeSync(holder)
    const lock = await nodeDisk.lock(`${root}/.lock`)
    const other = openSync(`${root}/.lock`, 'r+')
    assert.equal(systemCalls()!.lock(other), false)
    await lock.release()
    assert.equal(systemCalls()!.lock(other), true)
    closeSync(other)
  })
})

describe('a file that grows', () => {
  const megabyte = new Uint8Array(1024 * 1024)
  const blockBytes = async (path: string) => 512 * (await stat(path)).blocks

  test('has some space in advance, and the size that was written', { skip: systemCalls() === undefined }, async () => {
    const path = join(scratch, 'growing')
    const file = await nodeDisk.open(path, 'create')
    let sizeBytes = 0
    do {
      if (!file.writeAtOnce([megabyte], sizeBytes)) await file.write([megabyte], sizeBytes)
      sizeBytes += megabyte.length
    } while ((await blockBytes(path)) < sizeBytes + megabyte.length / 2 && sizeBytes < 100 * megabyte.length)
    assert.ok(sizeBytes < 100 * megabyte.length, 'nothing was reserved')
    assert.equal(await file.size(), sizeBytes)
    await file.close()
    assert.equal((await stat(path)).size, sizeBytes)
    assert.ok((await blockBytes(path)) <= sizeBytes + megabyte.length + 65_536)
  })
})

describe('a crash of the disk in memory', () => {
  async function written() {
    const disk = new MemoryDisk()
    await disk.makeDirectory('/d')
    await disk.syncDirectory('/')
    const file = await disk.open('/d/a', 'create')
    await file.write([utf8('first')], 0)
    return { disk, file }
  }

  test('loses what was not synced', async () => {
    const { disk, file } = await written()
    await file.sync()
    await disk.syncDirectory('/d')
    await file.write([utf8(' second')], 5)
    assert.equal(text(await disk.readFile('/d/a')), 'first second')
    assert.equal(text(await disk.crash().readFile('/d/a')), 'first')
  })

  test('loses a name whose folder was not synced, though its content was', async () => {
    const { disk, file } = await written()
    await file.sync()
    assert.deepEqual(await disk.crash().list('/d'), [])
  })

  test('keeps what the caller chooses, down to a torn write', async () => {
    const { disk, file } = await written()
    await file.write([utf8(' second')], 5)
    assert.equal(text(await disk.crash(() => true).readFile('/d/a')), 'first second')
    const torn = disk.crash(({ change }) => (change.kind === 'write' && change.position === 5 ? 3 : true))
    assert.equal(text(await torn.readFile('/d/a')), 'first se')
  })

  test('leaves the calls of the process that died without an answer', async () => {
    const { disk, file } = await written()
    const write = file.write([utf8('late')], 0)
    disk.crash()
    const answer = await Promise.race([write.then(() => 'written'), new Promise((r) => setImmediate(r, 'nothing'))])
    assert.equal(answer, 'nothing')
  })

  test('undoes a rename that was not synced', async () => {
    const { disk, file } = await written()
    await file.sync()
    await disk.syncDirectory('/d')
    await disk.rename('/d/a', '/d/b')
    assert.deepEqual(
      (await disk.crash().list('/d')).map((entry) => entry.name),
      ['a'],
    )
  })

  test('after a failed sync, what it should have stored is lost', async () => {
    const { disk, file } = await written()
    await disk.syncDirectory('/d')
    disk.failNext('sync', 'EIO', { path: '/d/a' })
    await assert.rejects(file.sync(), code('EIO'))
    await file.sync()
    assert.equal(text(await disk.readFile('/d/a')), 'first')
    assert.equal(text(await disk.crash(() => true).readFile('/d/a')), '')
  })

  test('a write that fails may have taken a part', async () => {
    const { disk, file } = await written()
    disk.failNext('write', 'ENOSPC', { takesBytes: 2 })
    await assert.rejects(file.write([utf8('SECOND')], 5), code('ENOSPC'))
    assert.equal(text(await disk.readFile('/d/a')), 'firstSE')
  })

  test('a volume that is full takes what fits, and goes on when others leave it', async () => {
    const disk = new MemoryDisk({ totalBytes: 100 })
    const file = await disk.open('/a', 'create')
    await file.write([utf8('x'.repeat(60))], 0)
    disk.othersBytes = 30
    assert.deepEqual(await disk.space('/'), { freeBytes: 10, totalBytes: 100 })
    await assert.rejects(file.write([utf8('12345'), utf8('6789'), utf8('abc')], 60), code('ENOSPC'))
    assert.equal(await file.size(), 70)
    await file.write([utf8('y'.repeat(60))], 0)
    disk.othersBytes = 0
    await file.write([utf8('12345'), utf8('6789'), utf8('abc')], 60)
    assert.equal(text(await disk.readFile('/a')).slice(-12), '123456789abc')
  })

  test('calls can be made to fail until that is lifted', async () => {
    const { disk, file } = await written()
    const lift = disk.failAll('open', 'EMFILE', (path) => path.startsWith('/d/'))
    for (const _ of [1, 2]) await assert.rejects(disk.readFile('/d/a'), code('EMFILE'))
    await file.write([utf8('First')], 0)
    lift()
    assert.equal(text(await disk.readFile('/d/a')), 'First')
  })

  test('calls can be held up', async () => {
    const { disk, file } = await written()
    const release = disk.hold('sync')
    let synced = false
    const sync = file.sync().then(() => {
      synced = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(synced, false)
    release()
    await sync
  })
})

test('a folder that cannot be made is refused at once, also where the system says that its parent is missing', async () => {
  // /proc answers ENOENT to every attempt, for which Node's own recursive mkdir tries again for ever.
  await assert.rejects(nodeDisk.makeDirectory('/proc/ottla/data'), { name: 'HostError', code: 'ENOENT' })
})
