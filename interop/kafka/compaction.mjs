#!/usr/bin/env node
/**
 * Kafka's cleaner and ours on copies of the same folder, and what they leave compared.
 *
 *   node compaction.mjs [--seed N] [--keep]
 *
 * A Kafka that does not compact is filled by Kafka's own producer (Compaction.java); its folder is copied, and each broker
 * compacts a copy. Then Kafka's compacted folder is filled further, and compacted again by both when the tombstones of the
 * first time are over. Each time are compared, of every topic:
 *
 *   where the last pass ended, which segments there are, and which producer snapshots between them
 *   the batches: every field of their headers and every record
 *   without compression, the bytes of the segments and of their indexes
 *
 * A delete horizon is the time of the pass and delete.retention.ms: it may differ by as much as the passes were apart.
 *
 * Of some topics the swap of segments is then undone in part, as a crash would leave it, and a start of either broker has to
 * bring them to the same end. At last Kafka's dump-log reads both, a Kafka starts on what we have left, and Kafka's consumer
 * and kcat read from it what they read from us. Closes with `N passed, N failed`.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { nodeCompute } from '../../dist/host/node/index.js'
import * as records from '../../dist/protocol/records/index.js'
import { freePort, QUICK_JVM, root, startBroker } from '../../scripts/broker.mjs'

const run = promisify(execFile)
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, keep: { type: 'boolean' } } })
const DELETE_RETENTION_MS = 8000
const HORIZON_MS = 60_000
const work = mkdtempSync(join(tmpdir(), 'ottla-compaction-'))
const home = process.env.KAFKA_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'kafka')
const port = await freePort()
const cleaning = {
  'log.cleaner.backoff.ms': 100,
  'log.retention.check.interval.ms': 600_000_000,
  'transaction.state.log.num.partitions': 1,
  'offsets.topic.num.partitions': 1,
}
const quiet = { ...cleaning, 'log.cleaner.enable': false }
let passed = 0
let failed = 0
console.log(`compaction.mjs --seed ${values.seed}`)

try {
  let source = join(work, 'source')
  for (const round of [1, 2]) {
    await fill(source, round)
    const kafka = join(work, `kafka-${round}`)
    const ottla = join(work, `ottla-${round}`)
    cpSync(source, kafka, { recursive: true })
    cpSync(join(source, 'node1', 'log'), join(ottla, 'data'), { recursive: true })
    if (round > 1) await sleep(DELETE_RETENTION_MS)
    const before = sizes(join(ottla, 'data'))
    const compacted = await compact('ottla', ottla)
    await compact('kafka', kafka, compacted)
    compare(round, join(kafka, 'node1', 'log'), join(ottla, 'data'), before)
    if (round === 1) source = kafka
  }
  await others(join(source, 'node1', 'log'), join(work, 'kafka-2'), join(work, 'ottla-2'))
} finally {
  if (values.keep) console.log(`kept: ${work}`)
  else rmSync(work, { recursive: true, force: true })
}
const seconds = Math.round(performance.now() / 1000)
console.log(`${seconds} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function check(name, work) {
  try {
    work()
    passed++
  } catch (error) {
    failed++
    console.log(`FAIL ${name}: ${error instanceof Error ? error.message : error}`)
  }
}

async function fill(folder, round) {
  const broker = await startBroker('kafka', { folder, port, settings: quiet, env: QUICK_JVM })
  const jars = `${join(home, 'libs')}/*`
  const java = join(root, 'interop/kafka/Compaction.java')
  await run('java', ['-cp', jars, java, broker.bootstrap, values.seed, String(round), String(DELETE_RETENTION_MS)])
  await broker.stop()
}

/** Lets a broker compact everything that it can; gives where it ended. Another is waited for until it ends there too. */
async function compact(kind, folder, expected) {
  const broker = await startBroker(kind, { folder, port, settings: cleaning, env: QUICK_JVM })
  let last = ''
  for (let unchanged = 0, waited = 0; unchanged < 12 && waited < 240; unchanged++, waited++) {
    await sleep(250)
    const now = checkpointOf(broker.data)
    if (now === expected) break
    if (now !== last || now === '' || expected !== undefined) unchanged = 0
    last = now
  }
  await broker.stop()
  return checkpointOf(broker.data)
}

