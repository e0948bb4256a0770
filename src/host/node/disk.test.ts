/** When Node's disk works in the caller's thread, and when it leaves that to the pool. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, mock, test } from 'node:test'
import { utf8 } from '#core'
import type { File } from '../disk.ts'
import { nodeDisk } from './disk.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ottla-disk-'))
after(() => rmSync(scratch, { recursive: true }))

/** What the clock and the kernel say; what is done takes `tookMs`. */
const system = { nowMs: performance.now() + 1e9, tookMs: 0, fsRead: 0 }
let looks = 0
const usage = process.resourceUsage()
mock.method(process, 'resourceUsage', () => ({ ...usage, fsRead: system.fsRead }))
mock.method(performance, 'now', () => {
  if (looks++ === 1) system.nowMs += system.tookMs
  return system.nowMs
})
let files = 0

async function digits(): Promise<File> {
  system.nowMs += 1e6
  const file = await nodeDisk.open(join(scratch, `${files++}`), 'write')
  await file.write([utf8('0123456789')], 0)
  return file
}

function taking<T>(tookMs: number, action: () => T): T {
  looks = 0
  system.tookMs = tookMs
  return action()
}

describe('reads at once', () => {
  test('give what lies there, and nothing where that is less than was asked for', async () => {
    const file = await digits()
    const into = new Uint8Array(4)
    assert.equal(file.readAtOnce(into, 2), 4)
    assert.equal(new TextDecoder().decode(into), '2345')
    assert.equal(file.readAtOnce(into, 8), undefined)
    assert.equal(file.readAtOnce(new Uint8Array(2_000_000), 0), undefined)
    await file.close()
  })

  test('stop for twenty times as long as one took that came from the device', async () => {
    const file = await digits()
    const read = (tookMs: number) => taking(tookMs, () => file.readAtOnce(new Uint8Array(4), 2))
    system.fsRead++
    assert.equal(read(0.4), 4)
    assert.equal(read(2), 4)
    assert.equal(read(0), undefined)
    system.nowMs += 37
    assert.equal(read(0), undefined)
    system.nowMs += 2
    assert.equal(read(0), 4)
    await file.close()
  })

  test('go on where the thread only waited for a processor, unless that was too long to be so', async () => {
    const file = await digits()
    const read = (tookMs: number) => taking(tookMs, () => file.readAtOnce(new Uint8Array(4), 2))
    for (let i = 0; i < 3; i++) assert.equal(read(2), 4)
    assert.equal(read(6), 4)
    assert.equal(read(0), undefined)
    await file.close()
  })
})

describe('writes at once', () => {
  test('are there when they return', async () => {
    const file = await digits()
    assert.equal(file.writeAtOnce([utf8('ab'), utf8('c')], 1), true)
    const into = new Uint8Array(10)
    await file.read(into, 0)
    assert.equal(new TextDecoder().decode(into), '0abc456789')
    await file.close()
  })

  test('are not made while the file is synced, nor after two that took long', async () => {
    const file = await digits()
    const write = (tookMs: number) => taking(tookMs, () => file.writeAtOnce([utf8('ab')], 1))
    const synced = file.sync()
    assert.equal(write(0), false)
    await synced
    assert.equal(write(6), true)
    assert.equal(write(4), true)
    assert.equal(write(6), true)
    assert.equal(write(6), true)
    assert.equal(write(0), false)
    system.nowMs += 120
    // The first after that is still under suspicion.
    assert.equal(write(6), true)
    assert.equal(write(0), false)
    system.nowMs += 120
    assert.equal(write(0), true)
    await file.close()
  })

  test('are not made after one that took too long to have waited for a processor', async () => {
    const file = await digits()
    const write = (tookMs: number) => taking(tookMs, () => file.writeAtOnce([utf8('ab')], 1))
    assert.equal(write(51), true)
    assert.equal(write(0), false)
    system.nowMs += 1020
    assert.equal(write(0), true)
    await file.close()
  })
})
