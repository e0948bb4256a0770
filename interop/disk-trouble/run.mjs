#!/usr/bin/env node
/**
 * Disk trouble: a broker in a process of its own, real clients, and disks that fill, fail, hang, vanish and run out of file
 * descriptors under it. After each scenario every acknowledged record is there, once, with its checksum; and the process
 * lives, or has ended by name where that is the rule.
 *
 *   npm run disk-trouble -- [--only NAME] [--vs kafka [--fault "sync 5"]] [--port 21200] [--folder DIR] [--keep]
 *
 * Faults come from faults.c, which needs a C compiler, and from volumes in memory (tmpfs), which need the right to mount:
 * the run moves into a mount namespace of its own, and leaves out what it cannot do where there is none. `--vs kafka` runs
 * the scenario of a failing directory against a real Apache Kafka and prints what it tells of it. Closes with `N passed, N failed`.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startBroker } from '../../scripts/broker.mjs'
import { build } from '../../scripts/build.mjs'
import { ottla, Producer, readAll, readAsGroup, tool, until, writeUntilRefused } from './clients.mjs'
import { EIO, EMFILE, Faults, Volume } from './faults.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    vs: { type: 'string' },
    fault: { type: 'string', default: `sync ${EIO}` },
    port: { type: 'string', default: '21200' },
    folder: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const OWN_MOUNTS = 'DISK_TROUBLE_OWN_MOUNTS'
if (process.env[OWN_MOUNTS] === undefined) {
  const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0
  const env = { ...process.env, [OWN_MOUNTS]: canMount ? 'yes' : 'no' }
  const command = [process.execPath, ...process.argv.slice(1)]
  const [file, ...args] = canMount ? ['unshare', '--mount', ...command] : command
  process.exit(spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1)
}
const canMount = process.env[OWN_MOUNTS] === 'yes'

const work = options.folder ?? mkdtempSync(join(tmpdir(), 'ottla-disk-trouble-'))
const began = Date.now()
const failures = []
let passed = 0
let left = 0
let port = Number(options.port)

function check(holds, what) {
  if (!holds) throw new Error(what)
}

/** A broker with its folders, and what is asked of it in the end. */
class Stage {
  folder
  broker
  faults
  producers = []
  #settings = {}
  #openFiles

  constructor(folder) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.faults = new Faults(join(folder, 'faults'))
  }

  at(name) {
    return join(this.folder, name)
  }

  async start(settings, openFiles) {
    this.#settings = settings
    this.#openFiles = openFiles
    await this.#start()
  }

  async #start() {
    const kind = options.vs === 'kafka' ? 'kafka' : 'ottla'
    const { env } = this.faults
    this.broker = await startBroker(kind, {
      folder: this.at('broker'),
      port,
      settings: this.#settings,
      env,
      openFiles: this.#openFiles,
    })
  }

  /** Without faults. */
  async restart({ kill = false } = {}) {
    if (this.broker.running) await (kill ? this.broker.kill() : this.broker.stop())
    this.faults.lift()
    await this.#start()
  }

  get bootstrap() {
    return this.broker.bootstrap
  }

  get log() {
    return readFileSync(this.broker.log, 'utf8')
  }

  async says(pattern, withinMs = 20_000) {
    await until(() => pattern.test(this.log), withinMs, `the log to say ${pattern}`)
  }

  async createTopics(...topics) {
    for (const topic of topics) await ottla(this.bootstrap, 'topic', 'create', topic, '--partitions', '1')
  }

  /** Which of some folders has the partition of a topic. */
  folderOf(topic, folders) {
    return folders.find((folder) => existsSync(join(folder, `${topic}-0`)))
  }

  produce(topic, settings = {}, throughput = 200) {
    const producer = new Producer(this.bootstrap, topic, { folder: this.folder, settings, throughput })
    this.producers.push(producer)
    return producer
  }

  /** Records of a producer are taken again, and what must hold in the end holds. */
  async goesOn(producer) {
    await producer.acks(200)
    await producer.stop()
    return await this.verify()
  }

  /** What must hold in the end, whatever happened. */
  async verify() {
    check(this.broker.running, 'the broker lives')
    let records = 0
    for (const topic of new Set(this.producers.map((producer) => producer.topic))) {
      const found = await readAll(this.bootstrap, topic)
      for (const producer of this.producers) {
        if (producer.topic !== topic) continue
        for (const { offset, value } of producer.acked) {
          check(found.get(offset) === value, `${topic} has ${value} at offset ${offset}, not ${found.get(offset)}`)
        }
        records += producer.acked.length
        if (this.producers.filter((other) => other.topic === topic).length > 1) continue
        const values = [...found.values()].map(Number)
        check(
          values.every((value, i) => i === 0 || value > values[i - 1]),
          `${topic} has each record once, in order`,
        )
      }
    }
    return records
  }

  async end() {
    await Promise.all(this.producers.map((producer) => producer.stop()))
    this.faults.lift()
    if (this.broker?.running) await this.broker.kill()
    this.faults.close()
  }
}

