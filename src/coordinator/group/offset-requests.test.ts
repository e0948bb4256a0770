import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '#core'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode, errorName } from '#protocol'
import { GROUP, GroupWorld, type TestClient } from './group-world.kit.test.ts'
import type { OffsetCommitRequest, OffsetFetchGroup } from './offset-requests.ts'

const HOUR_MS = 3_600_000
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAbw'

async function world() {
  const world = new GroupWorld({ clock: new VirtualClock(), random: seededRandom(1), compute: nodeCompute, settle })
  await world.start()
  return world
}

/** A stable group of one consumer that reads topic `t`. */
async function worldWithMember(type = 'consumer'): Promise<{ world: GroupWorld; member: TestClient }> {
  const created = await world()
  const member = created.client('a')
  created.join(member, { version: 3, type, sessionMs: 1_800_000 })
  await created.advance(3000)
  created.sync(member, new Map([['a', 't-0']]), { version: 4 })
  await created.settle()
  assert.equal(created.describe(), 'Stable range a#1[t-0]')
  return { world: created, member }
}

function commitOf(
  partitions: readonly (readonly [number, number, string?])[],
  more: Partial<OffsetCommitRequest> = {},
) {
  return {
    groupId: GROUP,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      {
        name: 't',
        topicId: ZERO_UUID,
        partitions: partitions.map(([partitionIndex, committedOffset, committedMetadata = null]) => ({
          partitionIndex,
          committedOffset,
          committedLeaderEpoch: -1,
          committedMetadata,
        })),
      },
    ],
    ...more,
  }
}

/** Commits and gives the errors of the partitions. */
async function commit(world: GroupWorld, request: OffsetCommitRequest, apiVersion = 9): Promise<string[]> {
  const context = { apiVersion, clientId: 'c', remoteHost: '127.0.0.1' }
  const { topics } = await world.coordinator.commitOffsets(context, request)
  return topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode as ErrorCode)))
}

