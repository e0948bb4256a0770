#!/usr/bin/env node
/**
 * Many of everything: what a broker makes of ten thousand partitions, a thousand connections, a thousand groups, five hundred
 * members of one group, records of megabytes, and a consumer that is far behind.
 *
 *   npm run bench:many -- [--vs kafka] [--only partitions,connections,groups,members,records,behind]
 *
 * Each part begins with a broker of its own, so that memory and files are those of the part. "stall" is the longest time that
 * someone else waited for an answer meanwhile (see probe.mjs); CPU seconds are the broker's process's. The load comes from the
 * room `net`, raw requests without a client's logic; what it leaves is looked at through Kafka's tools.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startBroker } from '../scripts/broker.mjs'
import { build } from '../scripts/build.mjs'
import { consume, largeBatches, produce, tool } from './load.mjs'
import { probe } from './probe.mjs'
import { Report } from './report.mjs'

const parts = {
  partitions: benchPartitions,
  connections: benchConnections,
  groups: benchGroups,
  members: benchMembers,
  records: benchRecords,
  behind: benchBehind,
}
const { values: options } = parseArgs({
  options: {
    vs: { type: 'string' },
    only: { type: 'string', default: Object.keys(parts).join() },
    partitions: { type: 'string', default: '10000' },
  },
})
const wanted = options.only.split(',')
const unknown = wanted.filter((part) => !(part in parts))
if (unknown.length > 0) throw new Error(`--only knows ${Object.keys(parts).join()}, not ${unknown.join()}`)
const kinds = options.vs === 'kafka' ? ['ottla', 'kafka'] : ['ottla']
const names = { ottla: 'Ottla', kafka: 'Kafka' }

await build()
const { RpcConnection } = await import('#net')
const { createNodeHost } = await import('#host/node')
const { encodeBatch, readRecords, sizeOf } = await import('#protocol/records')
const { ErrorCode, errorName } = await import('#protocol')
const { MEMBER_ID_REQUIRED, REBALANCE_IN_PROGRESS, NOT_COORDINATOR } = ErrorCode
const COORDINATOR_LOADING = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
const messages = await import('#protocol/messages')
const host = createNodeHost()

const report = new Report()
const work = mkdtempSync(join(tmpdir(), 'ottla-many-'))
const patience = { timeoutMs: 120_000 }

// ---- partitions ----

async function benchPartitions() {
  const rows = []
  const seconds = { created: {}, restarted: {} }
  for (const kind of kinds) {
    await withBroker(kind, {}, async (broker) => {
      const topics = Array.from({ length: 10 }, (_, index) => ({
        name: `many-${index}`,
        numPartitions: Number(options.partitions) / 10,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      }))
      let connection = await connectTo(broker)
      const created = await measured(broker, async () => {
        for (const topic of topics) {
          const { topics: answers } = await connection.send(
            messages.createTopics,
            { topics: [topic], timeoutMs: 60_000, validateOnly: false },
            patience,
          )
          if (answers[0].errorCode !== 0) throw new Error(`${topic.name}: ${answers[0].errorMessage}`)
        }
        await allServed(connection, topics)
      })
      seconds.created[kind] = created.seconds
      rows.push(partitionRow(`${names[kind]}, created`, created, broker))
      const written = await measured(broker, () => writeToAll(connection, topics))
      rows.push(partitionRow(`${names[kind]}, a record in each`, written, broker))
      const stopped = performance.now()
      await broker.stop()
      const stopMs = performance.now() - stopped
      await broker.start()
      connection = await connectTo(broker)
      const began = performance.now()
      await allServed(connection, topics)
      const readyMs = broker.startMs + performance.now() - began
      const row = { seconds: readyMs / 1000, cpuSeconds: broker.usage().cpuSeconds, stallMs: Number.NaN }
      seconds.restarted[kind] = row.seconds
      rows.push(partitionRow(`${names[kind]}, restarted`, row, broker))
      rows.push([`${names[kind]}, stopped`, [stopMs / 1000, Number.NaN, Number.NaN, Number.NaN, Number.NaN]])
      const offsets = await tool(broker, 'get-offsets', '--time', '-1', '--topic', 'many-.*')
      const sum = offsets
        .trim()
        .split('\n')
        .reduce((total, line) => total + Number(line.split(':')[2]), 0)
      report.say(`${names[kind]}: get-offsets counts ${sum} records after the restart`)
    })
  }
  report.table(`${options.partitions} partitions`, ['s', 'CPU s', 'stall ms', 'resident MiB', 'open files'], rows)
  for (const [what, { ottla, kafka }] of Object.entries(seconds)) {
    report.stand(`${options.partitions} partitions ${what}, s`, ottla, kafka, { most: 1 / 5 })
  }
}

function partitionRow(name, { seconds, cpuSeconds, stallMs }, broker) {
  return [name, [seconds, cpuSeconds, stallMs, broker.usage().residentBytes / 2 ** 20, openFiles(broker)]]
}

/** Until Metadata knows a leader for each partition, and the leader answers for it. */
async function allServed(connection, topics) {
  for (const { name, numPartitions } of topics) {
    for (let isServed = false; !isServed; ) {
      const partitions = Array.from({ length: numPartitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: -1n,
      }))
      const request = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] }
      const known = await connection.send(messages.metadata, { topics: [{ name }] }, patience)
      const hasLeaders =
        known.topics[0].errorCode === 0 && known.topics[0].partitions.every(({ leaderId }) => leaderId >= 0)
      if (hasLeaders) {
        const answer = await connection.send(messages.listOffsets, request, patience)
        isServed = answer.topics[0].partitions.every(({ errorCode }) => errorCode === 0)
      }
      if (!isServed) await sleep(20)
    }
  }
}

