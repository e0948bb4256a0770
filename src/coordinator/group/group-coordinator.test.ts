import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode, errorName } from '#protocol'
import { GROUP, GroupWorld, subscription } from './group-world.kit.test.ts'
import type { JoinGroupRequest } from './join.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const context = { apiVersion: 9, clientId: 'c', remoteHost: '127.0.0.1' }
const old = { ...context, apiVersion: 3 }

function newWorld(): GroupWorld {
  return new GroupWorld({ clock: new VirtualClock(), random: seededRandom(1), compute: nodeCompute, settle })
}

async function startedWorld(): Promise<GroupWorld> {
  const world = newWorld()
  await world.start()
  return world
}

function joinOf(more: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(['t']) }],
    reason: null,
    ...more,
  }
}

async function joinError(world: GroupWorld, more: Partial<JoinGroupRequest>): Promise<string> {
  const { errorCode } = await world.coordinator.joinGroup(context, joinOf(more))
  return errorName(errorCode as ErrorCode)
}

test('a group needs a name, except where Kafka lets it have none', async () => {
  const { coordinator } = await startedWorld()
  const member = { groupId: '', generationId: 1, memberId: 'm', groupInstanceId: null }
  const sync = { ...member, protocolType: null, protocolName: null, assignments: [] }
  const offset = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }
  assert.equal((await coordinator.joinGroup(context, joinOf({ groupId: '' }))).errorCode, ErrorCode.INVALID_GROUP_ID)
  assert.equal((await coordinator.syncGroup(sync)).errorCode, ErrorCode.INVALID_GROUP_ID)
  assert.equal(await coordinator.heartbeat(member), ErrorCode.INVALID_GROUP_ID)
  assert.equal((await coordinator.leaveGroup({ ...member, members: [] })).errorCode, ErrorCode.INVALID_GROUP_ID)
  assert.equal((await coordinator.deleteOffsets({ groupId: '', topics: [] })).errorCode, ErrorCode.INVALID_GROUP_ID)
  const { topics } = await coordinator.commitOffsets(context, {
    ...member,
    memberId: '',
    generationIdOrMemberEpoch: -1,
    retentionTimeMs: -1,
    topics: [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [offset] }],
  })
  assert.equal(topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
  assert.equal(coordinator.describeGroup(context, '').groupState, 'Empty')
})

test('a session may be neither too short nor too long', async () => {
  const world = await startedWorld()
  for (const sessionTimeoutMs of [-1, 0, 5999, 1_800_001, 2_147_483_647]) {
    assert.equal(await joinError(world, { sessionTimeoutMs }), 'INVALID_SESSION_TIMEOUT')
  }
  assert.equal(await joinError(world, { sessionTimeoutMs: 6000 }), 'MEMBER_ID_REQUIRED')
  assert.equal(await joinError(world, { sessionTimeoutMs: 1_800_000 }), 'MEMBER_ID_REQUIRED')
})

test('a member id cannot be made up, nor an instance id taken by a stranger', async () => {
  const world = await startedWorld()
  assert.equal(await joinError(world, { memberId: 'made up' }), 'UNKNOWN_MEMBER_ID')
  const joining = world.coordinator.joinGroup(old, joinOf({ groupInstanceId: 'i' }))
  await world.advance(3000)
  const { memberId } = await joining
  assert.equal(await joinError(world, { memberId: 'made up' }), 'UNKNOWN_MEMBER_ID')
  assert.equal(await joinError(world, { memberId: 'made up', groupInstanceId: 'i' }), 'FENCED_INSTANCE_ID')
  assert.equal(await joinError(world, { memberId, groupInstanceId: 'j' }), 'UNKNOWN_MEMBER_ID')
})

test('a member id that was given to a dynamic member is none for a static one', async () => {
  const world = await startedWorld()
  const { memberId } = await world.coordinator.joinGroup(context, joinOf())
  assert.equal(await joinError(world, { memberId, groupInstanceId: 'i' }), 'UNKNOWN_SERVER_ERROR')
})