/** Two log directories and a topic in each; the metadata is in the first. */
async function twoDirectories(stage, settings = {}) {
  const folders = [stage.at('a'), stage.at('b')]
  await stage.start({ 'log.dirs': folders.join(), ...settings })
  await stage.createTopics('one', 'two')
  const lost = stage.folderOf('one', folders) === folders[1] ? 'one' : 'two'
  return { a: folders[0], b: folders[1], inA: lost === 'one' ? 'two' : 'one', inB: lost }
}

/** A disk of 48 MiB, which may be filled to its end, and a producer who writes to it. */
async function onSmallDisk(stage) {
  const volume = new Volume(stage.at('volume'), 48)
  await stage.start({ 'log.dirs': join(volume.path, 'data'), 'ottla.disk.free.bytes.min': 0 })
  await stage.createTopics('orders')
  const producer = stage.produce('orders')
  await producer.acks(200)
  return { volume, producer }
}

const FULL = /is full, what is to be written waits/
const impatient = { 'delivery.timeout.ms': '1500', 'request.timeout.ms': '1000' }

/** What happens to directory b: it is gone without, and all is there when it is back. */
async function loses({ stage, trouble, mend = () => {}, says }) {
  const { a, b, inA, inB } = await twoDirectories(stage)
  const staying = stage.produce(inA)
  const leaving = stage.produce(inB, impatient)
  await Promise.all([staying.acks(200), leaving.acks(200)])
  await trouble({ a, b })
  await stage.says(says)
  await until(() => leaving.refused.length > 0, 30_000, 'a producer to be refused')
  await staying.acks(200)
  await until(async () => /none/i.test(await described(stage, inB)), 20_000, 'the partition to have no leader')
  check(!/none/i.test(await described(stage, inA)), 'the other partition keeps its leader')
  await leaving.stop()
  await staying.stop()
  await mend({ a, b })
  await stage.restart()
  check((await stage.broker.running) === true, 'the broker starts again')
  const after = stage.produce(inB)
  await after.acks(20)
  await after.stop()
  return await stage.verify()
}

async function described(stage, topic) {
  const text = await tool(stage.bootstrap, 'topics', '--describe', '--topic', topic)
  return /Leader: (\S+)/.exec(text)?.[1] ?? text
}

