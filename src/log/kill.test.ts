/** A process that writes as fast as it can and is killed, on a real disk: nothing that it acknowledged may be missing. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '#host'
import { nodeClock, nodeCompute, nodeDisk, nodeRandom } from '#host/node'
import { DEFAULT_LOG_CONFIG } from './log-config.ts'
import { LogDirectory } from './log-directory.ts'
import { contentOf, orders, TOPIC_ID } from './log-world.kit.test.ts'
import { TailCache } from './tail-cache.ts'

const host = { clock: nodeClock, compute: nodeCompute, disk: nodeDisk, logger: silentLogger, random: nodeRandom }
const NEVER = 2 ** 63
const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

/** Appends numbered records and tells how far they may be acknowledged. */
const writer = `
  import { silentLogger } from '#host'
  import { nodeClock, nodeCompute, nodeDisk, nodeRandom } from '#host/node'
  import { encodeBatch } from '#protocol/records'
  import { DEFAULT_LOG_CONFIG, LogDirectory, TailCache } from ${url('./index.js')}
  const [path, flushMessages] = process.argv.slice(1)
  const host = { clock: nodeClock, compute: nodeCompute, disk: nodeDisk, logger: silentLogger, random: nodeRandom }
  const directory = await LogDirectory.open(path, { host, tailCache: new TailCache(0) })
  const config = { ...DEFAULT_LOG_CONFIG, flushMessages: Number(flushMessages), segmentBytes: 20000 }
  const topicPartition = ${JSON.stringify(orders)}
  const log = directory.found().length > 0
    ? await directory.openLog(topicPartition, config)
    : await directory.createLog(topicPartition, { topicId: '${TOPIC_ID}', config })
  log.onStable((endOffset) => process.stdout.write(endOffset + '\\n'))
  process.stdout.write(log.stableEndOffset + '\\n')
  for (;;) {
    for (let i = 0; i < 5; i++) {
      const value = new TextEncoder().encode(String(log.logEndOffset).repeat(20))
      log.append(encodeBatch([{ timestamp: 1, value }]), { origin: 'client', leaderEpoch: 0 })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }`

describe('a writer that is killed', () => {
  for (const [mode, flushMessages] of [
    ['synced', 1],
    ['in page-cache mode', NEVER],
  ] as const) {
    test(`${mode} leaves every acknowledged record behind, time after time`, async () => {
      const path = mkdtempSync(join(tmpdir(), 'ottla-kill-'))
      try {
        for (let round = 0; round < 3; round++) {
          const acknowledged = await killAfter(path, flushMessages, 40 + round * 30)
          const directory = await LogDirectory.open(path, { host, tailCache: new TailCache(0) })
          const log = await directory.openLog(orders, { ...DEFAULT_LOG_CONFIG, flushMessages })
          assert.ok(log.logEndOffset >= acknowledged, `${log.logEndOffset} of ${acknowledged} are there`)
          const content = await contentOf(log, 0, 100_000)
          assert.equal(content.size, log.logEndOffset)
          for (const [offset, value] of content) assert.equal(value, `${offset}`.repeat(20))
          await directory.close({ brokerEpoch: round })
        }
      } finally {
        rmSync(path, { recursive: true })
      }
    })
  }
})

/** Lets the writer run until it has acknowledged something, and so much longer. Gives the last offset that it told. */
function killAfter(path: string, flushMessages: number, delayMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path, `${flushMessages}`], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve) => {
    let told = ''
    child.stdout.on('data', (chunk) => {
      if (told.split('\n').length < 4) setTimeout(() => child.kill('SIGKILL'), delayMs)
      told += chunk
    })
    child.on('close', () => resolve(Number(told.split('\n').at(-2))))
  })
}
