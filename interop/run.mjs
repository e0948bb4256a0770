#!/usr/bin/env node
/**
 * The client matrix: the clients people use, in six languages, each running the same named cases against one broker.
 *
 *   node interop/run.mjs [option...] [client...]     (npm run interop -- ...)
 *
 *   --vs kafka              a real Apache Kafka instead of Ottla from the built tree
 *   --bootstrap HOST:PORT   a broker that runs already
 *   --all                   also the cases of not-yet.txt
 *   --folder DIR            where the broker's data, its log and the clients' logs go, and stay (default: a temporary one,
 *                           removed when everything passed)
 *
 * From the environment: CASES, names of the cases to run (default: all); JOBS, clients run at the same time (default 2);
 * INTEROP_TIMEOUT, seconds that one case may take (default 30); INTEROP_CACHE, where setup.sh installs.
 *
 * A client is a program that takes BOOTSTRAP CASE... and prints a line per case: `ok CASE`, `FAIL CASE reason` or
 * `n/a CASE reason`. A case it never reports has failed, and so has one that it reports n/a although expected.txt (what
 * it reports against Apache Kafka) says ok. A case that failed runs once more, alone; both outcomes are printed and the
 * second one counts, because some clients fail now and then on Apache Kafka as well (NOTES.md).
 */
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startBroker } from '../scripts/broker.mjs'
import { build } from '../scripts/build.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const cache =
  process.env.INTEROP_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'interop')

const java = (folder, main) => ['java', '-Xmx512m', '-cp', `${cache}/${folder}/classes:${cache}/${folder}/libs/*`, main]
const go = (name) => [`${cache}/go/${name}`]
const node24 = (name) => [firstLine(`${cache}/node/node-path`) ?? 'node', `${cache}/node/${name}.mjs`]
const python = (name) => [`${cache}/python/bin/python`, '-u', `${here}/python/${name}_client.py`]

/** What starts each client, and the part of setup.sh that installs it; longest runs first. */
const clients = {
  java: { part: 'java', command: () => java('java', 'Interop') },
  streams: { part: 'streams', command: () => java('streams', 'Streams') },
  'franz-go': { part: 'go', command: () => go('franz-go') },
  sarama: { part: 'go', command: () => go('sarama') },
  'kafka-go': { part: 'go', command: () => go('kafka-go') },
  kafkajs: { part: 'node', command: () => node24('kafkajs') },
  platformatic: { part: 'node', command: () => node24('platformatic') },
  // Its binding is built for the Node that installed it.
  'confluent-js': { part: 'node', command: () => [process.execPath, `${cache}/node/confluent-js.mjs`] },
  'kafka-python': { part: 'python', command: () => python('kafka_python') },
  'confluent-python': { part: 'python', command: () => python('confluent_python') },
  aiokafka: { part: 'python', command: () => python('aiokafka') },
  rskafka: { part: 'rust', command: () => [`${cache}/rust/debug/rskafka-client`] },
  kcat: { part: 'kcat', command: () => [`${here}/kcat/kcat.sh`] },
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vs: { type: 'string' },
    bootstrap: { type: 'string' },
    all: { type: 'boolean', default: false },
    folder: { type: 'string' },
  },
})
if (options.vs !== undefined && options.vs !== 'kafka') fail(`--vs takes kafka, not ${options.vs}`)
const wantedClients = positionals.length > 0 ? positionals : Object.keys(clients)
for (const name of wantedClients)
  if (!(name in clients)) fail(`no client ${name}; there are ${Object.keys(clients).join(' ')}`)

const expectedOk = new Set(
  lines('expected.txt')
    .filter((line) => line.startsWith('ok '))
    .map((line) => line.slice(3)),
)
const notYet = new Map(
  lines('not-yet.txt')
    .filter((line) => !line.startsWith('#'))
    .map((line) => /^(\S+)\s+(.*)$/.exec(line).slice(1)),
)
const isOttla = options.vs === undefined && options.bootstrap === undefined
const skipped = options.all || !isOttla ? new Map() : notYet
const wantedCases = process.env.CASES?.split(/\s+/).filter(Boolean)
const casesOf = (client) =>
  (client === 'streams' ? ['streams-wordcount'] : lines('cases.txt')).filter(
    (name) => wantedCases?.includes(name) ?? true,
  )

if (isOttla) await build()
const parts = [...new Set(wantedClients.map((name) => clients[name].part))]
execFileSync(join(here, 'setup.sh'), parts, { stdio: ['ignore', 'inherit', 'inherit'] })

const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'ottla-interop-'))
mkdirSync(folder, { recursive: true })
const settings = { 'group.initial.rebalance.delay.ms': 100 }
if (options.vs === 'kafka')
  Object.assign(settings, {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    'super.users': 'User:ANONYMOUS',
  })
