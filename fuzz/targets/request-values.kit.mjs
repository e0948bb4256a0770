/**
 * Values for requests, by their declarations: mostly such as clients send, with the names and ids of a broker that is there,
 * so that a request gets far; now and then such as none should send.
 */
import { ByteWriter, utf8 } from '#core'
import { nodeCompute as compute } from '#host/node'
import { encode } from '#protocol'
import { consumerProtocolSubscription } from '#protocol/consumer-protocol'
import { encodeBatch } from '#protocol/records'
import { planMessage } from '../../dist/protocol/codec/plan.js'

const RANDOM_ID = 'jWoDUkekQkGofl7qffTGMQ'
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const INTS = [0, 1, -1, 2, 3, -2, 100, 0x7fff, 0x7fffffff, -0x80000000]
const LONGS = [0n, 1n, -1n, -2n, 5n, 1000n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]
const STRINGS = ['', 'a', 'topic', '__proto__', 'größe', 'x'.repeat(300), 'a b', '..', '\u0000', '1']

export const TOPICS = [
  't',
  'u',
  'compact',
  'a.b',
  'a_b',
  'missing',
  '__consumer_offsets',
  '__cluster_metadata',
  '..',
  '',
]
const GROUPS = ['g', 'h', 'a group', '']
const CONFIGS = [
  'retention.ms',
  'segment.bytes',
  'cleanup.policy',
  'max.message.bytes',
  'compression.type',
  'no.such.key',
  'message.timestamp.type',
  'num.io.threads',
]
const CONFIG_VALUES = [
  '1',
  '-1',
  '1048576',
  'compact',
  'delete',
  'lz4',
  'producer',
  'LogAppendTime',
  '',
  '99999999999999999999',
  'x',
]

/** Values by the names of fields; a name that is not here gets one by its type. */
const BY_NAME = {
  topic: TOPICS,
  topicName: TOPICS,
  name: TOPICS,
  topicNames: TOPICS,
  groupId: GROUPS,
  groups: GROUPS,
  groupsNames: GROUPS,
  key: GROUPS,
  coordinatorKeys: GROUPS,
  resourceName: [...TOPICS, '1', 'g', 'root'],
  configName: CONFIGS,
  configurationKeys: CONFIGS,
  value: CONFIG_VALUES,
  configOperation: [0, 1, 2, 3, 4],
  resourceType: [2, 4, 8, 16, 32, 0, 3],
  keyType: [0, 0, 1, 2, 9],
  index: [0, 0, 1, 2, 7, -1],
  partition: [0, 0, 1, 2, 7, -1],
  partitionIndex: [0, 0, 1, 2, 7, -1],
  partitions: [0, 0, 1, 2, 7, -1],
  partitionIndexes: [0, 0, 1, 2, 7, -1],
  numPartitions: [1, 2, 3, -1, 0, -2, 0x7fffffff],
  count: [1, 2, 3, 4, 0, -1, 0x7fffffff],
  replicationFactor: [1, 1, -1, 0, 3, 0x7fff],
  brokerIds: [1, 1, 2, -1],
  replicas: [1, 1, 2, -1],
  replicaId: [-1, -1, -1, -1, 1, 0, -2],
  acks: [-1, 1, 1, -1, 0, 2, -2],
  timeoutMs: [0, 100, 5000, -1, 0x7fffffff],
  maxWaitMs: [0, 0, 1, 100, -1, 0x7fffffff],
  minBytes: [0, 1, 1, 100, -1, 0x7fffffff],
  maxBytes: [1_000_000, 1, 0, -1, 0x7fffffff],
  partitionMaxBytes: [1_000_000, 1, 0, -1, 0x7fffffff],
  sessionId: [0, 0, 1, 77, -1],
  sessionEpoch: [-1, 0, 0, 1, 2, -2, 0x7fffffff],
  sessionTimeoutMs: [10_000, 6000, 0, -1, 0x7fffffff],
  rebalanceTimeoutMs: [1000, 60_000, 0, -1, 0x7fffffff],
  protocolType: ['consumer', 'consumer', 'connect', ''],
  protocolName: ['range', 'range', 'roundrobin', ''],
  generationId: [1, 1, 0, 2, 3, -1],
  generationIdOrMemberEpoch: [1, 1, 0, 2, 3, -1],
  groupInstanceId: [null, null, 'i', 'j'],
  transactionalId: [null, null, null, 'tx', ''],
  timestamp: [-1n, -2n, -3n, 0n, 1_704_067_200_000n, 2n ** 62n],
  isolationLevel: [0, 1, 2],
  currentLeaderEpoch: [-1, -1, 0, 1, 99],
  leaderEpoch: [-1, 0, 1, 99],
  offset: [0, 0, 1, 3, -1, -2, 1000],
  fetchOffset: [0, 0, 1, 3, -1, 1000],
  committedOffset: [0, 1, 3, -1, -2],
  committedMetadata: ['', null, 'm', 'x'.repeat(5000)],
  validateOnly: [false, false, true],
  producerId: [-1n, 0n, 1n, 1000n],
  producerEpoch: [-1, 0, 1],
}

