#!/usr/bin/env node
/**
 * The broker under Kafka's own performance tools, beside Apache Kafka in the same run.
 *
 *   npm run bench -- [--vs kafka] [--quick] [--only start,produce,consume,steady,latency] [--runs N]
 *
 * The subjects are Ottla in page-cache mode (as Kafka acknowledges), Ottla as it comes (an acknowledgement behind each
 * sync) and, with --vs kafka, Apache Kafka with its default settings. All run at once, and take turns: each row is
 * measured with one subject after the other, again and again, so that what else the machine does falls on all alike; a
 * cell is the median. Throughput is mostly the Java client's; CPU seconds of the broker's process per gigabyte of values
 * (user and system time from /proc) are the steadier figure. The table is printed and kept in bench/results.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { answering, metadataRequest, root, startBroker } from '../scripts/broker.mjs'
import { build } from '../scripts/build.mjs'

const { values: options } = parseArgs({
  options: {
    vs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'start,produce,consume,steady,latency' },
    runs: { type: 'string' },
  },
})
const runs = Number(options.runs ?? (options.quick ? 1 : 3))
const parts = options.only.split(',')
const pageCache = { 'log.flush.interval.messages': '9223372036854775807' }
const subjects = [
  { name: 'Ottla', kind: 'ottla', settings: pageCache },
  { name: 'Ottla, synced', kind: 'ottla', settings: {} },
  ...(options.vs === 'kafka' ? [{ name: 'Kafka', kind: 'kafka', settings: {} }] : []),
]

await build()
const folder = mkdtempSync(join(tmpdir(), 'ottla-bench-'))
const report = []
try {
  say(`# Bench, ${new Date().toISOString().slice(0, 16)}`)
  say(
    `${cpus().length} x ${cpus()[0].model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}` +
      `${options.vs === 'kafka' ? ', Apache Kafka 4.4.0 (tools 4.3.1)' : ''}; medians of ${runs}; 1 GB is 1e9 bytes of values.`,
  )
  for (const [i, subject] of subjects.entries())
    subject.broker = await startBroker(subject.kind, { folder: join(folder, String(i)), settings: subject.settings })
  if (parts.includes('start')) await benchStart()
  if (parts.includes('produce')) await benchProduce()
  if (parts.includes('consume')) await benchConsume()
  if (parts.includes('steady')) await benchSteady()
  if (parts.includes('latency')) await benchLatency()
  table(
    'Memory after all of this',
    ['resident MB', 'highest MB'],
    subjects.map((subject) => {
      const { residentBytes, residentPeakBytes } = subject.broker.usage()
      return [subject.name, [residentBytes / 1e6, residentPeakBytes / 1e6]]
    }),
  )
} finally {
  for (const { broker } of subjects) if (broker?.running) await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
const results = join(root, 'bench/results')
mkdirSync(results, { recursive: true })
const file = join(results, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.md`)
writeFileSync(file, `${report.join('\n')}\n`)
console.log(`kept in ${file}`)

/** Process start to first answers, from a clean stop and on existing data: one topic with some records. */
async function benchStart() {
  const rows = await inTurns(options.quick ? 2 : 5, async ({ broker }, run) => {
    if (run === 0) await produce(broker, await topic(broker, 1), { records: 10_000, size: 1024, config: {} })
    await broker.stop()
    await broker.start()
    const answered = performance.now()
    await answering(broker.port, () => broker.running, metadataRequest)
    const metadataMs = broker.startMs + performance.now() - answered
    const { cpuSeconds } = broker.usage()
    await sleep(options.quick ? 1000 : 5000)
    const { residentBytes } = broker.usage()
    return [broker.startMs, metadataMs, cpuSeconds, residentBytes / 1e6]
  })
  table('Start on existing data, then idle', ['ApiVersions ms', 'Metadata ms', 'CPU s', 'idle resident MB'], rows)
}

async function benchProduce() {
  const big = { 'batch.size': 131_072, 'linger.ms': 10 }
  const small = { 'batch.size': 16_384, 'linger.ms': 5 }
  const thousand = options.quick ? 100 : 1000
  const cases = [
    { size: 1024, records: 1000 * thousand, config: { acks: 1, ...big } },
    { size: 1024, records: 500 * thousand, config: { acks: 1, ...small } },
    { size: 100, records: 5000 * thousand, config: { acks: 1, ...big } },
    { size: 100, records: 3000 * thousand, config: { acks: 1, ...small } },
    { size: 1024, records: 1000 * thousand, config: { acks: 'all', ...big } },
    { size: 1024, records: 1000 * thousand, config: { acks: 'all', ...big, 'compression.type': 'lz4' } },
  ]
  for (const one of options.quick ? [cases[0], cases[3]] : cases) {
    const rows = await inTurns(runs, async ({ broker }) => {
      const result = await produce(broker, await topic(broker, 6), one)
      return [result.recordsPerSecond, result.megabytesPerSecond, result.cpuPerGigabyte, result.p50, result.p99]
    })
    const { acks, 'batch.size': batch, 'linger.ms': linger, 'compression.type': codec = 'none' } = one.config
    table(
      `Produce ${one.size} B, 6 partitions, acks=${acks}, batch ${batch}, linger ${linger}, ${codec}`,
      ['rec/s', 'MB/s', 'broker CPU s/GB', 'p50 ms', 'p99 ms'],
      rows,
    )
  }
}

