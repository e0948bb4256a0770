import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCompute } from '#host/node'
import { readRecords } from '#protocol/records'
import { readSnapshot } from '#raft'
import { KAFKA_SNAPSHOT, kafkaBatches } from '../kafka-log.kit.test.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../metadata-record.ts'
import { ChangeLog, deltaOfAll } from './change-log.ts'
import { ConfigResourceType, configRecord } from './configs-image.ts'
import { featureLevel } from './features-image.ts'
import type { MetadataDelta } from './metadata-delta.ts'
import { MetadataImage } from './metadata-image.ts'
import { changePartition } from './partition-registration.ts'
import { NO_PARTITION_CHANGE } from './topics-image.ts'

const TOPIC_ID = 'TopicTopicTopicTopicAA'

/** All that an image says, in order. */
function content(image: MetadataImage): Uint8Array[] {
  return [...image.records()].map(encodeMetadataRecord)
}

/** The same, for comparing with an image that has seen the same in another order: Kafka's maps have none. */
function lines(image: MetadataImage): string[] {
  const comparable = (_: string, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    const isFeatures = Array.isArray(value) && value.some((item) => item.minSupportedVersion !== undefined)
    return isFeatures ? value.map((item) => JSON.stringify(item)).sort() : value
  }
  return [...image.records()].map((record) => JSON.stringify(record, comparable)).sort()
}

function fold(records: readonly MetadataRecord[], image = new MetadataImage(), changes?: ChangeLog): MetadataImage {
  image.apply({ lastOffset: image.offset + records.length, epoch: 1, timestampMs: 5, records }, changes)
  return image
}

function changesOf(image: MetadataImage, records: readonly MetadataRecord[]): MetadataDelta {
  const changes = new ChangeLog()
  fold(records, image, changes)
  return changes.toDelta(image)
}

function topic(name: string, topicId = TOPIC_ID, partitions = 1): MetadataRecord[] {
  const records: MetadataRecord[] = [{ type: 'TOPIC_RECORD', version: 0, data: { name, topicId } }]
  for (let partitionId = 0; partitionId < partitions; partitionId++) {
    records.push({
      type: 'PARTITION_RECORD',
      version: 2,
      data: {
        partitionId,
        topicId,
        replicas: [1],
        isr: [1],
        removingReplicas: [],
        addingReplicas: [],
        leader: 1,
        leaderRecoveryState: 0,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: ['DirectoryDirectoryDirA'],
        eligibleLeaderReplicas: null,
        lastKnownElr: null,
      },
    })
  }
  return records
}

function election(leader: number, isr: number[], partitionId = 0): MetadataRecord {
  const data = { ...NO_PARTITION_CHANGE, topicId: TOPIC_ID, partitionId, leader, isr }
  return { type: 'PARTITION_CHANGE_RECORD', version: 2, data }
}

test("the fold of Kafka's log is what Kafka's own snapshot says", () => {
  const image = new MetadataImage()
  for (const batch of kafkaBatches()) if (batch.lastOffset < 60) image.apply(batch)
  const loaded = new MetadataImage()
  readSnapshot(
    KAFKA_SNAPSHOT,
    (batch) => readRecords(batch, nodeCompute),
    (value) => loaded.load(decodeMetadataRecord(value)),
  )
  // Kafka's broker keeps the configuration of a deleted topic; its controller does not, nor do we.
  assert.equal(loaded.configs.of(ConfigResourceType.TOPIC, 'doomed').get('cleanup.policy'), 'compact')
  loaded.configs.removeAll({ type: ConfigResourceType.TOPIC, name: 'doomed' })
  assert.deepEqual(lines(image), lines(loaded))
})

