/**
 * Asks a broker about records, topics and the cluster all that has more than one answer, right and wrong, and writes down
 * questions and answers:
 *
 *     node interop/kafka/record-handlers.mjs PORT > src/broker/handlers/golden/kafka-handlers.txt
 *
 * with a fresh Apache Kafka on PORT, node id 1. `handlers.kafka.test.ts` there puts the same questions to a whole broker.
 *
 * A line that begins with `#` names what follows. `>` is a request, `<` a response, `x` the end of a connection; then come
 * a number that ties them together, the connection, the API, its version, and the message as JSON. In it 64 bits are
 * `"5n"`, bytes `{"base64": ...}`, fields that are as by default are left out, and what each broker makes up itself has a name: `$topic1`, `$session1`, `$cluster`, `$dir`,
 * `$space`, and `$now` for the time of the broker. The words of error messages are left out.
 */
import net from 'node:net'
import { ByteReader, crc32c, utf8, ZERO_UUID } from '../../dist/core/index.js'
import { nodeCompute } from '../../dist/host/node/index.js'
import { decode, decodeExact, requestHeaderVersion, responseHeaderVersion } from '../../dist/protocol/index.js'
import * as messages from '../../dist/protocol/messages/index.js'
import { encodeBatch } from '../../dist/protocol/records/index.js'
import { frameOf, onFrames } from './frames.mjs'

const port = Number(process.argv[2])
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAbw'
const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
/** A time that is past, and does not depend on when this runs. */
const THEN = 1_700_000_000_000n
const DAY_MS = 86_400_000n

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const lines = []
const write = (line) => void lines.push(line)
let requestCount = 0

/** What this broker made up, and how the recording calls it. */
const names = new Map()

function nameOf(kind, value) {
  const known = names.get(`${kind} ${value}`)
  if (known !== undefined) return known
  const name = `$${kind}${[...names.keys()].filter((key) => key.startsWith(`${kind} `)).length + 1}`
  names.set(`${kind} ${value}`, name)
  return name
}

/** `message` without what is as by default: it goes without saying, and would be said a thousand times. */
function withoutDefaults(fields, message) {
  if (message === null) return null
  const said = Object.entries(message).map(([key, value]) => [key, withinDefaults(fields[key], value)])
  return Object.fromEntries(said.filter(([key, value]) => !isUsual(fields[key].options.default, value)))
}

function withinDefaults({ type, element }, value) {
  if (type === 'struct') return withoutDefaults(element, value)
  // What an array is of is a field, or the fields of a struct.
  if (type !== 'array' || typeof element.type === 'string') return value
  return value?.map((each) => withoutDefaults(element, each)) ?? null
}

function isUsual(usual, value) {
  if (typeof value === 'bigint') return typeof usual === 'number' ? BigInt(usual) === value : usual === value
  if (typeof value !== 'object' || value === null) return value === (usual ?? ZERO_UUID)
  return Array.isArray(value)
    ? (usual === undefined || Array.isArray(usual)) && value.length === 0
    : Object.keys(value).length === 0
}

/** The whole batches of a run, by offset, leader epoch, size and CRC. Kafka cuts the last one where the limit is. */
function* batchNames(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + 61 <= bytes.length && at + 12 + view.getInt32(at + 8) <= bytes.length; ) {
    const size = 12 + view.getInt32(at + 8)
    yield `${view.getBigInt64(at)} epoch ${view.getInt32(at + 12)} size ${size} crc ${view.getUint32(at + 17)}`
    at += size
  }
}

/** A message with names for what differs from broker to broker, as JSON. */
function textOf({ fields }, whole, isRequest) {
  const message = withoutDefaults(fields, whole)
  const now = BigInt(Date.now())
  return JSON.stringify(message, (key, value) => {
    if (key === 'records' && !isRequest) return value?.flatMap((bytes) => [...batchNames(bytes)])
    if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
    if (key === 'topicId' && value !== ZERO_UUID && value !== NO_TOPIC_ID) {
      return isRequest ? (names.get(`topic ${value}`) ?? value) : nameOf('topic', value)
    }
    if (key === 'sessionId' && value !== 0) {
      return isRequest ? (names.get(`session ${value}`) ?? value) : nameOf('session', value)
    }
    if (isRequest) return typeof value === 'bigint' ? `${value}n` : value
    // Those that were asked for: the others are many, and described elsewhere.
    if (key === 'configs') return value?.filter(({ configSource }) => configSource === 1)
    if (/[mM]essage$/.test(key) && typeof value === 'string') return '...'
    if (key === 'clusterId' && value !== '' && value !== null) return '$cluster'
    if (key === 'logDir') return '$dir'
    if ((key === 'totalBytes' || key === 'usableBytes') && value >= 0n) return '$space'
    if (typeof value === 'bigint') return value > now - DAY_MS && value < now + DAY_MS ? '$now' : `${value}n`
    return value
  })
}

class Client {
  #name
  #socket
  #waiting = new Map()

  constructor(name) {
    this.#name = name
  }

  async connect() {
    const socket = net.connect(port, '127.0.0.1')
    this.#socket = socket
    await new Promise((resolve, reject) => this.#socket.once('connect', resolve).once('error', reject))
    onFrames(socket, (frame) => this.#take(frame))
    this.#socket.on('close', () => {
      if (this.#socket !== socket) return
      for (const [id, { api, version, resolve }] of this.#waiting) {
        write(`x ${id} ${this.#name} ${api.name} ${version}`)
        resolve(undefined)
      }
      this.#waiting.clear()
    })
    return this
  }

  /** Sends a request; the answer, or undefined where there is none: what comes next then goes by a new connection. */
  async ask(name, version, request) {
    const { api, id } = this.#send(name, version, request)
    const patience = setTimeout(() => {
      write(`? ${id} ${this.#name} ${api.name} ${version}`)
      this.#socket.destroy()
      this.#waiting.get(id).resolve(undefined)
      this.#waiting.delete(id)
    }, 6000)
    const answer = await new Promise((resolve) => this.#waiting.set(id, { api, version, resolve }))
    clearTimeout(patience)
    if (answer === undefined) await this.connect()
    return answer
  }

  /** Sends a request that is not answered. */
  tell(name, version, request) {
    this.#send(name, version, request)
  }

  #send(name, version, request) {
    const api = messages[name]
    const id = requestCount++
    const frame = frameOf(api, version, id, request)
    const reader = new ByteReader(frame.subarray(4))
    decode(messages.requestHeader, requestHeaderVersion(api, version), reader)
    const message = decodeExact(api.request, version, reader)
    write(`> ${id} ${this.#name} ${api.name} ${version} ${textOf(api.request, message, true)}`)
    this.#socket.write(frame)
    return { api, id }
  }

  #take(frame) {
    const id = new DataView(frame.buffer).getInt32(0)
    const { api, version, resolve } = this.#waiting.get(id)
    this.#waiting.delete(id)
    const body = () => {
      const reader = new ByteReader(frame)
      decode(messages.responseHeader, responseHeaderVersion(api, version), reader)
      return reader
    }
    const text = textOf(api.response, decodeExact(api.response, version, body()), false)
    write(`< ${id} ${this.#name} ${api.name} ${version} ${text}`)
    resolve(decode(api.response, version, body()))
  }
}

