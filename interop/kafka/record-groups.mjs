/**
 * Asks a broker about groups and offsets all that has more than one answer, and writes down questions and answers:
 *
 *     node interop/kafka/record-groups.mjs PORT > src/broker/handlers/golden/kafka-groups.txt
 *
 * with a fresh Apache Kafka on PORT, started with group.initial.rebalance.delay.ms=100. `groups.kafka.test.ts` there puts the
 * same questions to the handlers.
 *
 * A line begins with `>` for a request and `<` for a response; then come a number that ties the two together, the API,
 * its version, and the message as JSON. In it bytes are `{"hex": ...}`, topic ids `TOPIC`, and the UUIDs of member ids
 * `{0}`, `{1}` in the order of their appearance.
 */
import net from 'node:net'
import { ByteReader, ByteWriter, ZERO_UUID } from '../../dist/core/index.js'
import { consumerProtocolSubscription } from '../../dist/protocol/consumer-protocol/index.js'
import { decode, encode, requestHeaderVersion, responseHeaderVersion } from '../../dist/protocol/index.js'
import * as messages from '../../dist/protocol/messages/index.js'
import { frameOf, onFrames } from './frames.mjs'

const port = Number(process.argv[2])
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAbw'
const uuids = []
let topicId = ''
let requestCount = 0

function record(sign, id, { api, version, message }) {
  if (topicId === '') return
  const asHex = (_, value) => (value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value)
  const text = JSON.stringify(message, asHex)
    .replaceAll(topicId, 'TOPIC')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => {
      if (!uuids.includes(uuid)) uuids.push(uuid)
      return `{${uuids.indexOf(uuid)}}`
    })
  console.log(`${sign} ${id} ${api.name} ${version} ${text}`)
}

class Client {
  #socket
  #waiting = new Map()

