import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '#core'
import { MemoryDisk } from '#host/memory'
import { OpenFiles } from './open-files.ts'

test('ranges keep their files open until they are released, and do not let others be opened without end', async () => {
  const disk = new MemoryDisk({ readsAtOnce: true })
  const files = new OpenFiles(disk, 2, () => 0)
  const paths = ['/a', '/b', '/c']
  for (const path of paths) await files.with(path, 'write', (file) => file.write([utf8(path)], 0))
  for (const path of paths) files.forget(path)
  const rangeOf = async (path: string) => await files.with(path, 'read', async () => files.range(path, 0, 2))
  const ranges = [await rangeOf('/a'), await rangeOf('/b')]
  assert.ok(ranges.every((range) => range !== undefined))
  assert.equal(await rangeOf('/c'), undefined)
  files.forget('/a')
  files.closeIdle(Number.POSITIVE_INFINITY)
  assert.equal(disk.openFiles, 2)
  const into = new Uint8Array(2)
  assert.ok(ranges[0]!.read(into, 0))
  assert.deepEqual(into, utf8('/a'))
  for (const range of [...ranges, ...ranges]) range!.release()
  files.closeIdle(Number.POSITIVE_INFINITY)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(disk.openFiles, 0)
})
