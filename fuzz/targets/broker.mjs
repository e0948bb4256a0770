/**
 * Whole requests: a broker in this process, on a disk, a network and a clock in memory, and connections that send what an input
 * says, a few requests each, with topics, groups and records that are there. What holds:
 *
 *   every request is answered in order, or its connection is closed; only Fetch, JoinGroup and SyncGroup may wait for long
 *   an answer reads as the response of its request, in its version
 *   no handler throws and nothing is logged as an error: those are mistakes of ours
 *   another connection is served, after all that
 *   what lies on the disk is whole, its offsets follow on; the broker stops, and starts again on it
 */
import { BrokerConfig } from '#config'
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { silentLogger } from '#host'
import { MemoryDisk, MemoryNetwork, seededRandom, VirtualClock } from '#host/memory'
import { createNodeHost } from '#host/node'
import { apiByKey, decode, encode, requestHeaderVersion, responseHeaderVersion } from '#protocol'
import {
  apiVersions,
  createTopics,
  fetch,
  joinGroup,
  metadata,
  produce,
  requestHeader,
  responseHeader,
  syncGroup,
  unregisterBroker,
} from '#protocol/messages'
import { baseOffsetOf, batchesIn, checkBatch, nextOffsetOf } from '#protocol/records'
import { BrokerServer } from '#server'
import { Peer } from '../../dist/net/peer.kit.test.js'
import { Choices } from '../engine/choices.mjs'
import { Violation } from '../engine/violation.mjs'
import { RequestValues } from './request-values.kit.mjs'

const ADDRESS = { host: '127.0.0.1', port: 9092 }
const SETTINGS = {
  'log.dirs': '/data',
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
  'num.partitions': '2',
}
const REQUESTS_MAX = 8
/** Inputs that one broker sees before it is stopped and started, and starts before the disk is a new one. */
const INPUTS_PER_START = 400
const STARTS_PER_DISK = 4
const WAITING = new Set([fetch.key, joinGroup.key, syncGroup.key])
/** Takes the broker out of its cluster until it is started again, as in Kafka. */
const LEFT_OUT = new Set([unregisterBroker.key])
/** Longer than anything waits but what asks to. */
const PATIENCE_MS = 70_000

let world
let requestCount = 0

/** A broker and what it stands on. */
class World {
  clock = new VirtualClock()
  disk = new MemoryDisk({ clock: this.clock, survives: false })
  network = new MemoryNetwork()
  random = seededRandom(7)
  values = new RequestValues(this.clock.nowMs())
  errors = []
  inputs = 0
  starts = 0
  apis = []
  #server
  #other

  async start() {
    this.inputs = 0
    this.starts++
    const { clock, disk, network, random } = this
    const note = (message) => this.errors.push(message)
    const logger = { ...silentLogger, error: note }
    const host = createNodeHost({ clock, disk, network, random, logger })
    this.#server = await this.drive(BrokerServer.start(BrokerConfig.parse(SETTINGS), host))
    this.#other = new Peer(await network.connect(ADDRESS, 1000))
    const { apiKeys } = await this.ask(apiVersions, 4, { clientSoftwareName: 'fuzz', clientSoftwareVersion: '1' })
    const offered = apiKeys.filter(({ apiKey }) => !LEFT_OUT.has(apiKey))
    this.apis = offered.map(({ apiKey, minVersion, maxVersion }) => ({ api: apiByKey(apiKey), minVersion, maxVersion }))
    await this.#createTopics()
  }

  async #createTopics() {
    const topic = (name, configs = []) => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs })
    const topics = [topic('t'), topic('u'), topic('compact', [{ name: 'cleanup.policy', value: 'compact' }])]
    await this.ask(createTopics, 5, { topics, timeoutMs: 1000, validateOnly: false })
    const answer = await this.ask(metadata, 12, { topics: null, allowAutoTopicCreation: false })
    this.values.topicIds = answer.topics.map(({ topicId }) => topicId)
  }

  /** Asks on the other connection, which must be answered whatever the others send. */
  async ask(api, version, value) {
    this.#other.send(frameOf(api, version, 1, value))
    const before = this.#other.answers.length
    for (let turn = 0; this.#other.answers.length === before; turn++) {
      if (this.#other.isClosed || turn > 2000) throw new Violation(`${api.name} on another connection is not answered`)
      await settle()
      if (turn > 20) await this.clock.run(10, settle)
    }
    return readAnswer(api, version, this.#other.answers.at(-1)).message
  }

  async drive(promise) {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    for (let turn = 0; !isSettled; turn++) {
      if (turn > 20_000) throw new Violation('a start or a stop does not end')
      await settle()
      if (turn > 50) await this.clock.run(100, settle)
    }
    return settled
  }

  async stop() {
    this.#other.connection.destroy()
    await this.drive(this.#server.stop())
    await this.#checkDisk('/data')
    this.#checkErrors()
  }

  check() {
    this.#checkErrors()
  }

  #checkErrors() {
    const [first] = this.errors
    this.errors = []
    if (first !== undefined) throw new Violation(`logged as an error: ${first}`)
  }

  async #checkDisk(folder) {
    for (const { name, kind } of await this.disk.list(folder)) {
      const path = `${folder}/${name}`
      if (kind === 'directory') await this.#checkDisk(path)
      else if (name.endsWith('.log')) checkLog(path, await this.disk.readFile(path))
    }
  }
}