test('an id that would not fit an answer is refused before it harms the others', async () => {
  const world = await startedWorld()
  const { errorCode } = await world.coordinator.joinGroup({ ...old, clientId: 'x'.repeat(32_767) }, joinOf())
  assert.equal(errorCode, ErrorCode.INVALID_REQUEST)
  assert.equal(await joinError(world, { groupInstanceId: 'é'.repeat(16_383) }), 'INVALID_REQUEST')
})

test('BAD-62 a group that says too much about itself takes no more members', async () => {
  const world = await startedWorld()
  const metadata = new Uint8Array(16 * 1024 * 1024)
  for (let i = 0; i < 4; i++)
    void world.coordinator.joinGroup(old, joinOf({ protocols: [{ name: 'range', metadata }] }))
  assert.equal(await joinError(world, { protocols: [{ name: 'range', metadata }] }), 'GROUP_MAX_SIZE_REACHED')
  assert.equal(await joinError(world, { groupId: 'another' }), 'MEMBER_ID_REQUIRED')
})

test('what a client sent is not kept alive by the group, but copied', async () => {
  const world = await startedWorld()
  const frame = subscription(['t'])
  const joining = world.coordinator.joinGroup(old, joinOf({ protocols: [{ name: 'range', metadata: frame }] }))
  frame.fill(0xff)
  await world.advance(3000)
  assert.deepEqual((await joining).members[0]?.metadata, subscription(['t']))
})