  async connect() {
    this.#socket = net.connect(port, '127.0.0.1')
    await new Promise((resolve, reject) => this.#socket.once('connect', resolve).once('error', reject))
    onFrames(this.#socket, (frame) => this.#take(frame))
    return this
  }

  ask(name, version, request) {
    const api = messages[name]
    const id = requestCount++
    const frame = frameOf(api, version, id, request)
    // As the broker reads it: with every field.
    const reader = new ByteReader(frame.subarray(4))
    decode(messages.requestHeader, requestHeaderVersion(api, version), reader)
    record('>', id, { api, version, message: decode(api.request, version, reader) })
    this.#socket.write(frame)
    return new Promise((resolve) => this.#waiting.set(id, { api, version, resolve }))
  }

  #take(frame) {
    const reader = new ByteReader(frame)
    const id = new DataView(frame.buffer).getInt32(0)
    const { api, version, resolve } = this.#waiting.get(id)
    decode(messages.responseHeader, responseHeaderVersion(api, version), reader)
    const message = decode(api.response, version, reader)
    record('<', id, { api, version, message })
    resolve(message)
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (string) => new TextEncoder().encode(string)
const [a, b, c] = await Promise.all([1, 2, 3].map(() => new Client().connect()))

/** What a consumer says that reads `topics`. */
function subscription(...topics) {
  const writer = new ByteWriter()
  writer.int16(0)
  encode(consumerProtocolSubscription, 0, writer, { topics })
  return writer.finishJoined()
}

function joinOf(groupId, more = {}) {
  const protocols = [{ name: 'range', metadata: subscription('t') }]
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 5000 }
  return { groupId, ...timeouts, memberId: '', protocolType: 'consumer', protocols, ...more }
}

function partition(partitionIndex, committedOffset = 5, committedMetadata = 'm') {
  return { partitionIndex, committedOffset, committedLeaderEpoch: 0, committedMetadata }
}

function commitOf(groupId, version, more = {}) {
  const names = version >= 10 ? { topicId } : { name: 't' }
  const nobody = { generationIdOrMemberEpoch: -1, memberId: '', retentionTimeMs: -1 }
  return { groupId, ...nobody, topics: [{ ...names, partitions: [partition(0)] }], ...more }
}

const deletion = (groupId, name, ...partitions) => ({
  groupId,
  topics: [{ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
})

async function prepare() {
  const topic = { name: 't', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }
  await a.ask('createTopics', 7, { topics: [topic], timeoutMs: 5000, validateOnly: false })
  for (;;) {
    await pause(500)
    const { coordinators } = await a.ask('findCoordinator', 4, { keyType: 0, coordinatorKeys: ['x'] })
    const { topics } = await a.ask('metadata', 12, { topics: [{ topicId: ZERO_UUID, name: 't' }] })
    if (coordinators[0].errorCode !== 0 || topics[0].errorCode !== 0) continue
    await pause(1000)
    topicId = topics[0].topicId
    return
  }
}

async function withoutGroup() {
  const member = { groupId: 'none', generationId: 1, memberId: 'm' }
  const protocol = { protocolType: 'consumer', protocolName: 'range' }
  for (const version of [0, 4]) await a.ask('syncGroup', version, { ...member, assignments: [] })
  await a.ask('syncGroup', 5, { ...member, ...protocol, assignments: [] })
  await a.ask('syncGroup', 5, { ...member, protocolType: null, protocolName: null, assignments: [] })
  await a.ask('syncGroup', 4, { ...member, groupId: '', assignments: [] })
  for (const version of [0, 4]) await a.ask('heartbeat', version, member)
  await a.ask('heartbeat', 4, { ...member, groupId: '' })
  for (const version of [0, 1, 2]) await a.ask('leaveGroup', version, { groupId: 'none', memberId: 'm' })
  const members = [{ memberId: 'm' }, { memberId: '', groupInstanceId: 'i' }]
  for (const version of [3, 5]) await a.ask('leaveGroup', version, { groupId: 'none', members })
  await a.ask('leaveGroup', 5, { groupId: '', members })
  await a.ask('leaveGroup', 5, { groupId: 'none', members: [] })
  for (const version of [0, 3, 5, 6]) {
    await a.ask('describeGroups', version, { groups: ['none', ''], includeAuthorizedOperations: version >= 3 })
  }
  for (const version of [0, 3]) await a.ask('deleteGroups', version, { groupsNames: ['none', '', 'none'] })
  for (const groupId of ['none', '']) await a.ask('offsetDelete', 0, deletion(groupId, 't', 0))
  await a.ask('offsetDelete', 0, deletion('none', 'nope', 0))
}

async function joinsRefused() {
  for (const version of [0, 6, 9]) await a.ask('joinGroup', version, joinOf(''))
  for (const sessionTimeoutMs of [0, 5999, 1_800_001, 2_147_483_647]) {
    await a.ask('joinGroup', 9, joinOf('refused', { sessionTimeoutMs }))
  }
  for (const version of [0, 7, 9]) await a.ask('joinGroup', version, joinOf('refused', { memberId: 'stranger' }))
  await a.ask('joinGroup', 9, joinOf('no-protocols', { protocols: [] }))
  await a.ask('joinGroup', 9, joinOf('no-type', { protocolType: '' }))
  await a.ask('joinGroup', 9, joinOf('static-stranger', { memberId: 'x', groupInstanceId: 'i' }))
  await pause(500)
  await a.ask('describeGroups', 6, { groups: ['no-protocols', 'no-type', 'static-stranger'] })
}

async function offsetsByHand() {
  for (let version = 2; version <= 10; version++) await a.ask('offsetCommit', version, commitOf('hand', version))
  const commit = (...partitions) =>
    a.ask('offsetCommit', 9, commitOf('hand', 9, { topics: [{ name: 't', partitions }] }))
  await commit(partition(0, -1), partition(1, -5), partition(2, 7))
  await commit(partition(0, 9, 'x'.repeat(4096)), partition(1, 9, 'x'.repeat(4097)), partition(2, 9, null))
  await commit(partition(0, 10), partition(3), partition(-1))
  await commit(partition(0, 11), partition(0, 12))
  const nope = { name: 'nope', partitions: [partition(0)] }
  await a.ask('offsetCommit', 9, commitOf('hand', 9, { topics: [nope, { name: 't', partitions: [partition(1, 3)] }] }))
  await a.ask(
    'offsetCommit',
    10,
    commitOf('hand', 10, { topics: [{ topicId: NO_TOPIC_ID, partitions: [partition(0)] }] }),
  )
  await a.ask('offsetCommit', 9, commitOf('hand', 9, { topics: [] }))
  await a.ask('offsetCommit', 9, commitOf('', 9))
  await a.ask('offsetCommit', 9, commitOf('hand', 9, { memberId: 'stranger' }))
  const stranger = { generationIdOrMemberEpoch: 3, memberId: 'stranger' }
  await a.ask('offsetCommit', 9, commitOf('hand', 9, stranger))
  for (const version of [8, 9]) await a.ask('offsetCommit', version, commitOf('none', version, stranger))
  await a.ask('offsetCommit', 2, commitOf('kept-an-hour', 2, { retentionTimeMs: 3_600_000 }))

  const topics = [
    { name: 't', partitionIndexes: [0, 1, 2, 3] },
    { name: 'nope', partitionIndexes: [0] },
  ]
  for (const version of [1, 2, 5, 6, 7]) await a.ask('offsetFetch', version, { groupId: 'hand', topics })
  for (const version of [2, 5, 7]) await a.ask('offsetFetch', version, { groupId: 'hand', topics: null })
  await a.ask('offsetFetch', 7, { groupId: 'hand', topics, requireStable: true })
  for (const groupId of ['none', '']) await a.ask('offsetFetch', 7, { groupId, topics: null })
  await a.ask('offsetFetch', 1, { groupId: 'none', topics })
  const groups = [
    { groupId: 'hand', topics },
    { groupId: 'none', topics: null },
    { groupId: 'kept-an-hour', topics: null },
  ]
  for (const version of [8, 9]) await a.ask('offsetFetch', version, { groups, requireStable: version === 9 })
  const byId = [topicId, NO_TOPIC_ID, ZERO_UUID].map((topicId) => ({ topicId, partitionIndexes: [0, 1, 9] }))
  const groupsById = [byId, null].map((topics) => ({ groupId: 'hand', topics }))
  await a.ask('offsetFetch', 10, { groups: groupsById })
  await a.ask('offsetFetch', 9, { groups: [] })

  await a.ask('offsetDelete', 0, deletion('hand', 't', 0, 7))
  await a.ask('offsetFetch', 7, { groupId: 'hand', topics: null })
  for (const version of [0, 3, 4, 5]) await a.ask('listGroups', version, {})
  await a.ask('describeGroups', 6, { groups: ['hand'], includeAuthorizedOperations: true })
  await a.ask('deleteGroups', 3, { groupsNames: ['hand', 'kept-an-hour', 'no-protocols', 'no-type', ''] })
}

async function groupOfTwo() {
  const groupId = 'two'
  const protocol = { protocolType: 'consumer', protocolName: 'range' }
  const { memberId } = await a.ask('joinGroup', 9, joinOf(groupId, { reason: 'first' }))
  const heartbeat = (generationId, more) => b.ask('heartbeat', 4, { groupId, generationId, memberId, ...more })
  const sync = (version, generationId, more) => {
    const own = { groupId, generationId, memberId, ...(version >= 5 && protocol), assignments: [] }
    return a.ask('syncGroup', version, { ...own, ...more })
  }
  const commit = (generationIdOrMemberEpoch) =>
    b.ask(
      'offsetCommit',
      9,
      commitOf(groupId, 9, generationIdOrMemberEpoch < 0 ? {} : { generationIdOrMemberEpoch, memberId }),
    )
  const describe = (version = 6) =>
    b.ask('describeGroups', version, { groups: [groupId], includeAuthorizedOperations: version === 4 })

  const joining = a.ask('joinGroup', 9, joinOf(groupId, { memberId }))
  await pause(30)
  await heartbeat(0)
  await describe()
  await b.ask('syncGroup', 5, { groupId, generationId: 0, memberId, ...protocol, assignments: [] })
  await commit(-1)
  await b.ask('deleteGroups', 3, { groupsNames: [groupId] })
  await joining

  await heartbeat(1)
  await describe()
  await commit(1)
  await sync(5, 7)
  await sync(5, 1, { memberId: 'x' })
  await sync(5, 1, { protocolName: 'other' })
  await sync(5, 1, { groupInstanceId: 'i' })
  await a.ask('joinGroup', 9, joinOf(groupId, { memberId }))
  const assignments = [memberId, 'nobody'].map((memberId) => ({ memberId, assignment: text(memberId.slice(0, 1)) }))
  await sync(5, 1, { assignments })
  await sync(3, 1)
  await heartbeat(1)
  await heartbeat(2)
  await heartbeat(1, { groupInstanceId: 'i' })
  for (const version of [0, 4, 6]) await describe(version)
  await a.ask('joinGroup', 9, joinOf(groupId, { protocolType: 'connect' }))
  const other = { protocols: [{ name: 'sticky', metadata: subscription('t') }] }
  await a.ask('joinGroup', 9, joinOf(groupId, other))

  const both = { protocols: [...other.protocols, { name: 'range', metadata: subscription('u', 't') }] }
  const second = await b.ask('joinGroup', 9, joinOf(groupId, both))
  await heartbeat(1)
  const secondJoining = b.ask('joinGroup', 9, joinOf(groupId, { memberId: second.memberId, ...both }))
  await pause(50)
  await a.ask('heartbeat', 4, { groupId, generationId: 1, memberId })
  await a.ask('offsetCommit', 9, commitOf(groupId, 9, { generationIdOrMemberEpoch: 1, memberId }))
  await sync(5, 1)
  await Promise.all([a.ask('joinGroup', 9, joinOf(groupId, { memberId })), secondJoining])
  const secondSync = { groupId, generationId: 2, memberId: second.memberId, ...protocol, assignments: [] }
  const secondSyncing = b.ask('syncGroup', 5, secondSync)
  await pause(50)
  const parts = [memberId, second.memberId].map((memberId, i) => ({ memberId, assignment: text(`part ${i}`) }))
  await sync(5, 2, { assignments: parts })
  await secondSyncing
  await b.ask('joinGroup', 9, joinOf(groupId, { memberId: second.memberId, ...both }))
  await commit(2)
  await commit(1)
  await commit(-1)
  await a.ask('offsetDelete', 0, deletion(groupId, 't', 0))
  await a.ask('deleteGroups', 3, { groupsNames: [groupId] })
  for (const statesFilter of [['stable'], ['STABLE '], ['Empty'], ['nonsense'], []]) {
    for (const typesFilter of [[], ['Classic'], ['consumer'], ['nonsense']]) {
      await a.ask('listGroups', 5, { statesFilter, typesFilter })
    }
  }

  const leaving = [second.memberId, 'x', second.memberId].map((memberId) => ({ memberId, reason: 'bye' }))
  await b.ask('leaveGroup', 5, { groupId, members: [...leaving, { memberId: '', groupInstanceId: 'no' }] })
  await heartbeat(2)
  await a.ask('leaveGroup', 2, { groupId, memberId: 'x' })
  await a.ask('leaveGroup', 1, { groupId, memberId })
  await describe()
  await heartbeat(3)
  await sync(5, 3)
  await a.ask('joinGroup', 9, joinOf(groupId, { memberId }))
  await a.ask('offsetFetch', 7, { groupId, topics: null })
  await commit(-1)
  await a.ask('offsetDelete', 0, deletion(groupId, 't', 0))
  await a.ask('deleteGroups', 3, { groupsNames: [groupId] })
}

async function oldClients() {
  for (const version of [0, 1, 2, 3]) {
    const groupId = `old-${version}`
    const { memberId } = await a.ask('joinGroup', version, joinOf(groupId))
    const assignments = [{ memberId, assignment: text('all') }]
    await a.ask('syncGroup', 0, { groupId, generationId: 1, memberId, assignments })
    await a.ask('leaveGroup', 0, { groupId, memberId })
  }
  for (const version of [4, 5, 6, 7, 8]) {
    const groupId = `newer-${version}`
    const { memberId } = await a.ask('joinGroup', version, joinOf(groupId))
    await a.ask('joinGroup', version, joinOf(groupId, { memberId }))
    await a.ask('leaveGroup', 2, { groupId, memberId })
  }
  const { memberId } = await a.ask('joinGroup', 9, joinOf('pending'))
  await a.ask('joinGroup', 9, joinOf('pending', { memberId, groupInstanceId: 'i' }))
  await a.ask('leaveGroup', 5, { groupId: 'pending', members: [{ memberId }] })
}

async function connectors() {
  const groupId = 'connect'
  const more = { protocolType: 'connect', protocols: [{ name: 'compatible', metadata: text('worker') }] }
  const { memberId } = await a.ask('joinGroup', 3, joinOf(groupId, more))
  await a.ask('syncGroup', 0, { groupId, generationId: 1, memberId, assignments: [] })
  await a.ask('describeGroups', 6, { groups: [groupId] })
  await a.ask('offsetDelete', 0, deletion(groupId, 't', 0))
  await a.ask('leaveGroup', 0, { groupId, memberId })
  await a.ask('describeGroups', 6, { groups: [groupId] })
}

async function staticMembers(version) {
  const groupId = `static-${version}`
  const join = (client, groupInstanceId, more) =>
    client.ask('joinGroup', version, joinOf(groupId, { groupInstanceId, ...more }))
  const sync = (client, groupInstanceId, memberId, assignments = []) =>
    client.ask('syncGroup', 3, { groupId, generationId: 1, memberId, groupInstanceId, assignments })

  const leaderJoining = join(a, 'leader')
  await pause(40)
  const followerJoining = join(b, 'follower')
  const [leader, follower] = await Promise.all([leaderJoining, followerJoining])
  const following = sync(b, 'follower', follower.memberId)
  await pause(50)
  const parts = [leader, follower].map(({ memberId }, i) => ({ memberId, assignment: text(`part ${i}`) }))
  await sync(a, 'leader', leader.memberId, parts)
  await following

  const again = await join(c, 'follower')
  const fenced = { groupId, generationId: 1, memberId: follower.memberId }
  await b.ask('heartbeat', 4, { ...fenced, groupInstanceId: 'follower' })
  await b.ask('heartbeat', 4, fenced)
  await sync(b, 'follower', follower.memberId)
  await join(b, 'follower', { memberId: follower.memberId })
  const { memberId } = follower
  const member = { generationIdOrMemberEpoch: 1, memberId, groupInstanceId: 'follower' }
  await b.ask('offsetCommit', 9, commitOf(groupId, 9, member))
  await b.ask('leaveGroup', 3, { groupId, members: [{ memberId, groupInstanceId: 'follower' }] })
  await sync(c, 'follower', again.memberId)
  const newLeader = await join(c, 'leader')
  await sync(c, 'leader', newLeader.memberId)
  await a.ask('describeGroups', 6, { groups: [groupId] })
  await join(c, 'follower', { protocols: [{ name: 'range', metadata: subscription('t', 'u') }] })
  await a.ask('describeGroups', 6, { groups: [groupId] })
  const remove = (...names) =>
    a.ask('leaveGroup', 3, { groupId, members: names.map((groupInstanceId) => ({ memberId: '', groupInstanceId })) })
  await remove('follower')
  await a.ask('heartbeat', 4, { groupId, generationId: 1, memberId: newLeader.memberId, groupInstanceId: 'leader' })
  await remove('leader', 'leader')
}

await prepare()
await withoutGroup()
await joinsRefused()
await offsetsByHand()
await groupOfTwo()
await oldClients()
await connectors()
for (const version of [5, 8, 9]) await staticMembers(version)
process.exit(0)
