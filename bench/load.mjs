/**
 * Kafka's own performance tools as functions: each runs one against a broker (see scripts/broker.mjs) and returns what it
 * said, with what the broker's process spent meanwhile. A gigabyte is 1e9 bytes of record values.
 */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from '../scripts/broker.mjs'

/** Producer settings with batches that fill, and with those that a default producer makes. */
export const largeBatches = { 'batch.size': 131_072, 'linger.ms': 10 }
export const smallBatches = { 'batch.size': 16_384, 'linger.ms': 5 }

/** Creates a topic with a name of its own. */
export async function topic(broker, partitions) {
  const name = `bench-${Math.random().toString(36).slice(2, 10)}`
  await tool(broker, 'topics', '--create', '--topic', name, '--partitions', partitions)
  return name
}

/** Ends when its files have gone as well, or the broker would remove them while something else is measured. */
export async function removeTopic(broker, name) {
  await tool(broker, 'topics', '--delete', '--topic', name)
  while (readdirSync(broker.data).some((folder) => folder.startsWith(`${name}-`))) await sleep(50)
}

/** producer-perf-test: `records` of `size` bytes, as fast as it can or `throughput` a second. */
export async function produce(broker, name, { records, size, config, throughput = -1 }) {
  // All behind one flag: of several flags the tool takes the last.
  const properties = Object.entries(config).map(([key, value]) => `${key}=${value}`)
  if (properties.length > 0) properties.unshift('--command-property')
  const load = {
    '--topic': name,
    '--num-records': Math.floor(records),
    '--record-size': size,
    '--throughput': throughput,
  }
  const before = broker.usage().cpuSeconds
  const output = await tool(broker, 'producer-perf-test', ...Object.entries(load).flat(), ...properties)
  const cpuSeconds = broker.usage().cpuSeconds - before
  const last = output.trim().split('\n').at(-1)
  const found = /([\d.]+) records\/sec.* (\d+) ms 50th, (\d+) ms 95th, (\d+) ms 99th, (\d+) ms 99.9th/.exec(last)
  if (found === null) throw new Error(`producer-perf-test said: ${output}`)
  const [recordsPerSecond, p50, p95, p99, p999] = found.slice(1).map(Number)
  const gigabytes = (records * size) / 1e9
  const megabytesPerSecond = (recordsPerSecond * size) / 1e6
  return {
    recordsPerSecond,
    megabytesPerSecond,
    p50,
    p95,
    p99,
    p999,
    cpuSeconds,
    cpuPerGigabyte: cpuSeconds / gigabytes,
  }
}

/** consumer-perf-test: reads `records` from the beginning. The rate is that of fetching, without joining the group. */
export async function consume(broker, name, records) {
  const before = broker.usage().cpuSeconds
  const load = { '--topic': name, '--num-records': Math.floor(records), '--timeout': 60_000 }
  const output = await tool(broker, 'consumer-perf-test', ...Object.entries(load).flat(), '--hide-header')
  const cpuSeconds = broker.usage().cpuSeconds - before
  // start, end, MiB, MiB/s, records, records/s, rebalance ms, fetch ms, fetch MiB/s, fetch records/s
  const cells = output.trim().split('\n').at(-1).split(',').map(Number)
  const megabytes = cells[2] * 1.048_576
  return {
    recordsPerSecond: cells[9],
    megabytesPerSecond: (megabytes * 1000) / cells[7],
    cpuSeconds,
    cpuPerGigabyte: cpuSeconds / (megabytes / 1000),
  }
}

/** CPU seconds per gigabyte that a consumer at the log's end costs: of a steady load with one, less those without. */
export async function follow(broker, partitions, { records, size, throughput }) {
  const config = { acks: 1, ...smallBatches }
  const alone = await topic(broker, partitions)
  const { cpuSeconds } = await produce(broker, alone, { records, size, config, throughput })
  const followed = await topic(broker, partitions)
  const reading = consume(broker, followed, records)
  // Until it has joined its group and waits at the end of an empty log.
  await sleep(8000)
  const before = broker.usage().cpuSeconds
  await produce(broker, followed, { records, size, config, throughput })
  await reading
  const both = broker.usage().cpuSeconds - before
  for (const name of [alone, followed]) await removeTopic(broker, name)
  return { cpuPerGigabyte: (both - cpuSeconds) / ((records * size) / 1e9) }
}

/** e2e-latency: one record of 100 bytes after another, from send to receipt. In ms; the tool counts whole ones. */
export async function endToEnd(broker, records) {
  const name = await topic(broker, 1)
  const load = { '--topic': name, '--num-records': records, '--producer-acks': 1, '--record-size': 100 }
  const output = await tool(broker, 'e2e-latency', ...Object.entries(load).flat())
  const average = Number(/Avg latency: ([\d.]+) ms/.exec(output)?.[1])
  const [, p50, p99, p999] = /50th = (\d+), 99th = (\d+), 99.9th = (\d+)/.exec(output) ?? []
  await removeTopic(broker, name)
  return { average, p50: Number(p50), p99: Number(p99), p999: Number(p999) }
}

/** Runs one of Kafka's tools against the broker; resolves with what it printed. */
export async function tool(broker, name, ...args) {
  const env = { ...process.env, KAFKA_TOOL_HEAP: '1g' }
  const command = join(root, 'interop/kafka/tool.sh')
  const all = [name, '--bootstrap-server', broker.bootstrap, ...args].map(String)
  const { stdout } = await promisify(execFile)(command, all, { env, maxBuffer: 1 << 28 })
  return stdout
}