const scenarios = {
  'a disk fills: producers are refused by name, all else goes on, and space brings them back': {
    mounts: true,
    async run(stage) {
      const volume = new Volume(stage.at('volume'), 120)
      await stage.start({
        'log.dirs': join(volume.path, 'data'),
        'log.segment.bytes': 4 << 20,
        'offsets.topic.num.partitions': 1,
      })
      await stage.createTopics('orders', 'big')
      const patient = stage.produce('orders')
      const impatientOne = stage.produce('orders', { ...impatient, 'enable.idempotence': 'false', retries: '0' })
      await Promise.all([patient.acks(200), impatientOne.acks(200)])
      check(
        (await readAsGroup(stage.bootstrap, 'orders', 'readers', 10)).at(-1) === 9,
        'the group begins at the beginning',
      )
      const report = await writeUntilRefused(stage.bootstrap, 'big', 90_000, 3000)
      check(/Delivery failed/.test(report), `the producer is told: ${report.slice(0, 300)}`)
      // A twentieth is kept, less what goes on being written: metadata, offsets, and one batch that the look came too late for.
      const { freeBytes } = volume
      check(freeBytes > 3.5 * 2 ** 20 && freeBytes < 8 * 2 ** 20, `the bound is kept: ${freeBytes} bytes are free`)
      await until(() => impatientOne.refused.length > 0, 30_000, 'a refusal')
      const said = impatientOne.refused.find(({ exception }) => /KafkaStorageException/.test(exception))
      check(said !== undefined, `the error is KAFKA_STORAGE_ERROR, not ${JSON.stringify(impatientOne.refused[0])}`)
      await impatientOne.stop()
      await stage.says(/Records of clients are refused: the disk of .* is almost full/)
      const next = await readAsGroup(stage.bootstrap, 'orders', 'readers', 10)
      check(
        next[0] === 10,
        `the group goes on at 10, not at ${next[0]}: its offsets are committed while the disk is full`,
      )
      const before = patient.acked.length
      await sleep(1500)
      check(patient.acked.length <= before + 1, 'nothing more is acknowledged')
      const file = stage.at('delete.json')
      writeFileSync(file, JSON.stringify({ partitions: [{ topic: 'big', partition: 0, offset: -1 }], version: 1 }))
      await tool(stage.bootstrap, 'delete-records', '--offset-json-file', file)
      await patient.acks(200)
      await stage.says(/Records of clients are taken again/)
      await patient.stop()
      return await stage.verify()
    },
  },

  'a disk is full in the middle of a write: it waits, and goes on by itself': {
    mounts: true,
    async run(stage) {
      const { volume, producer } = await onSmallDisk(stage)
      for (let round = 0; round < 3; round++) {
        volume.fill()
        // What is left of the last page of a file is taken before the disk is full for it.
        await sleep(1500)
        const before = producer.acked.length
        await sleep(1500)
        check(producer.acked.length === before, 'nothing is acknowledged while the disk is full')
        volume.empty()
        await producer.acks(200)
      }
      await producer.stop()
      check(producer.refused.length === 0, `the producer has not noticed: ${JSON.stringify(producer.refused[0])}`)
      return await stage.verify()
    },
  },

  'a broker is killed while its disk is full, and has all that it acknowledged': {
    mounts: true,
    async run(stage) {
      const { volume, producer } = await onSmallDisk(stage)
      volume.fill()
      await stage.says(FULL)
      await sleep(500)
      await stage.broker.kill()
      volume.empty()
      await stage.restart()
      return await stage.goesOn(producer)
    },
  },

  'a broker stops while its disk is full': {
    mounts: true,
    async run(stage) {
      const { volume, producer } = await onSmallDisk(stage)
      volume.fill()
      await stage.says(FULL)
      const stopping = Date.now()
      await stage.broker.stop()
      check(Date.now() - stopping < 20_000, 'it does not wait for space')
      volume.empty()
      await stage.restart()
      return await stage.goesOn(producer)
    },
  },

  'a broker starts on a full disk, and is ready when there is space': {
    mounts: true,
    async run(stage) {
      const { volume, producer } = await onSmallDisk(stage)
      await stage.broker.kill()
      volume.fill()
      const restarted = stage.restart()
      await Promise.race([restarted, stage.says(FULL)])
      volume.empty()
      await restarted
      return await stage.goesOn(producer)
    },
  },

  'one of two directories fails at a write': {
    run: (stage) =>
      loses({ stage, trouble: ({ b }) => stage.faults.set(`write ${EIO} ${b}/`), says: /\/b is fenced.* EIO/ }),
  },

  'one of two directories fails at a sync': {
    run: (stage) =>
      loses({ stage, trouble: ({ b }) => stage.faults.set(`sync ${EIO} ${b}/`), says: /\/b is fenced.* EIO/ }),
  },

  'one of two directories is removed': {
    run: (stage) =>
      loses({
        stage,
        trouble: ({ b }) => renameSync(b, `${b}-elsewhere`),
        mend: ({ b }) => renameSync(`${b}-elsewhere`, b),
        says: /\/b is fenced.*its file \.lock is gone/,
      }),
  },

  'one of two directories is remounted read-only': {
    mounts: true,
    run(stage) {
      const volume = new Volume(stage.at('b'), 48)
      return loses({
        stage,
        // Files that are open for writing keep a file system from that: the kernel says busy, so the disk says it.
        trouble: ({ b }) => stage.faults.set(`write 30 ${b}/`, `open 30 ${b}/`, `name 30 ${b}/`),
        mend: async () => {
          await stage.broker.stop()
          stage.faults.lift()
          volume.readOnly(true)
          await stage.restart()
          await stage.says(/The log directory .*\/b is offline, the others are served/)
          await stage.broker.stop()
          volume.readOnly(false)
        },
        says: /\/b is fenced.* EROFS/,
      })
    },
  },

  'one of two directories is unmounted': {
    mounts: true,
    async run(stage) {
      const volume = new Volume(stage.at('b'), 48)
      const { inA, inB } = await twoDirectories(stage)
      const [staying, leaving] = [stage.produce(inA), stage.produce(inB, impatient)]
      await Promise.all([staying.acks(200), leaving.acks(200)])
      volume.detach()
      await stage.says(/\/b is fenced.*its file \.lock is gone/)
      await until(() => leaving.refused.length > 0, 30_000, 'a refusal')
      await staying.acks(200)
      await leaving.stop()
      await staying.stop()
      // What was on the volume has gone with it.
      stage.producers = [staying]
      return await stage.verify()
    },
  },

  'the directory of the metadata fails: the broker ends and says why': {
    async run(stage) {
      const { a, inA, inB } = await twoDirectories(stage)
      const producers = [stage.produce(inA), stage.produce(inB)]
      await Promise.all(producers.map((producer) => producer.acks(200)))
      stage.faults.set(`sync ${EIO} ${a}/`)
      const code = await Promise.race([stage.broker.ended, sleep(30_000, 'nothing')])
      check(code === 1, `it ends with 1, not ${code}`)
      check(/The log directory .*\/a, which has the metadata log, failed: .*EIO/.test(stage.log), 'it says why')
      await stage.restart()
      await Promise.all(producers.map((producer) => producer.acks(50)))
      await Promise.all(producers.map((producer) => producer.stop()))
      return await stage.verify()
    },
  },

  'a broker stops and starts again and again, others have the processors: a producer stores nothing twice': {
    async run(stage) {
      await stage.start({ 'log.dirs': stage.at('data') })
      await stage.createTopics('orders')
      const others = Array.from({ length: cpus().length + 1 }, () => spawn(process.execPath, ['-e', 'for (;;);']))
      try {
        const producer = stage.produce('orders', {}, 1000)
        for (let stops = 0; stops < 8; stops++) {
          await producer.acks(500)
          await stage.restart()
        }
        return await stage.goesOn(producer)
      } finally {
        for (const other of others) other.kill()
      }
    },
  },

  'no file descriptors are left: what needs one waits': {
    async run(stage) {
      const data = stage.at('data')
      await stage.start({ 'log.dirs': data })
      await stage.createTopics('orders', 'later')
      const producer = stage.produce('orders')
      await producer.acks(200)
      stage.faults.set(`open ${EMFILE} ${data}/`)
      const later = stage.produce('later')
      await stage.says(/No file can be opened in /)
      await sleep(2000)
      check(later.acked.length === 0, 'what needs a new file waits')
      stage.faults.lift()
      await Promise.all([later.acks(100), producer.acks(100)])
      check(producer.refused.length + later.refused.length === 0, 'no producer has noticed')
      await Promise.all([later.stop(), producer.stop()])
      return await stage.verify()
    },
  },

  'connections take all file descriptors: those that are served go on, and others come in when they are gone': {
    async run(stage) {
      await stage.start({ 'log.dirs': stage.at('data'), 'log.segment.bytes': 1 << 20 }, 128)
      await stage.createTopics('orders')
      const producer = stage.produce('orders')
      await producer.acks(200)
      const sockets = Array.from({ length: 300 }, () => connect(stage.broker.port, '127.0.0.1').on('error', () => {}))
      await stage.says(/Refusing a connection of .*: max\.connections, or the limit of open files, allows \d+/)
      await producer.acks(200)
      check(stage.broker.running, 'the broker lives')
      for (const socket of sockets) socket.destroy()
      const second = stage.produce('orders')
      await second.acks(100)
      await Promise.all([second.stop(), producer.stop()])
      return await stage.verify()
    },
  },

  "one of two directories is slow: its producers wait, the other's and readers do not, and one line names it": {
    async run(stage) {
      const { b, inA, inB } = await twoDirectories(stage)
      const [fast, slow] = [stage.produce(inA), stage.produce(inB)]
      await Promise.all([fast.acks(200), slow.acks(200)])
      stage.faults.set(`sync +5000 ${b}/`)
      await stage.says(/The disk of .*\/b is slow: a sync has taken \d s so far, and goes on/)
      const before = slow.acked.length
      await fast.acks(400, 10_000)
      check(slow.acked.length < before + 1500, 'the slow one is not acknowledged before it is synced')
      check((await readAll(stage.bootstrap, inB)).size > 0, 'it is read')
      stage.faults.lift()
      await slow.acks(200)
      await stage.says(/The disk of .*\/b syncs in time again/)
      check(stage.log.split('is slow').length - 1 <= 3, 'it is not said for each sync')
      await Promise.all([fast.stop(), slow.stop()])
      check(fast.refused.length + slow.refused.length === 0, 'no producer has noticed')
      return await stage.verify()
    },
  },
}