const title = (text) => write(`# ${text}`)
const a = await new Client('a').connect()
const b = await new Client('b').connect()

// ---- what is asked

const topicIds = new Map()
const idOf = (name) => topicIds.get(name) ?? NO_TOPIC_ID

const topicOf = (name, numPartitions = 1, configs = {}) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
})

const create = (version, topics, more = {}) =>
  a.ask('createTopics', version, { topics, timeoutMs: 5000, validateOnly: false, ...more })

const FOREVER = { 'retention.ms': '-1' }

async function createAndWait(...topics) {
  await create(4, topics)
  const asked = topics.map(({ name }) => ({ name, topicId: ZERO_UUID }))
  await pause(700)
  const found = await a.ask('metadata', 12, { topics: asked, allowAutoTopicCreation: false })
  for (const { name, topicId } of found.topics) topicIds.set(name, topicId)
}

const record = (value, key = null, timestamp = THEN) => ({
  timestamp,
  key: key === null ? null : utf8(key),
  value: value === null ? null : utf8(value),
})
const batch = (values, options = {}) =>
  encodeBatch(
    values.map((value, i) => record(value, null, THEN + BigInt(i))),
    { compute: nodeCompute, ...options },
  )

/** A batch with some bytes set, and its CRC made right. */
function mended(bytes, change) {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  change(view)
  view.setUint32(17, crc32c(copy.subarray(21)))
  return copy
}

function changed(bytes, change) {
  const copy = bytes.slice()
  change(new DataView(copy.buffer))
  return copy
}

const joined = (...parts) => new Uint8Array(Buffer.concat(parts))

/** `partitions`: topic, partition, batch (or null). */
function produceOf(version, partitions, more = {}) {
  const topicData = []
  for (const [name, index, bytes] of partitions) {
    const records = bytes === null ? null : [bytes]
    const data = { index, records }
    if (topicData.at(-1)?.name === name) topicData.at(-1).partitionData.push(data)
    else topicData.push({ name, topicId: version >= 13 ? idOf(name) : ZERO_UUID, partitionData: [data] })
  }
  return { transactionalId: null, acks: -1, timeoutMs: 5000, topicData, ...more }
}

const produce = (version, partitions, more) => a.ask('produce', version, produceOf(version, partitions, more))

/** `partitions`: topic, partition, offset, and more. */
function fetchOf(version, partitions, more = {}) {
  const topics = []
  for (const [topic, partition, fetchOffset, rest = {}] of partitions) {
    const asked = { partition, fetchOffset, partitionMaxBytes: 1 << 20, ...rest }
    if (topics.at(-1)?.topic === topic) topics.at(-1).partitions.push(asked)
    else topics.push({ topic, topicId: version >= 13 ? idOf(topic) : ZERO_UUID, partitions: [asked] })
  }
  const limits = { maxWaitMs: 100, minBytes: 0, maxBytes: 1 << 24, isolationLevel: 0 }
  return { replicaId: -1, ...limits, sessionId: 0, sessionEpoch: -1, topics, forgottenTopicsData: [], ...more }
}

const fetch = (version, partitions, more) => a.ask('fetch', version, fetchOf(version, partitions, more))

/** `partitions`: topic, partition, timestamp, leader epoch. */
function listOffsets(version, partitions, more = {}) {
  const topics = []
  for (const [name, partitionIndex, timestamp, currentLeaderEpoch = -1] of partitions) {
    const asked = { partitionIndex, timestamp, currentLeaderEpoch }
    if (topics.at(-1)?.name === name) topics.at(-1).partitions.push(asked)
    else topics.push({ name, partitions: [asked] })
  }
  return a.ask('listOffsets', version, { replicaId: -1, isolationLevel: 0, topics, timeoutMs: 1000, ...more })
}

const named = (...list) => list.map((name) => ({ name, topicId: ZERO_UUID }))
const byId = (...list) => list.map((topicId) => ({ name: null, topicId }))
const metadata = (version, topics, more = {}) =>
  a.ask('metadata', version, { topics, allowAutoTopicCreation: false, ...more })

// ---- the questions

async function creations() {
  title('topics are created')
  await createAndWait(
    topicOf('t', 3, FOREVER),
    topicOf('small', 1, { ...FOREVER, 'max.message.bytes': '200' }),
    topicOf('append', 1, { ...FOREVER, 'message.timestamp.type': 'LogAppendTime' }),
    topicOf('compact', 1, { 'cleanup.policy': 'compact' }),
    topicOf('both', 1, { ...FOREVER, 'cleanup.policy': 'compact,delete' }),
    topicOf('bounded', 1, {
      ...FOREVER,
      'message.timestamp.before.max.ms': '3600000',
      'message.timestamp.after.max.ms': '3600000',
    }),
    topicOf('segment', 1, { ...FOREVER, 'segment.bytes': '1048576', 'max.message.bytes': '3000000' }),
    topicOf('twice', 1, FOREVER),
    topicOf('gzip', 1, { ...FOREVER, 'compression.type': 'gzip' }),
    topicOf('going', 1, FOREVER),
    topicOf('CON'),
    topicOf('__proto__'),
    topicOf('a.b'),
  )
  title('CreateTopics in every version, checked only')
  for (let version = 2; version <= 7; version++) {
    await create(version, [topicOf('new', 2, { 'segment.bytes': '1048576' })], { validateOnly: true })
  }
  title('CreateTopics that is wrong')
  const wrong = (topic, more) => create(7, [{ ...topicOf('new'), ...topic }], more)
  for (const name of [
    '',
    '.',
    '..',
    '../../etc/passwd',
    'a/b',
    'a\0b',
    'x'.repeat(250),
    'é',
    'a\n',
    'a b',
    'a_b',
    't',
  ]) {
    await wrong({ name })
  }
  for (const numPartitions of [0, -2, -1, -2147483648]) await wrong({ numPartitions }, { validateOnly: true })
  for (const replicationFactor of [0, -2, 2, 32767, -1, -32768])
    await wrong({ replicationFactor }, { validateOnly: true })
  const assigned = (...assignments) => ({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
  })
  for (const assignment of [
    assigned([0, 1]),
    assigned([0, 1], [1, 1]),
    assigned([0, 1], [0, 1]),
    assigned([0, 1], [2, 1]),
    assigned([1, 1]),
    assigned([-1, 1]),
    assigned([0]),
    assigned([0, 1, 1]),
    assigned([0, 2]),
    assigned([0, -1]),
    assigned([0, 1], [1]),
    assigned([0, 1], [1, 1, 2]),
    { ...assigned([0, 1]), numPartitions: 1 },
    { ...assigned([0, 1]), replicationFactor: 1 },
  ]) {
    await wrong(assignment, { validateOnly: true })
  }
  const configured = (configs) => wrong({ configs: Object.entries(configs).map(([name, value]) => ({ name, value })) })
  await configured({ 'no.such.key': '1' })
  await configured({ 'segment.bytes': '1' })
  await configured({ 'retention.ms': '-2' })
  await configured({ 'retention.ms': 'x' })
  await configured({ 'cleanup.policy': null })
  await configured({ 'cleanup.policy': 'compost' })
  await configured({ 'min.insync.replicas': '0' })
  await configured({ '': '' })
  await wrong(
    {
      configs: [
        { name: 'retention.ms', value: '1' },
        { name: 'retention.ms', value: '2' },
      ],
    },
    { validateOnly: true },
  )
  await create(7, [])
  await create(7, [topicOf('twice'), topicOf('twice'), topicOf('once')], { validateOnly: true })
  await create(7, [topicOf('new'), topicOf('t'), topicOf('x/y')], { validateOnly: true })
  await create(4, [topicOf('new')], { validateOnly: true, timeoutMs: -5 })
  await create(7, [topicOf('__consumer_offsets')], { validateOnly: true })
  await create(7, [topicOf('__cluster_metadata')], { validateOnly: true })
}