test("the fold of Kafka's log has what Kafka's tools described", () => {
  const image = new MetadataImage()
  for (const batch of kafkaBatches()) image.apply(batch)
  assert.deepEqual([...image.topics.byName.keys()].sort(), ['late', 'orders'])
  assert.equal(image.topics.byName.get('orders')!.id, 'nfJezwuhQ8CP1fr43vQ_PA')
  assert.equal(image.topics.byName.get('orders')!.partitions.size, 3)
  assert.deepEqual(
    [...image.configs.of(ConfigResourceType.TOPIC, 'orders')].sort(),
    Object.entries({ 'max.message.bytes': '2000000', 'min.insync.replicas': '1' }),
  )
  assert.equal(image.features.metadataVersion, 33)
  assert.deepEqual(Object.fromEntries(image.features.finalized), {
    'eligible.leader.replicas.version': 1,
    'group.version': 1,
    'share.version': 2,
    'streams.version': 1,
    'transaction.version': 2,
  })
  assert.equal(image.nextProducerId, 1000n)
  assert.deepEqual(
    [...image.security.acls.values()].map(({ principal, resourceName }) => [principal, resourceName]),
    [['User:alice', 'orders']],
  )
  assert.deepEqual(
    [...image.security.scramCredentials()].map(({ name, mechanism }) => [name, mechanism]),
    [['bob', 1]],
  )
  assert.equal([...image.security.clientQuotas()].length, 2)
  assert.equal(image.cluster.brokers.get(1)!.fenced, true)
  assert.deepEqual([...image.cluster.controllers.keys()], [1])
  const { offset, epoch } = image
  assert.deepEqual({ offset, epoch }, { offset: 60, epoch: 2 })
})

test('a snapshot at any batch and the log behind it give the image of the whole log', () => {
  const batches = kafkaBatches()
  const whole = new MetadataImage()
  for (const batch of batches) whole.apply(batch)
  for (let cut = 0; cut <= batches.length; cut++) {
    const before = new MetadataImage()
    for (const batch of batches.slice(0, cut)) before.apply(batch)
    assert.equal(before.inTransaction, false)
    const image = new MetadataImage()
    for (const record of before.records()) image.load(decodeMetadataRecord(encodeMetadataRecord(record)))
    for (const batch of batches.slice(cut)) image.apply(batch)
    assert.deepEqual(content(image), content(whole), `after ${cut} batches`)
  }
})

test('a copy has the same content and a life of its own', () => {
  const image = new MetadataImage()
  for (const batch of kafkaBatches()) image.apply(batch)
  const before = content(image)
  const copy = image.copy()
  assert.deepEqual(content(copy), before)
  const orders = copy.topics.byName.get('orders')!
  fold(
    [
      configRecord({ type: ConfigResourceType.TOPIC, name: 'orders' }, 'retention.ms', '1'),
      featureLevel('group.version', 0),
      { type: 'REMOVE_TOPIC_RECORD', version: 0, data: { topicId: orders.id } },
      { type: 'UNREGISTER_CONTROLLER_RECORD', version: 0, data: { controllerId: 1 } },
    ],
    copy,
  )
  assert.notDeepEqual(content(copy), before)
  assert.deepEqual(content(image), before)
})

test('records of a transaction take effect at its end, all at once', () => {
  const image = fold([{ type: 'BEGIN_TRANSACTION_RECORD', version: 0, data: { name: null } }, ...topic('orders')])
  assert.equal(image.topics.byName.size, 0)
  assert.equal(image.inTransaction, true)
  fold([{ type: 'END_TRANSACTION_RECORD', version: 0, data: {} }, ...topic('late', 'LateLateLateLateLateAA')], image)
  assert.deepEqual([...image.topics.byName.keys()], ['orders', 'late'])
  assert.equal(image.inTransaction, false)
})

test('records of an aborted transaction are gone, also in a copy made while it was open', () => {
  const image = fold([{ type: 'BEGIN_TRANSACTION_RECORD', version: 0, data: { name: null } }, ...topic('orders')])
  const copy = image.copy()
  for (const each of [image, copy]) {
    fold([{ type: 'ABORT_TRANSACTION_RECORD', version: 0, data: { reason: null } }], each)
    assert.equal(each.topics.byName.size, 0)
    assert.equal(each.inTransaction, false)
  }
})

test('a record that does not follow from those before it is refused', () => {
  const refused = (record: MetadataRecord, message: RegExp) => assert.throws(() => fold([record]), message)
  refused(topic('x')[1]!, /Topic id .* does not exist/)
  refused(election(1, [1]), /Topic id .* does not exist/)
  refused({ type: 'REMOVE_TOPIC_RECORD', version: 0, data: { topicId: TOPIC_ID } }, /Topic id .* does not exist/)
  refused({ type: 'UNFENCE_BROKER_RECORD', version: 0, data: { id: 1, epoch: 1 } }, /Broker 1 is not registered/)
  refused({ type: 'UNREGISTER_BROKER_RECORD', version: 0, data: { brokerId: 1, brokerEpoch: 1 } }, /not registered/)
  refused({ type: 'END_TRANSACTION_RECORD', version: 0, data: {} }, /ends that did not begin/)
  const image = fold(topic('orders'))
  assert.throws(() => fold([election(1, [1], 7)], image), /Partition orders-7 does not exist/)
})

