#!/usr/bin/env node
/**
 * Real input: many varied records go through three clients into one broker that is killed again and again, and come back
 * through other clients; nothing that was acknowledged may be missing or changed.
 *
 *   npm run real-input -- [--records 1000000] [--kills 20] [--seed 1] [--mode synced|page-cache] [--vs kafka] [--folder DIR]
 *
 * Every topic ("lane") has one writer (Java, franz-go, kcat), one codec, is idempotent or not, and is read back by the two
 * clients that did not write it. The broker is killed with SIGKILL at random moments, most while records are written and
 * some while they are read, and restarted at once on the same data. `synced` is Ottla's default, an acknowledgement behind
 * each sync; `page-cache` leaves syncing to the system, as Kafka does. What the verifier demands is in verify.mjs.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startBroker } from '../../scripts/broker.mjs'
import { build } from '../../scripts/build.mjs'
import { produceLane, readTopic } from './kcat.mjs'
import { LineCounts } from './line-counts.mjs'
import { numbers } from './records.mjs'
import { verifyLane } from './verify.mjs'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    mode: { type: 'string', default: 'synced' },
    vs: { type: 'string' },
    folder: { type: 'string' },
  },
})
const seed = Number(options.seed) | 0
const kills = Number(options.kills)
const modes = { synced: {}, 'page-cache': { 'log.flush.interval.messages': '9223372036854775807' } }
if (!(options.mode in modes)) {
  console.error(`real-input: --mode takes synced or page-cache, not ${options.mode}`)
  process.exit(2)
}

const baseMs = Date.now() - 3_600_000
const here = dirname(fileURLToPath(import.meta.url))
const cache =
  process.env.INTEROP_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'interop')
const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'ottla-real-input-'))
const logs = join(folder, 'logs')

const lanes = makeLanes()
const total = lanes.reduce((sum, lane) => sum + lane.count, 0)
if (options.vs !== 'kafka') await build()
execFileSync(join(here, '../setup.sh'), ['java', 'go', 'kcat'], { stdio: ['ignore', 'inherit', 'inherit'] })
mkdirSync(logs, { recursive: true })
const broker = await startBroker(options.vs === 'kafka' ? 'kafka' : 'ottla', {
  folder: join(folder, 'broker'),
  settings: modes[options.mode],
})
console.log(
  `${total} records of seed ${seed} in ${lanes.length} topics, ${kills} kills, ${options.mode}, ${broker.kind} on ${broker.bootstrap}, in ${folder}`,
)

const began = Date.now()
const seconds = () => ((Date.now() - began) / 1000).toFixed(1)
const failures = []
await program('create', java('create', broker.bootstrap, ...lanes.map(creationOf)))

const whileReading = Math.floor(kills / 5)
const restarts = []
await Promise.all([
  underFire(
    kills - whileReading,
    lanes.map((lane) => `${logs}/${lane.topic}.acked`),
    total,
    writeAll(),
  ),
])
console.log(`${seconds()} s: written, ${restarts.length} kills`)
const readLogs = lanes.flatMap((lane) => lane.readers.map((reader) => `${logs}/${lane.topic}.read-${reader}`))
await underFire(whileReading, readLogs, 2 * total, readAll())
console.log(`${seconds()} s: read, ${restarts.length} kills`)

let passed = 0
let copies = 0
for (const lane of lanes) {
  const verdict = await verifyLane(seed, lane, logs).catch((cause) => ({
    results: [{ name: lane.topic, failure: String(cause?.stack ?? cause) }],
    copies: 0,
  }))
  copies += verdict.copies
  for (const { name, failure } of verdict.results) {
    if (failure === undefined) passed++
    else failures.push(`${name}: ${failure}`)
    console.log(failure === undefined ? `ok ${name}` : `FAIL ${name}: ${failure}`)
  }
}
const ending = await broker.stop()
if (ending !== 0) failures.push(`the broker ended with ${ending} when asked to stop`)
if (restarts.length < kills)
  failures.push(`only ${restarts.length} of ${kills} kills happened before the clients were done`)

const sorted = restarts.toSorted((a, b) => a - b)
const writtenBytes = lanes.reduce((sum, lane) => sum + partitionBytes(lane), 0)
console.log(
  `${total} records, ${(writtenBytes / 1e9).toFixed(2)} GB on disk, ${restarts.length} kills, restarts of ` +
    `${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)} ms, ${copies} copies from clients that are not idempotent, ${seconds()} s`,
)
for (const failure of failures) console.log(`FAIL ${failure}`)
if (failures.length > 0) {
  process.exitCode = 1
  console.log(`kept for a look: ${folder}`)
} else if (options.folder === undefined) rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failures.length} failed`)

/** Each client with each codec; who is idempotent alternates, so that every codec has both. */
function makeLanes() {
  const clients = ['java', 'franz-go', 'kcat']
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  const each = Math.floor(Number(options.records) / (clients.length * codecs.length))
  const rest = Number(options.records) - each * clients.length * codecs.length
  const made = clients.flatMap((client, c) =>
    codecs.map((codec, i) => ({
      client,
      codec,
      topic: `real-${client}-${codec}`,
      partitions: 3,
      baseMs,
      idempotent: (c + i) % 2 === 0,
      readers: clients.filter((other) => other !== client),
      configs: {},
      logAppendTime: false,
      count: each + (c + i === 0 ? rest : 0),
    })),
  )
  // Two topics where the broker has its own word: it compresses anew, and it gives the time.
  made.find((lane) => lane.topic === 'real-franz-go-none').configs['compression.type'] = 'zstd'
  const stamped = made.find((lane) => lane.topic === 'real-java-lz4')
  stamped.configs['message.timestamp.type'] = 'LogAppendTime'
  stamped.logAppendTime = true
  let first = 0
  for (const lane of made) {
    lane.first = first
    first += lane.count
  }
  return made
}

