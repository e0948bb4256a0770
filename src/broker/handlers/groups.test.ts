/**
 * The handlers of groups and offsets: what each version asks and is answered differently. What the coordinator does is
 * tested where it lives; the answers here are Kafka's own, noted from a broker of 4.4.0.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CoordinatorTopic, CoordinatorTopics, GroupTopics } from '#coordinator'
import { utf8, ZERO_UUID } from '#core'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { type Api, ErrorCode, errorMessage, type RequestOf, type ResponseOf } from '#protocol'
import type { joinGroup, offsetFetch } from '#protocol/messages'
import { GroupWorld } from '../../coordinator/group/group-world.kit.test.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { offsetCommitHandler } from './008-offset-commit.ts'
import { offsetFetchHandler } from './009-offset-fetch.ts'
import { findCoordinatorHandler } from './010-find-coordinator.ts'
import { joinGroupHandler } from './011-join-group.ts'
import { heartbeatHandler } from './012-heartbeat.ts'
import { leaveGroupHandler } from './013-leave-group.ts'
import { syncGroupHandler } from './014-sync-group.ts'
import { describeGroupsHandler } from './015-describe-groups.ts'
import { deleteGroupsHandler } from './042-delete-groups.ts'
import { offsetDeleteHandler } from './047-offset-delete.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAbw'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAcw'

/** A cluster with one topic `t` of three partitions. */
const topics: GroupTopics = {
  topicIdOf: (name) => (name === 't' ? TOPIC_ID : undefined),
  topicNameOf: (id) => (id === TOPIC_ID ? 't' : undefined),
  hasPartition: (name, partition) => name === 't' && partition >= 0 && partition < 3,
}

async function started() {
  const world = new GroupWorld({ clock: new VirtualClock(), random: seededRandom(1), compute: nodeCompute, settle })
  await world.start()
  return { world, ports: { groups: world.coordinator, topics } }
}

async function ask<A extends Api>(
  handler: Handler<A>,
  apiVersion: number,
  request: RequestOf<A>,
): Promise<ResponseOf<A>> {
  const context: RequestContext = {
    apiVersion,
    clientId: 'c',
    correlationId: 1,
    listenerName: 'PLAINTEXT',
    connectionId: 1,
    remoteHost: '127.0.0.1',
    principal: 'User:ANONYMOUS',
    softwareName: 'test',
    softwareVersion: '1',
    receivedAtMs: 0,
    identifySoftware() {},
    onClosed: () => () => {},
    onSent() {},
  }
  return (await handler.handle(request, context)) as ResponseOf<A>
}

function offset(partitionIndex: number, committedOffset = 5) {
  return { partitionIndex, committedOffset, committedLeaderEpoch: 0, committedMetadata: 'm' }
}

const commit = {
  groupId: 'g',
  generationIdOrMemberEpoch: -1,
  memberId: '',
  groupInstanceId: null,
  retentionTimeMs: -1,
}

