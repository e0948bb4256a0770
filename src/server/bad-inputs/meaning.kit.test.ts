/** Requests that are well formed and ask for what cannot be: rows 55 to 69. */
import { ZERO_UUID } from '#core'
import type { Api } from '#protocol'
import {
  allocateProducerIds,
  alterPartition,
  assignReplicasToDirs,
  beginQuorumEpoch,
  brokerHeartbeat,
  brokerRegistration,
  controllerRegistration,
  createPartitions,
  createTopics,
  endQuorumEpoch,
  envelope,
  fetch,
  fetchSnapshot,
  findCoordinator,
  heartbeat,
  initProducerId,
  joinGroup,
  leaveGroup,
  metadata,
  offsetCommit,
  produce,
  vote,
} from '#protocol/messages'
import { ask, type BadInput, copies, raw, topic } from './bad-input.kit.test.ts'
import { batchOf, committing, creating, fetching, INT32_MAX, joining, producing } from './requests.kit.test.ts'

/** APIs for brokers and controllers only, whatever comes with them. */
const INTERNAL_APIS = [
  vote,
  beginQuorumEpoch,
  endQuorumEpoch,
  alterPartition,
  envelope,
  fetchSnapshot,
  brokerRegistration,
  brokerHeartbeat,
  allocateProducerIds,
  controllerRegistration,
  assignReplicasToDirs,
]

const nothing = (api: Api): Uint8Array => copies(64, 0).subarray(0, 8 + (api.key % 8))

export const meaning: readonly BadInput[] = [
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
      api === envelope ? 58 : api === vote ? 57 : 56,
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
