/**
 * `npm run bench:compaction`: how long a broker takes to compact a topic with many keys, what it costs, and what producers
 * beside it feel.
 *
 *   npm run bench:compaction -- --keys 5000000 --vs kafka --folder /var/tmp
 *
 * A folder is filled with every key once and half of them a second time, 100 records to a batch, and copied for each
 * broker. The broker starts, with compaction of that topic held back (min.cleanable.dirty.ratio 1), and is left to come to
 * rest; then the topic's ratio is changed and the clock begins, until cleaner-offset-checkpoint says that all is done. CPU
 * is that of the broker's process in between, memory its peak over what it had at rest. The map of keys has 128 MiB.
 *
 * At last every record that is left is looked at: it is the newest of its key, and no key is missing. The latencies are of
 * one record at a time to another topic, acknowledged in page-cache mode, at rest and during the compaction.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { build } from '../scripts/build.mjs'

const { values: options } = parseArgs({
  options: {
    keys: { type: 'string', default: '5000000' },
    'value-bytes': { type: 'string', default: '60' },
    vs: { type: 'string' },
    codec: { type: 'string', default: 'none' },
    folder: { type: 'string', default: tmpdir() },
  },
})
await build()
const { freePort, root, startBroker } = await import('../scripts/broker.mjs')
const { silentLogger } = await import('#host')
const { nodeClock, nodeCompute, nodeDisk, nodeNetwork, nodeRandom, useNativeCrc32c } = await import('#host/node')
const { DEFAULT_LOG_CONFIG, LogDirectory, TailCache } = await import('#log')
const { batchesIn, encodeBatch, lastOffsetOf, readRecords } = await import('#protocol/records')
const { Cluster, Producer } = await import('#client')
const { execFileSync } = await import('node:child_process')
useNativeCrc32c()

const NEVER = 2 ** 63
const TOPIC = 'keyed'
const PER_BATCH = 100
const MIB = 1024 * 1024
const keyCount = Number(options.keys)
const recordCount = keyCount + Math.floor(keyCount / 2)
const value = new Uint8Array(Number(options['value-bytes'])).fill(0x61)
const work = mkdtempSync(join(options.folder, 'ottla-bench-compaction-'))
const port = await freePort()
const kinds = options.vs === undefined ? ['ottla'] : ['ottla', options.vs]
const few = { 'transaction.state.log.num.partitions': 1, 'offsets.topic.num.partitions': 1 }
const settings = {
  ...few,
  'log.cleaner.backoff.ms': 100,
  'log.cleaner.dedupe.buffer.size': 128 * MIB,
  'log.flush.interval.messages': '9223372036854775807',
}

try {
  const source = await fill()
  for (const kind of kinds) await measure(kind, source)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The key of the record at an offset: all of them in turn, then half of them in another order. */
function keyAt(offset) {
  return offset < keyCount ? offset : ((offset - keyCount) * 2) % keyCount
}

/** A folder with the topic, made by the broker that can be opened by both. */
async function fill() {
  const kind = kinds.at(-1)
  const broker = await startBroker(kind, { folder: join(work, 'source'), port, settings })
  ottla(
    'topic',
    'create',
    TOPIC,
    '-p',
    '1',
    '-c',
    'cleanup.policy=compact',
    '-c',
    'min.cleanable.dirty.ratio=1',
    '-c',
    `segment.bytes=${100 * MIB}`,
  )
  ottla('topic', 'create', 'beside', '-p', '1')
  await broker.stop()
  const host = { clock: nodeClock, compute: nodeCompute, disk: nodeDisk, logger: silentLogger, random: nodeRandom }
  const directory = await LogDirectory.open(broker.data, { host, tailCache: new TailCache(0) })
  const config = { ...DEFAULT_LOG_CONFIG, compacted: true, flushMessages: NEVER, segmentBytes: 100 * MIB }
  const log = await directory.openLog({ topic: TOPIC, partition: 0 }, config)
  for (let offset = 0; offset < recordCount; offset += PER_BATCH) {
    const records = Array.from({ length: Math.min(PER_BATCH, recordCount - offset) }, (_, i) => ({
      timestamp: Date.now(),
      key: new TextEncoder().encode(`user-${String(keyAt(offset + i)).padStart(9, '0')}`),
      value,
    }))
    log.append(encodeBatch(records, { codec: options.codec, compute: nodeCompute }), {
      origin: 'coordinator',
      leaderEpoch: 0,
    })
    if (offset % 100_000 === 0) await log.flush()
  }
  log.roll()
  await log.flush()
  log.advanceHighWatermark(log.logEndOffset)
  console.log(
    `${recordCount} records of ${keyCount} keys, ${(log.sizeBytes / MIB).toFixed(0)} MiB in ${log.segmentCount} segments`,
  )
  await directory.close({ brokerEpoch: directory.lastBrokerEpoch })
  return broker.data
}