function checkLog(path, bytes) {
  let next = Number(/(\d+)\.log$/.exec(path)[1])
  let end = 0
  for (const { at, sizeBytes } of batchesIn(bytes)) {
    const damage = checkBatch(bytes.subarray(at, at + sizeBytes))
    if (damage !== undefined) throw new Violation(`${path} at ${at}: ${damage}`)
    if (baseOffsetOf(bytes, at) < next) throw new Violation(`${path} at ${at}: offsets do not follow on`)
    next = nextOffsetOf(bytes, at)
    end = at + sizeBytes
  }
  if (end !== bytes.length) throw new Violation(`${path} has ${bytes.length - end} bytes that are no batch`)
}

function frameOf(api, version, correlationId, value) {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  encode(requestHeader, requestHeaderVersion(api, version), writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId,
    clientId: 'fuzz',
  })
  encode(api.request, version, writer, value)
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

function readAnswer(api, version, bytes) {
  const reader = new ByteReader(bytes)
  const { correlationId } = decode(responseHeader, responseHeaderVersion(api, version), reader)
  return { correlationId, message: decode(api.response, version, reader), left: reader.remaining }
}

/** Requests, and which of them will be answered unless the connection is closed. */
function requestsOf(choices) {
  const sent = []
  while (!choices.isOver && sent.length < REQUESTS_MAX) {
    const { api, minVersion, maxVersion } = choices.of(world.apis)
    const lowest = Math.max(minVersion, api.request.versionMin)
    const version = maxVersion - choices.below(maxVersion - lowest + 1)
    const correlationId = sent.length + 1
    const value = world.values.message(api.request, version, choices)
    let bytes
    try {
      bytes = frameOf(api, version, correlationId, value)
    } catch (error) {
      // A string that is too long, a null that the version does not have: such are not sent.
      if (error instanceof RangeError || error instanceof TypeError) continue
      throw error
    }
    const isDamaged = choices.oneIn(12)
    if (isDamaged) bytes = damaged(bytes, choices)
    const isSilent = api.key === produce.key && value.acks === 0
    sent.push({ api, version, correlationId, bytes, isDamaged, isSilent })
  }
  return sent
}

/** Something of a frame is another byte, or its end is missing, or more comes. */
function damaged(bytes, choices) {
  const frame = bytes.slice()
  const at = 4 + choices.below(Math.max(1, frame.length - 4))
  switch (choices.below(4)) {
    case 0:
      frame[at] = choices.byte()
      return frame
    case 1:
      frame[at] ^= 0x80
      return frame
    case 2:
      new DataView(frame.buffer).setInt32(0, Math.max(1, at - 4))
      return frame.subarray(0, Math.max(5, at))
    default: {
      const longer = new Uint8Array(frame.length + 3)
      longer.set(frame)
      new DataView(longer.buffer).setInt32(0, longer.length - 4)
      return longer
    }
  }
}

async function run(bytes) {
  if (world === undefined) {
    world = new World()
    await world.start()
  }
  if (++world.inputs > INPUTS_PER_START) await startAgain()
  const sent = requestsOf(new Choices(bytes))
  const peer = new Peer(await world.network.connect(ADDRESS, 1000))
  for (const { bytes: frame } of sent) peer.send(frame)
  requestCount += sent.length
  await answered(peer, sent)
  checkAnswers(peer.answers, sent)
  peer.connection.destroy()
  await settle()
  if (world.inputs % 16 === 0) await world.ask(apiVersions, 0, {})
  world.check()
}

async function startAgain() {
  const { starts } = world
  const old = world
  await old.stop()
  if (starts >= STARTS_PER_DISK) world = new World()
  await world.start()
}

/** Waits until all is answered that will be. */
async function answered(peer, sent) {
  const count = sent.filter(({ isSilent }) => !isSilent).length
  const isDone = () => peer.isClosed || peer.answers.length >= count
  for (let turn = 0; turn < 30 && !isDone(); turn++) await settle()
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && !isDone(); waitedMs += 5000) await world.clock.run(5000, settle)
  if (isDone()) return
  // What was damaged may be a whole request of another kind; what comes behind one that waits, waits too.
  const waits = sent.some(({ api, isDamaged }) => isDamaged || WAITING.has(api.key))
  if (!waits) throw new Violation(`${sent.map(({ api }) => api.name).join(', ')}: ${peer.answers.length} are answered`)
}

function checkAnswers(answers, sent) {
  if (sent.some(({ isDamaged }) => isDamaged)) return
  let last = 0
  for (const answer of answers) {
    const correlationId = new ByteReader(answer).int32()
    const request = sent.find((one) => one.correlationId === correlationId)
    if (request === undefined || correlationId <= last)
      throw new Violation('an answer that nobody asked for, or too early')
    last = correlationId
    let read
    try {
      read = readAnswer(request.api, request.version, answer)
    } catch (error) {
      if (error instanceof MalformedError) throw new Violation(`the answer to ${request.api.name}: ${error.message}`)
      throw error
    }
    if (read.left > 0) throw new Violation(`${read.left} bytes follow the answer to ${request.api.name}`)
    learn(request.api, read.message)
  }
}

function learn({ key }, { memberId }) {
  if (key !== joinGroup.key || memberId === '') return
  world.values.memberIds = ['', memberId, ...world.values.memberIds.slice(1, 4)]
}

async function settle() {
  await new Promise((resolve) => setImmediate(resolve))
}

export const target = {
  about: 'whole requests, to a broker in memory',
  kind: 'whole requests',
  isAsync: true,
  isStateful: true,
  bytesMax: 400,
  get requestCount() {
    return requestCount
  },
  seeds() {
    const all = []
    for (let api = 0; api < 48; api++) {
      for (let version = 0; version < 3; version++) all.push(Uint8Array.of(api, version, ...new Uint8Array(24)))
      all.push(Uint8Array.from({ length: 120 }, (_, i) => (i * 7 + api * 13) % 251))
    }
    return all
  },
  run,
  async close() {
    await world?.stop()
    world = undefined
  },
}
