/**
 * What peers should not send, and what they get: the inputs of docs/bad-input.md that are requests to a whole broker. One
 * list for three uses: a broker in memory (bad-inputs.test.ts), one in a process of its own that is watched (`npm run
 * bad-input`), and one beside Apache Kafka (`npm run compare`).
 *
 * An answer is told by its error codes, each once, in their order: `NONE`, `NONE UNKNOWN_TOPIC_ID`. `closed` is a
 * connection that ends without one.
 */
import { ByteReader, ByteWriter, utf8, ZERO_UUID } from '#core'
import {
  type Api,
  decode,
  type ErrorCode,
  encode,
  errorName,
  type RequestOf,
  requestHeaderVersion,
  responseHeaderVersion,
} from '#protocol'
import * as messages from '#protocol/messages'
import { requestHeader, responseHeader } from '#protocol/messages'
import { type BatchOptions, encodeBatch, setCrc } from '#protocol/records'

/** Ids of what `preparations` make. */
export interface BadInputWorld {
  readonly ordersId: string
  readonly nowMs: number
}

export interface BadInput {
  /** The row of docs/bad-input.md. */
  readonly row: number
  readonly name: string
  readonly api: Api
  readonly version: number
  /** Frames, one after another on one connection; the last one's answer counts. */
  readonly frames: (world: BadInputWorld) => readonly Uint8Array[]
  readonly answer: string
  /** What Kafka answers, where it is something else, and why we do not. */
  readonly kafka?: { readonly answer: string; readonly but: string }
  /** Whether something is stored, as it should. */
  readonly stores?: boolean
  /** True where so much is sent that it is worth measuring, and not worth doing in every test run. */
  readonly isLarge?: boolean
}

type Body<A extends Api> = Partial<RequestOf<A>> | ((world: BadInputWorld) => Partial<RequestOf<A>>)
type Part = Uint8Array | readonly number[]
type More = Pick<BadInput, 'kafka' | 'stores' | 'isLarge'>

/** A topic that is there, one that is compacted, one for small batches; and nothing else. */
export const preparations: Partial<RequestOf<typeof messages.createTopics>> = {
  topics: [
    topic('orders'),
    topic('compacted', [{ name: 'cleanup.policy', value: 'compact' }]),
    topic('small', [{ name: 'max.message.bytes', value: '1000' }]),
  ],
  timeoutMs: 5000,
  validateOnly: false,
}

export function topic(name: string, configs: { name: string; value: string | null }[] = [], numPartitions = 1) {
  return { name, numPartitions, replicationFactor: 1, assignments: [], configs }
}

/** A whole frame of `api`, whose body is `parts`. */
export function rawFrame(api: Api, version: number, ...parts: readonly Part[]): Uint8Array {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  encode(requestHeader, requestHeaderVersion(api, version), writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: 7,
    clientId: 'bad-input',
  })
  for (const part of parts) writer.raw(Uint8Array.from(part))
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

export function requestFrame<A extends Api>(api: A, version: number, body: Partial<RequestOf<A>>): Uint8Array {
  const writer = new ByteWriter()
  encode(api.request, version, writer, body as never)
  return rawFrame(api, version, writer.finishJoined())
}

/** The error codes of an answer, each once. */
export function answerText(api: Api, version: number, answer: Uint8Array): string {
  const reader = new ByteReader(answer)
  decode(responseHeader, responseHeaderVersion(api, version), reader)
  const codes = new Set<number>()
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const element of value) collect(element)
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name === 'errorCode') codes.add(inner as number)
        else collect(inner)
      }
    }
  }
  collect(decode(api.response, version, reader))
  return [...codes].map((code) => errorName(code as ErrorCode)).join(' ')
}

/** A request that is well formed. */
function ask<A extends Api>(
  row: number,
  name: string,
  [api, version]: readonly [A, number],
  body: Body<A> | readonly Body<A>[],
  answer: string,
  more: More = {},
): BadInput {
  const bodies = (Array.isArray(body) ? body : [body]) as readonly Body<A>[]
  const frames = (world: BadInputWorld) =>
    bodies.map((one) => requestFrame(api, version, typeof one === 'function' ? one(world) : one))
  return { row, name, api, version, frames, answer, ...more }
}