/** What a real Kafka tells of a directory that fails. */
async function compareWithKafka(stage) {
  const { b, inA, inB } = await twoDirectories(stage)
  const [staying, leaving] = [stage.produce(inA), stage.produce(inB, impatient)]
  await Promise.all([staying.acks(200), leaving.acks(200)])
  const tell = async (when) => {
    console.log(`--- ${when}`)
    for (const topic of [inA, inB]) console.log(await tool(stage.bootstrap, 'topics', '--describe', '--topic', topic))
    console.log(await tool(stage.bootstrap, 'log-dirs', '--describe').catch((error) => error.message))
  }
  await tell('before')
  const at = Date.now()
  stage.faults.set(`${options.fault} ${b}/`)
  await sleep(5000)
  console.log(`acknowledged since: ${leaving.acked.length}; refused: ${JSON.stringify(leaving.refused[0] ?? null)}`)
  await until(() => leaving.refused.length > 0, 90_000, 'a refusal').catch((error) => console.log(error.message))
  console.log(`first refusal after ${Date.now() - at} ms: ${JSON.stringify(leaving.refused[0] ?? null)}`)
  await tell('after')
  await staying.acks(100)
  console.log(`the broker ${stage.broker.running ? 'lives' : 'has ended'}`)
  return 0
}

