/**
 * `npm run bench:codec`: how long our codec takes for the messages that a busy broker sees most, in nanoseconds for a
 * message and in messages per second, on one core. Records are linked, never copied, so their size does not matter here.
 *
 *   npm run bench:codec -- --seconds 2 --only fetch
 */
import { parseArgs } from 'node:util'
import { build } from '../scripts/build.mjs'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '0.5' }, only: { type: 'string', default: '' } },
})
await build()
const { ByteReader, ByteWriter } = await import('#core')
const { decode, encode } = await import('#protocol')
const messages = await import('#protocol/messages')

const topicId = 'dMiNfBBIREgOZUjyp0HuZA'
const batch = new Uint8Array(16 * 1024)
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i))

const cases = [
  {
    title: 'Produce request, 1 partition',
    schema: messages.produceRequest,
    version: 12,
    value: { acks: -1, timeoutMs: 30000, topicData: [produced('orders', 1)] },
  },
  {
    title: 'Produce request, 5 topics of 8 partitions',
    schema: messages.produceRequest,
    version: 13,
    value: { acks: -1, timeoutMs: 30000, topicData: many(5, () => produced(undefined, 8)) },
  },
  {
    title: 'Produce response, 5 topics of 8 partitions',
    schema: messages.produceResponse,
    version: 13,
    value: {
      responses: many(5, () => ({
        topicId,
        partitionResponses: many(8, (index) => ({
          index,
          errorCode: 0,
          baseOffset: 1_000_000 + index,
          logAppendTimeMs: -1n,
          logStartOffset: 0,
        })),
      })),
    },
  },
  {
    title: 'Fetch request, nothing changed in the session',
    schema: messages.fetchRequest,
    version: 17,
    value: { maxWaitMs: 500, minBytes: 1, isolationLevel: 1, sessionId: 123456, sessionEpoch: 77, topics: [] },
  },
  {
    title: 'Fetch request, 5 topics of 8 partitions',
    schema: messages.fetchRequest,
    version: 17,
    value: {
      maxWaitMs: 500,
      minBytes: 1,
      isolationLevel: 1,
      sessionId: 123456,
      sessionEpoch: 77,
      topics: many(5, () => ({
        topicId,
        partitions: many(8, (partition) => ({
          partition,
          currentLeaderEpoch: 5,
          fetchOffset: 1_000_000,
          partitionMaxBytes: 1_048_576,
        })),
      })),
    },
  },
  {
    title: 'Fetch response, 5 topics of 8 partitions',
    schema: messages.fetchResponse,
    version: 17,
    value: {
      sessionId: 123456,
      responses: many(5, () => ({
        topicId,
        partitions: many(8, (partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 1_000_100,
          lastStableOffset: 1_000_100,
          logStartOffset: 0,
          abortedTransactions: null,
          records: [batch],
        })),
      })),
    },
  },
  {
    title: 'Metadata response, 6 brokers, 50 topics of 6',
    schema: messages.metadataResponse,
    version: 12,
    value: {
      brokers: many(6, (nodeId) => ({ nodeId, host: `broker-${nodeId}.example.net`, port: 9092, rack: 'zone-a' })),
      clusterId: 'dMiNfBBIREgOZUjyp0HuZA',
      controllerId: 1,
      topics: many(50, (topic) => ({
        errorCode: 0,
        name: `orders-of-region-${topic}`,
        topicId,
        isInternal: false,
        partitions: many(6, (partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: partitionIndex,
          leaderEpoch: 3,
          replicaNodes: [0, 1, 2],
          isrNodes: [0, 1, 2],
          offlineReplicas: [],
        })),
      })),
    },
  },
  {
    title: 'OffsetCommit request, 5 topics of 8 partitions',
    schema: messages.offsetCommitRequest,
    version: 9,
    value: {
      groupId: 'billing',
      generationIdOrMemberEpoch: 12,
      memberId: 'consumer-billing-1-4b57ec71-6a9a-4d4a-8b39-6d6f2c8d1f0a',
      topics: many(5, (topic) => ({
        name: `orders-of-region-${topic}`,
        partitions: many(8, (partitionIndex) => ({
          partitionIndex,
          committedOffset: 1_000_000,
          committedLeaderEpoch: 5,
          committedMetadata: '',
        })),
      })),
    },
  },
]

function produced(name, partitions) {
  const topic = name === undefined ? { topicId } : { name }
  return { ...topic, partitionData: many(partitions, (index) => ({ index, records: [batch] })) }
}

const milliseconds = Number(options.seconds) * 1000

/** Nanoseconds for one call, the best of five rounds after a warm-up. */
function measure(work) {
  let times = 1
  let took = 0
  while (took < milliseconds / 5) {
    const began = performance.now()
    for (let i = 0; i < times; i++) work()
    took = performance.now() - began
    if (took < milliseconds / 5) times *= 2
  }
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    for (let i = 0; i < times; i++) work()
    best = Math.min(best, performance.now() - began)
  }
  return (best * 1e6) / times
}

const header = ['message', 'version', 'bytes', 'encode ns', 'encode/s', 'decode ns', 'decode/s']
const rows = [header]
for (const { title, schema, version, value } of cases) {
  if (!title.toLowerCase().includes(options.only.toLowerCase())) continue
  const written = () => {
    const writer = new ByteWriter()
    encode(schema, version, writer, value)
    return writer
  }
  const bytes = written().finishJoined()
  const encodeNs = measure(() => written().finish())
  const decodeNs = measure(() => decode(schema, version, new ByteReader(bytes)))
  const numbers = [version, bytes.length, encodeNs, 1e9 / encodeNs, decodeNs, 1e9 / decodeNs]
  rows.push([title, ...numbers.map((number) => Math.round(number).toLocaleString('en'))])
}

const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column].length)))
for (const row of rows) {
  console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
}