test('what a member says may be anything; then the broker does not know what the group reads', async () => {
  const world = await startedWorld()
  const metadata = new Uint8Array([0, 0, 0x7f, 0xff, 0xff, 0xff])
  const joining = world.coordinator.joinGroup(old, joinOf({ protocols: [{ name: 'range', metadata }] }))
  await world.advance(3000)
  assert.equal((await joining).errorCode, ErrorCode.NONE)
  const request = { groupId: GROUP, topics: [{ name: 'any', partitions: [{ partitionIndex: 0 }] }] }
  const { topics } = await world.coordinator.deleteOffsets(request)
  assert.equal(topics[0]?.partitions[0]?.errorCode, ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
})

test('a group too large to be stored is told so, and the partition goes on', async () => {
  const world = await startedWorld()
  const member = world.client('a')
  world.join(member, { version: 3 })
  await world.advance(3000)
  world.sync(member, new Map([['a', 'x'.repeat(2_000_000)]]), { version: 4 })
  await world.settle()
  assert.equal(world.take().at(-1), 'a: SyncGroup UNKNOWN_SERVER_ERROR')
  world.join(member)
  world.sync(member, new Map([['a', 't-0']]), { version: 4 })
  await world.settle()
  world.sync(member, new Map([['a', 't-0']]), { version: 4 })
  await world.settle()
  assert.equal(world.describe(), 'Stable range a#1[t-0]')
})

test('a member that asks twice is answered twice, the first time with no place in the group', async () => {
  const world = await startedWorld()
  const first = world.coordinator.joinGroup(old, joinOf({ groupInstanceId: 'i' }))
  const memberId = (await Promise.race([first, Promise.resolve(undefined)]))?.memberId
  assert.equal(memberId, undefined)
  const second = world.coordinator.joinGroup(context, joinOf({ groupInstanceId: 'i' }))
  assert.equal((await first).errorCode, ErrorCode.FENCED_INSTANCE_ID)
  await world.advance(3000)
  assert.equal((await second).errorCode, ErrorCode.NONE)
})

test('while groups are loaded a member is alive, and everybody else asks again', async () => {
  const world = await startedWorld()
  const { coordinator } = world
  world.commit(undefined, [['t', 0, 1]])
  await world.settle()
  coordinator.resign(0)
  const log = world.log.failOver()
  let goOn = () => {}
  const gate = new Promise<void>((resolve) => {
    goOn = resolve
  })
  log.read = () => gate.then(() => log.batches)
  const loading = coordinator.lead(0, log)
  const member = { groupId: GROUP, generationId: 1, memberId: 'm', groupInstanceId: null }
  assert.equal(await coordinator.heartbeat(member), ErrorCode.NONE)
  assert.equal(await joinError(world, {}), 'COORDINATOR_LOAD_IN_PROGRESS')
  assert.equal(world.list(), 'ListGroups COORDINATOR_LOAD_IN_PROGRESS: none')
  assert.equal(world.describe(), 'COORDINATOR_LOAD_IN_PROGRESS')
  const group = { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }
  for (const requireStable of [false, true]) {
    const { errorCode } = await coordinator.fetchOffsets(group, { requireStable })
    assert.equal(errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  }
  assert.deepEqual(await coordinator.deleteGroups([GROUP]), [
    { groupId: GROUP, errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS },
  ])
  goOn()
  await loading
  assert.equal(await coordinator.heartbeat(member), ErrorCode.UNKNOWN_MEMBER_ID)
})

test('a broker that does not lead the group says so', async () => {
  const world = newWorld()
  const member = { groupId: GROUP, generationId: 1, memberId: 'm', groupInstanceId: null }
  assert.equal(await world.coordinator.heartbeat(member), ErrorCode.NOT_COORDINATOR)
  assert.equal(await joinError(world, {}), 'NOT_COORDINATOR')
  assert.equal(world.list(), 'ListGroups NONE: none')
})

test('when commits do not come through, an old consumer is sent to look for the coordinator', async () => {
  const world = await startedWorld()
  world.log.commitsAtOnce = false
  world.commit(undefined, [['t', 0, 1]])
  const group = { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }
  const fetching = world.coordinator.fetchOffsets(group, { requireStable: true })
  await world.advance(5000)
  assert.equal((await fetching).errorCode, ErrorCode.NOT_COORDINATOR)
  assert.equal(world.take().at(-1), 'nobody: OffsetCommit COORDINATOR_NOT_AVAILABLE')
})

test('groups are listed by state and type, in any case', async () => {
  const world = await startedWorld()
  world.commit(undefined, [['t', 0, 1]])
  void world.coordinator.joinGroup(old, joinOf({ groupId: 'busy' }))
  await world.settle()
  const list = (statesFilter: string[], typesFilter: string[] = []) =>
    world.coordinator.listGroups({ statesFilter, typesFilter }).groups.map(({ groupId }) => groupId)
  assert.deepEqual(list([]), ['g', 'busy'])
  assert.deepEqual(list(['Empty']), ['g'])
  assert.deepEqual(list([' preparingREBALANCE', 'stable']), ['busy'])
  assert.deepEqual(list([], ['Classic']), ['g', 'busy'])
  assert.deepEqual(list([], ['consumer', 'share']), [])
  assert.deepEqual(list(['Nonsense'], ['classic']), [])
})

test('only groups without members are deleted, each told of once', async () => {
  const world = await startedWorld()
  world.commit(undefined, [['t', 0, 1]])
  void world.coordinator.joinGroup(old, joinOf({ groupId: 'busy' }))
  await world.settle()
  const deleted = await world.coordinator.deleteGroups([GROUP, 'busy', 'none', GROUP])
  assert.deepEqual(
    deleted.map(({ groupId, errorCode }) => [groupId, errorName(errorCode as ErrorCode)]),
    [
      [GROUP, 'NONE'],
      ['busy', 'NON_EMPTY_GROUP'],
      ['none', 'GROUP_ID_NOT_FOUND'],
    ],
  )
  assert.equal(world.describe(), 'GROUP_ID_NOT_FOUND')
})

test('the topic of groups is made as Kafka makes it', async () => {
  const { coordinator } = newWorld()
  assert.deepEqual(coordinator.offsetsTopic, {
    name: '__consumer_offsets',
    partitionCount: 1,
    replicationFactor: 1,
    configs: { 'cleanup.policy': 'compact', 'compression.type': 'producer', 'segment.bytes': '104857600' },
  })
})

test('a coordinator that is closed answers who waits', async () => {
  const world = await startedWorld()
  const joining = world.coordinator.joinGroup(old, joinOf())
  await world.settle()
  world.coordinator.close()
  assert.equal((await joining).errorCode, ErrorCode.NOT_COORDINATOR)
})