function checkpointOf(folder) {
  const file = join(folder, 'cleaner-offset-checkpoint')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').sort().join() : ''
}

function topicFolders(folder) {
  return readdirSync(folder).filter((name) => /^(plain-|idempotent|transactional|append-time|open-)/.test(name))
}

function sizes(folder) {
  return new Map(topicFolders(folder).map((name) => [name, recordsOf(join(folder, name)).length]))
}

function compare(round, kafka, ottla, before) {
  check(`round ${round}, cleaner-offset-checkpoint`, () => same(checkpointOf(kafka), checkpointOf(ottla), 'they'))
  for (const name of topicFolders(kafka)) {
    const [theirs, ours] = [join(kafka, name), join(ottla, name)]
    check(`round ${round}, ${name}: files`, () => same(filesOf(theirs), filesOf(ours), 'the files'))
    check(`round ${round}, ${name}: batches`, () => compareBatches(batchesOf(theirs), batchesOf(ours)))
    check(`round ${round}, ${name}: bytes`, () => compareBytes(theirs, ours))
    // A transaction that was left open in the first round lets nothing be compacted in the second.
    if (round > 1 && name.startsWith('open-transaction')) continue
    check(`round ${round}, ${name}: something was compacted`, () => {
      const left = recordsOf(ours).length
      if (left >= before.get(name)) throw new Error(`${before.get(name)} records before and ${left} after`)
    })
  }
}

function same(expected, actual, what) {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(actual)]
  if (a !== b) throw new Error(`${what} differ\n  kafka ${a}\n  ottla ${b}`)
}

/**
 * Names of what both have to have: segments with their indexes, and the snapshots between them. Where a clean stop has left
 * one within a segment, Kafka's start removes it and ours may keep it.
 */
function filesOf(folder) {
  const names = readdirSync(folder).filter((name) => /^\d{20}\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
  const segments = segmentsOf(folder)
  const isBetween = (name) => !name.endsWith('.snapshot') || segments.includes(name.replace('.snapshot', '.log'))
  return names.filter((name) => name.endsWith('.log') || (name < segments.at(-1) && isBetween(name))).sort()
}

function segmentsOf(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
}

function batchesOf(folder) {
  return segmentsOf(folder).flatMap((name) => {
    const bytes = readFileSync(join(folder, name))
    return Array.from(records.batchesIn(bytes), ({ at, sizeBytes }) => ({
      name,
      batch: bytes.subarray(at, at + sizeBytes),
    }))
  })
}

function recordsOf(folder) {
  return batchesOf(folder).flatMap(({ batch }) =>
    records.isControl(batch) ? [] : [...records.readRecords(batch, nodeCompute)],
  )
}

function compareBatches(theirs, ours) {
  for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
    const [a, b] = [theirs[i] && described(theirs[i]), ours[i] && described(ours[i])]
    same(a, b, `batch ${i}`)
    if (a.horizon) {
      const apart = Number(records.baseTimestampOf(theirs[i].batch) - records.baseTimestampOf(ours[i].batch))
      if (Math.abs(apart) > HORIZON_MS) throw new Error(`the delete horizons of batch ${i} are ${apart} ms apart`)
    }
  }
}

function described({ name, batch }) {
  const hex = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
  const horizon = records.hasDeleteHorizon(batch)
  return {
    segment: name,
    baseOffset: records.baseOffsetOf(batch),
    lastOffsetDelta: records.lastOffsetDeltaOf(batch),
    leaderEpoch: records.leaderEpochOf(batch),
    attributes: records.attributesOf(batch),
    horizon,
    baseTimestamp: horizon ? '' : String(records.baseTimestampOf(batch)),
    maxTimestamp: String(records.maxTimestampOf(batch)),
    producer: [String(records.producerIdOf(batch)), records.producerEpochOf(batch), records.baseSequenceOf(batch)],
    crc: records.checkBatch(batch) ?? 'right',
    count: records.recordCountOf(batch),
    records: Array.from(records.readRecords(batch, nodeCompute), ({ offset, timestamp, key, value, headers }) => [
      offset,
      String(timestamp),
      hex(key),
      hex(value),
      headers.map((header) => [header.key, hex(header.value)]),
    ]),
  }
}

