/**
 * Sends the same requests to Apache Kafka and to Ottla, and compares the answers.
 *
 *     node interop/kafka/compare/run.mjs [--kafka PORT] [--ottla PORT] [--only TEXT] [--all]
 *
 * Starts both on fresh data folders where no port is given. Differences are printed; what is meant to differ is said in
 * the case (`but`). Ids, ports, paths, clocks and Kafka's own sentences count as equal: what is compared are fields, values
 * and error codes. Ends with `N the same, N meant, N different`, and exit code 1 where something differs.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { startBroker } from '../../../scripts/broker.mjs'
import { build } from '../../../scripts/build.mjs'

await build()
const { RpcConnection } = await import('#net')
const { nodeClock, nodeNetwork } = await import('#host/node')
const { errorName } = await import('#protocol')
const messages = await import('#protocol/messages')

const { values: options } = parseArgs({
  options: {
    kafka: { type: 'string' },
    ottla: { type: 'string' },
    only: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
  },
})
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Numbers that two brokers cannot agree on, where they are there at all. */
const LOOSE = new Set(
  `totalBytes usableBytes lastFetchTimestamp lastCaughtUpTimestamp logEndOffset leaderEpoch partitionSize producerId
   configSource finalizedFeaturesEpoch sessionId logAppendTimeMs`.split(/\s+/),
)

class Side {
  constructor(name, port, folder) {
    Object.assign(this, { name, port, folder, clusterId: 'unknown', brokerId: -1 })
  }

  async ask(api, version, request) {
    if (this.connection === undefined || this.connection.closed) {
      const address = { host: '127.0.0.1', port: this.port }
      const host = { network: nodeNetwork, clock: nodeClock }
      this.connection = await RpcConnection.connect(host, address, { clientId: 'compare', timeoutMs: 5000 })
    }
    try {
      return await this.connection.send(api, request, { timeoutMs: 20_000, version })
    } catch (error) {
      return `(${error.name === 'HostError' ? 'closes the connection' : error.message})`
    }
  }

  /** An answer with what is this side's own taken out. */
  plain(value, key = '') {
    if (value instanceof Uint8Array) return `${value.length} bytes`
    if (Array.isArray(value)) {
      const plain = value.map((element) => this.plain(element, key))
      const isKeyed = value.some((element) => typeof element === 'object' && element !== null)
      if (!isKeyed || key === 'records') return plain
      // Kafka goes through hash maps: the order of named things means nothing, and a thing named twice is there once.
      const once = new Map(plain.map((element) => [inspect(element, { depth: null }), element]))
      return Array.from(once.keys())
        .sort()
        .map((text) => once.get(text))
    }
    if (value !== null && typeof value === 'object') {
      const entries = Object.entries(value).map(([name, inner]) => [name, this.plain(inner, name)])
      // Where a refused batch would have gone, Kafka tells for some errors only.
      const isRefused = value.recordErrors !== undefined && value.errorCode !== 0
      return Object.fromEntries(entries.filter(([name]) => !(isRefused && name === 'logStartOffset')))
    }
    if (/errormessage|^documentation$/i.test(key)) return 'a sentence or none'
    if (/errorcode/i.test(key)) return errorName(value)
    // An empty list in some errors, none in others; nobody reads it there.
    if (key === 'abortedTransactions' && value === null) return []
    if (key === 'logDir') return 'FOLDER'
    if (key === 'port') return 'PORT'
    if (key === 'host') return 'HOST'
    if (key === 'subscriptionId') return value === 0 ? 0 : 'N'
    if (LOOSE.has(key)) return Number(value) >= 0 ? 'N' : value
    if (typeof value !== 'string') return value
    if (value === this.clusterId) return 'CLUSTER'
    if (value === NO_ID) return 'no id'
    if (/^[\w-]{22}$/.test(value)) return 'an id'
    return value.replaceAll(this.folder, 'FOLDER')
  }
}

const counts = { same: 0, meant: 0, different: 0 }

