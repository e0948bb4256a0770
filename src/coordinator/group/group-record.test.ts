import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MalformedError, utf8 } from '#core'
import { silentLogger } from '#host'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode } from '#protocol'
import {
  baseOffsetOf,
  baseSequenceOf,
  encodeBatch,
  isControl,
  isTransactional,
  leaderEpochOf,
  producerEpochOf,
  producerIdOf,
  readRecords,
} from '#protocol/records'
import { MemoryCoordinatorLog } from '../runtime/memory-log.kit.test.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import { type GroupRecord, groupRecordFormat } from './group-record.ts'
import { TEST_CONFIG } from './group-world.kit.test.ts'

const path = fileURLToPath(new URL('../../../src/coordinator/group/golden/kafka-batches.txt', import.meta.url))
/** What Kafka wrote, by the title of the section. */
const golden = new Map(
  readFileSync(path, 'utf8')
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trimEnd().split('\n')
      return [title, lines.map((line) => new Uint8Array(Buffer.from(line, 'hex')))] as const
    }),
)

function batchesOf(title: string): Uint8Array[] {
  const batches = golden.get(title)
  assert.ok(batches, title)
  return batches
}

function recordsOf(batch: Uint8Array): GroupRecord[] {
  return [...readRecords(batch, nodeCompute)].map(({ key, value }) => groupRecordFormat.decode(key!, value))
}

/** A coordinator that has taken over from Kafka. */
async function takeOver(batches: readonly Uint8Array[]): Promise<GroupCoordinator> {
  const coordinator = new GroupCoordinator({
    config: TEST_CONFIG,
    clock: new VirtualClock(),
    random: seededRandom(1),
    compute: nodeCompute,
    logger: silentLogger,
    offsetsPartitionCount: () => 1,
  })
  await coordinator.lead(0, new MemoryCoordinatorLog(9, batches))
  return coordinator
}

const context = { apiVersion: 6, clientId: 'c', remoteHost: '127.0.0.1' }

async function offsetsOf(coordinator: GroupCoordinator, groupId: string, requireStable = false) {
  const group = { groupId, memberId: null, memberEpoch: -1, topics: null }
  const { topics } = await coordinator.fetchOffsets(group, { requireStable })
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, errorCode }) => [
      name,
      partitionIndex,
      committedOffset,
      errorCode,
    ]),
  )
}

test('records and batches come out byte for byte as Kafka wrote them', () => {
  let count = 0
  for (const [title, batches] of golden) {
    for (const batch of batches) {
      const records = isControl(batch) ? [] : recordsOf(batch)
      if (records.length === 0 || records.some(({ kind }) => kind === 'foreign')) continue
      const timestamps = [...readRecords(batch, nodeCompute)].map(({ timestamp }) => timestamp)
      const again = encodeBatch(
        records.map((record, i) => ({ timestamp: timestamps[i]!, ...groupRecordFormat.encode(record) })),
        {
          baseOffset: baseOffsetOf(batch),
          leaderEpoch: leaderEpochOf(batch),
          baseSequence: baseSequenceOf(batch),
          producerId: producerIdOf(batch),
          producerEpoch: producerEpochOf(batch),
          transactional: isTransactional(batch),
        },
      )
      assert.deepEqual(again, batch, `${title}: batch at ${baseOffsetOf(batch)}`)
      count++
    }
  }
  assert.equal(count, 20)
})

test('Kafka writes its batches with base sequence 0, and so does a coordinator here', async () => {
  const [batch] = batchesOf('a consumer joins, commits three offsets and leaves')
  assert.deepEqual([producerIdOf(batch!), baseSequenceOf(batch!)], [-1n, 0])
})

test('a group that Kafka wrote is taken over with its offsets', async () => {
  const coordinator = await takeOver(batchesOf('a consumer joins, commits three offsets and leaves').slice(0, 3))
  const group = coordinator.describeGroup(context, 'g1')
  assert.equal(group.groupState, 'Stable')
  assert.deepEqual(
    group.members.map(({ clientId, clientHost }) => [clientId, clientHost]),
    [['console-consumer', '/127.0.0.1']],
  )
  assert.deepEqual(await offsetsOf(coordinator, 'g1'), [
    ['t', 2, 5, 0],
    ['t', 1, 0, 0],
    ['t', 0, 0, 0],
  ])
  coordinator.close()
})

test('static members keep their instance ids over a move from Kafka', async () => {
  const batches = batchesOf('two static members; one, then the other comes back; both are removed').slice(0, 5)
  const coordinator = await takeOver(batches)
  const group = coordinator.describeGroup(context, 'g-st9-77777')
  assert.deepEqual(group.members.map(({ groupInstanceId }) => groupInstanceId).sort(), ['ia', 'ib'])
  const [member] = group.members
  const request = { groupId: 'g-st9-77777', generationId: 1, groupInstanceId: member!.groupInstanceId! }
  assert.equal(coordinator.heartbeat({ ...request, memberId: member!.memberId }), ErrorCode.NONE)
  assert.equal(coordinator.heartbeat({ ...request, memberId: 'other' }), ErrorCode.FENCED_INSTANCE_ID)
  coordinator.close()
})