function ottla(...args) {
  const command = [join(root, 'dist/command/main.js'), ...args, '-b', `127.0.0.1:${port}`]
  return execFileSync(process.execPath, command, { encoding: 'utf8' })
}

async function measure(kind, source) {
  const folder = join(work, kind)
  if (kind === 'kafka') cpSync(join(work, 'source'), folder, { recursive: true })
  else cpSync(source, join(folder, 'data'), { recursive: true })
  const broker = await startBroker(kind, { folder, port, settings })
  await sleep(3000)
  const host = {
    clock: nodeClock,
    compute: nodeCompute,
    network: nodeNetwork,
    logger: silentLogger,
    random: nodeRandom,
  }
  const cluster = new Cluster(host, { bootstrap: [{ host: '127.0.0.1', port }] })
  const quiet = await latencies(cluster, sleep(3000))
  const before = broker.usage()
  writeFileSync(`/proc/${broker.pid}/clear_refs`, '5')
  ottla('topic', 'alter', TOPIC, '-c', 'min.cleanable.dirty.ratio=0.01')
  const began = performance.now()
  const beside = await latencies(cluster, compacted(broker))
  const seconds = (performance.now() - began) / 1000
  const after = broker.usage()
  await cluster.close()
  await broker.stop()
  const peak = (after.residentPeakBytes - before.residentBytes) / MIB
  console.log(
    `${kind}: ${seconds.toFixed(1)} s, ${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} CPU s, ` +
      `peak ${peak.toFixed(0)} MiB over ${(before.residentBytes / MIB).toFixed(0)} MiB at rest; ${verify(broker.data)}`,
  )
  const shown = ({ p50, p99, max }) => `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, most ${max.toFixed(1)} ms`
  console.log(`  a record at rest: ${shown(quiet)}; beside the compaction: ${shown(beside)}`)
  rmSync(folder, { recursive: true })
}

async function compacted(broker) {
  const file = join(broker.data, 'cleaner-offset-checkpoint')
  for (;;) {
    await sleep(50)
    let text = ''
    try {
      text = readFileSync(file, 'utf8')
    } catch {}
    if (text.includes(`${TOPIC} 0 ${recordCount}\n`)) return
  }
}

/** Of single records, until `end` resolves. */
async function latencies(cluster, end) {
  const producer = new Producer(cluster)
  const taken = []
  let isOver = false
  void end.then(() => {
    isOver = true
  })
  while (!isOver) {
    const began = performance.now()
    await producer.send('beside', [{ timestamp: Date.now(), key: null, value }])
    await producer.flush()
    taken.push(performance.now() - began)
    await sleep(2)
  }
  taken.sort((a, b) => a - b)
  const at = (part) => taken[Math.min(taken.length - 1, Math.floor(taken.length * part))]
  return { p50: at(0.5), p99: at(0.99), max: taken.at(-1) }
}

/** What is left is the newest record of each key, and nothing else. */
function verify(data) {
  const newest = new Int32Array(keyCount)
  for (let offset = 0; offset < recordCount; offset++) newest[keyAt(offset)] = offset
  const folder = join(data, `${TOPIC}-0`)
  let count = 0
  let end = -1
  for (const name of readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()) {
    const bytes = readFileSync(join(folder, name))
    for (const { at } of batchesIn(bytes)) {
      for (const { offset, key } of readRecords(bytes.subarray(at), nodeCompute)) {
        const id = Number(Buffer.from(key).toString().slice(5))
        if (newest[id] !== offset || offset <= end)
          throw new Error(`key ${id} has a record at ${offset}, behind ${end}`)
        end = offset
        count++
      }
      end = lastOffsetOf(bytes, at)
    }
  }
  if (count !== keyCount) throw new Error(`${count} records are left of ${keyCount} keys`)
  return 'every key has its newest record, and that alone'
}