async function benchConsume() {
  for (const size of options.quick ? [1024] : [1024, 100]) {
    const records = (options.quick ? 2e8 : 1e9) / size
    for (const { broker } of subjects) {
      broker.full = await topic(broker, 6)
      await produce(broker, broker.full, { records, size, config: { acks: 1, 'batch.size': 131_072, 'linger.ms': 10 } })
    }
    const rows = await inTurns(runs, async ({ broker }) => {
      const before = broker.usage().cpuSeconds
      const args = ['--topic', broker.full, '--num-records', Math.floor(records), '--timeout', 60_000, '--hide-header']
      const output = await tool(broker, 'consumer-perf-test', ...args)
      const cells = output
        .trim()
        .split('\n')
        .at(-1)
        .split(',')
        .map((cell) => cell.trim())
      const cpu = broker.usage().cpuSeconds - before
      // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
      const megabytes = Number(cells[2]) * 1.048_576
      return [Number(cells[9]), (megabytes * 1000) / Number(cells[7]), cpu / (megabytes / 1000)]
    })
    table(`Consume ${size} B, 6 partitions`, ['rec/s', 'MB/s', 'broker CPU s/GB'], rows)
  }
}

async function benchSteady() {
  const records = options.quick ? 50_000 : 200_000
  const rows = await inTurns(runs, async ({ broker }) => {
    const config = { acks: 'all', 'linger.ms': 0 }
    const result = await produce(broker, await topic(broker, 1), { records, size: 1024, config, throughput: 10_000 })
    return [result.p50, result.p95, result.p99, result.p999, result.cpuPerGigabyte]
  })
  const columns = ['p50 ms', 'p95 ms', 'p99 ms', 'p99.9 ms', 'broker CPU s/GB']
  table('Steady 10,000 records/s of 1 KiB, 1 partition, acks=all', columns, rows)
}

async function benchLatency() {
  const rows = await inTurns(runs, async ({ broker }) => {
    const name = await topic(broker, 1)
    const load = [
      '--topic',
      name,
      '--num-records',
      options.quick ? 2000 : 10_000,
      '--producer-acks',
      1,
      '--record-size',
      100,
    ]
    const output = await tool(broker, 'e2e-latency', ...load)
    const average = Number(/Avg latency: ([\d.]+) ms/.exec(output)?.[1])
    const [, p50, p99, p999] = /50th = (\d+), 99th = (\d+), 99.9th = (\d+)/.exec(output) ?? []
    return [average, Number(p50), Number(p99), Number(p999)]
  })
  table('End to end, 100 B, acks=1, one at a time', ['average ms', 'p50 ms', 'p99 ms', 'p99.9 ms'], rows)
}

/** Runs `measure` for every subject in turn, `count` times over: subject -> medians of the figures it returns. */
async function inTurns(count, measure) {
  const figures = subjects.map(() => [])
  for (let run = 0; run < count; run++)
    for (const [i, subject] of subjects.entries()) figures[i].push(await measure(subject, run))
  return subjects.map(({ name }, i) => [
    name,
    figures[i][0].map((_, column) => median(figures[i].map((row) => row[column]))),
  ])
}

async function produce(broker, name, { records, size, config, throughput = -1 }) {
  const before = broker.usage().cpuSeconds
  const properties = Object.entries(config).flatMap(([key, value]) => ['--command-property', `${key}=${value}`])
  const load = [
    '--topic',
    name,
    '--num-records',
    Math.floor(records),
    '--record-size',
    size,
    '--throughput',
    throughput,
  ]
  const output = await tool(broker, 'producer-perf-test', ...load, ...properties)
  const last = output.trim().split('\n').at(-1)
  const found =
    /([\d.]+) records\/sec.* ([\d.]+) ms avg.*, (\d+) ms 50th, (\d+) ms 95th, (\d+) ms 99th, (\d+) ms 99.9th/.exec(last)
  if (found === null) throw new Error(`producer-perf-test said: ${output}`)
  const [rate, , p50, p95, p99, p999] = found.slice(1).map(Number)
  const cpuPerGigabyte = (broker.usage().cpuSeconds - before) / ((records * size) / 1e9)
  return { recordsPerSecond: rate, megabytesPerSecond: (rate * size) / 1e6, cpuPerGigabyte, p50, p95, p99, p999 }
}

async function topic(broker, partitions) {
  const name = `bench-${Math.random().toString(36).slice(2, 10)}`
  await tool(broker, 'topics', '--create', '--topic', name, '--partitions', partitions)
  return name
}

async function tool(broker, name, ...args) {
  const env = { ...process.env, KAFKA_TOOL_HEAP: '1g' }
  const command = join(root, 'interop/kafka/tool.sh')
  const all = [name, '--bootstrap-server', broker.bootstrap, ...args].map(String)
  const { stdout } = await promisify(execFile)(command, all, { env, maxBuffer: 1 << 28 })
  return stdout
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function table(title, columns, rows) {
  say(`\n## ${title}\n`)
  say(`| | ${columns.join(' | ')} |`)
  say(`| --- | ${columns.map(() => '---:').join(' | ')} |`)
  for (const [name, figures] of rows) say(`| ${name} | ${figures.map(number).join(' | ')} |`)
}

function number(figure) {
  if (Number.isNaN(figure)) return '?'
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toFixed(figure >= 10 ? 1 : 2)
}

function say(text) {
  console.log(text)
  report.push(text)
}
