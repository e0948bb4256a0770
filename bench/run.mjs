#!/usr/bin/env node
/**
 * The broker under Kafka's own performance tools, beside Apache Kafka in the same run.
 *
 *   npm run bench -- [--vs kafka] [--quick] [--only start,produce,synced,consume,steady,latency,memory,crash] [--runs N]
 *
 * The subjects are Ottla in page-cache mode (as Kafka acknowledges), Ottla as it comes (an acknowledgement behind each
 * sync) and, with --vs kafka, Apache Kafka; all with default settings but that the files of removed topics go at once. They
 * run together, are warmed up, and take turns: each row is measured with one subject after the other, again and again, so
 * that what else the machine does falls on all alike; a cell is the median. Throughput is mostly the Java client's; CPU
 * seconds of the broker's process per gigabyte of values (user and system time from /proc) are the steadier figure. The
 * closing table holds the ratios against what is asked of them, and beside each those of its turns: how far they lie apart
 * tells how steady the machine was. All is printed and kept in bench/results.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { answering, metadataRequest, startBroker } from '../scripts/broker.mjs'
import { build } from '../scripts/build.mjs'
import { consume, endToEnd, follow, largeBatches, produce, removeTopic, smallBatches, topic } from './load.mjs'
import { median, medians, quotient, Report } from './report.mjs'

const parts = {
  start: benchStart,
  produce: benchProduce,
  synced: benchSynced,
  consume: benchConsume,
  steady: benchSteady,
  latency: benchLatency,
  memory: benchMemory,
  crash: benchCrash,
}
const { values: options } = parseArgs({
  options: {
    vs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(parts).join() },
    runs: { type: 'string' },
  },
})
const wanted = options.only.split(',')
const unknown = wanted.filter((part) => !(part in parts))
if (unknown.length > 0) throw new Error(`--only knows ${Object.keys(parts).join()}, not ${unknown.join()}`)
const runs = Number(options.runs ?? (options.quick ? 1 : 5))
/** Records of a load are given for a whole run. */
const share = options.quick ? 0.1 : 1

/** A removed topic is waited for. */
const settings = { 'log.segment.delete.delay.ms': 100 }
const pageCache = { ...settings, 'log.flush.interval.messages': '9223372036854775807' }
const ottla = { name: 'Ottla', kind: 'ottla', settings: pageCache }
const synced = { name: 'Ottla, synced', kind: 'ottla', settings }
const kafka = { name: 'Kafka', kind: 'kafka', settings }
const peers = options.vs === 'kafka' ? [ottla, kafka] : [ottla]
const all = options.vs === 'kafka' ? [ottla, synced, kafka] : [ottla, synced]

const produceColumns = {
  recordsPerSecond: 'rec/s',
  megabytesPerSecond: 'MB/s',
  cpuPerGigabyte: 'broker CPU s/GB',
  p50: 'p50 ms',
  p99: 'p99 ms',
}

await build()
const folder = mkdtempSync(join(tmpdir(), 'ottla-bench-'))
const report = new Report()
try {
  report.say(`# Bench, ${new Date().toISOString().slice(0, 16)}`)
  report.say(
    `${cpus().length} x ${cpus()[0].model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}` +
      `${options.vs === 'kafka' ? ', Apache Kafka 4.4.0 (tools 4.3.1)' : ''}; medians of ${runs}; 1 GB is 1e9 bytes of values.`,
  )
  for (const [i, subject] of all.entries())
    subject.broker = await startBroker(subject.kind, { folder: join(folder, String(i)), settings: subject.settings })
  for (const { broker } of all) await warmUp(broker)
  for (const part of Object.keys(parts)) if (wanted.includes(part)) await parts[part]()
  report.closing()
} finally {
  for (const { broker } of all) if (broker?.running) await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`kept in ${report.keep()}`)

/** Both compilers have seen the hot paths when anything is measured. */
async function warmUp(broker) {
  const name = await topic(broker, 6)
  await produce(broker, name, { records: 1_000_000 * share, size: 1024, config: { acks: 1, ...largeBatches } })
  await produce(broker, name, { records: 2_000_000 * share, size: 100, config: { acks: 'all', ...smallBatches } })
  await consume(broker, name, 3_000_000 * share)
  await removeTopic(broker, name)
}

