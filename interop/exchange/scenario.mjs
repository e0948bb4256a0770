/**
 * A data folder that goes from broker to broker.
 *
 * A stage starts its broker on the folder and compares what it says with what was there before; a group that was at work
 * goes on; then some of everything is done (topics, records, commits, configurations, deletions; more of it in the folder's
 * first stage), and the broker is stopped, or killed under load. After a kill a copy of the folder is recovered by the broker
 * that was killed, and what that one reads is what the next must read in the folder itself: two recoveries, one result.
 *
 * What only Kafka has requests for (ACLs, SCRAM credentials, quotas, share groups, transactions) is made in Kafka's stages and
 * must still be there when Kafka has the folder back.
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { QUICK_JVM, startBroker } from '../../scripts/broker.mjs'
import { differentRecords, differentState, missingAcknowledged } from './compare.mjs'

/** Topics named after their codec, with their partitions. */
const CODECS = { none: 1, gzip: 2, snappy: 3, lz4: 4, zstd: 6 }
/** The other topics that are written to: what is special about them. */
const SPECIAL = {
  compact: {
    partitions: 2,
    codec: 'zstd',
    configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0.01 },
  },
  'compact-delete': {
    partitions: 1,
    codec: 'lz4',
    configs: { 'cleanup.policy': 'compact,delete', 'min.cleanable.dirty.ratio': 0.01 },
  },
  stamped: { partitions: 1, codec: 'gzip', configs: { 'message.timestamp.type': 'LogAppendTime' } },
  recoded: { partitions: 1, codec: 'gzip', configs: { 'compression.type': 'zstd' } },
  trimmed: { partitions: 1, codec: 'none', configs: {} },
  transactions: { partitions: 2, codec: 'snappy', configs: {} },
  open: { partitions: 1, codec: 'none', configs: {} },
}
const SMALL_SEGMENTS = { 'internal.segment.bytes': 16_384, 'retention.ms': -1 }
const GROUPS = Array.from({ length: 6 }, (_, index) => `committer-${index}`)
const SHARE_GROUP = 'sharers'
const COMPACTED = ['compact', 'compact-delete', '__consumer_offsets', '__transaction_state', '__share_group_state']
const isCompacted = (partition) => COMPACTED.includes(partition.replace(/-\d+$/, ''))
/** Where Kafka may end a transaction between two readings: the one that nobody ends, and after a kill the writer's too. */
const LEFT_OPEN = /^open-/
const CUT_OFF = /^(open|transactions)-/

const common = {
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.num.partitions': 3,
  'share.coordinator.state.topic.num.partitions': 3,
  'log.cleaner.min.cleanable.ratio': 0.01,
  'log.cleaner.backoff.ms': 500,
  'metadata.log.max.record.bytes.between.snapshots': 3_000,
  'group.initial.rebalance.delay.ms': 0,
  'auto.create.topics.enable': false,
}
const settings = {
  ottla: common,
  kafka: {
    ...common,
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'group.share.min.heartbeat.interval.ms': 500,
    'group.share.heartbeat.interval.ms': 500,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  },
}

/** For a broker that is only to show what it has recovered. */
const undisturbed = {
  ottla: { 'log.cleaner.enable': false },
  kafka: { 'log.cleaner.enable': false, 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 600_000 },
}

const here = dirname(fileURLToPath(import.meta.url))

export class Scenario {
  #name
  #folder
  #client
  #report
  #seed
  #records
  /** Of each topic, the first record not yet written. */
  #next = 0
  #base = 0
  #readings = 0
  /** When the stage began. */
  #startedMs = 0
  /** The last reading and state, of the broker before. */
  #reading
  #state = {}
  /** Group -> the offset that was acknowledged last; where the end was not clean. */
  #committed
  #acknowledged

  constructor(name, { folder, client, report, seed, records }) {
    this.#name = name
    this.#folder = folder
    this.#client = client
    this.#report = report
    this.#seed = seed
    this.#records = records
  }

