/**
 * `npm run bench:pipeline`: what a request costs inside a broker, without a socket, in processor time of one core: frames
 * in, header and body decoded, a handler called that does nothing, answers encoded, bytes out. A stand-in for a connection
 * gives a run of frames as one read and counts what is written.
 */
import { build } from '../scripts/build.mjs'

await build()
const { BrokerListener, Connections, handler } = await import('#broker')
const { ByteWriter } = await import('#core')
const { silentLogger } = await import('#host')
const { nodeClock } = await import('#host/node')
const { encode, requestHeaderVersion } = await import('#protocol')
const { fetch, heartbeat, metadata, produce, requestHeader } = await import('#protocol/messages')

const SECONDS = 1
const READ_BYTES = 65_536

function frameOf(api, version, request) {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 1, clientId: 'consumer-orders-1' }
  encode(requestHeader, requestHeaderVersion(api, version), writer, header)
  encode(api.request, version, writer, request)
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

/** A transport that is always ready: `read` puts bytes where the broker wants them. */
class Wire {
  local = { host: 'local', port: 1 }
  remote = { host: 'remote', port: 2 }
  pendingBytes = 0
  paused = false
  writes = 0
  bytes = 0
  listen(events) {
    this.events = events
  }
  write(chunks) {
    this.writes++
    for (const chunk of chunks) this.bytes += chunk.length
  }
  pause() {
    this.paused = true
  }
  resume() {
    this.paused = false
  }
  end() {}
  destroy() {}
  read(bytes) {
    for (let at = 0; at < bytes.length; ) {
      const room = this.events.room()
      const length = Math.min(room.length, bytes.length - at)
      room.set(bytes.subarray(at, at + length))
      this.events.received(length)
      at += length
    }
  }
}

async function open(handlers) {
  const wire = new Wire()
  let accept
  const network = {
    async listen(address, onConnection) {
      accept = onConnection
      return { address, close() {} }
    },
  }
  const connections = new Connections({ clock: nodeClock, logger: silentLogger })
  await BrokerListener.open({ name: 'PLAINTEXT', address: wire.local, network, connections, handlers })
  accept(wire)
  return wire
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function measure(name, handlers, frame, perRead) {
  const wire = await open(handlers)
  const run = new Uint8Array(frame.length * perRead)
  for (let i = 0; i < perRead; i++) run.set(frame, i * frame.length)
  const go = async (seconds) => {
    let count = 0
    const started = performance.now()
    const cpu = process.cpuUsage()
    while (performance.now() - started < seconds * 1000) {
      for (let i = 0; i < 20; i++) {
        wire.read(run)
        count += perRead
        // A handler that answers later, or too many requests for one turn: wait as a socket would.
        while (wire.paused) await turn()
      }
    }
    const { user, system } = process.cpuUsage(cpu)
    return { count, micros: (user + system) / count }
  }
  await go(0.5)
  wire.writes = 0
  const { count, micros } = await go(SECONDS)
  const megabytes = ((frame.length / micros) * 1e6) / 1e6
  const figures = `${micros.toFixed(2).padStart(8)} us ${Math.round(1e6 / micros)
    .toLocaleString('en')
    .padStart(10)}/s`
  const rest = `${megabytes.toFixed(0).padStart(7)} MB/s   ${(count / wire.writes).toFixed(0)} answers a write`
  console.log(`${name.padEnd(44)} ${figures} ${rest}`)
}

const beat = frameOf(heartbeat, 4, { groupId: 'orders', generationId: 7, memberId: 'consumer-1-0123456789abcdef' })
const beating = handler(heartbeat, () => ({ errorCode: 0 }))
await measure('Heartbeat, one a read', [beating], beat, 1)
await measure('Heartbeat, 16 a read', [beating], beat, 16)
await measure('Heartbeat, 128 a read', [beating], beat, 128)
const promising = handler(heartbeat, async () => ({ errorCode: 0 }), { concurrent: true })
await measure('Heartbeat by a promise, 16 a read', [promising], beat, 16)
const serial = handler(heartbeat, async () => ({ errorCode: 0 }))
await measure('Heartbeat by a promise, one after another', [serial], beat, 16)

const topicData = (size) => [
  { name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionData: [{ index: 0, records: [new Uint8Array(size)] }] },
]
const produced = handler(
  produce,
  ({ topicData }) => ({
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 0, baseOffset: 7 })),
    })),
  }),
  { concurrent: true },
)
for (const size of [100, 1_000, 16_384, 1_000_000]) {
  const request = frameOf(produce, 9, { transactionalId: null, acks: -1, timeoutMs: 1, topicData: topicData(size) })
  const perRead = Math.max(1, Math.floor(READ_BYTES / request.length))
  await measure(`Produce of ${size.toLocaleString('en')} bytes, ${perRead} a read`, [produced], request, perRead)
}

const partitions = Array.from({ length: 10 }, (_, partition) => ({
  partition,
  fetchOffset: 1234,
  partitionMaxBytes: 1 << 20,
}))
const fetching = handler(fetch, ({ topics }) => ({
  responses: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      errorCode: 0,
      highWatermark: 1234,
      abortedTransactions: null,
      records: [chunk],
    })),
  })),
}))
const chunk = new Uint8Array(65_536)
const fetchRequest = {
  maxWaitMs: 500,
  minBytes: 1,
  isolationLevel: 0,
  topics: [{ topic: 'orders', partitions }],
  forgottenTopicsData: [],
}
await measure('Fetch of 10 partitions, 640 KiB back', [fetching], frameOf(fetch, 12, fetchRequest), 1)
const metadataOf = handler(metadata, () => ({ brokers: [], clusterId: null, controllerId: 1, topics: [] }))
await measure(
  'Metadata, empty',
  [metadataOf],
  frameOf(metadata, 12, { topics: [], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false }),
  1,
)
process.exit(0)