test('an offset with a retention of its own is written in the one version that holds it', () => {
  const [, batch] = batchesOf('an offset with its own retention; offsets and groups are deleted')
  const [record] = recordsOf(batch!)
  assert.ok(record?.kind === 'offset' && record.value !== null)
  assert.equal(record.value.expireTimestamp - record.value.commitTimestamp, 3_600_000)
})

test('tombstones that Kafka wrote delete offsets and groups', async () => {
  const coordinator = await takeOver(batchesOf('an offset with its own retention; offsets and groups are deleted'))
  assert.deepEqual(await offsetsOf(coordinator, 'g-ret-77777'), [])
  assert.equal(coordinator.describeGroup(context, 'g-ret-77777').errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
  coordinator.close()
})

test('offsets of transactions count when they are committed, and show as unstable while they are open', async () => {
  const coordinator = await takeOver(batchesOf('transactions that committed 10, aborted 20 and did not end with 30'))
  assert.deepEqual(await offsetsOf(coordinator, 'gtxn'), [['t', 0, 10, 0]])
  assert.deepEqual(await offsetsOf(coordinator, 'gtxn', true), [['t', 0, -1, ErrorCode.UNSTABLE_OFFSET_COMMIT]])
  coordinator.close()
})

test('records of other kinds of groups are passed over, told once, and the offsets beside them kept', async () => {
  const warnings: string[] = []
  const coordinator = new GroupCoordinator({
    config: TEST_CONFIG,
    clock: new VirtualClock(),
    random: seededRandom(1),
    compute: nodeCompute,
    logger: { ...silentLogger, warn: (message) => warnings.push(message) },
    offsetsPartitionCount: () => 1,
  })
  const batches = batchesOf('a group of the consumer protocol (KIP-848) with offsets')
  await coordinator.lead(0, new MemoryCoordinatorLog(9, batches))
  assert.equal((await offsetsOf(coordinator, 'g848')).length, 3)
  assert.deepEqual(warnings, [
    'Partition 0: left records of other kinds of groups alone, type 5: 2, 3: 2, 7: 2, 6: 2, 8: 2',
  ])
  coordinator.close()
})

test('a group that no coordinator can have stored is passed over, and what follows it is not', async () => {
  const [, batch] = batchesOf('two static members; one, then the other comes back; both are removed')
  const [record] = recordsOf(batch!)
  assert.ok(record?.kind === 'group' && record.value !== null)
  const { value } = record
  const [first] = value.members
  const odd: GroupRecord[] = [
    { ...record, value: { ...value, members: [first!, first!] } },
    {
      ...record,
      value: { ...value, members: value.members.map((member) => ({ ...member, groupInstanceId: 'same' })) },
    },
    { ...record, groupId: 'headless', value: { ...value, leader: 'nobody', protocol: null } },
  ]
  const log = encodeBatch(odd.map((record) => ({ timestamp: 0n, ...groupRecordFormat.encode(record) })))
  const coordinator = await takeOver([log])
  assert.equal(coordinator.describeGroup(context, record.groupId).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
  assert.equal(coordinator.describeGroup(context, 'headless').members.length, 2)
  coordinator.close()
})

test('an offset as brokers before 0.8.3 wrote it is read', () => {
  const key = Buffer.from('0000' + '000167' + '000174' + '00000003', 'hex')
  const value = Buffer.from('0000' + '0000000000000007' + '00016d' + '0000018c00000000', 'hex')
  const record = groupRecordFormat.decode(new Uint8Array(key), new Uint8Array(value))
  assert.ok(record.kind === 'offset')
  assert.deepEqual([record.groupId, record.topic, record.partition], ['g', 't', 3])
  assert.deepEqual([record.value?.offset, record.value?.metadata, record.value?.leaderEpoch], [7, 'm', -1])
})

test('a value of a version to come, or cut off, is malformed', () => {
  const [batch] = batchesOf('a consumer joins, commits three offsets and leaves')
  const [record] = readRecords(batch!, nodeCompute)
  const { key, value } = record as { key: Uint8Array; value: Uint8Array }
  const next = value.slice()
  next[1] = 5
  assert.throws(() => groupRecordFormat.decode(key, next), MalformedError)
  assert.throws(() => groupRecordFormat.decode(key, value.subarray(0, 10)), MalformedError)
  assert.throws(() => groupRecordFormat.decode(utf8('x'), value), MalformedError)
})