await build()
const chosen = options.vs === 'kafka' ? { 'a directory of Kafka fails': { run: compareWithKafka } } : scenarios
for (const [name, { run, mounts = false }] of Object.entries(chosen)) {
  if (!name.includes(options.only)) continue
  if (mounts && !canMount) {
    left++
    console.log(`left out ${name}: this process may not mount`)
    continue
  }
  const stage = new Stage(join(work, `${port}`))
  const start = Date.now()
  try {
    const records = await run(stage)
    passed++
    console.log(`ok ${name}: ${records} acknowledged records, ${((Date.now() - start) / 1000).toFixed(0)} s`)
  } catch (error) {
    failures.push(`${name}: ${error.message}`)
    console.log(`FAIL ${name}: ${error.stack}\n${lastLines(stage)}`)
  }
  await stage.end().catch((error) => console.log(error.message))
  port++
}
for (const failure of failures) console.log(`FAIL ${failure}`)
if (failures.length > 0) process.exitCode = 1
for (const name of canMount ? readdirSync(work) : []) {
  for (const volume of ['volume', 'b']) spawnSync('umount', ['-l', join(work, name, volume)])
}
if (failures.length > 0 || options.keep) console.log(`kept for a look: ${work}`)
else rmSync(work, { recursive: true, force: true })
console.log(`${((Date.now() - began) / 1000).toFixed(0)} s${left > 0 ? `, ${left} left out` : ''}`)
console.log(`${passed} passed, ${failures.length} failed`)

function lastLines(stage) {
  try {
    return execFileSync('tail', ['-n', '15', stage.broker.log], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
