/**
 * `npm run bench:log`: the log alone, on this machine's disk: what appends cost in page-cache mode and synced, how fast
 * the tail is read from memory and old records from the disk, and how long a start takes after a crash and after a stop.
 *
 *   npm run bench:log -- --only append,tail --seconds 2 --folder /var/tmp
 *
 * Each append is a batch of its own buffer, as it comes from the network, with a valid CRC; `CPU s/GB` is of the whole
 * process, with the threads that wait for the disk. Synced: the next batches are appended as those before are
 * acknowledged, so many in flight per partition as a producer has (5).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../scripts/build.mjs'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: 'append,synced,tail,cold,recovery,many' },
    folder: { type: 'string', default: tmpdir() },
  },
})
await build()
const { silentLogger } = await import('#host')
const { nodeClock, nodeCompute, nodeDisk, nodeRandom, useNativeCrc32c } = await import('#host/node')
const { DEFAULT_LOG_CONFIG, LogDirectory, TailCache } = await import('#log')
const { encodeBatch } = await import('#protocol/records')
useNativeCrc32c()

const NEVER = 2 ** 63
const IN_FLIGHT = 5
const MB = 1e6
const TOPIC_ID = 'jWoDUkekQkGofl7qffTGMQ'
const seconds = Number(options.seconds)
const wanted = options.only.split(',')
const root = mkdtempSync(join(options.folder, 'ottla-bench-log-'))
const host = { clock: nodeClock, compute: nodeCompute, disk: nodeDisk, logger: silentLogger, random: nodeRandom }
let folders = 0

const batches = [
  { title: '16 KB batches of 1 KB', bytes: batchOf(16, 1000) },
  { title: '128 KB batches of 1 KB', bytes: batchOf(128, 1000) },
  { title: '16 KB batches of 100 B', bytes: batchOf(140, 100) },
  { title: '1 record of 100 B', bytes: batchOf(1, 100) },
]

try {
  if (wanted.includes('append')) await benchAppend('Append, page-cache mode', NEVER, [1, 6])
  if (wanted.includes('synced')) await benchAppend('Append, synced', 1, [1, 6, 100, 1000])
  if (wanted.includes('tail') || wanted.includes('cold')) await benchRead()
  if (wanted.includes('recovery')) await benchRecovery()
  if (wanted.includes('many')) await benchMany()
} finally {
  rmSync(root, { recursive: true, force: true })
}

function batchOf(count, valueBytes) {
  const value = new Uint8Array(valueBytes).fill(0x61)
  return encodeBatch(Array.from({ length: count }, () => ({ timestamp: Date.now(), key: null, value })))
}

async function open({ path = join(root, String(folders++)), tailBytes = 256 * MB } = {}) {
  return LogDirectory.open(path, { host, tailCache: new TailCache(tailBytes) })
}

async function logsOf(directory, count, flushMessages) {
  const config = { ...DEFAULT_LOG_CONFIG, flushMessages }
  return Promise.all(
    Array.from({ length: count }, (_, partition) =>
      directory.createLog({ topic: 'bench', partition }, { topicId: TOPIC_ID, config }),
    ),
  )
}

/** Appends until the time is up, `IN_FLIGHT` batches per log unacknowledged. */
async function benchAppend(title, flushMessages, partitionCounts) {
  header(title, ['batches/s', 'MB/s', 'CPU s/GB', 'p50 ms', 'p99 ms'])
  for (const { title, bytes } of batches) {
    for (const count of partitionCounts) {
      const directory = await open()
      const logs = await logsOf(directory, count, flushMessages)
      const usage = await measured(() => appendFor(logs, bytes, seconds))
      const { appended, latencies } = usage.result
      latencies.sort((a, b) => a - b)
      const at = (share) => latencies[Math.floor(latencies.length * share)] ?? 0
      row(`${title}, ${count} partition${count === 1 ? '' : 's'}`, [
        appended / usage.seconds,
        (appended * bytes.length) / MB / usage.seconds,
        usage.cpuSeconds / ((appended * bytes.length) / 1e9),
        at(0.5),
        at(0.99),
      ])
      await directory.close({ brokerEpoch: 1 })
      rmSync(directory.path, { recursive: true })
    }
  }
}

function appendFor(logs, bytes, duration) {
  const latencies = []
  let appended = 0
  let open = 0
  const until = performance.now() + duration * 1000
  return new Promise((resolve, reject) => {
    for (const log of logs) {
      const waiting = []
      // A disk that is full would otherwise leave nothing that this run waits for, and Node would end it without a word.
      log.onFailure(reject)
      const fill = () => {
        while (waiting.length < IN_FLIGHT && performance.now() < until) {
          const { lastOffset } = log.append(bytes.slice(), { origin: 'client', leaderEpoch: 0 })
          waiting.push({ lastOffset, sentMs: performance.now() })
          appended++
          open++
        }
      }
      log.onStable((endOffset) => {
        while (waiting.length > 0 && waiting[0].lastOffset < endOffset) {
          latencies.push(performance.now() - waiting.shift().sentMs)
          open--
        }
        // Acknowledgements reach a producer, and its next batches us, in another turn.
        setImmediate(() => {
          fill()
          if (open === 0) resolve({ appended, latencies })
        })
      })
      fill()
    }
  })
}