export class RequestValues {
  /** Learned from answers. */
  topicIds = [RANDOM_ID]
  memberIds = ['']
  #batches

  constructor(nowMs) {
    this.#batches = batchesOf(nowMs)
  }

  /** A request of `schema` in `version`. */
  message(schema, version, choices) {
    return this.#struct(planMessage(schema, version), choices)
  }

  #struct({ fields }, choices) {
    const value = {}
    for (const field of fields) {
      if (!field.present) continue
      if (field.tag >= 0 && !choices.oneIn(3)) continue
      value[field.name] = this.#value(field, choices)
    }
    return value
  }

  #value(field, choices) {
    if (field.nullable && choices.oneIn(12)) return null
    if (field.type === 'array') {
      const length = choices.oneIn(40) ? choices.below(200) : choices.of([1, 1, 1, 2, 3, 0])
      const { element, struct } = field
      return Array.from({ length }, () =>
        element === undefined ? this.#struct(struct, choices) : this.#value({ ...element, name: field.name }, choices),
      )
    }
    if (field.type === 'struct') return this.#struct(field.struct, choices)
    const known = this.#known(field)
    if (known !== undefined && !choices.oneIn(16)) {
      const value = choices.of(known)
      if (value !== null || field.nullable) return typed(field.type, value)
    }
    return this.#any(field.type, choices)
  }

  #known({ name, type }) {
    if (type === 'uuid') return [...this.topicIds, ZERO_ID]
    if (name === 'memberId' || name === 'memberIds') return this.memberIds
    const known = BY_NAME[name]
    return known !== undefined && (typeof (known[0] ?? '') === 'string') === (type === 'string') ? known : undefined
  }

  #any(type, choices) {
    switch (type) {
      case 'int8':
        return (choices.byte() << 24) >> 24
      case 'int16':
        return (choices.of(INTS) << 16) >> 16
      case 'uint16':
        return choices.of(INTS) & 0xffff
      case 'int32':
        return choices.of(INTS)
      case 'uint32':
        return choices.of(INTS) >>> 0
      case 'int64':
      case 'offset':
        return choices.of(LONGS)
      case 'float64':
        return choices.of([0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])
      case 'bool':
        return choices.oneIn(2)
      case 'string':
        return choices.of(STRINGS)
      case 'uuid':
        return choices.of([ZERO_ID, RANDOM_ID])
      case 'bytes':
        return choices.of([subscription(['t', 'u']), subscription([]), new Uint8Array(0), utf8('no such thing')])
      case 'records':
        return [choices.of(this.#batches)]
    }
  }
}

/** A value of a pool as the field's type wants it. */
function typed(type, value) {
  if (type === 'int64' || type === 'offset') return BigInt(value ?? 0)
  if (type === 'bool') return Boolean(value)
  return typeof value === 'bigint' ? Number(value) : value
}

function subscription(topics) {
  const writer = new ByteWriter()
  writer.int16(0)
  encode(consumerProtocolSubscription, 0, writer, { topics, userData: null })
  return writer.finishJoined().slice()
}

/** Good ones first, and more often. */
function batchesOf(nowMs) {
  const records = (count, key = utf8('k')) =>
    Array.from({ length: count }, (_, i) => ({ timestamp: nowMs, key, value: utf8(`value ${i}`) }))
  const good = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) => encodeBatch(records(3), { codec, compute }))
  const produced = (baseSequence, producerEpoch = 0, producerId = 0n) =>
    encodeBatch(records(3), { producerId, producerEpoch, baseSequence })
  const damaged = good[0].slice()
  damaged[70] ^= 1
  return [
    ...good,
    ...good,
    produced(0),
    produced(3),
    produced(6),
    produced(0, 1),
    produced(0, 0, 1000n),
    encodeBatch(records(3), { producerId: 0n, producerEpoch: 0, baseSequence: 0, transactional: true }),
    encodeBatch(records(2, null)),
    encodeBatch(records(1), { control: true }),
    encodeBatch([{ timestamp: nowMs * 2, value: utf8('far') }]),
    damaged,
    good[0].subarray(0, 50),
    utf8('garbage'),
    new Uint8Array(0),
  ]
}