/** Process start to first answers, from a clean stop and on existing data: one topic with some records. */
async function benchStart() {
  const figures = await inTurns(all, async ({ broker }, run) => {
    if (run === 0) await produce(broker, await topic(broker, 1), { records: 10_000, size: 1024, config: {} })
    await broker.stop()
    await broker.start()
    const answered = performance.now()
    await answering(broker.port, () => broker.running, metadataRequest)
    const metadataMs = broker.startMs + performance.now() - answered
    const { cpuSeconds } = broker.usage()
    await sleep(options.quick ? 1000 : 5000)
    return { startMs: broker.startMs, metadataMs, cpuSeconds, residentMegabytes: broker.usage().residentBytes / 1e6 }
  })
  table(
    'Start on existing data, then idle',
    {
      startMs: 'ApiVersions ms',
      metadataMs: 'Metadata ms',
      cpuSeconds: 'CPU s',
      residentMegabytes: 'idle resident MB',
    },
    figures,
  )
  stand('start to Metadata, ms', figures, 'metadataMs', { most: 1 / 8 })
  // They began anew: what follows is to find them warm.
  for (const { broker } of all) await warmUp(broker)
}

async function benchProduce() {
  const cases = [
    { name: '1 KiB, large batches', size: 1024, records: 1_000_000, config: { acks: 1, ...largeBatches }, most: 0.85 },
    { name: '1 KiB, small batches', size: 1024, records: 500_000, config: { acks: 1, ...smallBatches }, most: 0.7 },
    { name: '100 B, large batches', size: 100, records: 5_000_000, config: { acks: 1, ...largeBatches }, most: 0.6 },
    { name: '100 B, small batches', size: 100, records: 3_000_000, config: { acks: 1, ...smallBatches }, most: 0.6 },
  ]
  for (const { name, most, ...load } of cases) {
    const figures = await inTurns(peers, ({ broker }) => produceOnce(broker, 6, load))
    table(`Produce ${name}, 6 partitions, acks=1, page-cache mode`, produceColumns, figures)
    stand(`produce ${name}, rec/s`, figures, 'recordsPerSecond', { least: 0.95 })
    stand(`produce ${name}, CPU s/GB`, figures, 'cpuPerGigabyte', { most })
  }
}

async function produceOnce(broker, partitions, { records, ...load }) {
  const name = await topic(broker, partitions)
  const result = await produce(broker, name, { records: records * share, ...load })
  await removeTopic(broker, name)
  return result
}

/** An acknowledgement behind each sync, beside one behind each write; and what the device itself takes for a sync. */
async function benchSynced() {
  report.say(`\nOne fdatasync of a file behind a write of 128 KiB: ${fdatasyncMs().toFixed(2)} ms, median of 200.`)
  for (const partitions of [1, 6, 1000]) {
    const load = { size: 1024, records: 1_000_000, config: { acks: 1, ...largeBatches } }
    const figures = await inTurns([synced, ottla], ({ broker }) => produceOnce(broker, partitions, load))
    table(`Produce 1 KiB, large batches, ${partitions} partitions, synced and not`, produceColumns, figures)
    const [ours, pageCache] = [figures.get(synced), figures.get(ottla)]
    if (partitions === 6)
      report.stand('synced beside page cache, rec/s', ours.recordsPerSecond, pageCache.recordsPerSecond, { least: 0.8 })
  }
}

function fdatasyncMs() {
  const fd = openSync(join(folder, 'device'), 'w')
  const chunk = new Uint8Array(131_072)
  const times = Array.from({ length: 200 }, () => {
    writeSync(fd, chunk)
    const began = performance.now()
    fdatasyncSync(fd)
    return performance.now() - began
  })
  closeSync(fd)
  return median(times)
}

async function benchConsume() {
  for (const size of [1024, 100]) {
    const records = (1e9 * share) / size
    for (const { broker } of peers) {
      broker.full = await topic(broker, 6)
      await produce(broker, broker.full, { records, size, config: { acks: 1, ...largeBatches } })
    }
    const figures = await inTurns(peers, ({ broker }) => consume(broker, broker.full, records))
    table(
      `Consume ${size} B from the beginning, 6 partitions`,
      { recordsPerSecond: 'rec/s', megabytesPerSecond: 'MB/s', cpuPerGigabyte: 'broker CPU s/GB' },
      figures,
    )
    stand(`consume ${size} B, cold, rec/s`, figures, 'recordsPerSecond', { least: 1 })
    stand(`consume ${size} B, cold, CPU s/GB`, figures, 'cpuPerGigabyte', { most: 1 })
    for (const { broker } of peers) await removeTopic(broker, broker.full)
  }
  const load = { records: 600_000 * share, size: 1024, throughput: 40_000 }
  const figures = await inTurns(peers, ({ broker }) => follow(broker, 6, load))
  table(
    'Consume 1 KiB at the tail of 40,000 records/s, 6 partitions',
    { cpuPerGigabyte: 'broker CPU s/GB, without that of producing' },
    figures,
  )
  stand('consume at the tail, CPU s/GB', figures, 'cpuPerGigabyte', { most: 0.5 })
}