test('OffsetCommit refuses what does not exist, first, and stores the rest', async () => {
  const { ports } = await started()
  const response = await ask(offsetCommitHandler(ports), 9, {
    ...commit,
    topics: [
      { name: 't', topicId: ZERO_UUID, partitions: [offset(0), offset(3), offset(-1)] },
      { name: 'nope', topicId: ZERO_UUID, partitions: [offset(0)] },
    ],
  })
  assert.deepEqual(response.topics, [
    {
      name: 't',
      topicId: TOPIC_ID,
      partitions: [
        { partitionIndex: 3, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
        { partitionIndex: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
        { partitionIndex: 0, errorCode: ErrorCode.NONE },
      ],
    },
    {
      name: 'nope',
      topicId: ZERO_UUID,
      partitions: [{ partitionIndex: 0, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }],
    },
  ])
})

test('OffsetCommit 10 names topics by their ids, and the id is stored in every version', async () => {
  const { world, ports } = await started()
  const response = await ask(offsetCommitHandler(ports), 10, {
    ...commit,
    topics: [TOPIC_ID, OTHER_ID].map((topicId) => ({ name: '', topicId, partitions: [offset(0)] })),
  })
  assert.deepEqual(
    response.topics.map(({ topicId, partitions }) => [topicId, partitions[0]?.errorCode]),
    [
      [OTHER_ID, ErrorCode.UNKNOWN_TOPIC_ID],
      [TOPIC_ID, ErrorCode.NONE],
    ],
  )
  await ask(offsetCommitHandler(ports), 2, {
    ...commit,
    topics: [{ name: 't', topicId: ZERO_UUID, partitions: [offset(0)] }],
  })
  const stored = world.records().map((record) => record.kind === 'offset' && record.value?.topicId)
  assert.deepEqual(stored, [TOPIC_ID, TOPIC_ID])
})

test('OffsetCommit for nothing that exists never reaches the group', async () => {
  const { world, ports } = await started()
  await ask(offsetCommitHandler(ports), 9, { ...commit, topics: [] })
  assert.deepEqual([world.describe(), world.records()], ['GROUP_ID_NOT_FOUND', []])
})

const nothing = { groupId: '', topics: [], groups: [], requireStable: false }
const found = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, metadata: 'm', errorCode: 0 }
const missing = (partitionIndex: number) => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: '',
  errorCode: 0,
})

async function withOffset() {
  const { world, ports } = await started()
  const topic = { name: 't', topicId: ZERO_UUID, partitions: [offset(0)] }
  await ask(offsetCommitHandler(ports), 9, { ...commit, topics: [topic] })
  const fetch = (version: number, request: Partial<RequestOf<typeof offsetFetch>>) =>
    ask(offsetFetchHandler(ports), version, { ...nothing, ...request })
  return { world, fetch }
}

test('OffsetFetch asks for one group before version 8, by partitions or for all', async () => {
  const { fetch } = await withOffset()
  const some = [
    { name: 't', partitionIndexes: [0, 7] },
    { name: 'nope', partitionIndexes: [0] },
  ]
  const expected = [
    { name: 't', partitions: [found, missing(7)] },
    { name: 'nope', partitions: [missing(0)] },
  ]
  for (const version of [1, 7]) {
    assert.deepEqual((await fetch(version, { groupId: 'g', topics: some })).topics, expected)
  }
  assert.deepEqual((await fetch(2, { groupId: 'g', topics: null })).topics, [{ name: 't', partitions: [found] }])
  assert.deepEqual((await fetch(2, { groupId: 'none', topics: null })).topics, [])
})

test('OffsetFetch asks for many groups from version 8 on', async () => {
  const { fetch } = await withOffset()
  const group = { memberId: null, memberEpoch: -1, topics: null }
  const { groups } = await fetch(8, {
    groups: [
      { ...group, groupId: 'g' },
      { ...group, groupId: 'none' },
    ],
  })
  assert.deepEqual(groups, [
    { groupId: 'g', topics: [{ name: 't', topicId: ZERO_UUID, partitions: [found] }], errorCode: 0 },
    { groupId: 'none', topics: [], errorCode: 0 },
  ])
  assert.deepEqual((await fetch(9, { groups: [] })).groups, [])
})

test('OffsetFetch 10 names topics by their ids, those it does not know last', async () => {
  const { fetch } = await withOffset()
  const asked = [OTHER_ID, TOPIC_ID].map((topicId) => ({ name: '', topicId, partitionIndexes: [0] }))
  const group = { groupId: 'g', memberId: null, memberEpoch: -1 }
  const { groups } = await fetch(10, {
    groups: [
      { ...group, topics: asked },
      { ...group, topics: null },
    ],
  })
  const unknown = { partitionIndex: 0, committedOffset: -1, metadata: '', errorCode: ErrorCode.UNKNOWN_TOPIC_ID }
  assert.deepEqual(groups?.[0]?.topics, [
    { name: 't', topicId: TOPIC_ID, partitions: [found] },
    { topicId: OTHER_ID, partitions: [unknown] },
  ])
  assert.deepEqual(groups?.[1]?.topics, [{ name: 't', topicId: TOPIC_ID, partitions: [found] }])
})