/** A request whose body is these bytes. */
function raw(
  row: number,
  name: string,
  [api, version]: readonly [Api, number],
  parts: readonly Part[],
  answer: string,
  more: More = {},
): BadInput {
  return { row, name, api, version, frames: () => [rawFrame(api, version, ...parts)], answer, ...more }
}

/** Several partitions of a request, as bytes: `count` copies. */
function copies(count: number, ...bytes: readonly number[]): Uint8Array {
  const all = new Uint8Array(count * bytes.length)
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length)
  return all
}

function uvarint(value: number): Uint8Array {
  const writer = new ByteWriter()
  writer.uvarint(value)
  return writer.finishJoined().slice()
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}

const {
  alterConfigs,
  createPartitions,
  createTopics,
  deleteRecords,
  deleteTopics,
  electLeaders,
  fetch,
  findCoordinator,
  heartbeat,
  incrementalAlterConfigs,
  initProducerId,
  joinGroup,
  leaveGroup,
  listGroups,
  listOffsets,
  metadata,
  offsetCommit,
  offsetDelete,
  produce,
  syncGroup,
} = messages

const AN_ID = 'dMiNfBBIREgOZUjyp0HuZA'
const INT32_MAX = 2 ** 31 - 1

function batchOf(
  count: number,
  nowMs: number,
  options: BatchOptions = {},
  key: Uint8Array | null = utf8('k'),
): Uint8Array {
  return encodeBatch(
    Array.from({ length: count }, (_, i) => ({ timestamp: nowMs, key, value: utf8(`value ${i}`) })),
    options,
  )
}

interface Produced {
  readonly topic?: string
  readonly acks?: number
  readonly indexes?: readonly number[]
  readonly transactionalId?: string | null
}

/** A Produce request of version 12 or older, by name. */
function producing(records: (world: BadInputWorld) => Uint8Array | null, produced: Produced = {}) {
  const { topic: name = 'orders', acks = -1, indexes = [0], transactionalId = null } = produced
  return (world: BadInputWorld) => {
    const bytes = records(world)
    const partitionData = indexes.map((index) => ({ index, records: bytes === null ? null : [bytes] }))
    return { transactionalId, acks, timeoutMs: 3000, topicData: [{ name, topicId: ZERO_UUID, partitionData }] }
  }
}

/** Records of an idempotent producer, one request after another. */
function sequence(producerId: bigint, ...batches: readonly (readonly [sequence: number, epoch: number])[]) {
  return batches.map(([baseSequence, producerEpoch]) =>
    producing(({ nowMs }) => batchOf(3, nowMs, { producerId, producerEpoch, baseSequence })),
  )
}

function fetching(more: Record<string, unknown>, partition: Record<string, unknown> = {}) {
  return ({ ordersId }: BadInputWorld): Partial<RequestOf<typeof fetch>> => ({
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic: 'orders',
        topicId: ordersId,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: -1,
            fetchOffset: 0,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            partitionMaxBytes: 1_000_000,
            replicaDirectoryId: ZERO_UUID,
            highWatermark: 2n ** 63n - 1n,
            ...partition,
          },
        ],
      },
    ],
    forgottenTopicsData: [],
    ...more,
  })
}

function joining(more: Partial<RequestOf<typeof joinGroup>>): Partial<RequestOf<typeof joinGroup>> {
  return {
    groupId: 'bad-group',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 1000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Uint8Array.of(0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff) }],
    reason: null,
    ...more,
  }
}

function committing(partition: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return {
    groupId: 'bad-offsets',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      {
        name: 'orders',
        topicId: ZERO_UUID,
        partitions: [
          { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null, ...partition },
        ],
      },
    ],
    ...more,
  }
}

function creating(topics: readonly unknown[], validateOnly = true): Partial<RequestOf<typeof createTopics>> {
  return { topics: topics as never, timeoutMs: 3000, validateOnly }
}

function finding(timestamp: bigint, more: Record<string, unknown> = {}) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp, maxNumOffsets: 1 }]
  return { replicaId: -1, isolationLevel: 0, topics: [{ name: 'orders', partitions }], timeoutMs: 1000, ...more }
}