async function fetch(world: GroupWorld, topics: OffsetFetchGroup['topics'] = null, requireStable = false) {
  const response = await world.coordinator.fetchOffsets(
    { groupId: GROUP, memberId: null, memberEpoch: -1, topics },
    { requireStable },
  )
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}=${committedOffset}`),
  )
}

test('a client without a group stores offsets under a name that nobody joined', async () => {
  const simple = await world()
  assert.deepEqual(await commit(simple, commitOf([[0, 5, 'note']])), ['NONE'])
  assert.deepEqual(await fetch(simple), ['t-0=5'])
  assert.equal(simple.describe(), 'Empty -')
  assert.equal(simple.list(), 'ListGroups NONE: g classic Empty')
})

test('negative offsets are stored, as Kafka does, and those that no log reaches are refused', async () => {
  const simple = await world()
  assert.deepEqual(
    await commit(
      simple,
      commitOf([
        [0, -1],
        [1, -5],
        [2, 2 ** 53],
      ]),
    ),
    ['NONE', 'NONE', 'INVALID_COMMIT_OFFSET_SIZE'],
  )
  assert.deepEqual(await fetch(simple), ['t-0=-1', 't-1=-5'])
})

test('a note beside an offset may have 4096 characters; one that is longer is refused, alone', async () => {
  const simple = await world()
  const request = commitOf([
    [0, 1, 'x'.repeat(4096)],
    [1, 1, 'x'.repeat(4097)],
    [2, 1, 'é'.repeat(4096)],
  ])
  assert.deepEqual(await commit(simple, request), ['NONE', 'OFFSET_METADATA_TOO_LARGE', 'NONE'])
})

test('an offset committed twice in one request ends as the second', async () => {
  const simple = await world()
  assert.deepEqual(
    await commit(
      simple,
      commitOf([
        [0, 5],
        [0, 6],
      ]),
    ),
    ['NONE', 'NONE'],
  )
  assert.deepEqual(await fetch(simple), ['t-0=6'])
})

test('only members of the current generation commit to a group that has members', async () => {
  const { world, member } = await worldWithMember()
  const { memberId } = member
  const own = { memberId, generationIdOrMemberEpoch: 1 }
  assert.deepEqual(await commit(world, commitOf([[0, 1]], own)), ['NONE'])
  assert.deepEqual(await commit(world, commitOf([[0, 2]])), ['UNKNOWN_MEMBER_ID'])
  assert.deepEqual(await commit(world, commitOf([[0, 2]], { ...own, generationIdOrMemberEpoch: 0 })), [
    'ILLEGAL_GENERATION',
  ])
  assert.deepEqual(await commit(world, commitOf([[0, 2]], { ...own, generationIdOrMemberEpoch: -1 })), [
    'ILLEGAL_GENERATION',
  ])
  assert.deepEqual(await commit(world, commitOf([[0, 2]], { ...own, memberId: 'thief' })), ['UNKNOWN_MEMBER_ID'])
  assert.deepEqual(await commit(world, commitOf([[0, 2]], { ...own, groupInstanceId: 'i' })), ['UNKNOWN_MEMBER_ID'])
  assert.deepEqual(await fetch(world), ['t-0=1'])
})

test('a member of a group that is not there is told so, in words its version knows', async () => {
  const none = await world()
  const member = commitOf([[0, 1]], { memberId: 'm', generationIdOrMemberEpoch: 3 })
  assert.deepEqual(await commit(none, member, 8), ['ILLEGAL_GENERATION'])
  assert.deepEqual(await commit(none, member, 9), ['GROUP_ID_NOT_FOUND'])
})

test('a commit counts as a sign of life', async () => {
  const created = await world()
  const member = created.client('a')
  created.join(member, { version: 3, sessionMs: 10_000 })
  await created.advance(3000)
  created.sync(member, new Map(), { version: 4 })
  await created.advance(9000)
  await commit(created, commitOf([[0, 1]], { memberId: member.memberId, generationIdOrMemberEpoch: 1 }))
  await created.advance(9000)
  assert.match(created.describe(), /^Stable/)
  await created.advance(1000)
  assert.match(created.describe(), /^Empty/)
})

test('an offset of an earlier topic of the same name is not shown for the new one', async () => {
  const simple = await world()
  const request = commitOf([[0, 5]])
  await commit(simple, { ...request, topics: request.topics.map((topic) => ({ ...topic, topicId: TOPIC_ID })) })
  const asked = (topicId: string) => [{ name: 't', topicId, partitionIndexes: [0] }]
  assert.deepEqual(await fetch(simple, asked(TOPIC_ID)), ['t-0=5'])
  assert.deepEqual(await fetch(simple, asked(ZERO_UUID)), ['t-0=5'])
  assert.deepEqual(await fetch(simple, asked('AAAAAAAAAAAAAAAAAAAAcw')), ['t-0=-1'])
})

test('offsets that are not there read as -1, also of a group that is not there', async () => {
  const simple = await world()
  const asked = [{ name: 't', topicId: ZERO_UUID, partitionIndexes: [0, 1] }]
  assert.deepEqual(await fetch(simple, asked), ['t-0=-1', 't-1=-1'])
  await commit(simple, commitOf([[0, 5]]))
  assert.deepEqual(await fetch(simple, asked), ['t-0=5', 't-1=-1'])
  assert.deepEqual(await fetch(simple, asked, true), ['t-0=5', 't-1=-1'])
})

test('offsets of topics that a group reads are not deleted under its feet', async () => {
  const { world, member } = await worldWithMember()
  const own = { memberId: member.memberId, generationIdOrMemberEpoch: 1 }
  const base = commitOf([[0, 1]], own)
  await commit(world, { ...base, topics: [...base.topics, { ...base.topics[0]!, name: 'u' }] })
  const topics = ['t', 'u'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
  const response = await world.coordinator.deleteOffsets({ groupId: GROUP, topics })
  assert.deepEqual(
    response.topics.map(({ partitions }) => errorName(partitions[0]!.errorCode as ErrorCode)),
    ['GROUP_SUBSCRIBED_TO_TOPIC', 'NONE'],
  )
  assert.deepEqual(await fetch(world), ['t-0=1'])
})

test('of a group whose protocol the broker does not know, no offset is deleted while it has members', async () => {
  const { world } = await worldWithMember('connect')
  const request = { groupId: GROUP, topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] }
  const { errorCode } = await world.coordinator.deleteOffsets(request)
  assert.equal(errorCode, ErrorCode.NON_EMPTY_GROUP)
})

test('offsets go with their topic, whose id tells them from those of a new one', async () => {
  const simple = await world()
  const request = commitOf([[0, 5]])
  const topics = request.topics.map((topic) => ({ ...topic, topicId: TOPIC_ID }))
  await commit(simple, { ...request, topics })
  simple.coordinator.topicsDeleted(new Map([['t', 'AAAAAAAAAAAAAAAAAAAAcw']]))
  await simple.settle()
  assert.deepEqual(await fetch(simple), ['t-0=5'])
  simple.coordinator.topicsDeleted(new Map([['t', TOPIC_ID]]))
  await simple.settle()
  assert.deepEqual(await fetch(simple), [])
  assert.deepEqual(simple.records().at(-1), { kind: 'offset', groupId: GROUP, topic: 't', partition: 0, value: null })
})

test('offsets stored by hand expire a week after each was committed, and the group with the last', async () => {
  const simple = await world()
  await commit(simple, commitOf([[0, 1]]))
  await simple.advance(24 * HOUR_MS)
  await commit(simple, commitOf([[1, 1]]))
  await simple.advance(6 * 24 * HOUR_MS + HOUR_MS)
  assert.deepEqual(await fetch(simple), ['t-1=1'])
  assert.equal(simple.describe(), 'Empty -')
  await simple.advance(24 * HOUR_MS)
  assert.deepEqual(await fetch(simple), [])
  assert.equal(simple.describe(), 'GROUP_ID_NOT_FOUND')
})

test('offsets of a group expire a week after its last member left, not before, however old they are', async () => {
  const { world, member } = await worldWithMember()
  await commit(world, commitOf([[0, 1]], { memberId: member.memberId, generationIdOrMemberEpoch: 1 }))
  for (let day = 0; day < 30; day++) {
    for (let minutes = 0; minutes < 24 * 60; minutes += 29) {
      world.heartbeat(member, { quiet: true })
      world.clock.run(29 * 60_000, async () => {})
    }
  }
  await world.settle()
  assert.deepEqual(await fetch(world), ['t-0=1'])
  world.leave([{ memberId: member.memberId, groupInstanceId: null }])
  await world.advance(6 * 24 * HOUR_MS)
  assert.deepEqual(await fetch(world), ['t-0=1'])
  await world.advance(25 * HOUR_MS)
  assert.deepEqual(await fetch(world), [])
  assert.equal(world.describe(), 'GROUP_ID_NOT_FOUND')
})

test('of a group at work only offsets of topics expire that it no longer reads', async () => {
  const { world, member } = await worldWithMember()
  const base = commitOf([[0, 1]], { memberId: member.memberId, generationIdOrMemberEpoch: 1 })
  await commit(world, { ...base, topics: [...base.topics, { ...base.topics[0]!, name: 'u' }] })
  for (let minutes = 0; minutes < 8 * 24 * 60; minutes += 29) {
    world.heartbeat(member, { quiet: true })
    await world.clock.run(29 * 60_000, async () => {})
  }
  assert.deepEqual(await fetch(world), ['t-0=1'])
})

test('B10: offsets outlive a group that rebalances for longer than they are kept, and a fail-over after that', async () => {
  const { world, member } = await worldWithMember()
  const base = commitOf([[0, 1]], { memberId: member.memberId, generationIdOrMemberEpoch: 1 })
  await commit(world, { ...base, topics: [...base.topics, { ...base.topics[0]!, name: 'u' }] })
  // A member enters and leaves, again and again: the group is hardly ever stable.
  for (let round = 0; round < 11 * 24; round++) {
    const guest = world.client(`guest${round}`)
    world.join(guest, { version: 3, rebalanceMs: 3_600_000 })
    await world.clock.run(HOUR_MS / 2, settle)
    world.join(member, { version: 3, sessionMs: 1_800_000, rebalanceMs: 3_600_000 })
    await world.settle()
    world.leave([{ memberId: guest.memberId, groupInstanceId: null }])
    await world.clock.run(HOUR_MS / 4, settle)
    world.join(member, { version: 3, sessionMs: 1_800_000, rebalanceMs: 3_600_000 })
    await world.settle()
  }
  assert.deepEqual(await fetch(world), ['t-0=1', 'u-0=1'])
  world.sync(member, new Map([['a', 't-0']]), { version: 4 })
  await world.settle()
  assert.match(world.describe(), /^Stable/)
  await world.failOver()
  await world.advance(HOUR_MS / 4)
  assert.deepEqual(await fetch(world), ['t-0=1'])
})

test('an old client may say how long its offsets are kept', async () => {
  const simple = await world()
  await commit(simple, commitOf([[0, 1]], { retentionTimeMs: HOUR_MS }), 2)
  await commit(simple, commitOf([[1, 1]], { retentionTimeMs: Number.MAX_SAFE_INTEGER }), 2)
  await simple.advance(HOUR_MS / 2)
  assert.deepEqual(await fetch(simple), ['t-0=1', 't-1=1'])
  await simple.advance(HOUR_MS)
  assert.deepEqual(await fetch(simple), ['t-1=1'])
})

test('expiry goes on after a fail-over, from the times in the log', async () => {
  const simple = await world()
  await commit(simple, commitOf([[0, 1]]))
  await simple.advance(4 * 24 * HOUR_MS)
  await simple.failOver()
  await simple.advance(2 * 24 * HOUR_MS)
  assert.deepEqual(await fetch(simple), ['t-0=1'])
  await simple.advance(25 * HOUR_MS)
  assert.deepEqual(await fetch(simple), [])
})

test('BAD-26 a retention of any length is a time that can be written', async () => {
  const simple = await world()
  for (const retentionTimeMs of [-(2 ** 63), -2, 0, 2 ** 63]) {
    assert.deepEqual(await commit(simple, commitOf([[0, 1]], { retentionTimeMs }), 2), ['NONE'], `${retentionTimeMs}`)
  }
})