async function writeToAll(connection, topics) {
  for (const { name, numPartitions } of topics) {
    const partitionData = Array.from({ length: numPartitions }, (_, index) => ({
      index,
      records: [batchOf(Buffer.alloc(100))],
    }))
    const answer = await connection.send(
      messages.produce,
      { acks: -1, timeoutMs: 60_000, topicData: [{ name, partitionData }] },
      { ...patience, version: 9 },
    )
    const failed = answer.responses[0].partitionResponses.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) throw new Error(`${name}-${failed.index}: ${failed.errorCode}`)
  }
}

// ---- connections ----

/** A thousand consumers wait at the end of one partition; each record goes to all of them. */
async function benchConnections() {
  const [count, records] = [1000, 50]
  const rows = []
  for (const kind of kinds) {
    await withBroker(kind, {}, async (broker) => {
      const producer = await connectTo(broker)
      const topicId = await createTopic(producer, 'followed', 1)
      const idleMib = broker.usage().residentBytes / 2 ** 20
      const consumers = []
      const opened = await measured(broker, async () => {
        for (let i = 0; i < count; i += 100) {
          consumers.push(...(await Promise.all(Array.from({ length: 100 }, () => connectTo(broker)))))
        }
      })
      // Before anything is carried: what is resident then is the heap's and the pools', however many connections there are.
      const residentMib = () => broker.usage().residentBytes / 2 ** 20
      const openedMib = residentMib()
      const perConnection = ((openedMib - idleMib) * 1024) / count
      const delays = []
      const carried = await measured(broker, async () => {
        const readers = consumers.map((consumer) => follow(consumer, topicId, records, delays))
        for (let i = 0; i < records; i++) {
          await write(producer, 'followed', 0, stamped(1024))
          await sleep(100)
        }
        await Promise.all(readers)
      })
      const cells = ({ seconds, cpuSeconds, stallMs }) => [seconds, cpuSeconds, stallMs]
      rows.push([`${names[kind]}, opened`, [...cells(opened), openFiles(broker), openedMib, perConnection]])
      rows.push([
        `${names[kind]}, ${records} records to all`,
        [...cells(carried), openFiles(broker), residentMib(), Number.NaN],
      ])
      report.say(`${names[kind]}: ${delays.length} records received, ${quantiles(delays)}`)
      for (const consumer of consumers) consumer.close()
    })
  }
  report.table(
    `${count} connections`,
    ['s', 'CPU s', 'stall ms', 'open files', 'resident MiB', 'KiB a connection'],
    rows,
  )
}