/** Byte for byte, where no compressor has a say; but for delete horizons, and the sums over them. */
function compareBytes(theirs, ours) {
  if (batchesOf(theirs).some(({ batch }) => records.codecOf(batch) !== 0)) return
  for (const name of segmentsOf(theirs)) {
    const [a, b] = [theirs, ours].map((folder) => readFileSync(join(folder, name)))
    // The later a horizon is, the more bytes may the way back to a record's time take.
    const lengths = (bytes) =>
      Array.from(records.batchesIn(bytes), ({ at, sizeBytes }) => records.hasDeleteHorizon(bytes, at) || sizeBytes)
    if (a.length !== b.length && String(lengths(a)) === String(lengths(b))) continue
    if (a.length !== b.length) throw new Error(`${name} has ${a.length} bytes in Kafka, ${b.length} here`)
    for (const { at, sizeBytes } of records.batchesIn(a)) {
      const [x, y] = [a, b].map((bytes) => bytes.subarray(at, at + sizeBytes))
      if (!records.hasDeleteHorizon(x) && !x.equals(y)) throw new Error(`${name} differs in the batch at byte ${at}`)
    }
    if (name === segmentsOf(theirs).at(-1)) continue
    for (const suffix of ['.index', '.timeindex', '.txnindex']) {
      const file = name.replace('.log', suffix)
      const [x, y] = [theirs, ours].map((folder) =>
        existsSync(join(folder, file)) ? readFileSync(join(folder, file)) : undefined,
      )
      if (x?.toString('hex') !== y?.toString('hex')) throw new Error(`${file} differs`)
    }
  }
}

/** What others make of the folder that we have compacted. */
async function others(filledFolder, kafkaFolder, ottlaFolder) {
  const [theirs, ours] = [
    await complaints(join(kafkaFolder, 'node1', 'log')),
    await complaints(join(ottlaFolder, 'data')),
  ]
  check("Kafka's dump-log says the same of it as of Kafka's own", () => same(theirs, ours, 'its complaints'))
  interrupt(filledFolder, join(ottlaFolder, 'data'))
  const topics = topicFolders(join(ottlaFolder, 'data')).map((name) => name.replace(/-0$/, ''))
  const fromUs = await consumed('ottla', ottlaFolder, topics)
  rmSync(join(kafkaFolder, 'node1', 'log'), { recursive: true })
  cpSync(join(ottlaFolder, 'data'), join(kafkaFolder, 'node1', 'log'), { recursive: true })
  const fromKafka = await consumed('kafka', kafkaFolder, topics)
  for (const name of topicFolders(join(ottlaFolder, 'data'))) {
    const [theirs, ours] = [join(kafkaFolder, 'node1', 'log', name), join(ottlaFolder, 'data', name)]
    check(`a start brings ${name} to the same end`, () => {
      same(segmentsOf(theirs), segmentsOf(ours), 'the segments')
      compareBatches(batchesOf(theirs), batchesOf(ours))
    })
  }
  for (const [reader, text] of fromUs) {
    check(`${reader} reads from us, and the same from a Kafka that starts on our folder`, () => {
      if (text.split('\n').length < 10) throw new Error(`there is only ${text}`)
      same(fromKafka.get(reader), text, 'the records')
    })
  }
}

/**
 * Leaves some topics of a compacted folder as a crash in the middle of the swap would have: the former segments are those of
 * the folder `filled`, and what they were compacted to has the names that it has on its way.
 */