test('OffsetFetch 1 has no place for the error of a group but its partitions', async () => {
  const { world, fetch } = await withOffset()
  world.coordinator.resign(0)
  const asked = { groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }
  const before = await fetch(1, asked)
  assert.equal(before.topics?.[0]?.partitions[0]?.errorCode, ErrorCode.NOT_COORDINATOR)
  assert.deepEqual(await fetch(2, asked), { topics: [], errorCode: ErrorCode.NOT_COORDINATOR })
})

function coordinatorTopics() {
  const created: CoordinatorTopic[] = []
  const topics: CoordinatorTopics = {
    partitionCountOf: () => (created.length > 0 ? 1 : undefined),
    leaderOf: (_, __, listener) =>
      created.length > 1 ? { nodeId: 1, host: listener.toLowerCase(), port: 9092 } : undefined,
    create: (topic) => void created.push(topic),
  }
  return { created, topics }
}

test('FindCoordinator has the topic made at first, and names its leader once there is one', async () => {
  const { world } = await started()
  const { created, topics } = coordinatorTopics()
  const find = findCoordinatorHandler({ groups: world.coordinator, topics })
  const request = { key: 'g', keyType: 0, coordinatorKeys: [] }
  assert.deepEqual(await ask(find, 3, request), {
    errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    errorMessage: errorMessage(ErrorCode.COORDINATOR_NOT_AVAILABLE),
    nodeId: -1,
    host: '',
    port: -1,
  })
  assert.deepEqual(created, [world.coordinator.offsetsTopic])
  await ask(find, 3, request)
  assert.equal(created.length, 1)
  created.push(created[0]!)
  const there = { nodeId: 1, host: 'plaintext', port: 9092 }
  assert.deepEqual(await ask(find, 3, request), { errorCode: 0, errorMessage: 'NONE', ...there })
  assert.deepEqual(await ask(find, 4, { key: '', keyType: 0, coordinatorKeys: ['g', ''] }), {
    coordinators: ['g', ''].map((key) => ({ key, ...there, errorCode: 0, errorMessage: '' })),
  })
})

test('FindCoordinator says for good that there is no coordinator of transactions or share groups', async () => {
  const { world } = await started()
  const find = findCoordinatorHandler({ groups: world.coordinator, topics: coordinatorTopics().topics })
  for (const [version, keyType, message] of [
    [4, 1, /no transaction coordinator yet/],
    [5, 2, /^$/],
    [6, 2, /no share coordinator yet/],
    [6, 7, /./],
  ] as const) {
    const { coordinators } = await ask(find, version, { key: '', keyType, coordinatorKeys: ['x'] })
    assert.equal(coordinators?.[0]?.errorCode, ErrorCode.INVALID_REQUEST)
    assert.match(coordinators?.[0]?.errorMessage ?? '', message)
  }
})

const join: RequestOf<typeof joinGroup> = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: -1,
  memberId: '',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: utf8('') }],
  reason: null,
}

test('JoinGroup 0 waits for a rebalance as long as for a session', async () => {
  const { world, ports } = await started()
  const joining = ask(joinGroupHandler(ports), 0, join)
  await world.advance(3000)
  const first = await joining
  const again = ask(joinGroupHandler(ports), 0, join)
  await world.advance(9000)
  const alive = { groupId: 'g', generationId: 1, memberId: first.memberId, groupInstanceId: null }
  await ask(heartbeatHandler(ports), 0, alive)
  await world.advance(1000)
  assert.equal((await again).generationId, 2)
})