/** Reads `count` records of a partition as they come, and notes how old each is. */
async function follow(connection, topicId, count, delays, options = {}) {
  let offset = options.from ?? 0
  for (const end = offset + count; offset < end; ) {
    const answer = await fetchFrom(connection, topicId, 0, offset)
    for (const { baseOffset, value } of stampsOf(answer)) {
      if (baseOffset < offset) continue
      delays.push(Date.now() - Number(value))
      offset = baseOffset + 1
    }
  }
}

// ---- groups ----

/** A thousand groups of one member each join, commit and stay alive. */
async function benchGroups() {
  const [count, rounds] = [1000, 10]
  const rows = []
  for (const kind of kinds) {
    await withBroker(kind, { 'group.initial.rebalance.delay.ms': 0 }, async (broker) => {
      const first = await connectTo(broker)
      await createTopic(first, 'read', 6)
      await coordinatorOf(first, 'group-0')
      const connections = await Promise.all(Array.from({ length: 50 }, () => connectTo(broker)))
      const members = Array.from({ length: count }, (_, i) => new Member(connections[i % 50], `group-${i}`, 'read', 6))
      const joined = await measured(broker, () => Promise.all(members.map((member) => member.join())))
      const committed = await measured(broker, async () => {
        for (let round = 1; round <= rounds; round++) {
          await Promise.all(members.map((member) => member.commit(round)))
          await Promise.all(members.map((member) => member.heartbeat()))
        }
      })
      const cells = ({ seconds, cpuSeconds, stallMs }) => [
        seconds,
        cpuSeconds,
        stallMs,
        broker.usage().residentBytes / 2 ** 20,
      ]
      rows.push([`${names[kind]}, joined`, cells(joined)])
      rows.push([`${names[kind]}, ${rounds} commits of 6 partitions and heartbeats each`, cells(committed)])
      const listed = await tool(broker, 'consumer-groups', '--list')
      const described = await tool(broker, 'consumer-groups', '--describe', '--group', `group-${count - 1}`)
      const offsets = described
        .split('\n')
        .filter((line) => line.startsWith('group-'))
        .map((line) => line.split(/ +/)[3])
      report.say(
        `${names[kind]}: consumer-groups lists ${listed.trim().split('\n').length} groups, the last one at ${offsets}`,
      )
    })
  }
  report.table(`${count} groups`, ['s', 'CPU s', 'stall ms', 'resident MiB'], rows)
}

// ---- members ----

/** Five hundred members in one group; then one more comes, and one goes. */
async function benchMembers() {
  const count = 500
  const rows = []
  for (const kind of kinds) {
    await withBroker(kind, { 'group.initial.rebalance.delay.ms': 3000 }, async (broker) => {
      const first = await connectTo(broker)
      await createTopic(first, 'shared', 1000)
      await coordinatorOf(first, 'crowd')
      const connections = await Promise.all(Array.from({ length: count + 1 }, () => connectTo(broker)))
      const members = connections.map((connection) => new Member(connection, 'crowd', 'shared', 1000))
      const last = members.pop()
      let generationId
      const row = (what, { seconds, cpuSeconds, stallMs }) =>
        rows.push([`${names[kind]}, ${what}`, [seconds, cpuSeconds, stallMs, broker.usage().residentBytes / 2 ** 20]])
      row('all join', await measured(broker, () => Promise.all(members.map((member) => member.join()))))
      checkShared(members, 1000)
      const stay = members.map((member) => member.stay(500))
      row(
        'one more comes',
        await measured(broker, async () => {
          generationId = members[0].generationId
          await last.join()
          members.push(last)
          stay.push(last.stay(500))
          await settled(members, generationId)
        }),
      )
      checkShared(members, 1000)
      const described = await tool(broker, 'consumer-groups', '--describe', '--group', 'crowd', '--members')
      report.say(
        `${names[kind]}: consumer-groups describes ${described.split('\n').filter((line) => line.startsWith('crowd')).length} members`,
      )
      row(
        'one goes',
        await measured(broker, async () => {
          members.pop()
          generationId = members[0].generationId
          await last.leave()
          await settled(members, generationId)
        }),
      )
      checkShared(members, 1000)
      for (const member of members) member.isStaying = false
      await Promise.all(stay)
    })
  }
  report.table(`${count} members of one group`, ['s', 'CPU s', 'stall ms', 'resident MiB'], rows)
}