function interrupt(filled, compacted) {
  const marks = {
    'plain-none-0': { '.log': '.swap', '.index': '.swap', '.timeindex': '.swap' },
    'plain-gzip-0': { '.log': '.cleaned', '.index': '.cleaned', '.timeindex': '.cleaned' },
    'plain-snappy-0': { '.log': '.swap', '.index': '.swap', '.timeindex': '.cleaned' },
    'plain-lz4-0': { '.log': '', '.index': '.swap', '.timeindex': '.swap' },
    'plain-zstd-0': { '.log': '.swap', '.index': '.swap', '.timeindex': '.swap' },
  }
  for (const [name, mark] of Object.entries(marks)) {
    const [former, folder] = [join(filled, name), join(compacted, name)]
    const base = segmentsOf(folder)[0].slice(0, -'.log'.length)
    const files = new Map(Object.keys(mark).map((suffix) => [suffix, readFileSync(join(folder, base + suffix))]))
    const [first, second] = segmentsOf(former)
    for (const suffix of files.keys()) rmSync(join(folder, base + suffix))
    for (const file of readdirSync(former)) {
      const isGone = name === 'plain-lz4-0' || (name === 'plain-zstd-0' && file.startsWith(second.slice(0, 20)))
      if (!/^\d{20}\.(log|index|timeindex)$/.test(file) || existsSync(join(folder, file))) continue
      cpSync(join(former, file), join(folder, isGone ? `${file}.deleted` : file))
    }
    if (!first.startsWith(base)) throw new Error(`the segment ${base} of ${name} does not begin where the former did`)
    for (const [suffix, content] of files) writeFileSync(join(folder, base + suffix + mark[suffix]), content)
  }
}

/**
 * What Kafka's dump-log has against the compacted topics of a folder: that offsets have gaps, for one thing, and that an
 * empty batch has no record with the timestamp that the index says.
 */
async function complaints(folder) {
  const topics = join(work, 'dumped')
  rmSync(topics, { recursive: true, force: true })
  for (const name of topicFolders(folder)) cpSync(join(folder, name), join(topics, name), { recursive: true })
  const { stdout } = await run(process.execPath, [join(root, 'interop/kafka/dump-check.mjs'), topics]).catch(
    (error) => error,
  )
  if (!/[1-9]\d* passed/.test(stdout)) throw new Error(stdout)
  return stdout.split('\n').filter((line) => line.startsWith('FAIL'))
}

/** What each client reads of the topics, to their ends. */
async function consumed(kind, folder, topics) {
  const broker = await startBroker(kind, { folder, port, settings: quiet, env: QUICK_JVM })
  const read = new Map()
  const reading = topics.map(async (topic) => read.set(`kcat, ${topic}`, await kcat(broker.bootstrap, topic)))
  reading.push(consoleConsumer(broker.bootstrap, topics).then((text) => read.set("Kafka's consumer", text)))
  await Promise.all(reading)
  await broker.stop()
  return read
}

async function kcat(bootstrap, topic) {
  const args = [
    '-b',
    bootstrap,
    '-C',
    '-q',
    '-e',
    '-t',
    topic,
    '-o',
    'beginning',
    '-X',
    'isolation.level=read_committed',
  ]
  const { stdout } = await run('kcat', [...args, '-f', '%t %o %T %k %S %h\n'], { maxBuffer: 1 << 26 })
  return stdout
}

async function consoleConsumer(bootstrap, topics) {
  const args = ['console-consumer', '--include', topics.join('|'), '--from-beginning', '--timeout-ms', '6000']
  const print = ['print.timestamp', 'print.partition', 'print.offset', 'print.key', 'print.headers'].flatMap(
    (property) => ['--formatter-property', `${property}=true`],
  )
  const { stdout } = await run(
    join(root, 'interop/kafka/tool.sh'),
    [...args, '--isolation-level', 'read_committed', ...print],
    { maxBuffer: 1 << 26, env: { ...process.env, KAFKA_BOOTSTRAP: bootstrap } },
  ).catch((error) => error)
  return stdout.split('\n').sort().join('\n')
}