  /** @param {string[]} stages - like "kafka kill" */
  async run(stages) {
    prepare(this.#folder)
    for (const [index, stage] of stages.entries()) {
      const [kind, end] = stage.split(' ')
      const name = `${this.#name}, ${index + 1}: ${kind}`
      this.#startedMs = Date.now()
      const broker = await startBroker(kind, { folder: this.#folder, settings: settings[kind], env: QUICK_JVM })
      try {
        this.#report(`${name} starts`, [], `${(broker.startMs / 1000).toFixed(1)} s`)
        if (index > 0) await this.#compare(name, broker)
        await this.#work(broker, { isFirst: index === 0 })
        if (end === 'kill') await this.#killUnderLoad(name, broker)
        else await this.#stop(name, broker)
      } finally {
        if (broker.running) await broker.kill()
      }
    }
  }

  // ---- what must be as it was ----

  async #compare(name, broker) {
    const reading = await this.#read(broker)
    const options = {
      isCompacted,
      hasOpenTransaction: (partition) => (this.#acknowledged === undefined ? LEFT_OPEN : CUT_OFF).test(partition),
    }
    const count = Object.values(reading.ends.read_uncommitted).reduce((sum, partition) => sum + partition.count, 0)
    this.#report(`${name} has every record`, differentRecords(this.#reading, reading, options), `${count}`)
    if (this.#acknowledged !== undefined) {
      const missing = missingAcknowledged(this.#acknowledged, reading, options)
      this.#report(`${name} has what was acknowledged before the kill`, missing.differences, `${missing.count}`)
      this.#acknowledged = undefined
    }
    const state = await this.#stateOf(broker)
    const differences = Object.keys(state)
      .filter((key) => key in this.#state)
      .flatMap((key) => differentState({ [key]: this.#state[key] }, { [key]: state[key] }, newIn(this.#state, state)))
    const offsets = Object.values(state.groups).reduce((sum, group) => sum + Object.keys(group).length, 0)
    this.#report(
      `${name} has the same state`,
      differences,
      `${offsets} group offsets, ${Object.keys(state).join(', ')}`,
    )
    if (this.#committed !== undefined)
      this.#report(`${name} has the offsets committed before the kill`, this.#lost(state))
    this.#committed = undefined
    await this.#goOn(name, broker, state)
  }

  /**
   * Groups read on from where they had committed, not before and not behind: one of the classic protocol, and one that was
   * of the newer protocol with Kafka, goes on by the classic one with Ottla, and is of the newer one with Kafka again.
   */
  async #goOn(name, broker, state) {
    const differences = []
    for (const group of ['worker', 'modern'].filter((group) => group in state.groups)) {
      const protocol = group === 'modern' && broker.kind === 'kafka' ? 'consumer' : 'classic'
      const { from, to } = await this.#client.ask('go-on', broker, { group, topic: 'snappy', count: 100, protocol })
      for (const [partition, offset] of Object.entries(from)) {
        const committed = Number(state.groups[group][partition]?.split(' ')[0])
        if (offset !== committed)
          differences.push(`${group} reads ${partition} from ${offset}, committed was ${committed}`)
      }
      const assigned = Object.keys(to)
      if (assigned.length !== CODECS.snappy) differences.push(`${group} is assigned ${assigned}`)
    }
    this.#report(`${name}: groups go on`, differences)
  }

  #lost(state) {
    return Object.entries(this.#committed).flatMap(([group, offset]) => {
      const now = Number(state.groups[group]?.['zstd-0']?.split(' ')[0])
      return now >= offset ? [] : [`${group} committed ${offset}, and is at ${now}`]
    })
  }

  // ---- some of everything ----

  async #work(broker, { isFirst }) {
    const ask = (what, parameters) => this.#client.ask(what, broker, parameters)
    const isKafka = broker.kind === 'kafka'
    const stamp = `${this.#readings}`
    if (isFirst) {
      const plain = Object.entries(CODECS).map(([name, partitions]) => ({ name, partitions, configs: SMALL_SEGMENTS }))
      const special = Object.entries(SPECIAL).map(([name, { partitions, configs }]) => ({
        name,
        partitions,
        configs: { ...SMALL_SEGMENTS, ...configs },
      }))
      const others = ['deleted', 'grown'].map((name) => ({ name, partitions: 1, configs: {} }))
      await ask('create', { topics: [...plain, ...special, ...others] })
    }
    await ask('create', { topics: [{ name: `made-${stamp}`, partitions: 2, configs: { 'retention.bytes': 1e9 } }] })
    await this.#write(broker, isFirst ? this.#records : Math.ceil(this.#records / 8))
    if (isKafka) await this.#transactions(broker)
    await ask('go-on', { group: 'worker', topic: 'snappy', count: 100 })
    const setSegments = { type: 'TOPIC', name: '__consumer_offsets', key: 'internal.segment.bytes', value: '32768' }
    await ask('change', { configs: [setSegments] })
    this.#base += 1000
    await ask('commit', {
      groups: GROUPS,
      topic: 'zstd',
      partitions: CODECS.zstd,
      rounds: isFirst ? 150 : 30,
      base: this.#base,
    })
    await ask('commit', { groups: [`gone-${stamp}`], topic: 'zstd', partitions: 1, rounds: 1 })
    await ask('change', {
      configs: [
        { type: 'TOPIC', name: 'gzip', key: 'max.message.bytes', value: String(2_000_000 + this.#base) },
        { type: 'TOPIC', name: 'lz4', key: 'retention.ms', value: isFirst ? '604800000' : null },
        { type: 'BROKER', name: '', key: 'log.cleaner.threads', value: '1' },
        { type: 'BROKER', name: '1', key: 'log.retention.ms', value: String(800_000_000 + this.#base) },
      ],
      partitions: { grown: isFirst ? 2 : this.#readings + 2 },
      deleteRecords: [{ topic: 'trimmed', partition: 0, keep: 300 }],
      deleteTopics: [isFirst ? 'deleted' : this.#lastMade],
      deleteGroups: [`gone-${stamp}`],
    })
    this.#lastMade = `made-${stamp}`
    if (isKafka && !this.#secured) {
      await ask('secure')
      await ask('go-on', { group: 'modern', topic: 'snappy', count: 100, protocol: 'consumer' })
      await ask('share', { group: SHARE_GROUP, topic: 'none' })
      this.#secured = true
    }
    await this.#cleaned(broker)
  }
  #lastMade
  #secured = false

  async #write(broker, count) {
    await this.#client.ask('write', broker, {
      seed: this.#seed,
      folder: join(this.#folder, 'written'),
      lanes: this.#lanes(count),
    })
    this.#next += count
  }

  #lanes(count) {
    const lanes = Object.entries(CODECS).map(([codec, partitions]) => ({ topic: codec, codec, partitions }))
    for (const [topic, { codec, partitions }] of Object.entries(SPECIAL)) {
      if (topic !== 'open') lanes.push({ topic, codec, partitions })
    }
    // Each other lane is idempotent; a lane with more partitions has more to write.
    return lanes.map((lane, index) => ({
      ...lane,
      idempotent: index % 2 === 0,
      first: this.#next,
      count: Math.ceil((count * lane.partitions) / 16),
    }))
  }

  /** Committed and aborted transactions, a group's offsets in them, and at last one that nobody ends. */
  async #transactions(broker) {
    const lane = {
      topic: 'transactions',
      codec: 'lz4',
      partitions: 2,
      transactional: 'writer',
      first: this.#next,
      count: 1200,
    }
    await this.#client.ask('write', broker, { seed: this.#seed, folder: join(this.#folder, 'written'), lanes: [lane] })
    await this.#client.ask('open-transaction', broker, {
      topic: 'open',
      codec: 'none',
      transactional: 'opener',
      group: 'opener',
    })
  }

  /** Waits until the broker has compacted the groups' offsets. */
  async #cleaned(broker) {
    const file = join(broker.data, 'cleaner-offset-checkpoint')
    const isCleaned = () =>
      statSync(file).mtimeMs > this.#startedMs && readFileSync(file, 'utf8').includes('__consumer_offsets')
    for (let tries = 0; tries < 100; tries++) {
      if (existsSync(file) && isCleaned()) return
      await sleep(100)
    }
    this.#report(`${this.#name}: ${broker.kind} compacts the groups' offsets`, ['nothing in the checkpoint after 10 s'])
  }

  // ---- the end of a stage ----

  async #stop(name, broker) {
    this.#reading = await this.#read(broker)
    this.#state = { ...this.#state, ...(await this.#stateOf(broker)) }
    await broker.stop()
    this.#report(`${name} leaves a folder of the shape that is asked for`, this.#shape(broker))
    if (broker.kind === 'ottla') this.#report(`${name} leaves what Kafka's dump-log reads`, await dumped(broker.data))
  }

  async #killUnderLoad(name, broker) {
    const acknowledged = join(this.#folder, `acknowledged-${this.#readings}`)
    const load = Promise.all([
      this.#client.ask('write', broker, {
        seed: this.#seed,
        folder: acknowledged,
        lanes: this.#lanes(1e6),
        untilFails: true,
      }),
      this.#client.ask('commit', broker, {
        groups: GROUPS,
        topic: 'zstd',
        partitions: CODECS.zstd,
        rounds: 1e6,
        base: this.#base,
        untilFails: true,
      }),
    ])
    await sleep(1500)
    await broker.kill()
    const [written, committed] = await load
    this.#next += 1e6
    this.#base += 1e6
    this.#report(
      `${name} is killed under load`,
      written > 0 ? [] : ['nothing was written'],
      `${written} records written`,
    )
    this.#report(`${name} leaves a folder of the shape that is asked for`, this.#shape(broker))
    this.#acknowledged = acknowledged
    this.#committed = committed

    const copy = `${this.#folder}-copy`
    prepare(copy)
    execFileSync('cp', ['-a', '--sparse=always', `${broker.data}/.`, join(copy, 'node1', 'log')])
    const quiet = { ...settings[broker.kind], ...undisturbed[broker.kind] }
    const same = await startBroker(broker.kind, { folder: copy, settings: quiet, env: QUICK_JVM })
    this.#reading = await this.#read(same)
    this.#state = { ...this.#state, ...(await this.#stateOf(same)) }
    await same.kill()
    rmSync(copy, { recursive: true })
  }

  /** The folder has what makes an exchange hard: many segments, a snapshot of the metadata. */
  #shape(broker) {
    const differences = []
    for (const [topic, partitions] of Object.entries(CODECS)) {
      for (let partition = 0; partition < partitions; partition++) {
        const names = readdirSync(join(broker.data, `${topic}-${partition}`))
        const segments = names.filter((name) => name.endsWith('.log')).length
        if (segments < 3) differences.push(`${topic}-${partition} has ${segments} segments`)
      }
    }
    const metadata = readdirSync(join(broker.data, '__cluster_metadata-0'))
    const snapshots = metadata.filter(
      (name) => name.endsWith('.checkpoint') && !name.startsWith('00000000000000000000-'),
    )
    if (snapshots.length === 0) differences.push('no snapshot of the metadata')
    return differences
  }

  async #read(broker) {
    const folder = join(this.#folder, `reading-${this.#readings++}`)
    return { folder, ends: await this.#client.ask('read', broker, { folder }) }
  }

  #stateOf(broker) {
    const isKafka = broker.kind === 'kafka'
    return this.#client.ask('state', broker, {
      secured: isKafka,
      shareGroups: isKafka && this.#secured ? [SHARE_GROUP] : [],
    })
  }
}

/** What a broker adds by itself when it starts: its internal topics. */
function newIn(before, after) {
  const added = Object.keys(after.topics).filter((topic) => topic.startsWith('__') && !(topic in (before.topics ?? {})))
  return added.flatMap((topic) => [`topics.${topic}`, `configs.TOPIC ${topic}`])
}

/** A folder that both brokers' starters take for theirs: Kafka's data is in node1/log, Ottla's in data. */
export function prepare(folder) {
  mkdirSync(join(folder, 'node1', 'log'), { recursive: true })
  if (!existsSync(join(folder, 'data'))) symlinkSync(join('node1', 'log'), join(folder, 'data'))
}

/** What Kafka's dump-log complains about in a folder that no broker has open. */
export async function dumped(data) {
  const check = [join(here, '../kafka/dump-check.mjs'), '--compacted', COMPACTED.join(), data]
  const result = await promisify(execFile)(process.execPath, check).catch((error) => error)
  const failed = result.stdout.split('\n').filter((line) => line.startsWith('FAIL'))
  return / 0 failed\s*$/.test(result.stdout) || failed.length > 0 ? failed : [`dump-check: ${result.stderr}`]
}