/** Until all are in one generation after `before`, with what it gave them. */
async function settled(members, before) {
  const newest = () => Math.max(...members.map(({ generationId }) => generationId))
  while (newest() === before || members.some(({ generationId, isJoining }) => isJoining || generationId !== newest()))
    await sleep(5)
}

function checkShared(members, partitions) {
  const shared = new Set(members.flatMap(({ assigned }) => assigned))
  if (shared.size !== partitions) throw new Error(`${shared.size} of ${partitions} partitions are assigned`)
}

/** A member of a classic group, without a client's logic: joins, shares out where it leads, commits, beats. */
class Member {
  memberId = ''
  generationId = -1
  assigned = []
  isJoining = false
  isStaying = true
  #connection
  #groupId
  #topic
  #partitions

  constructor(connection, groupId, topic, partitions) {
    this.#connection = connection
    this.#groupId = groupId
    this.#topic = topic
    this.#partitions = partitions
  }

  async join() {
    this.isJoining = true
    for (;;) {
      const joined = await this.#ask(messages.joinGroup, {
        groupId: this.#groupId,
        sessionTimeoutMs: 45_000,
        rebalanceTimeoutMs: 60_000,
        memberId: this.memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(this.#topic) }],
      })
      this.memberId = joined.memberId
      if (joined.errorCode === MEMBER_ID_REQUIRED) continue
      if (joined.errorCode !== 0) throw new Error(`join: ${joined.errorCode}`)
      const isLeader = joined.leader === joined.memberId
      const assignments = isLeader ? this.#shareOut(joined.members.map(({ memberId }) => memberId)) : []
      const synced = await this.#ask(messages.syncGroup, {
        groupId: this.#groupId,
        generationId: joined.generationId,
        memberId: this.memberId,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments,
      })
      if (synced.errorCode === REBALANCE_IN_PROGRESS) continue
      if (synced.errorCode !== 0) throw new Error(`sync: ${synced.errorCode}`)
      this.assigned = partitionsOf(synced.assignment)
      this.generationId = joined.generationId
      this.isJoining = false
      return
    }
  }

  #shareOut(memberIds) {
    return memberIds.map((memberId, index) => {
      const own = Array.from({ length: this.#partitions }, (_, partition) => partition)
      return {
        memberId,
        assignment: assignment(
          this.#topic,
          own.filter((partition) => partition % memberIds.length === index),
        ),
      }
    })
  }

  /** Beats until it is told to end, and joins anew when it is asked to. */
  async stay(intervalMs) {
    while (this.isStaying) {
      await sleep(intervalMs)
      if (!this.isStaying) return
      const errorCode = await this.heartbeat()
      if (errorCode === REBALANCE_IN_PROGRESS) await this.join()
      else if (errorCode !== 0) throw new Error(`heartbeat: ${errorCode}`)
    }
  }

  async heartbeat() {
    const { groupId, generationId, memberId } = {
      groupId: this.#groupId,
      generationId: this.generationId,
      memberId: this.memberId,
    }
    return (await this.#ask(messages.heartbeat, { groupId, generationId, memberId })).errorCode
  }

  async commit(committedOffset) {
    const partitions = this.assigned.map((partitionIndex) => ({
      partitionIndex,
      committedOffset,
      committedMetadata: '',
    }))
    const answer = await this.#ask(
      messages.offsetCommit,
      {
        groupId: this.#groupId,
        generationIdOrMemberEpoch: this.generationId,
        memberId: this.memberId,
        topics: [{ name: this.#topic, partitions }],
      },
      8,
    )
    const failed = answer.topics[0].partitions.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) throw new Error(`commit: ${failed.errorCode}`)
  }

  async leave() {
    this.isStaying = false
    await this.#ask(messages.leaveGroup, {
      groupId: this.#groupId,
      memberId: this.memberId,
      members: [{ memberId: this.memberId }],
    })
  }

  #ask(api, request, version) {
    return this.#connection.send(api, request, version === undefined ? patience : { ...patience, version })
  }
}

// ---- records ----