test('an election raises the leader epoch, every change the partition epoch', () => {
  const image = fold(topic('orders'))
  fold([election(-1, [])], image)
  fold([{ ...election(-2, [1]) }], image)
  const { leader, leaderEpoch, partitionEpoch, isr } = image.partition('orders', 0)!
  assert.deepEqual(
    { leader, leaderEpoch, partitionEpoch, isr },
    { leader: -1, leaderEpoch: 1, partitionEpoch: 2, isr: [1] },
  )
})

test('epochs wrap as in Java', () => {
  const image = fold(topic('orders'))
  const before = { ...image.partition('orders', 0)!, leaderEpoch: 2 ** 31 - 1, partitionEpoch: 2 ** 31 - 1 }
  const { leaderEpoch, partitionEpoch } = changePartition(before, {
    ...NO_PARTITION_CHANGE,
    topicId: TOPIC_ID,
    partitionId: 0,
    leader: 1,
  })
  assert.deepEqual([leaderEpoch, partitionEpoch], [-(2 ** 31), -(2 ** 31)])
})

test('a delta has the first before and the last after of each thing that changed', () => {
  const image = fold(topic('orders', TOPIC_ID, 2))
  const before = image.partition('orders', 0)
  const delta = changesOf(image, [
    election(-1, []),
    election(1, [1]),
    configRecord({ type: ConfigResourceType.TOPIC, name: 'orders' }, 'retention.ms', '1'),
    configRecord({ type: ConfigResourceType.TOPIC, name: 'orders' }, 'retention.ms', null),
  ])
  const [change] = delta.topics.values()
  assert.deepEqual([...change!.partitions.keys()], [0])
  assert.equal(change!.partitions.get(0)!.before, before)
  assert.equal(change!.partitions.get(0)!.after, image.partition('orders', 0))
  assert.equal(change!.partitions.get(0)!.after!.leaderEpoch, 2)
  assert.deepEqual(delta.configs, [{ type: ConfigResourceType.TOPIC, name: 'orders' }])
  assert.equal(delta.features, false)
  assert.equal(delta.offset, image.offset)
})

test('a delta tells of a deleted topic all partitions, and nothing of one that came and went', () => {
  const image = fold(topic('orders', TOPIC_ID, 2))
  const remove = (topicId: string): MetadataRecord => ({ type: 'REMOVE_TOPIC_RECORD', version: 0, data: { topicId } })
  const again = 'AgainAgainAgainAgainAA'
  const short = 'ShortShortShortShortAA'
  const delta = changesOf(image, [remove(TOPIC_ID), ...topic('orders', again), ...topic('short', short), remove(short)])
  assert.deepEqual(
    [...delta.topics.values()].map(({ id, created, deleted, partitions }) => ({
      id,
      created,
      deleted,
      partitions: [...partitions].map(([i, { before, after }]) => [i, before !== undefined, after !== undefined]),
    })),
    [
      {
        id: TOPIC_ID,
        created: false,
        deleted: true,
        partitions: [
          [0, true, false],
          [1, true, false],
        ],
      },
      { id: again, created: true, deleted: false, partitions: [[0, false, true]] },
    ],
  )
})

test('the delta of a whole image says that everything is new', () => {
  const image = new MetadataImage()
  for (const batch of kafkaBatches()) image.apply(batch)
  const delta = deltaOfAll(image)
  assert.equal(delta.topics.size, 2)
  for (const { created, partitions } of delta.topics.values()) {
    assert.equal(created, true)
    for (const { before, after } of partitions.values()) assert.ok(before === undefined && after !== undefined)
  }
  assert.deepEqual([...delta.brokers.keys()], [1])
  assert.equal(delta.configs.length, 4)
  assert.equal(delta.features, true)
})