async function benchSteady() {
  for (const acks of [1, 'all']) {
    const load = { records: 200_000, size: 1024, config: { acks, 'linger.ms': 0 }, throughput: 10_000 }
    const figures = await inTurns(all, ({ broker }) => produceOnce(broker, 1, load))
    const columns = { p50: 'p50 ms', p95: 'p95 ms', p99: 'p99 ms', p999: 'p99.9 ms', cpuPerGigabyte: 'broker CPU s/GB' }
    table(`Steady 10,000 records/s of 1 KiB, 1 partition, acks=${acks}`, columns, figures)
    stand(`steady, acks=${acks}, p50 ms`, figures, 'p50', { most: 1 })
    stand(`steady, acks=${acks}, p99 ms`, figures, 'p99', { most: 1 })
    stand(`steady, acks=${acks}, CPU s/GB`, figures, 'cpuPerGigabyte', { most: 0.7 })
  }
}

async function benchLatency() {
  const figures = await inTurns(all, ({ broker }) => endToEnd(broker, 10_000 * share))
  table(
    'End to end, 100 B, acks=1, one at a time',
    { average: 'average ms', p50: 'p50 ms', p99: 'p99 ms', p999: 'p99.9 ms' },
    figures,
  )
  stand('end to end, p50 ms', figures, 'p50', { most: 1 })
  stand('end to end, p99 ms', figures, 'p99', { most: 1 })
}

async function benchMemory() {
  const figures = new Map(
    all.map((subject) => {
      const { residentBytes, residentPeakBytes } = subject.broker.usage()
      return [subject, { resident: residentBytes / 1e6, peak: residentPeakBytes / 1e6 }]
    }),
  )
  table('Memory after all of this', { resident: 'resident MB', peak: 'highest MB' }, figures)
  stand('memory after the load, MB', figures, 'resident', { most: 1 / 6 })
}

/** Killed with 2 GB of log, for which nobody has asked for a sync: to the first answer. */
async function benchCrash() {
  const load = { records: 2_000_000 * share, size: 1024, config: { acks: 1, ...largeBatches } }
  const figures = await inTurns(peers, async ({ broker }) => {
    const name = await topic(broker, 6)
    await produce(broker, name, load)
    await broker.kill()
    await broker.start()
    const { startMs } = broker
    const { cpuSeconds } = broker.usage()
    await removeTopic(broker, name)
    return { startMs, cpuSeconds }
  })
  table('Start after kill -9 with 2 GB of log', { startMs: 'first answer ms', cpuSeconds: 'CPU s' }, figures)
  stand('start after kill -9, ms', figures, 'startMs', { most: 1 / 5 })
}

/** Runs `measure` for every subject in turn, again and again: subject -> medians of the figures it returns, and `turns`, all of them. */
async function inTurns(subjects, measure) {
  const figures = new Map(subjects.map((subject) => [subject, []]))
  for (let run = 0; run < runs; run++)
    for (const subject of subjects) figures.get(subject).push(await measure(subject, run))
  return new Map([...figures].map(([subject, turns]) => [subject, { ...medians(turns), turns }]))
}

/** @param {Record<string, string>} columns - property of the figures -> heading */
function table(title, columns, figures) {
  const rows = [...figures].map(([{ name }, one]) => [name, Object.keys(columns).map((key) => one[key])])
  report.table(title, Object.values(columns), rows)
}

function stand(what, figures, key, bar) {
  const [ours, theirs] = [figures.get(ottla), figures.get(kafka)]
  const ratios = ours?.turns?.map((one, i) => quotient(one[key], theirs?.turns?.[i][key]))
  report.stand(what, ours?.[key], theirs?.[key], bar, ratios)
}