/** Records of 8 MB written and read by Kafka's clients, and what is beyond the limits. */
async function benchRecords() {
  const [count, size] = [50, 8_000_000]
  const rows = []
  for (const kind of kinds) {
    await withBroker(kind, {}, async (broker) => {
      const connection = await connectTo(broker)
      await createTopic(connection, 'large', 2, [{ name: 'max.message.bytes', value: '10000000' }])
      const config = { acks: 'all', 'max.request.size': 10_000_000, 'batch.size': 16_384, 'buffer.memory': 40_000_000 }
      const row = (what, { seconds, cpuSeconds, stallMs }) =>
        rows.push([
          `${names[kind]}, ${what}`,
          [seconds, cpuSeconds, stallMs, broker.usage().residentPeakBytes / 2 ** 20],
        ])
      row(`${count} written`, await measured(broker, () => produce(broker, 'large', { records: count, size, config })))
      row(`${count} read`, await measured(broker, () => consume(broker, 'large', count)))
      let refusal
      row(
        '100 MB refused',
        await measured(broker, async () => {
          refusal = await write(connection, 'large', 0, Buffer.alloc(100_000_000)).then(
            () => 'taken',
            (error) => error.message,
          )
        }),
      )
      let beyond
      row(
        '120 MB refused',
        await measured(broker, async () => {
          beyond = await write(connection, 'large', 0, Buffer.alloc(120_000_000)).then(
            () => 'taken',
            (error) => error.message,
          )
        }),
      )
      report.say(
        `${names[kind]}: a record of 100 MB: ${refusal}; of 120 MB, beyond socket.request.max.bytes: ${beyond}`,
      )
    })
  }
  report.table(`records of ${size / 1e6} MB`, ['s', 'CPU s', 'stall ms', 'highest resident MiB'], rows)
}

// ---- behind ----

/** One reader at the end of a partition, alone and while another reads a gigabyte from the beginning of the next. */
async function benchBehind() {
  const [records, ticks] = [1_000_000, 1500]
  const rows = []
  for (const kind of kinds) {
    await withBroker(kind, {}, async (broker) => {
      const [producer, consumer] = [await connectTo(broker), await connectTo(broker)]
      const topicId = await createTopic(producer, 'tail', 1)
      await createTopic(producer, 'past', 1)
      await produce(broker, 'past', { records, size: 1024, config: { acks: 1, ...largeBatches } })
      let offset = 0
      const tail = async () => {
        const delays = []
        const reading = follow(consumer, topicId, ticks, delays, { from: offset })
        offset += ticks
        for (let i = 0; i < ticks; i++) {
          await write(producer, 'tail', 0, stamped(1024))
          await sleep(5)
        }
        await reading
        return delays
      }
      await tail()
      const alone = await tail()
      let read
      const beside = await Promise.all([tail(), reading()]).then(([delays]) => delays)
      async function reading() {
        read = await consume(broker, 'past', records)
      }
      rows.push([`${names[kind]}, alone`, [quantile(alone, 0.5), quantile(alone, 0.99), Number.NaN, Number.NaN]])
      rows.push([
        `${names[kind]}, beside it`,
        [
          quantile(beside, 0.5),
          quantile(beside, 0.99),
          read.megabytesPerSecond,
          broker.usage().residentBytes / 2 ** 20,
        ],
      ])
    })
  }
  report.table(
    'a reader at the tail beside one a gigabyte behind',
    ['tail p50 ms', 'tail p99 ms', 'MB/s of the other', 'resident MiB'],
    rows,
  )
}

// ---- what the parts share ----

async function withBroker(kind, settings, run) {
  const broker = await startBroker(kind, { folder: mkdtempSync(join(work, `${kind}-`)), settings })
  try {
    await run(broker)
  } finally {
    if (broker.running) await broker.kill()
  }
}

/** Runs something: how long it took, what the broker spent on it, and how long others waited for an answer. */
async function measured(broker, run) {
  const before = broker.usage().cpuSeconds
  const watch = probe(broker.port)
  const began = performance.now()
  const result = await run()
  const seconds = (performance.now() - began) / 1000
  const stallMs = await watch.stop()
  return { seconds, cpuSeconds: broker.usage().cpuSeconds - before, stallMs, result }
}

function connectTo(broker) {
  const address = { host: '127.0.0.1', port: broker.port }
  return RpcConnection.connect(host, address, { clientId: 'many', timeoutMs: 30_000 })
}