/** What cases work with. */
class Comparison {
  constructor(kafka, ottla) {
    Object.assign(this, { kafka, ottla, messages, noId: NO_ID })
    this.run = `c${Date.now() % 1_000_000}`
  }

  /**
   * Asks both in the newest version, or in the one given, or in all (`'all'`). `request` may be a function of the side.
   * `but` says why the answers differ. Gives both answers, of the last version.
   */
  async ask(title, api, request, { version = api.request.versionMax, but } = {}) {
    const versions = version === 'all' ? range(api.request.versionMin, api.request.versionMax) : [version]
    let answers = []
    for (const each of versions) {
      const of = (side) => side.ask(api, each, typeof request === 'function' ? request(side) : request)
      answers = await Promise.all([of(this.kafka), of(this.ottla)])
      const [theirs, ours] = [this.kafka.plain(answers[0]), this.ottla.plain(answers[1])].map((answer) =>
        inspect(answer, { depth: null, breakLength: 120, maxArrayLength: null }),
      )
      this.tell(title, `${api.name} ${each}`, { theirs, ours, but })
    }
    return { kafka: answers[0], ottla: answers[1] }
  }

  /** Counts two answers, and shows them where they differ and nobody said why, or where all are to be seen. */
  tell(title, what, { theirs, ours, but }) {
    if (!title.includes(options.only)) return
    if (theirs === ours) counts.same++
    else counts[but === undefined ? 'different' : 'meant']++
    if (theirs !== ours ? but !== undefined && !options.all : !options.all) return
    console.log(`${theirs === ours ? '=' : '≠'} ${what}: ${title}${but === undefined ? '' : ` (${but})`}`)
    if (theirs === ours) console.log(indent(ours, '    '))
    else console.log(difference(theirs.split('\n'), ours.split('\n')))
  }

  /** The same for several requests: `{ title: request }`. */
  async askEach(api, requests, more = {}) {
    for (const [title, request] of Object.entries(requests)) await this.ask(title, api, request, more)
  }

  /** Until both have caught up with what they were told. */
  settle(ms = 400) {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
}

function difference(theirs, ours) {
  if (theirs.length !== ours.length)
    return `${indent(theirs.join('\n'), '  kafka ')}\n${indent(ours.join('\n'), '  ottla ')}`
  return theirs
    .flatMap((line, i) => (line === ours[i] ? [] : [`  kafka ${line.trim()}`, `  ottla ${ours[i].trim()}`]))
    .join('\n')
}

function indent(text, with_) {
  return text.replace(/^/gm, with_)
}

function range(from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

const folder = mkdtempSync(join(tmpdir(), 'ottla-compare-'))
const endings = []

async function start(name) {
  const given = options[name]
  if (given !== undefined) return new Side(name, Number(given), join(folder, name))
  const settings = { 'group.initial.rebalance.delay.ms': 100 }
  const broker = await startBroker(name, { folder: join(folder, name), settings })
  endings.push(() => broker.kill())
  return new Side(name, broker.port, broker.data)
}

const alive = setInterval(() => {}, 1000)
try {
  const comparison = new Comparison(await start('kafka'), await start('ottla'))
  for (const side of [comparison.kafka, comparison.ottla]) {
    const answer = await side.ask(messages.describeCluster, 0, { includeClusterAuthorizedOperations: false })
    side.clusterId = answer.clusterId
    side.brokerId = answer.brokers[0].brokerId
    // A fresh Kafka has no producer ids yet when it is first asked for one.
    const producer = { transactionalId: null, transactionTimeoutMs: 60_000 }
    while ((await side.ask(messages.initProducerId, 4, producer)).errorCode !== 0) await comparison.settle()
  }
  for (const room of ['topics', 'data', 'configs', 'cluster', 'bad-inputs']) {
    const { cases } = await import(`./${room}.mjs`)
    await cases(comparison)
  }
} finally {
  clearInterval(alive)
  for (const end of endings) await end()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${counts.same} the same, ${counts.meant} meant to differ, ${counts.different} different`)
process.exit(counts.different === 0 ? 0 : 1)