const broker =
  options.bootstrap === undefined
    ? await startBroker(options.vs ?? 'ottla', { folder: join(folder, 'broker'), settings })
    : undefined
const bootstrap = options.bootstrap ?? broker.bootstrap
console.log(`${broker?.kind ?? 'broker'} on ${bootstrap}, logs in ${folder}`)

const began = Date.now()
const table = new Map()
const queue = [...wantedClients]
await Promise.all(
  Array.from({ length: Number(process.env.JOBS ?? 2) }, async () => {
    for (let client = queue.shift(); client !== undefined; client = queue.shift())
      table.set(client, await runClient(client))
  }),
)

const died = broker !== undefined && !broker.running
const ending = died ? 'died' : await broker?.stop()
printTable()
const results = [...table.values()].flatMap((row) => [...row.verdicts.values()])
const passed = results.filter((verdict) => verdict === 'ok').length
const failed = results.filter((verdict) => verdict === 'FAIL').length + (broker !== undefined && ending !== 0 ? 1 : 0)
if (broker !== undefined && ending !== 0) console.log(`FAIL the broker ended with ${ending}, see ${broker.log}`)
if (failed > 0 || passed === 0) process.exitCode = 1
else if (options.folder === undefined) rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)

/** Runs one client, and what failed once more. */
async function runClient(client) {
  const from = Date.now()
  const cases = casesOf(client).filter((name) => !skipped.has(name))
  const verdicts = await runCases(client, cases, (name, reason) => {
    console.log(`failed once, will run again: ${client} ${name} ${reason}`)
  })
  const again = cases.filter((name) => verdicts.get(name) === 'FAIL')
  for (const name of again) {
    const second = await runCases(client, [name], (_, reason) => console.log(`FAIL ${client} ${name} ${reason}`))
    verdicts.set(name, second.get(name))
  }
  const left = casesOf(client).filter((name) => skipped.has(name) && expectedOk.has(`${client} ${name}`))
  return { verdicts, again: again.length, left, seconds: (Date.now() - from) / 1000 }
}

/** Runs the client's program once over these cases: case -> ok, n/a or FAIL. */
async function runCases(client, cases, onFailure) {
  const verdicts = new Map()
  if (cases.length === 0) return verdicts
  const log = createWriteStream(join(folder, `${client}.log`), { flags: 'a' })
  const [program, ...args] = clients[client].command()
  const child = spawn(program, [...args, bootstrap, ...cases], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      INTEROP_TIMEOUT: process.env.INTEROP_TIMEOUT ?? '30',
      INTEROP_NOT_YET: [...skipped.keys()].join(' '),
      NODE_NO_WARNINGS: '1',
    },
  })
  child.on('error', (cause) => console.log(`${client} cannot run: ${cause.message}`))
  child.stderr.pipe(log)
  for await (const line of createInterface({ input: child.stdout })) {
    const [, verdict, name, reason = ''] = /^(ok|FAIL|n\/a) (\S+) ?(.*)$/.exec(line) ?? []
    if (verdict === undefined) continue
    if (verdict === 'n/a' && expectedOk.has(`${client} ${name}`)) {
      verdicts.set(name, 'FAIL')
      onFailure(name, `reported n/a although expected.txt has ok: ${reason}`)
    } else {
      verdicts.set(name, verdict)
      if (verdict === 'FAIL') onFailure(name, reason)
      else if (verdict === 'ok') console.log(`ok ${client} ${name}${reason && ` ${reason}`}`)
    }
  }
  for (const name of cases) {
    if (verdicts.has(name)) continue
    verdicts.set(name, 'FAIL')
    onFailure(name, `no report: the program ended early, see ${client}.log`)
  }
  return verdicts
}

function printTable() {
  console.log('\nclient                 ok   FAIL  again    n/a  not yet  seconds')
  for (const client of wantedClients) {
    const { verdicts, again, left, seconds } = table.get(client)
    const count = (wanted) => [...verdicts.values()].filter((verdict) => verdict === wanted).length
    const cells = [count('ok'), count('FAIL'), again, count('n/a')].map((n) => String(n).padStart(7)).join('')
    console.log(client.padEnd(18) + cells + String(left.length).padStart(9) + seconds.toFixed(0).padStart(9))
  }
  const waiting = new Map(
    [...skipped].map(([name]) => [name, [...table.values()].filter((row) => row.left.includes(name))]),
  )
  for (const [name, rows] of waiting)
    if (rows.length > 0) console.log(`not yet ${name} (${rows.length} clients): waits for ${skipped.get(name)}`)
  console.log(`wall time ${((Date.now() - began) / 1000).toFixed(0)} s`)
}

function lines(name) {
  return readFileSync(join(here, name), 'utf8').split('\n').filter(Boolean)
}

function firstLine(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

function fail(why) {
  console.error(`interop: ${why}`)
  process.exit(2)
}