async function produced() {
  title('Produce in every version')
  for (let version = 3; version <= 13; version++) {
    await produce(version, [['t', 0, batch([`v${version}`])]], { acks: version % 2 === 0 ? -1 : 1 })
  }
  title('Produce to several partitions, some of which are not there')
  for (const version of [3, 7, 8, 12, 13]) {
    await produce(version, [
      ['t', 1, batch(['x', 'y'])],
      ['t', 3, batch(['x'])],
      ['t', -1, batch(['x'])],
      ['nope', 0, batch(['x'])],
    ])
  }
  await a.ask('produce', 13, {
    ...produceOf(13, [['t', 1, batch(['zero'])]]),
    topicData: [{ topicId: ZERO_UUID, partitionData: [{ index: 0, records: [batch(['x'])] }] }],
  })
  await produce(9, [])
  await a.ask('produce', 9, { ...produceOf(9, []), topicData: [{ name: 't', partitionData: [] }] })
  title('Produce with acks that do not exist')
  for (const acks of [2, -2, 32767]) {
    for (const version of [3, 13])
      await produce(
        version,
        [
          ['t', 0, batch(['acks'])],
          ['nope', 0, null],
        ],
        { acks },
      )
  }
  await produce(9, [], { acks: 2 })
  title('Produce with odd time-outs')
  for (const timeoutMs of [0, -1, 2147483647, -2147483648]) {
    await produce(9, [['t', 0, batch(['time'])]], { timeoutMs, acks: 1 })
  }
  title('Produce of records that are not right')
  const one = batch(['value'])
  const three = batch(['one', 'two', 'three'])
  const bad = [
    ['none', null],
    ['empty', new Uint8Array(0)],
    ['two batches', joined(one, one)],
    ['cut in the head', one.subarray(0, 30)],
    ['cut in the records', one.subarray(0, one.length - 2)],
    ['16 bytes', one.subarray(0, 16)],
    ['12 bytes', one.subarray(0, 12)],
    ['a tail', joined(one, new Uint8Array(5))],
    ['a wrong CRC', changed(one, (view) => view.setUint32(17, 1))],
    ...[-1, 0, 48, 2147483647].map((size) => [`length ${size}`, changed(one, (view) => view.setInt32(8, size))]),
    ...[0, 1, 3, 127, -1].map((magic) => [`magic ${magic}`, changed(one, (view) => view.setInt8(16, magic))]),
    ...[-1, 0, 2, 2147483647].map((count) => [`count ${count}`, mended(one, (view) => view.setInt32(57, count))]),
    ...[-1, 1, 2147483647].map((delta) => [`last delta ${delta}`, mended(one, (view) => view.setInt32(23, delta))]),
    ['last delta 1 of 3', mended(three, (view) => view.setInt32(23, 1))],
    ['offset delta 5', mended(one, (view) => view.setInt8(61 + 3, 10))],
    ['record length -1', mended(one, (view) => view.setInt8(61, 1))],
    ['record length 60', mended(one, (view) => view.setInt8(61, 120))],
    ['key length -2', mended(one, (view) => view.setInt8(61 + 4, 3))],
    ['value length -2', mended(one, (view) => view.setInt8(61 + 5, 3))],
    ['header count -1', mended(one, (view) => view.setInt8(one.length - 1, 1))],
    ['header count 5', mended(one, (view) => view.setInt8(one.length - 1, 10))],
    ['control', mended(one, (view) => view.setInt16(21, 0x20))],
    ['transactional', mended(one, (view) => view.setInt16(21, 0x10))],
    ['producer id without epoch', mended(one, (view) => view.setBigInt64(43, 5n))],
    [
      'producer id and epoch without sequence',
      mended(one, (view) => {
        view.setBigInt64(43, 5n)
        view.setInt16(51, 0)
      }),
    ],
    ['negative producer id with a sequence', mended(one, (view) => view.setInt32(53, 3))],
    ...[5, 6, 7].map((codec) => [`codec ${codec}`, mended(one, (view) => view.setInt16(21, codec))]),
    ['gzip that is none', mended(one, (view) => view.setInt16(21, 1))],
    ['delete horizon', mended(one, (view) => view.setInt16(21, 0x40))],
    ['unused attributes', mended(one, (view) => view.setInt16(21, 0x7f80))],
    [
      'base offset 7, leader epoch 9',
      changed(one, (view) => {
        view.setBigInt64(0, 7n)
        view.setInt32(12, 9)
      }),
    ],
    ['LogAppendTime by the client', mended(one, (view) => view.setInt16(21, 8))],
    ['a base timestamp of -2', mended(one, (view) => view.setBigInt64(27, -2n))],
    [
      'a base timestamp of -1',
      mended(one, (view) => {
        view.setBigInt64(27, -1n)
        view.setBigInt64(35, -1n)
      }),
    ],
    ['a base timestamp of -2^63', mended(one, (view) => view.setBigInt64(27, INT64_MIN))],
    ['a base timestamp of 2^63-1', mended(one, (view) => view.setBigInt64(27, INT64_MAX))],
    ['a false max timestamp', mended(one, (view) => view.setBigInt64(35, THEN + 5000n))],
    ['a max timestamp of 2^63-1', mended(one, (view) => view.setBigInt64(35, INT64_MAX))],
  ]
  for (const [name, bytes] of bad) {
    write(`# ... ${name}`)
    await produce(9, [['both', 0, bytes]])
  }
  for (const version of [3, 7, 13]) {
    for (const i of [2, 8])
      await produce(version, [
        ['t', 0, bad[i][1]],
        ['t', 1, one],
      ])
  }
  title('Produce by the rules of a topic')
  await produce(9, [['small', 0, batch(['x'.repeat(300)])]])
  await produce(9, [['small', 0, batch(['x'.repeat(200 - 61 - 9)])]])
  await produce(9, [['small', 0, batch(['x'.repeat(200 - 61 - 8)])]])
  await produce(9, [['compact', 0, batch(['no key'])]])
  await produce(9, [['compact', 0, encodeBatch([record('a', 'k'), record('b'), record('c', 'k'), record('d')])]])
  await produce(3, [['compact', 0, encodeBatch([record('a', 'k'), record('b')])]])
  await produce(9, [['compact', 0, encodeBatch([record('a', 'k'), record(null, 'k'), record('c', '')])]])
  await produce(9, [['both', 0, batch(['no key'])]])
  await produce(9, [['append', 0, batch(['now', 'later'])]])
  await produce(3, [['append', 0, batch(['now'])]])
  await produce(9, [['append', 0, batch(['gz'], { codec: 'gzip' })]])
  const year = 365n * DAY_MS
  await produce(9, [['bounded', 0, encodeBatch([record('old')])]])
  await produce(9, [['bounded', 0, encodeBatch([record('ahead', null, THEN + 200n * year)])]])
  await produce(9, [['t', 0, encodeBatch([record('ahead', null, THEN + 200n * year)])]])
  await produce(9, [['t', 0, encodeBatch([record('ahead', null, INT64_MAX)])]])
  await produce(9, [['bounded', 0, encodeBatch([record('none', null, -1n)])]])
  await produce(9, [['t', 0, encodeBatch([record('none', null, -1n)])]])
  await produce(9, [['t', 0, encodeBatch([record('zero', null, 0n)])]])
  for (const version of [3, 6, 7]) {
    await produce(version, [
      ['t', 0, batch(['zstd'], { codec: 'zstd' })],
      ['t', 1, batch(['plain'])],
    ])
  }
  for (const codec of ['gzip', 'snappy', 'lz4']) await produce(3, [['t', 0, batch(['codec'], { codec })]])
  title('Produce to internal topics')
  for (const name of ['__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata']) {
    await produce(9, [
      [name, 0, batch(['x'])],
      ['t', 0, batch(['beside'])],
    ])
  }
}