/** A batch with one record, whose body is `body`. */
function oddRecord(body: readonly number[], nowMs: number): Uint8Array {
  const batch = batchOf(1, nowMs)
  const odd = new Uint8Array(61 + 1 + body.length)
  odd.set(batch.subarray(0, 61))
  odd.set([body.length * 2, ...body], 61)
  new DataView(odd.buffer).setInt32(8, odd.length - 12)
  setCrc(odd, 0)
  return odd
}

const closing = (but: string, answer: string) => ({ kafka: { answer, but } })
const UTF8 = 'text is UTF-8, or two names are equal to some and not to others'

/** APIs for brokers and controllers only, whatever comes with them. */
const INTERNAL_APIS = [
  messages.vote,
  messages.beginQuorumEpoch,
  messages.endQuorumEpoch,
  messages.alterPartition,
  messages.envelope,
  messages.fetchSnapshot,
  messages.brokerRegistration,
  messages.brokerHeartbeat,
  messages.allocateProducerIds,
  messages.controllerRegistration,
  messages.assignReplicasToDirs,
]

const nothing = (api: Api): Uint8Array => copies(64, 0).subarray(0, 8 + (api.key % 8))

/** Requests with about as many elements as they may have: none holds up the others for long. */
function many(): readonly BadInput[] {
  const names = Array.from({ length: 11_900 }, (_, i) => `nobody-${i}`)
  const some = names.map((_, i) => i)
  const all = Array.from({ length: 65_000 }, (_, i) => i)
  const inOrders = (partitions: readonly unknown[]) => [
    { name: 'orders', topic: 'orders', topicId: ZERO_UUID, partitions },
  ]
  const large = (api: Api, version: number, body: Record<string, unknown>, answer: string): BadInput =>
    ask(54, `as many as there may be in one ${api.name}`, [api, version], body as never, answer, { isLarge: true })
  const resources = names.map((resourceName) => ({
    resourceType: 2,
    resourceName,
    configs: [],
    configurationKeys: null,
  }))
  const epoch = { currentLeaderEpoch: -1, leaderEpoch: 0 }
  const commits = { committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }
  const NOBODY = 'UNKNOWN_TOPIC_OR_PARTITION'
  return [
    large(metadata, 8, { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }, `${NOBODY} NONE`),
    large(
      listOffsets,
      7,
      {
        ...finding(-1n),
        topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, timestamp: -1n, ...epoch }))),
      },
      `NONE ${NOBODY}`,
    ),
    large(
      offsetCommit,
      8,
      { ...committing({}), topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, ...commits }))) },
      `${NOBODY} NONE`,
    ),
    large(
      messages.offsetFetch,
      7,
      { groupId: 'bad-offsets', topics: [{ name: 'orders', partitionIndexes: all }], requireStable: false },
      'NONE',
    ),
    large(messages.describeConfigs, 4, { resources, includeSynonyms: false, includeDocumentation: false }, NOBODY),
    large(
      createPartitions,
      3,
      { topics: names.map((name) => ({ name, count: 3, assignments: null })), timeoutMs: 1, validateOnly: false },
      NOBODY,
    ),
    large(deleteTopics, 5, { topicNames: names, timeoutMs: 1000 }, NOBODY),
    large(alterConfigs, 2, { resources, validateOnly: false }, NOBODY),
    large(incrementalAlterConfigs, 1, { resources, validateOnly: false }, NOBODY),
    large(
      deleteRecords,
      2,
      { topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, offset: 0 }))), timeoutMs: 1000 },
      `NONE ${NOBODY}`,
    ),
    large(messages.describeGroups, 5, { groups: names, includeAuthorizedOperations: false }, 'NONE'),
    large(messages.deleteGroups, 2, { groupsNames: names }, 'GROUP_ID_NOT_FOUND'),
    large(findCoordinator, 4, { keyType: 0, coordinatorKeys: names }, 'NONE'),
    large(
      messages.offsetForLeaderEpoch,
      4,
      { replicaId: -1, topics: inOrders(all.map((partition) => ({ partition, ...epoch }))) },
      `NONE ${NOBODY}`,
    ),
    large(
      messages.describeTopicPartitions,
      0,
      { topics: names.map((name) => ({ name })), responsePartitionLimit: 2000, cursor: null },
      NOBODY,
    ),
    large(messages.describeProducers, 0, { topics: [{ name: 'orders', partitionIndexes: some }] }, `NONE ${NOBODY}`),
    large(
      electLeaders,
      2,
      { electionType: 0, topicPartitions: [{ topic: 'orders', partitions: some }], timeoutMs: 1000 },
      `NONE ELECTION_NOT_NEEDED ${NOBODY}`,
    ),
    large(
      messages.alterPartitionReassignments,
      0,
      { timeoutMs: 1000, topics: inOrders(some.map((partitionIndex) => ({ partitionIndex, replicas: null }))) },
      `NONE NO_REASSIGNMENT_IN_PROGRESS ${NOBODY}`,
    ),
    large(messages.describeLogDirs, 4, { topics: [{ topic: 'orders', partitions: some }] }, 'NONE'),
    ask(
      54,
      'as many as there may be in one Fetch',
      [fetch, 12],
      (world) => {
        const { topics: [first] = [], ...rest } = fetching({})(world)
        const partitions = all.map((partition) => ({ ...first!.partitions[0]!, partition }))
        return { ...rest, topics: [{ ...first!, partitions }] }
      },
      `NONE ${NOBODY}`,
      { isLarge: true },
    ),
  ]
}