test('JoinGroup says "no protocol" by null from version 7 on, by nothing before', async () => {
  const { ports } = await started()
  for (const [version, protocolName] of [
    [6, ''],
    [7, null],
  ] as const) {
    const response = await ask(joinGroupHandler(ports), version, { ...join, groupId: '' })
    assert.deepEqual([response.errorCode, response.protocolName], [ErrorCode.INVALID_GROUP_ID, protocolName])
  }
})

test('SyncGroup 5 must name the protocol', async () => {
  const { ports } = await started()
  const sync = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null, assignments: [] }
  const anonymous = { ...sync, protocolType: 'consumer', protocolName: null }
  const before = await ask(syncGroupHandler(ports), 4, anonymous)
  assert.equal(before.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  const response = await ask(syncGroupHandler(ports), 5, anonymous)
  assert.equal(response.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
})

test('LeaveGroup before version 3 is of one member, whose error is the answer', async () => {
  const { ports } = await started()
  const leave = { groupId: 'g', memberId: 'm', members: [] }
  assert.deepEqual(await ask(leaveGroupHandler(ports), 2, leave), { errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  const members = [{ memberId: 'm', groupInstanceId: null, reason: null }]
  assert.deepEqual(await ask(leaveGroupHandler(ports), 3, { ...leave, members }), {
    errorCode: 0,
    members: [{ memberId: 'm', groupInstanceId: null, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
  })
})

test('DescribeGroups knows no group as a dead one before version 6, and tells what is allowed if asked', async () => {
  const { ports } = await started()
  const describe = { groups: ['none'], includeAuthorizedOperations: true }
  const answers = []
  for (const version of [0, 5, 6]) {
    const { groups } = await ask(describeGroupsHandler(ports), version, describe)
    answers.push(
      groups.map((group) => [group.groupState, group.errorCode, group.errorMessage, group.authorizedOperations]),
    )
  }
  assert.deepEqual(answers, [
    [['Dead', 0, undefined, undefined]],
    [['Dead', 0, undefined, 3400]],
    [['Dead', ErrorCode.GROUP_ID_NOT_FOUND, 'Group none not found.', undefined]],
  ])
})

test('DeleteGroups tells of each group once', async () => {
  const { ports } = await started()
  const { results } = await ask(deleteGroupsHandler(ports), 3, { groupsNames: ['none', '', 'none'] })
  assert.deepEqual(
    results.map(({ groupId, errorCode }) => [groupId, errorCode]),
    [
      ['none', ErrorCode.GROUP_ID_NOT_FOUND],
      ['', ErrorCode.GROUP_ID_NOT_FOUND],
    ],
  )
})

test('OffsetDelete refuses what does not exist, first, unless the group does not', async () => {
  const { ports } = await started()
  await ask(offsetCommitHandler(ports), 9, {
    ...commit,
    topics: [{ name: 't', topicId: ZERO_UUID, partitions: [offset(0)] }],
  })
  const topics = [
    { name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] },
    { name: 'nope', partitions: [{ partitionIndex: 0 }] },
  ]
  const { topics: answered } = await ask(offsetDeleteHandler(ports), 0, { groupId: 'g', topics })
  assert.deepEqual(
    answered.map(({ name, partitions }) => [name, partitions.map((each) => [each.partitionIndex, each.errorCode])]),
    [
      [
        't',
        [
          [7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
          [0, ErrorCode.NONE],
        ],
      ],
      ['nope', [[0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]]],
    ],
  )
  assert.deepEqual(await ask(offsetDeleteHandler(ports), 0, { groupId: 'none', topics }), {
    errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    topics: [],
  })
})

test('requests for 100,000 partitions of one topic are handled in no time worth mentioning', async () => {
  const { ports } = await started()
  const partitions = Array.from({ length: 100_000 }, (_, i) => offset(i))
  const response = await ask(offsetCommitHandler(ports), 9, {
    ...commit,
    topics: [{ name: 't', topicId: ZERO_UUID, partitions }],
  })
  assert.equal(response.topics[0]?.partitions.length, 100_000)
})