async function idempotent() {
  title('idempotent producers')
  const send = (baseSequence, values, { producerId = 4000n, producerEpoch = 0, version = 9, ...more } = {}) =>
    produce(version, [['t', 2, batch(values, { producerId, producerEpoch, baseSequence })]], more)
  await send(0, ['a', 'b'])
  await send(0, ['a', 'b'])
  await send(2, ['c'])
  await send(3, ['d'])
  await send(4, ['e'])
  await send(5, ['f'])
  await send(6, ['g'])
  await send(0, ['a', 'b'])
  await send(2, ['c'])
  await send(3, ['d', 'e'])
  await send(6, ['g'], { acks: 1 })
  await send(6, ['g', 'h'])
  await send(9, ['gap'])
  await send(9, ['gap'], { version: 3 })
  await send(7, ['next epoch, not 0'], { producerEpoch: 1 })
  await send(0, ['next epoch'], { producerEpoch: 1 })
  await send(7, ['old epoch'])
  await send(7, ['old epoch'], { version: 3 })
  await send(7, ['not the first'], { producerId: 4001n })
  await send(2147483647, ['the last', 'wraps', 'on'], { producerId: 4002n })
  await send(2, ['after the wrap'], { producerId: 4002n })
  await send(-1, ['sequence -1'], { producerId: 4003n, producerEpoch: 0 })
  await send(-2, ['sequence -2'], { producerId: 4003n, producerEpoch: 0 })
  await send(0, ['epoch 32767'], { producerId: 4004n, producerEpoch: 32767 })
  await send(0, ['id 2^63-1'], { producerId: INT64_MAX })
  await produce(9, [
    ['t', 2, batch(['two'], { producerId: 4005n, producerEpoch: 0, baseSequence: 0 })],
    ['t', 1, batch(['partitions'], { producerId: 4005n, producerEpoch: 0, baseSequence: 0 })],
  ])
  title('InitProducerId')
  const init = (version, more) =>
    a.ask('initProducerId', version, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
      producerId: -1n,
      producerEpoch: -1,
      ...more,
    })
  // The first are refused until there is a block of ids.
  for (;;) {
    const lineCount = lines.length
    if ((await init(4)).errorCode === 0) break
    lines.length = lineCount
    await pause(100)
  }
  for (let version = 0; version <= 5; version++) await init(version)
  await init(4, { transactionTimeoutMs: -1 })
  await init(4, { producerId: 1n, producerEpoch: 0 })
  await init(4, { producerId: 1n })
  await init(4, { producerEpoch: 3 })
  await init(4, { producerId: 77777n, producerEpoch: 32767 })
  await init(4, { transactionalId: '' })
  title('DescribeProducers')
  const producers = (topics) => a.ask('describeProducers', 0, { topics })
  await producers([
    { name: 't', partitionIndexes: [2, 1, 0, 3, -1] },
    { name: 'nope', partitionIndexes: [0] },
  ])
  await producers([
    { name: 't', partitionIndexes: [] },
    { name: '', partitionIndexes: [0] },
    { name: 'a/b', partitionIndexes: [0] },
  ])
  await producers([])
  await producers([
    { name: 't', partitionIndexes: [1, 1] },
    { name: 't', partitionIndexes: [1] },
  ])
}