function creationOf(lane) {
  const configs = Object.entries(lane.configs).map(([key, value]) => `:${key}=${value}`)
  return `${lane.topic}:${lane.partitions}${configs.join('')}`
}

async function writeAll() {
  const of = (client) => lanes.filter((lane) => lane.client === client)
  const spec = (lane) => [lane.topic, lane.partitions, lane.codec, lane.idempotent, lane.first, lane.count].join(':')
  await Promise.all([
    program('java', java('produce', broker.bootstrap, seed, baseMs, logs, ...of('java').map(spec))),
    program('franz-go', go('produce', broker.bootstrap, seed, baseMs, logs, ...of('franz-go').map(spec))),
    ...of('kcat').map((lane) => settle(produceLane(broker.bootstrap, seed, lane, `${logs}/${lane.topic}.acked`))),
  ])
}

async function readAll() {
  const of = (reader) => lanes.filter((lane) => lane.readers.includes(reader))
  const spec = (lane) => `${lane.topic}:${lane.partitions}`
  const byKcat = async () => {
    for (const lane of of('kcat')) await readTopic(broker.bootstrap, lane, `${logs}/${lane.topic}.read-kcat`)
  }
  await Promise.all([
    program('java', java('read', broker.bootstrap, logs, ...of('java').map(spec))),
    program('franz-go', go('read', broker.bootstrap, logs, ...of('franz-go').map(spec))),
    settle(byKcat()),
  ])
}

/**
 * Kills the broker `count` times while `work` goes on: each time when the clients' logs together have reached a random
 * number of lines, and some random milliseconds later.
 */
async function underFire(count, files, linesInAll, work) {
  let working = true
  const done = work.finally(() => {
    working = false
  })
  const next = numbers(seed, 0x6b696c6c ^ restarts.length)
  const moments = Array.from({ length: count }, () => (0.02 + (0.9 * next()) / 2 ** 32) * linesInAll).sort(
    (a, b) => a - b,
  )
  const lines = new LineCounts(files)
  for (const moment of moments) {
    while (working && lines.total() < moment) await sleep(20)
    if (!working) break
    await sleep(next() % 100)
    await broker.kill()
    await broker.start().catch((cause) => {
      failures.push(`the broker did not come back: ${cause.message}`)
      console.log(`FAIL ${failures.at(-1)}`)
      process.exit(1)
    })
    restarts.push(broker.startMs)
  }
  await done
}

function settle(promise) {
  return promise.catch((cause) => {
    failures.push(cause.message)
  })
}

function java(...args) {
  return ['java', '-Xmx768m', '-cp', `${cache}/java/classes:${cache}/java/libs/*`, 'RealInput', ...args]
}

function go(...args) {
  return [`${cache}/go/real-input`, ...args]
}

async function program(name, [command, ...args]) {
  const file = join(logs, `${name}-${args.find((word) => /^[a-z]+$/.test(word) && word !== 'java')}.log`)
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(file, { flags: 'a' })
  child.stdout.pipe(log)
  child.stderr.pipe(log)
  const [code] = await once(child, 'exit')
  if (code !== 0) failures.push(`${name} ended with ${code}, see ${file}`)
}

function partitionBytes(lane) {
  let sum = 0
  for (let partition = 0; partition < lane.partitions; partition++) {
    const path = join(broker.data, `${lane.topic}-${partition}`)
    if (existsSync(path)) sum += Number(execFileSync('du', ['-sb', path]).toString().split('\t')[0])
  }
  return sum
}