async function createTopic(connection, name, numPartitions, configs = []) {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs }
  const request = { topics: [topic], timeoutMs: 60_000, validateOnly: false }
  const { topics } = await connection.send(messages.createTopics, request, patience)
  if (topics[0].errorCode !== 0) throw new Error(`${name}: ${topics[0].errorMessage}`)
  await allServed(connection, [{ name, numPartitions }])
  return topics[0].topicId
}

/** Until the group has a coordinator that answers. */
async function coordinatorOf(connection, groupId) {
  for (;;) {
    const found = await connection.send(messages.findCoordinator, { keyType: 0, coordinatorKeys: [groupId] }, patience)
    if (found.coordinators[0].errorCode === 0) {
      const { errorCode } = await connection.send(
        messages.heartbeat,
        { groupId, generationId: 1, memberId: 'x' },
        patience,
      )
      if (errorCode !== COORDINATOR_LOADING && errorCode !== NOT_COORDINATOR) return
    }
    await sleep(50)
  }
}

/** Writes one record; rejects with the error's code, or why the connection has ended. */
async function write(connection, name, index, value) {
  const request = {
    acks: -1,
    timeoutMs: 60_000,
    topicData: [{ name, partitionData: [{ index, records: [batchOf(value)] }] }],
  }
  const answer = await connection.send(messages.produce, request, { ...patience, version: 9 })
  const { errorCode } = answer.responses[0].partitionResponses[0]
  if (errorCode !== 0) throw new Error(errorName(errorCode))
}

function fetchFrom(connection, topicId, partition, fetchOffset) {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: 1_048_576 }]
  const request = {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 52_428_800,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topicId, partitions }],
    forgottenTopicsData: [],
  }
  return connection.send(messages.fetch, request, { ...patience, version: 13 })
}

/** The records of an answer whose values begin with the time they were made at. */
function stampsOf(answer) {
  const { records } = answer.responses[0]?.partitions[0] ?? {}
  if (records === undefined || records === null || records.length === 0) return []
  const bytes = Buffer.concat(records)
  const found = []
  for (let at = 0; at < bytes.length; at += sizeOf(bytes, at)) {
    for (const { offset, value } of readRecords(bytes.subarray(at, at + sizeOf(bytes, at)), host.compute)) {
      found.push({ baseOffset: offset, value: Buffer.from(value.buffer, value.byteOffset, 8).readBigInt64BE() })
    }
  }
  return found
}

function stamped(size) {
  const value = Buffer.alloc(size)
  value.writeBigInt64BE(BigInt(Date.now()))
  return value
}

function quantile(delays, share) {
  return delays.toSorted((a, b) => a - b)[Math.min(delays.length - 1, Math.floor(delays.length * share))]
}

function quantiles(delays) {
  return [0.5, 0.99, 1].map((share) => `p${share * 100} ${quantile(delays, share)} ms`).join(', ')
}

/** What the members of a classic group say to each other (version 0): topics they want, partitions they get. */
function subscription(topic) {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(12 + name.length)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(name.length, 6)
  name.copy(bytes, 8)
  bytes.writeInt32BE(-1, 8 + name.length)
  return bytes
}

function assignment(topic, partitions) {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(16 + name.length + 4 * partitions.length)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(name.length, 6)
  name.copy(bytes, 8)
  bytes.writeInt32BE(partitions.length, 8 + name.length)
  for (const [i, partition] of partitions.entries()) bytes.writeInt32BE(partition, 12 + name.length + 4 * i)
  bytes.writeInt32BE(-1, bytes.length - 4)
  return bytes
}

function partitionsOf(bytes) {
  const buffer = Buffer.from(bytes)
  if (buffer.length === 0) return []
  const at = 8 + buffer.readInt16BE(6)
  return Array.from({ length: buffer.readInt32BE(at) }, (_, i) => buffer.readInt32BE(at + 4 + 4 * i))
}

function batchOf(value) {
  return encodeBatch([{ timestamp: Date.now(), key: null, value }], {})
}

function openFiles(broker) {
  return readdirSync(`/proc/${broker.pid}/fd`).length
}

// Last, as the class above is there only from here on.
try {
  for (const part of Object.keys(parts)) if (wanted.includes(part)) await parts[part]()
  report.closing()
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`kept in ${report.keep()}`)