async function fetched() {
  title('Fetch in every version')
  for (let version = 4; version <= 18; version++) await fetch(version, [['t', 1, 24]])
  for (const isolationLevel of [1, 2, -1]) await fetch(11, [['t', 1, 24]], { isolationLevel })
  title('Fetch from where there is nothing')
  const odd = [100, 101, -1, -2, INT64_MAX, INT64_MIN]
  for (const version of [4, 12, 17]) {
    await fetch(
      version,
      odd.slice(0, 3).map((offset, i) => ['t', i, offset]),
    )
    await fetch(
      version,
      odd.slice(3).map((offset, i) => ['t', i, offset]),
    )
    await fetch(version, [
      ['t', 3, 0],
      ['t', -1, 0],
      ['nope', 0, 0],
      ['t', 1, 25],
    ])
  }
  const ends = (await listOffsets(9, [['t', 1, -1n]])).topics[0].partitions[0].offset
  for (const offset of [ends - 1, ends, ends + 1]) await fetch(12, [['t', 1, offset]])
  await fetch(
    12,
    [
      ['t', 1, ends],
      ['t', 2, 0, { partitionMaxBytes: 1 }],
    ],
    { isolationLevel: 1 },
  )
  await a.ask('fetch', 13, {
    ...fetchOf(13, []),
    topics: [{ topicId: ZERO_UUID, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
  })
  await fetch(12, [
    ['', 0, 0],
    ['a/b', 0, 0],
    ['x'.repeat(250), 0, 0],
  ])
  await fetch(12, [])
  title('Fetch with leader epochs')
  for (const version of [9, 16]) {
    for (const currentLeaderEpoch of [-1, 0, 1, 5, -2, 2147483647]) {
      await fetch(version, [['t', 1, 0, { currentLeaderEpoch, partitionMaxBytes: 1 }]])
    }
  }
  for (const lastFetchedEpoch of [-1, 0, 1, 5, -2]) {
    await fetch(12, [['t', 1, 1, { lastFetchedEpoch, partitionMaxBytes: 1 }]])
    await fetch(12, [['t', 1, ends + 1, { lastFetchedEpoch, currentLeaderEpoch: 0 }]])
  }
  title('Fetch by limits: one batch at least, then what fits')
  const all = [
    ['t', 1, 0],
    ['t', 2, 0],
    ['t', 0, 0],
  ]
  const limited = (partitionMaxBytes) =>
    all.map(([topic, partition, offset]) => [topic, partition, offset, { partitionMaxBytes }])
  for (const partitionMaxBytes of [0, 100, -1]) {
    await fetch(12, limited(partitionMaxBytes))
    for (const maxBytes of [0, 100, 150, -1]) await fetch(12, limited(partitionMaxBytes), { maxBytes })
  }
  await fetch(12, limited(2147483647), { maxBytes: 500 })
  await fetch(12, [
    ['t', 1, 99],
    ['t', 2, 14],
  ])
  title('Fetch of a partition twice')
  await fetch(12, [
    ['t', 1, 0, { partitionMaxBytes: 1 }],
    ['t', 1, 1, { partitionMaxBytes: 1 }],
  ])
  await fetch(12, [
    ['t', 1, 0, { partitionMaxBytes: 1 }],
    ['small', 0, 0],
    ['t', 2, 0, { partitionMaxBytes: 1 }],
  ])
  title('Fetch as a replica')
  await fetch(12, [['t', 1, 0]], { replicaId: -2 })
  await fetch(12, [['t', 1, 0]], { replicaId: -3 })
  title('Fetch waits')
  const waiting = (partitions, more) => fetch(12, partitions, { maxWaitMs: 400, minBytes: 1, ...more })
  await waiting([['t', 1, ends]])
  await waiting([['t', 1, 0]], { minBytes: 2147483647, maxWaitMs: 100 })
  await waiting([['t', 1, ends]], { minBytes: 0 })
  await waiting([['t', 1, ends]], { minBytes: -1 })
  await waiting([['t', 1, ends]], { maxWaitMs: 0 })
  await waiting([['t', 1, ends]], { maxWaitMs: -1 })
  await waiting(
    [
      ['t', 1, ends],
      ['nope', 0, 0],
    ],
    { maxWaitMs: 100 },
  )
  await waiting(
    [
      ['t', 1, ends],
      ['t', 1, 99999],
    ],
    { maxWaitMs: 5000 },
  )
  await waiting([], { maxWaitMs: 5000 })
  const long = { maxWaitMs: 20_000, minBytes: 1 }
  const produceB = (partitions, more) => b.ask('produce', 9, produceOf(9, partitions, more))
  for (const isolationLevel of [0, 1]) {
    const waker = fetch(
      12,
      [
        ['t', 1, ends + isolationLevel],
        ['t', 2, 0, { partitionMaxBytes: 0 }],
      ].slice(0, 1),
      { ...long, isolationLevel },
    )
    await pause(100)
    await produceB([['t', 1, batch(['wake'])]])
    await waker
  }
  const patient = fetch(12, [['t', 1, ends + 2]], { ...long, minBytes: 150 })
  await pause(100)
  await produceB([['t', 1, batch(['not'])]])
  await pause(100)
  await produceB([['t', 1, batch(['yet'])]])
  await pause(100)
  await produceB([['t', 1, batch(['but now'])]])
  await patient
}

async function sessions() {
  title('Fetch sessions')
  const [end1] = (await listOffsets(9, [['t', 1, -1n]])).topics[0].partitions
  const end = end1.offset
  const others = await listOffsets(9, [
    ['t', 2, -1n],
    ['t', 0, -1n],
  ])
  const [last2, last0] = others.topics[0].partitions.map(({ offset }) => offset - 1)
  const begin = (version, partitions, more) => fetch(version, partitions, { sessionEpoch: 0, ...more })
  for (const version of [7, 13]) {
    await begin(version, [])
    const { sessionId } = await begin(version, [
      ['t', 1, end - 1],
      ['t', 2, last2],
      ['t', 0, 9999],
    ])
    const go = (sessionEpoch, partitions = [], more = {}) =>
      fetch(version, partitions, { sessionId, sessionEpoch, ...more })
    const forget = (topic, ...partitions) => ({
      forgottenTopicsData: [{ topic, topicId: version >= 13 ? idOf(topic) : ZERO_UUID, partitions }],
    })
    await go(1)
    await go(2, [['t', 0, last0]])
    await go(3, [
      ['t', 1, end],
      ['t', 2, last2],
    ])
    await go(3)
    await go(7)
    await go(4, [], forget('t', 2, 0))
    await go(5)
    await go(6, [['nope', 0, 0]])
    await go(7)
    await go(8, [], forget('nope', 0, 1))
    await go(9, [['t', 1, end - 1]], forget('t', 1))
    await go(10)
    await go(11, [['t', 3, 0]])
    await go(12)
    await go(13, [
      ['small', 0, 0],
      ['t', 1, end],
    ])
    await go(14, [['small', 0, 1]])
    await go(15)
    await go(-2)
    await fetch(version >= 13 ? 12 : 13, [], { sessionId, sessionEpoch: 16 })
    await go(16)
    const again = await begin(version, [
      ['t', 1, end],
      ['small', 0, 1],
    ])
    const goAgain = (sessionEpoch, partitions = [], more = {}) =>
      fetch(version, partitions, { sessionId: again.sessionId, sessionEpoch, ...more })
    await goAgain(1, [['t', 1, end - 1]], {
      forgottenTopicsData: [...forget('t', 1).forgottenTopicsData, ...forget('small', 0).forgottenTopicsData],
    })
    await goAgain(2)
    const third = await begin(version, [['t', 1, end]])
    await fetch(version, [['t', 1, end]], { sessionId: third.sessionId, sessionEpoch: -1 })
    await fetch(version, [], { sessionId: third.sessionId, sessionEpoch: 1 })
    await fetch(version, [], { sessionId: 0, sessionEpoch: 5 })
    await fetch(version, [], { sessionId: -5, sessionEpoch: 5 })
    await fetch(version, [['t', 1, end]], { sessionId: 12345, sessionEpoch: 0, ...forget('t', 1) })
  }
  title('Fetch sessions that wait')
  const { sessionId } = await begin(12, [
    ['t', 1, end],
    ['t', 2, last2],
  ])
  const going = fetch(12, [['t', 2, 99999]], {
    sessionId,
    sessionEpoch: 1,
    maxWaitMs: 20_000,
    minBytes: 1,
    forgottenTopicsData: [{ topic: 't', partitions: [2] }],
  })
  await pause(100)
  await b.ask('produce', 9, produceOf(9, [['t', 1, batch(['wake the session'])]]))
  await going
  await fetch(12, [['t', 1, end + 1]], { sessionId, sessionEpoch: 2, maxWaitMs: 100, minBytes: 1 })
}

async function offsets() {
  title('ListOffsets: every special timestamp in every version and isolation')
  for (let version = 1; version <= 11; version++) {
    for (const isolationLevel of [0, 1]) {
      const special = [-1n, -2n, -3n, -4n, -5n, -6n, -7n, INT64_MIN]
      const places = [
        ['t', 0],
        ['t', 1],
        ['t', 2],
        ['both', 0],
        ['append', 0],
        ['CON', 0],
        ['small', 0],
        ['segment', 0],
      ]
      const turn = isolationLevel === 0 ? special : special.toReversed()
      await listOffsets(
        version,
        places.map((place, i) => [...place, turn[i]]),
        { isolationLevel },
      )
    }
  }
  title('ListOffsets by time')
  for (const timestamp of [
    0n,
    THEN - 1n,
    THEN,
    THEN + 1n,
    THEN + 2n,
    THEN + 999n,
    THEN + 5000n,
    THEN + 5001n,
    INT64_MAX,
  ]) {
    await listOffsets(7, [
      ['t', 1, timestamp],
      ['both', 0, timestamp],
      ['compact', 0, timestamp],
      ['CON', 0, timestamp],
    ])
  }
  await listOffsets(7, [
    ['CON', 0, -1n],
    ['a.b', 0, -3n],
  ])
  await listOffsets(9, [
    ['CON', 0, -3n],
    ['a.b', 0, -2n],
    ['small', 0, -3n],
  ])
  await listOffsets(11, [
    ['CON', 0, -4n],
    ['a.b', 0, -5n],
    ['append', 0, -6n],
  ])
  title('ListOffsets that is wrong')
  for (const version of [1, 4, 9]) {
    await listOffsets(version, [
      ['t', 3, -1n],
      ['t', -1, -1n],
      ['t', 0, -1n],
      ['nope', 0, -1n],
      ['a/b', 0, -1n],
      ['', 0, -1n],
    ])
    await listOffsets(version, [
      ['t', 1, -1n],
      ['t', 1, -2n],
      ['t', 0, -2n],
    ])
    await listOffsets(version, [
      ['t', 1, -1n],
      ['small', 0, -1n],
      ['t', 1, -2n],
    ])
    await listOffsets(version, [])
  }
  for (const epoch of [-1, 0, 1, -2, 2147483647])
    await listOffsets(9, [
      ['t', 1, -1n, epoch],
      ['t', 2, -3n, epoch],
    ])
  for (const replicaId of [-2, -3])
    await listOffsets(
      9,
      [
        ['t', 1, -1n],
        ['t', 2, 0n],
      ],
      { replicaId },
    )
  await listOffsets(9, [['t', 1, -1n]], { isolationLevel: 7 })
  await listOffsets(10, [['t', 1, -1n]], { timeoutMs: -1 })
  title('OffsetForLeaderEpoch')
  const epochs = (version, partitions, more = {}) =>
    a.ask('offsetForLeaderEpoch', version, {
      replicaId: -1,
      topics: partitions.map(([topic, partition, leaderEpoch, currentLeaderEpoch = -1]) => ({
        topic,
        partitions: [{ partition, currentLeaderEpoch, leaderEpoch }],
      })),
      ...more,
    })
  for (const version of [2, 4]) {
    for (const epoch of [0, 1, -1, -2, 2147483647]) await epochs(version, [['t', 1, epoch]])
    for (const current of [0, 1, -2, 2147483647]) await epochs(version, [['t', 1, 0, current]])
    await epochs(version, [
      ['t', 3, 0],
      ['nope', 0, 0],
      ['t', -1, 0],
      ['CON', 0, 0],
      ['', 0, 0],
    ])
    await epochs(version, [
      ['t', 1, 0],
      ['t', 1, 0],
    ])
    await epochs(version, [])
  }
  for (const replicaId of [-2, -3]) await epochs(4, [['t', 1, 0]], { replicaId })
}

async function clusters() {
  title('Metadata in every version')
  for (const version of [0, 1, 2, 4, 8, 9, 10, 11, 12, 13]) {
    // Before version 4 whoever asks for a topic makes it.
    const topics = version >= 12 ? byId(idOf('t'), NO_TOPIC_ID) : version >= 4 ? named('t', 'nope') : named('t')
    await metadata(version, topics, {
      includeClusterAuthorizedOperations: version >= 8 && version <= 10,
      includeTopicAuthorizedOperations: version >= 8,
    })
  }
  title('Metadata of all and of none')
  await metadata(12, [])
  await metadata(13, null)
  title('Metadata that is wrong')
  const invalid = [
    '',
    '.',
    '..',
    '../../etc/passwd',
    'a/b',
    'x'.repeat(250),
    'é',
    'a\n',
    '__proto__',
    'constructor',
    'CON',
    'a_b',
    'T',
  ]
  await metadata(0, named(...invalid.filter((name) => !['T', 'constructor', 'a_b'].includes(name))))
  for (const version of [4, 12]) await metadata(version, named(...invalid))
  await metadata(4, named('', '.', 'a/b', 'x'.repeat(250)), { allowAutoTopicCreation: true })
  await metadata(12, named('t', 't', 'nope', 'nope'))
  await metadata(12, byId(ZERO_UUID))
  await metadata(12, [...byId(idOf('t'), idOf('t'))])
  await metadata(12, [{ name: 't', topicId: idOf('t') }, ...named('small')])
  await metadata(12, [{ name: 't', topicId: idOf('small') }])
  await metadata(10, byId(idOf('t')))
  await metadata(10, [{ name: 't', topicId: idOf('t') }])
  await metadata(11, byId(ZERO_UUID))
  await metadata(12, byId(NO_TOPIC_ID, idOf('small')), { allowAutoTopicCreation: true })
  await metadata(12, [...named('zz', 't', 'a.b'), ...byId(idOf('CON'))])
  title('Metadata makes topics')
  for (const version of [0, 4, 13]) {
    await metadata(version, named(`made-${version}`), { allowAutoTopicCreation: true })
    await pause(700)
    await metadata(version, named(`made-${version}`), { allowAutoTopicCreation: true })
  }
  await metadata(13, named('a_b', 'x y'), { allowAutoTopicCreation: true })
  title('DescribeCluster')
  const cluster = (version, more) =>
    a.ask('describeCluster', version, { includeClusterAuthorizedOperations: false, ...more })
  for (const version of [0, 1, 2]) {
    await cluster(version)
    await cluster(version, { includeClusterAuthorizedOperations: true })
  }
  for (const endpointType of [0, 2, 3, -1]) await cluster(1, { endpointType })
  await cluster(2, { includeFencedBrokers: true })
  title('DescribeTopicPartitions')
  const describe = (topics, responsePartitionLimit = 2000, cursor = null) =>
    a.ask('describeTopicPartitions', 0, { topics: topics.map((name) => ({ name })), responsePartitionLimit, cursor })
  const at = (topicName, partitionIndex) => ({ topicName, partitionIndex })
  await describe([])
  await describe(['t'])
  await describe(['t', 'small', 'nope', 'a/b', '', 'small'])
  for (const limit of [1, 2, 3, 4, 0, -1, 2147483647, -2147483648]) await describe(['t', 'small', 'zz'], limit)
  for (const limit of [1, 2]) await describe([], limit)
  await describe([], 2000, at('small', 0))
  await describe(['t', 'small', 'CON'], 2000, at('t', 1))
  await describe(['t', 'small', 'CON'], 1, at('t', 1))
  await describe(['t'], 2000, at('t', 3))
  await describe(['t', 'zz'], 2000, at('t', 3))
  await describe(['t', 'small'], 2000, at('u', 0))
  await describe(['t', 'small'], 2000, at('sn', 0))
  await describe(['t', 'small'], 2000, at('sn', 5))
  await describe(['t'], 2000, at('t', -1))
  await describe(['t'], 2000, at('', 0))
  await describe(['t', 'aa'], 1, at('nope', 7))
  await describe([], 2000, at('sn', 3))
  await describe([], 1, at('sn', 0))
  await describe([], 2000, at('zzz', 0))
  await describe([], 2000, at('t', -1))
  title('DescribeLogDirs')
  const logDirs = (version, topics) => a.ask('describeLogDirs', version, { topics })
  for (let version = 1; version <= 5; version++) {
    await logDirs(version, [{ topic: 't', partitions: [0, 1, 2] }])
  }
  await logDirs(4, [])
  await logDirs(4, null)
  await logDirs(4, [
    { topic: 't', partitions: [3, -1, 0, 0] },
    { topic: 'nope', partitions: [0] },
    { topic: '__cluster_metadata', partitions: [0] },
    { topic: 'small', partitions: [0] },
  ])
  await logDirs(4, [{ topic: 't', partitions: [] }])
  title('ElectLeaders, reassignments, features, brokers')
  const elect = (version, topicPartitions, electionType = 0) =>
    a.ask('electLeaders', version, { electionType, topicPartitions, timeoutMs: 5000 })
  const some = [
    { topic: 't', partitions: [0, 1, 9, -1] },
    { topic: 'nope', partitions: [0] },
    { topic: 'a/b', partitions: [0] },
  ]
  for (const version of [0, 1, 2]) {
    await elect(version, some)
    await elect(version, null)
    await elect(version, [])
  }
  for (const electionType of [1, 2, -1]) {
    await elect(2, some, electionType)
    await elect(2, null, electionType)
  }
  await elect(2, [{ topic: 't', partitions: [] }])
  await elect(2, [{ topic: 't', partitions: [0, 0] }])
  const reassign = (topics, version = 0, more = {}) =>
    a.ask('alterPartitionReassignments', version, { timeoutMs: 5000, topics, ...more })
  const to = (name, partitionIndex, replicas) => ({ name, partitions: [{ partitionIndex, replicas }] })
  for (const version of [0, 1]) {
    for (const replicas of [[1], null, [], [2], [1, 1], [-1], [1, 2]]) await reassign([to('t', 0, replicas)], version)
    await reassign([to('t', 9, [1]), to('nope', 0, [1]), to('', 0, null), to('t', -1, null)], version)
    await reassign([], version)
    await reassign([{ name: 't', partitions: [] }], version)
  }
  await reassign([to('t', 0, [1]), to('t', 0, [1])])
  await reassign([to('t', 0, [1])], 1, { allowReplicationFactorChange: false })
  await reassign([to('t', 0, [1, 2])], 1, { allowReplicationFactorChange: false })
  const moves = (topics) => a.ask('listPartitionReassignments', 0, { timeoutMs: 5000, topics })
  await moves(null)
  await moves([])
  await moves([
    { name: 't', partitionIndexes: [0, 9] },
    { name: 'nope', partitionIndexes: [0] },
  ])
  const features = (version, featureUpdates, more = {}) =>
    a.ask('updateFeatures', version, { timeoutMs: 5000, featureUpdates, validateOnly: true, ...more })
  const level = (feature, maxVersionLevel, more = {}) => ({ feature, maxVersionLevel, upgradeType: 1, ...more })
  for (const version of [1, 2]) {
    await features(version, [])
    await features(version, [level('no.such.feature', 1)])
    await features(version, [level('', 1)])
    await features(version, [level('metadata.version', 0)])
    await features(version, [level('metadata.version', -1)])
    await features(version, [level('metadata.version', 30000)])
    await features(version, [level('metadata.version', 33)])
    await features(version, [level('metadata.version', 1, { upgradeType: 2 })])
    await features(version, [level('metadata.version', 25)])
    await features(version, [level('metadata.version', 25, { upgradeType: 9 })])
    await features(version, [level('kraft.version', 30)])
    await features(version, [level('metadata.version', 33), level('metadata.version', 33)])
    await features(version, [level('metadata.version', 33), level('no.such.feature', 1)])
  }
  await a.ask('updateFeatures', 0, {
    timeoutMs: 5000,
    featureUpdates: [{ feature: 'no.such.feature', maxVersionLevel: 1, allowDowngrade: true }],
  })
  for (const brokerId of [99, -1, 2147483647]) await a.ask('unregisterBroker', 0, { brokerId })
}

async function deletions() {
  title('CreatePartitions')
  const grow = (version, topics, more = {}) =>
    a.ask('createPartitions', version, { topics, timeoutMs: 5000, validateOnly: true, ...more })
  const wider = (name, count, assignments = null) => ({ name, count, assignments })
  const on = (...brokerIds) => ({ brokerIds })
  for (const version of [0, 1, 2, 3]) {
    await grow(version, [wider('CON', 2)])
    await grow(version, [wider('CON', 1), wider('t', 2), wider('nope', 3), wider('a/b', 2), wider('', 2)])
  }
  for (const count of [0, -1, 2147483647, -2147483648]) await grow(3, [wider('CON', count)])
  for (const assignments of [[], [on(1)], [on(1), on(1)], [on(2)], [on()], [on(1, 1)], [on(-1)], [on(1, 2)]]) {
    await grow(3, [wider('CON', 2, assignments)])
  }
  await grow(3, [wider('CON', 3, [on(1), on(1, 2)])])
  await grow(3, [])
  await grow(3, [wider('CON', 2), wider('CON', 3), wider('t', 4)])
  await grow(3, [wider('CON', 2, [on(1)]), wider('t', 1)], { validateOnly: false })
  await pause(700)
  await metadata(12, named('CON'))
  await grow(3, [wider('CON', 2)], { validateOnly: false })
  title('DeleteRecords')
  const truncate = (version, partitions) =>
    a.ask('deleteRecords', version, {
      timeoutMs: 5000,
      topics: [...new Set(partitions.map(([name]) => name))].map((name) => ({
        name,
        partitions: partitions
          .filter(([topic]) => topic === name)
          .map(([, partitionIndex, offset]) => ({ partitionIndex, offset })),
      })),
    })
  for (const version of [0, 1, 2]) {
    await truncate(version, [
      ['t', 1, version + 1],
      ['nope', 0, 1],
      ['t', 9, 1],
      ['t', -1, 1],
      ['small', 0, 9999],
    ])
  }
  for (const offset of [-2, -3, INT64_MAX, INT64_MIN, 0, 1, 3]) await truncate(2, [['t', 1, offset]])
  await truncate(2, [
    ['compact', 0, 1],
    ['both', 0, 1],
    ['', 0, 1],
    ['a/b', 0, 1],
  ])
  await truncate(2, [['compact', 0, 99999]])
  await truncate(2, [
    ['t', 1, 4],
    ['t', 1, 5],
  ])
  await truncate(2, [])
  await truncate(2, [['__consumer_offsets', 0, 0]])
  await fetch(12, [
    ['t', 1, 0],
    ['t', 1, 4, { partitionMaxBytes: 1 }],
  ])
  await fetch(12, [['t', 1, 4, { partitionMaxBytes: 1 }]])
  await listOffsets(9, [
    ['t', 1, -2n],
    ['t', 2, -2n],
  ])
  await listOffsets(9, [['t', 1, -4n]])
  await listOffsets(9, [['t', 1, THEN]])
  await listOffsets(9, [['t', 1, -3n]])
  await truncate(2, [['t', 1, -1]])
  await truncate(2, [['t', 1, -1]])
  await listOffsets(9, [['t', 1, -3n]])
  await listOffsets(9, [['t', 1, THEN]])
  await fetch(12, [['t', 1, 5]])
  await produce(9, [['t', 1, batch(['after'])]])
  title('DeleteTopics that is wrong')
  const erase = (version, topicNames) => a.ask('deleteTopics', version, { topicNames, timeoutMs: 5000 })
  const eraseAny = (topics) => a.ask('deleteTopics', 6, { topics, timeoutMs: 5000 })
  for (let version = 1; version <= 5; version++) await erase(version, ['nope', '', 'a/b', 'x'.repeat(250)])
  await erase(5, [])
  await eraseAny([])
  await eraseAny([...named('nope', 'nope'), ...byId(NO_TOPIC_ID, ZERO_UUID)])
  await eraseAny([...named('a.b'), ...byId(idOf('a.b'))])
  await eraseAny([{ name: 'a.b', topicId: idOf('a.b') }])
  await eraseAny([{ name: 'a.b', topicId: NO_TOPIC_ID }])
  await erase(5, ['a.b', 'a.b', '__proto__'])
  title('a topic is deleted while someone waits for it')
  const end = 0
  const waits = fetch(
    12,
    [
      ['going', 0, end],
      ['t', 0, 9_999_999, { partitionMaxBytes: 1 }],
    ].slice(0, 1),
    { maxWaitMs: 3000, minBytes: 1 },
  )
  await pause(200)
  const goingId = idOf('going')
  await b.ask('deleteTopics', 6, { topics: byId(goingId), timeoutMs: 5000 })
  await waits
  await pause(700)
  await eraseAny([...byId(goingId), ...named('going')])
  await metadata(12, [...named('going'), ...byId(goingId)])
  await fetch(12, [['going', 0, 0]])
  await fetch(13, [['going', 0, 0]])
  await produce(9, [['going', 0, batch(['gone'])]])
  await produce(13, [['going', 0, batch(['gone'])]])
  await listOffsets(9, [['going', 0, -1n]])
  title('a topic is deleted and made again')
  await createAndWait(topicOf('going', 1, FOREVER))
  await a.ask('fetch', 13, {
    ...fetchOf(13, [['going', 0, 0]]),
    topics: [{ topicId: goingId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }],
  })
  await fetch(13, [['going', 0, 0]])
  await produce(13, [['going', 0, batch(['again'])]])
  await erase(3, ['CON', 'nope'])
  await pause(700)
  await metadata(12, named('CON', '__proto__'))
}

async function closings() {
  title('Produce to one partition twice')
  await produce(9, [
    ['twice', 0, batch(['first'])],
    ['twice', 0, batch(['second'])],
  ])
  await produce(9, [
    ['twice', 0, batch(['third'])],
    ['twice', 0, batch(['fourth'])],
    ['nope', 0, batch(['other'])],
  ])
  title('a producer id without an epoch')
  await produce(9, [['twice', 0, batch(['epoch -1'], { producerId: 4003n, producerEpoch: -1, baseSequence: 0 })]])
  title('Produce with acks=0: no answer, and the end of the connection where it fails')
  for (const version of [3, 9, 13]) {
    a.tell('produce', version, produceOf(version, [['t', 0, batch(['silent'])]], { acks: 0 }))
    await pause(100)
    await produce(9, [['t', 0, batch(['heard'])]])
  }
  const failing = [
    [['t', 0, changed(batch(['x']), (view) => view.setUint32(17, 1))]],
    [['nope', 0, batch(['x'])]],
    [
      ['t', 9, batch(['x'])],
      ['t', 0, batch(['stored all the same'])],
    ],
  ]
  for (const partitions of failing) {
    await a.ask('produce', 9, produceOf(9, partitions, { acks: 0 }))
    await pause(100)
    await produce(9, [['t', 0, batch(['heard'])]])
  }
}

await creations()
await produced()
await idempotent()
await fetched()
await sessions()
await offsets()
await clusters()
await deletions()
await closings()
console.log(lines.join('\n'))
process.exit(0)