export const badInputs: readonly BadInput[] = [
  // Arrays and what is in them
  raw(
    18,
    'an array of -2 elements, where null is allowed',
    [metadata, 1],
    [int32(-2)],
    'closed',
    closing('-2 is no null', 'NONE'),
  ),
  raw(18, 'an array of -2 elements, where null is not allowed', [createTopics, 2], [int32(-2)], 'closed'),
  raw(18, 'null for an array that is not nullable', [createTopics, 5], [[0]], 'closed'),
  raw(
    19,
    'an array of 2^31 - 1 elements and 20 bytes',
    [metadata, 1],
    [int32(INT32_MAX), new Uint8Array(20)],
    'closed',
  ),
  raw(19, 'a compact array of 2^32 - 2 elements', [createTopics, 5], [[0xff, 0xff, 0xff, 0xff, 0x0f]], 'closed'),
  raw(20, 'more than a million elements', [listGroups, 4], [uvarint(1_000_002), copies(1_000_001, 1), [0]], 'closed', {
    isLarge: true,
  }),
  raw(20, 'a million empty strings', [listGroups, 4], [uvarint(1_000_001), copies(1_000_000, 1), [0]], 'closed', {
    isLarge: true,
    kafka: { answer: 'NONE', but: 'in memory they are more than eight times as much' },
  }),
  raw(
    21,
    'a million topics, empty and of three bytes',
    [electLeaders, 2],
    [[0], uvarint(1_000_001), copies(1_000_000, 1, 1, 0), int32(1), [0]],
    'closed',
    {
      isLarge: true,
      kafka: { answer: 'NONE', but: 'in memory they are forty times as much' },
    },
  ),
  raw(
    21,
    'a thousand arrays of a thousand elements',
    [offsetDelete, 0],
    [
      [0, 1, 103],
      int32(1000),
      ...Array.from({ length: 1000 }, () => [0, 1, 116, 0, 0, 3, 0xe8, ...copies(1000, 0, 0, 0, 9)]),
    ],
    'closed',
    {
      isLarge: true,
      kafka: { answer: 'NONE', but: 'in memory they are ten times as much' },
    },
  ),

  // Strings and bytes
  raw(
    22,
    'a string of 40,000 bytes',
    [heartbeat, 4],
    [uvarint(40_001), copies(40_000, 97), [0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
  ),
  raw(22, 'a compact string of 2^32 - 2 bytes', [heartbeat, 4], [[0xff, 0xff, 0xff, 0xff, 0x0f, 103]], 'closed'),
  raw(22, 'a string longer than the frame', [heartbeat, 0], [[0x7f, 0xff, 103]], 'closed'),
  raw(
    22,
    'bytes longer than the frame',
    [syncGroup, 0],
    [[0, 1, 103], int32(1), [0, 1, 109], int32(1), [0, 1, 109], int32(100), [1, 2]],
    'closed',
  ),
  raw(
    22,
    'a string that is not UTF-8',
    [heartbeat, 0],
    [[0, 2, 0xff, 0xfe, 0, 0, 0, 1, 0, 1, 109]],
    'closed',
    closing(UTF8, 'UNKNOWN_MEMBER_ID'),
  ),
  raw(
    22,
    'a string of length -1, where null is not allowed',
    [heartbeat, 0],
    [[0xff, 0xff, 0, 0, 0, 1, 0, 1, 109]],
    'closed',
  ),

  // Varints
  raw(
    23,
    'a varint of six bytes',
    [heartbeat, 4],
    [[0x82, 0x80, 0x80, 0x80, 0x80, 0, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
  ),
  raw(
    23,
    'a varint with bits beyond the 32nd',
    [heartbeat, 4],
    [[0x82, 0x80, 0x80, 0x80, 0x70, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
    closing('a number that does not fit is none', 'UNKNOWN_MEMBER_ID'),
  ),
  raw(
    23,
    'a varint longer than it need be',
    [heartbeat, 4],
    [[0x82, 0x00, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'UNKNOWN_MEMBER_ID',
  ),
  ask(
    24,
    'a varlong of eleven bytes in a record',
    [produce, 9],
    producing(({ nowMs }) => oddRecord([0, ...copies(10, 0x80), 0, 0, 1, 1, 0], nowMs)),
    'INVALID_RECORD',
  ),

  // Ids and numbers
  ask(
    25,
    'a topic id of nobody in Fetch',
    [fetch, 17],
    fetching({ topics: [{ topic: '', topicId: AN_ID, partitions: [] }] }),
    'NONE',
  ),
  ask(
    25,
    'a topic id of nobody, with a partition, in Fetch',
    [fetch, 17],
    (world) => ({ ...fetching({})(world), topics: [{ ...fetching({})(world).topics![0]!, topicId: AN_ID }] }),
    'NONE UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'the zero id in Fetch',
    [fetch, 17],
    (world) => ({ ...fetching({})(world), topics: [{ ...fetching({})(world).topics![0]!, topicId: ZERO_UUID }] }),
    'NONE UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'a topic id of nobody in DeleteTopics',
    [deleteTopics, 6],
    { topics: [{ name: null, topicId: AN_ID }], timeoutMs: 1000 },
    'UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'a topic id of nobody in Metadata',
    [metadata, 12],
    { topics: [{ topicId: AN_ID, name: null }] },
    'UNKNOWN_TOPIC_ID NONE',
  ),
  ask(
    26,
    'an offset of 2^63 - 1 in Fetch',
    [fetch, 12],
    fetching({}, { fetchOffset: (2n ** 63n - 1n) as never }),
    'NONE OFFSET_OUT_OF_RANGE',
  ),
  ask(
    26,
    'an offset of -2^63 in Fetch',
    [fetch, 12],
    fetching({}, { fetchOffset: -(2n ** 63n) as never }),
    'NONE OFFSET_OUT_OF_RANGE',
  ),
  ask(
    26,
    'an offset of 2^63 - 1 in DeleteRecords',
    [deleteRecords, 2],
    {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: (2n ** 63n - 1n) as never }] }],
      timeoutMs: 1000,
    },
    'OFFSET_OUT_OF_RANGE',
  ),
  ask(26, 'a time of 2^63 - 1 in ListOffsets', [listOffsets, 7], finding(2n ** 63n - 1n), 'NONE'),
  ask(26, 'a time of -2^63 in ListOffsets', [listOffsets, 7], finding(-(2n ** 63n)), 'UNSUPPORTED_VERSION'),
  ask(
    26,
    'a retention of -2^63 in OffsetCommit',
    [offsetCommit, 4],
    committing({}, { retentionTimeMs: -(2n ** 63n) }) as never,
    'NONE',
    { stores: true },
  ),
  ask(
    26,
    'a time-out of 2^31 - 1 and of -1 in Produce',
    [produce, 9],
    [
      (world) => ({ ...producing(({ nowMs }) => batchOf(1, nowMs))(world), timeoutMs: INT32_MAX }),
      (world) => ({ ...producing(({ nowMs }) => batchOf(1, nowMs))(world), timeoutMs: -1 }),
    ],
    'NONE',
    { stores: true },
  ),
  raw(
    27,
    'a boolean of 2 is true: nothing is created',
    [createTopics, 4],
    [int32(1), [0, 9], utf8('no-such-1'), int32(1), [0, 1], int32(0), int32(0), int32(1000), [2]],
    'NONE',
  ),
  raw(
    27,
    'a boolean of 255 is true: nothing is created',
    [createTopics, 4],
    [int32(1), [0, 9], utf8('no-such-1'), int32(1), [0, 1], int32(0), int32(0), int32(1000), [255]],
    'NONE',
  ),

  // The same thing twice
  ask(
    29,
    'a topic twice in CreateTopics',
    [createTopics, 5],
    creating([topic('twice'), topic('twice')], false),
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a partition twice in Produce',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { indexes: [0, 0] }),
    'INVALID_REQUEST',
    { kafka: { answer: 'NONE', but: 'the second is stored alone' }, stores: false },
  ),
  ask(
    29,
    'a partition twice in Fetch',
    [fetch, 12],
    (world) => ({ ...fetching({})(world), topics: [fetching({})(world).topics![0]!, fetching({})(world).topics![0]!] }),
    'NONE',
  ),
  ask(
    29,
    'a topic twice in DeleteTopics',
    [deleteTopics, 5],
    { topicNames: ['nobody', 'nobody'], timeoutMs: 1000 },
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a resource twice in AlterConfigs',
    [alterConfigs, 2],
    { resources: [1, 2].map(() => ({ resourceType: 2, resourceName: 'orders', configs: [] })), validateOnly: false },
    'INVALID_REQUEST',
    { kafka: { answer: 'silent', but: 'Kafka never answers' } },
  ),
  ask(
    29,
    'a key twice in IncrementalAlterConfigs',
    [incrementalAlterConfigs, 1],
    {
      resources: [
        {
          resourceType: 2,
          resourceName: 'orders',
          configs: [1, 2].map((value) => ({ name: 'retention.ms', configOperation: 0, value: `${value}` })),
        },
      ],
      validateOnly: false,
    },
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a topic twice in CreatePartitions',
    [createPartitions, 3],
    {
      topics: [3, 4].map((count) => ({ name: 'orders', count, assignments: null })),
      timeoutMs: 1000,
      validateOnly: false,
    },
    'INVALID_REQUEST',
  ),

  // Producers
  ask(51, 'a gap in the sequence', [produce, 9], sequence(51_001n, [0, 0], [6, 0]), 'OUT_OF_ORDER_SEQUENCE_NUMBER', {
    stores: true,
  }),
  ask(51, 'the same batch again is stored once', [produce, 9], sequence(51_002n, [0, 0], [0, 0]), 'NONE', {
    stores: true,
  }),
  ask(
    51,
    'the sequence after 2^31 - 1 is 0',
    [produce, 9],
    [...sequence(51_003n, [0, 0]), ...sequence(51_003n, [INT32_MAX - 2, 0])],
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    { stores: true },
  ),
  ask(51, 'an epoch that is over', [produce, 9], sequence(51_004n, [0, 1], [3, 0]), 'INVALID_PRODUCER_EPOCH', {
    stores: true,
  }),
  ask(
    53,
    'acks of 2',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: 2 }),
    'INVALID_REQUIRED_ACKS',
  ),
  ask(
    53,
    'acks of -2',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: -2 }),
    'INVALID_REQUIRED_ACKS',
  ),
  ask(
    53,
    'acks of 0, with an error',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: 0, topic: 'nobody' }),
    'closed',
  ),
  ask(
    54,
    'as many partitions as there may be in one Produce',
    [produce, 9],
    producing(() => null, { topic: 'nobody', indexes: Array.from({ length: 11_900 }, (_, i) => i) }),
    'UNKNOWN_TOPIC_OR_PARTITION',
    { isLarge: true, kafka: { answer: 'closed', but: 'null records are an answer of each partition here' } },
  ),
  ask(
    54,
    'a record of 2 MiB',
    [produce, 9],
    producing(({ nowMs }) => encodeBatch([{ timestamp: nowMs, value: new Uint8Array(2_097_152) }])),
    'MESSAGE_TOO_LARGE',
    { isLarge: true },
  ),

  // As many elements as a request may have
  ...many(),

  // What is not for clients
  ask(55, 'Fetch as a replica', [fetch, 12], fetching({ replicaId: 1 }), 'CLUSTER_AUTHORIZATION_FAILED', {
    kafka: { answer: 'NONE NOT_LEADER_OR_FOLLOWER', but: 'who is no broker is no replica' },
  }),
  ask(
    55,
    'Fetch with the state of a replica',
    [fetch, 17],
    fetching({ replicaState: { replicaId: 1, replicaEpoch: 1n as never } }),
    'CLUSTER_AUTHORIZATION_FAILED',
    { kafka: { answer: 'NONE NOT_LEADER_OR_FOLLOWER', but: 'who is no broker is no replica' } },
  ),
  ...INTERNAL_APIS.map((api) =>
    raw(
      api === messages.envelope ? 58 : api === messages.vote ? 57 : 56,
      `${api.name} of a client`,
      [api, api.request.versionMin],
      [nothing(api)],
      'closed',
    ),
  ),
  ask(
    59,
    'records for __consumer_offsets',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { topic: '__consumer_offsets' }),
    'INVALID_TOPIC_EXCEPTION',
  ),
  ask(
    59,
    'records for __cluster_metadata',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { topic: '__cluster_metadata' }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ),

  // Names
  ...['', '.', '..', '../../etc/passwd', 'a/b', 'a\\0b', 'x'.repeat(250), 'é', 'a\n', 'a b'].map((name) =>
    ask(
      60,
      `a topic named ${JSON.stringify(name.slice(0, 20))}`,
      [createTopics, 5],
      creating([topic(name)], false),
      'INVALID_TOPIC_EXCEPTION',
    ),
  ),
  ask(
    60,
    'topics whose names collide',
    [createTopics, 5],
    [creating([topic('a.b')], false), creating([topic('a_b')], false)],
    'INVALID_TOPIC_EXCEPTION',
    { stores: true },
  ),
  ask(
    60,
    'odd names that are legal',
    [createTopics, 5],
    creating([topic('CON'), topic('__proto__'), topic('constructor'), topic('x'.repeat(249))], false),
    'NONE',
    { stores: true },
  ),
  ask(
    60,
    'a name that is none, auto-created',
    [metadata, 12],
    { topics: [{ topicId: ZERO_UUID, name: '../up' }], allowAutoTopicCreation: true },
    'INVALID_TOPIC_EXCEPTION NONE',
  ),

  // Groups
  ask(61, 'no group id in JoinGroup', [joinGroup, 9], joining({ groupId: '' }), 'INVALID_GROUP_ID'),
  ask(
    61,
    'no group id in OffsetCommit, which consumers without a group send',
    [offsetCommit, 8],
    committing({}, { groupId: '' }) as never,
    'NONE',
    { stores: true },
  ),
  ask(
    61,
    'a member that is not there',
    [heartbeat, 4],
    { groupId: 'nobody', generationId: 1, memberId: 'made-up', groupInstanceId: null },
    'UNKNOWN_MEMBER_ID',
  ),
  ask(61, 'a member that is made up, joining', [joinGroup, 9], joining({ memberId: 'made-up' }), 'UNKNOWN_MEMBER_ID'),
  ask(
    61,
    'a member that is not there, leaving',
    [leaveGroup, 5],
    { groupId: 'nobody', memberId: '', members: [{ memberId: 'made-up', groupInstanceId: null, reason: null }] },
    'NONE UNKNOWN_MEMBER_ID',
  ),
  ask(
    63,
    'metadata of 4,097 bytes in OffsetCommit',
    [offsetCommit, 8],
    committing({ committedMetadata: 'x'.repeat(4097) }) as never,
    'OFFSET_METADATA_TOO_LARGE',
  ),
  ask(
    63,
    'an offset of -1 in OffsetCommit is stored, as Kafka does',
    [offsetCommit, 8],
    committing({ committedOffset: -1 }) as never,
    'NONE',
    { stores: true },
  ),
  ...[0, -1, INT32_MAX].map((sessionTimeoutMs) =>
    ask(
      64,
      `a session of ${sessionTimeoutMs} ms`,
      [joinGroup, 9],
      joining({ sessionTimeoutMs }),
      'INVALID_SESSION_TIMEOUT',
    ),
  ),
  ask(
    66,
    'a fetch session that is not there',
    [fetch, 12],
    fetching({ sessionId: 12345, sessionEpoch: 1 }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ),
  ask(
    66,
    'a fetch session that is not there, at its start',
    [fetch, 12],
    fetching({ sessionId: 12345, sessionEpoch: 0 }),
    'NONE',
  ),
  ask(
    66,
    'a fetch of 2^31 - 1 bytes',
    [fetch, 12],
    fetching({ maxBytes: INT32_MAX }, { partitionMaxBytes: INT32_MAX }),
    'NONE',
  ),
  ask(66, 'a fetch that waits -1 ms', [fetch, 12], fetching({ maxWaitMs: -1, minBytes: INT32_MAX }), 'NONE'),

  // Topics and configurations
  ...(
    [
      [0, 1, 'INVALID_PARTITIONS'],
      [-2, 1, 'INVALID_PARTITIONS'],
      [INT32_MAX, 1, 'POLICY_VIOLATION'],
      [1, 32_767, 'INVALID_REPLICATION_FACTOR'],
      [1, 0, 'INVALID_REPLICATION_FACTOR'],
    ] as const
  ).map(([partitions, factor, answer]) =>
    ask(
      67,
      `${partitions} partitions, ${factor} times`,
      [createTopics, 5],
      creating([{ ...topic('y', [], partitions), replicationFactor: factor }], false),
      answer,
    ),
  ),
  ask(
    67,
    'assigned to nobody known',
    [createTopics, 5],
    creating(
      [{ ...topic('y', [], -1), replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [77] }] }],
      false,
    ),
    'INVALID_REPLICA_ASSIGNMENT',
  ),
  ask(
    67,
    'grown to 2^31 - 1 partitions',
    [createPartitions, 3],
    { topics: [{ name: 'orders', count: INT32_MAX, assignments: null }], timeoutMs: 1000, validateOnly: false },
    'POLICY_VIOLATION',
  ),
  ...[
    ['segment.bytes', '1'],
    ['retention.ms', '-2'],
    ['no.such.key', '1'],
    ['sasl.jaas.config', 'com.sun.security.auth.module.JndiLoginModule required;'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as an operator's tool would send it
    ['retention.ms', '${file:/etc/shadow}'],
    ['cleanup.policy', '__proto__'],
  ].map(([name = '', value = '']) =>
    ask(
      68,
      `${name}=${value.slice(0, 24)}`,
      [createTopics, 5],
      creating([topic('y', [{ name, value }])], false),
      'INVALID_CONFIG',
    ),
  ),
  ask(
    69,
    'a transactional id in Produce',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { transactionalId: 'of-another' }),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    { kafka: { answer: 'NONE', but: 'there are no transactions here yet' } },
  ),
  ask(
    69,
    'a transactional batch without a transactional id',
    [produce, 9],
    producing(({ nowMs }) =>
      batchOf(1, nowMs, { producerId: 69n, producerEpoch: 0, baseSequence: 0, transactional: true }),
    ),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ),
  ask(
    69,
    'a producer id with a transactional id',
    [initProducerId, 4],
    { transactionalId: 'of-another', transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 },
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    { kafka: { answer: 'NOT_COORDINATOR', but: 'there are no transactions here yet' } },
  ),
  ask(
    69,
    'the coordinator of transactions',
    [findCoordinator, 3],
    { key: 'of-another', keyType: 1 },
    'INVALID_REQUEST',
    { kafka: { answer: 'COORDINATOR_NOT_AVAILABLE', but: 'there are no transactions here yet' } },
  ),
]