async function benchRead() {
  const bytes = batches[0].bytes
  const directory = await open({ tailBytes: 64 * MB })
  const [log] = await logsOf(directory, 1, NEVER)
  while (log.sizeBytes < 512 * MB) {
    for (let i = 0; i < 100; i++) log.append(bytes.slice(), { origin: 'client', leaderEpoch: 0 })
    await log.flush()
  }
  header('Read', ['MB/s', 'CPU s/GB', 'us/read'])
  const tailFrom = log.logEndOffset - Math.floor((48 * MB) / bytes.length) * 16
  for (const maxBytes of [64 * 1024, 1024 * 1024]) {
    if (wanted.includes('tail')) await readRow(`tail, ${maxBytes / 1024} KiB at a time`, log, tailFrom, maxBytes)
    if (wanted.includes('cold')) await readRow(`disk (page cache), ${maxBytes / 1024} KiB at a time`, log, 0, maxBytes)
  }
  await directory.close({ brokerEpoch: 1 })
}

async function readRow(title, log, from, maxBytes) {
  const usage = await measured(async () => {
    let readBytes = 0
    let reads = 0
    const until = performance.now() + seconds * 1000
    for (let next = from; performance.now() < until; reads++) {
      const slice = log.read(next, { maxBytes, atLeastOne: true, endOffset: log.logEndOffset })
      const { sizeBytes, nextOffset } = slice instanceof Promise ? await slice : slice
      readBytes += sizeBytes
      next = sizeBytes === 0 ? from : nextOffset
    }
    return { readBytes, reads }
  })
  const { readBytes, reads } = usage.result
  row(title, [readBytes / MB / usage.seconds, usage.cpuSeconds / (readBytes / 1e9), (usage.seconds * 1e6) / reads])
}

/** A gigabyte that no sync has covered, found again after a crash: the directory is left without a close. */
async function benchRecovery() {
  const path = join(root, 'recovery')
  const bytes = batches[0].bytes
  const directory = await open({ path })
  const logs = await logsOf(directory, 6, NEVER)
  while (logs[0].sizeBytes * logs.length < 1000 * MB) {
    for (const log of logs) for (let i = 0; i < 50; i++) log.append(bytes.slice(), { origin: 'client', leaderEpoch: 0 })
    await new Promise((resolve, reject) => {
      logs[0].onStable(resolve)
      logs[0].onFailure(reject)
    })
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  header('Start', ['ms', 'CPU s'])
  const config = { ...DEFAULT_LOG_CONFIG, flushMessages: NEVER }
  // Another path to the same folder would be locked out: the copy of a crash is the folder itself under another name.
  const { cpSync } = await import('node:fs')
  cpSync(path, `${path}-crashed`, { recursive: true })
  await directory.close({ brokerEpoch: 1 })
  for (const [title, folder] of [
    ['1 GB in 6 partitions, after a crash', `${path}-crashed`],
    ['the same after a clean stop', path],
  ]) {
    const usage = await measured(async () => {
      const again = await open({ path: folder })
      await again.openLogs(() => config)
      return again
    })
    row(title, [usage.seconds * 1000, usage.cpuSeconds])
    await usage.result.close({ brokerEpoch: 1 })
    rmSync(folder, { recursive: true })
  }
}

/** Many small partitions: created, stopped, started. */
async function benchMany() {
  const path = join(root, 'many')
  header('1000 partitions', ['ms', 'CPU s'])
  let directory = await open({ path })
  let logs
  const created = await measured(async () => {
    logs = await logsOf(directory, 1000, 1)
  })
  row('created', [created.seconds * 1000, created.cpuSeconds])
  for (const log of logs) log.append(batches[3].bytes.slice(), { origin: 'client', leaderEpoch: 0 })
  const closed = await measured(() => directory.close({ brokerEpoch: 1 }))
  row('closed, with a record each', [closed.seconds * 1000, closed.cpuSeconds])
  const opened = await measured(async () => {
    directory = await open({ path })
    await directory.openLogs(() => DEFAULT_LOG_CONFIG)
  })
  row('opened', [opened.seconds * 1000, opened.cpuSeconds])
  const checkpoint = await measured(() => directory.checkpoint())
  row('checkpoint', [checkpoint.seconds * 1000, checkpoint.cpuSeconds])
  await directory.close({ brokerEpoch: 1 })
}

async function measured(work) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 }
}

function header(title, columns) {
  console.log(`\n${title.padEnd(48)}${columns.map((column) => column.padStart(12)).join('')}`)
}

function row(title, figures) {
  const cell = (figure) => (figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)).padStart(12)
  console.log(`${title.padEnd(48)}${figures.map(cell).join('')}`)
}
