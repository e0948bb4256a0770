/** Clients that others wrote: Kafka's verifiable producer, which tells of each record what became of it, and kcat. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from '../../scripts/broker.mjs'

const run = promisify(execFile)
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024

/** Runs one of Kafka's tools; gives what it printed. */
export async function tool(bootstrap, name, ...args) {
  const env = { ...process.env, KAFKA_BOOTSTRAP: bootstrap }
  const { stdout } = await run(join(root, 'interop/kafka/tool.sh'), [name, ...args], {
    env,
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  return stdout
}

/** Runs the command of this tree. */
export async function ottla(bootstrap, ...args) {
  const { stdout } = await run(process.execPath, [
    join(root, 'dist/command/main.js'),
    ...args,
    '--bootstrap',
    bootstrap,
  ])
  return stdout
}

/** A Java producer that writes numbered records to one partition, and what it was told. */
export class Producer {
  topic
  /** { offset, value } of each record that was acknowledged. */
  acked = []
  /** { value, exception, message } of those that were not. */
  refused = []
  #child
  #ended

  /** `settings` over those of a producer that goes on trying for two minutes, idempotent, one record per request. */
  constructor(bootstrap, topic, { folder, throughput = 200, settings = {} }) {
    this.topic = topic
    const properties = {
      'enable.idempotence': 'true',
      retries: '2147483647',
      'delivery.timeout.ms': '120000',
      'request.timeout.ms': '30000',
      'linger.ms': '0',
      ...settings,
    }
    const file = join(folder, `${topic}-${Date.now()}.properties`)
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(file, lines.join(''))
    const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--acks', '-1', '--throughput', String(throughput)]
    const command = ['verifiable-producer', ...args, '--command-config', file]
    this.#child = spawn(join(root, 'interop/kafka/tool.sh'), command, { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    this.#child.stderr.on('data', (text) => {
      errors += text
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line))
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve(errors)))
  }

  #line(line) {
    if (!line.startsWith('{')) return
    const { name, offset, value, exception, message } = JSON.parse(line)
    if (name === 'producer_send_success') this.acked.push({ offset, value })
    if (name === 'producer_send_error') this.refused.push({ value, exception, message })
  }

  /** Waits until so many more have been acknowledged. */
  async acks(count, withinMs = 60_000) {
    const target = this.acked.length + count
    await until(() => this.acked.length >= target, withinMs, `${count} more acknowledgements of ${this.topic}`)
  }

  /** Ends it, when what it has sent is acknowledged or given up. */
  async stop() {
    this.#child.kill('SIGTERM')
    return await this.#ended
  }
}

/** All records of partition 0, with every checksum looked at: values by offset. */
export async function readAll(bootstrap, topic) {
  const args = ['-b', bootstrap, '-C', '-t', topic, '-p', '0', '-o', 'beginning', '-e', '-q', '-f', '%o %s\\n']
  const { stdout } = await run('kcat', [...args, '-X', 'check.crcs=true'], { maxBuffer: OUTPUT_BYTES_MAX })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [Number(line.slice(0, line.indexOf(' '))), line.slice(line.indexOf(' ') + 1)]))
}

/** The offsets of the next `count` records of a group, whose last it commits. */
export async function readAsGroup(bootstrap, topic, group, count) {
  const args = [
    '-b',
    bootstrap,
    '-G',
    group,
    '-c',
    String(count),
    '-q',
    '-f',
    '%o\\n',
    '-X',
    'auto.offset.reset=earliest',
  ]
  const { stdout } = await run('kcat', [...args, topic], { timeout: 60_000 })
  return stdout.trim().split('\n').map(Number)
}

/** Writes records of `sizeBytes` until one is not taken within `patienceMs`; gives kcat's report of that. */
export async function writeUntilRefused(bootstrap, topic, sizeBytes, patienceMs) {
  const settings = [`message.timeout.ms=${patienceMs}`, 'queue.buffering.max.kbytes=16384', 'acks=all']
  const child = spawn(
    'kcat',
    ['-b', bootstrap, '-P', '-t', topic, '-p', '0', '-E', ...settings.flatMap((s) => ['-X', s])],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  )
  let report = ''
  child.stderr.on('data', (text) => {
    report += text
  })
  child.stdin.on('error', () => {})
  let isOver = false
  const ended = new Promise((resolve) => child.once('close', resolve)).then(() => {
    isOver = true
  })
  const line = `${'x'.repeat(sizeBytes)}\n`
  let draining
  while (!isOver && !report.includes('Delivery failed')) {
    if (draining === undefined && !child.stdin.write(line)) {
      draining = once(child.stdin, 'drain').then(() => {
        draining = undefined
      })
      draining.catch(() => {})
    }
    if (draining !== undefined) await Promise.race([draining, ended, sleep(100)])
  }
  child.kill('SIGKILL')
  await ended
  return report
}

export async function until(holds, withinMs, what) {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs / 1000} s for ${what}`)
    await sleep(20)
  }
}
