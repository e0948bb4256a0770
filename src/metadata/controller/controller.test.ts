import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#host/memory'
import { MetadataImage } from '../image/metadata-image.ts'
import { encodeMetadataRecord } from '../metadata-record.ts'
import { ControllerWorld } from './controller-world.kit.test.ts'

/** Commands that a seed chooses: brokers come and go, topics are made, changed and removed. */
function commands(seed: number, count: number): string[] {
  const random = seededRandom(seed)
  const one = <Item>(items: readonly Item[]): Item => items[random.below(items.length)]!
  const topics = ['a', 'b', 'c', 'd']
  return Array.from({ length: count }, () => {
    const broker = one([1, 2, 3])
    const topic = one(topics)
    return one([
      `broker ${broker} incarnation=life-${random.below(5)}`,
      `alive ${broker}`,
      `alive ${broker}`,
      `stop ${broker}`,
      `fence ${broker}`,
      `wait ${random.below(5000)}`,
      `createTopics {"topics":[{"name":"${topic}","numPartitions":${1 + random.below(3)},"replicationFactor":${1 + random.below(3)}}]}`,
      `createTopics {"topics":[{"name":"${topic}","numPartitions":1,"replicationFactor":1,"configs":[{"name":"min.insync.replicas","value":"1"}]}]}`,
      `deleteTopics {"topics":[{"name":"${topic}"}]}`,
      `createPartitions {"topics":[{"name":"${topic}","count":${random.below(6)},"assignments":null}]}`,
      `incrementalAlterConfigs {"resources":[{"resourceType":2,"resourceName":"${topic}","configs":[{"name":"unclean.leader.election.enable","configOperation":0,"value":"${one(['true', 'false'])}"}]}]}`,
      `alterPartitionReassignments {"allowReplicationFactorChange":true,"topics":[{"name":"${topic}","partitions":[{"partitionIndex":0,"replicas":${one(['[1]', '[2,3]', '[1,2]', 'null'])}}]}]}`,
      `electLeaders {"electionType":${random.below(2)},"topicPartitions":null}`,
      `updateFeatures {"featureUpdates":[{"feature":"eligible.leader.replicas.version","maxVersionLevel":${random.below(2)},"upgradeType":${1 + random.below(2)}}]}`,
      `alterPartition ${isr(random.below(4))}`,
    ])
  })
}

function isr(kind: number): string {
  const newIsr = [[1], [1, 2], [2], [1, 2, 3]][kind]
  const partition = { partitionIndex: 0, leaderEpoch: 0, partitionEpoch: kind, newIsr }
  return JSON.stringify({ brokerId: 1, brokerEpoch: 3, topics: [{ topicId: '$a', partitions: [partition] }] })
}

test('the same requests give the same records, responses and image', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const [first, second] = [new ControllerWorld(), new ControllerWorld()]
    for (const command of commands(seed, 200)) assert.deepEqual(first.play(command), second.play(command))
    assert.deepEqual(first.records, second.records)
  }
})

test('whatever is asked, partitions keep their invariants, and the fold of the log is the image', () => {
  for (let seed = 100; seed < 140; seed++) {
    const world = new ControllerWorld()
    const { image } = world.controller
    const epochs = new Map<string, { leaderEpoch: number; partitionEpoch: number }>()
    for (const command of commands(seed, 150)) {
      world.play(command)
      for (const { name, id: topicId, partitions } of image.topics.byName.values()) {
        for (const [number, partition] of partitions) {
          const where = `${name}-${number} after ${command} (seed ${seed})`
          const { replicas, isr, leader, eligibleLeaderReplicas, directories } = partition
          assert.ok(
            isr.every((member) => replicas.includes(member)),
            `ISR within replicas: ${where}`,
          )
          assert.ok(leader === -1 || isr.includes(leader), `leader in the ISR: ${where}`)
          assert.ok(leader === -1 || image.cluster.isActive(leader), `leader active: ${where}`)
          assert.ok(
            eligibleLeaderReplicas.every((member) => !isr.includes(member)),
            `ELR beside the ISR: ${where}`,
          )
          assert.equal(directories.length, replicas.length, where)
          const before = epochs.get(topicId + number)
          if (before !== undefined) {
            assert.ok(partition.leaderEpoch >= before.leaderEpoch && partition.partitionEpoch >= before.partitionEpoch)
          }
          epochs.set(topicId + number, partition)
        }
      }
    }
    const folded = new MetadataImage()
    folded.apply({ lastOffset: world.records.length - 1, epoch: 1, timestampMs: 0, records: world.records })
    const content = (each: MetadataImage) => [...each.records()].map(encodeMetadataRecord)
    assert.deepEqual(content(folded), content(image))
  }
})

test('producer ids are given out once and end before they overflow', () => {
  const world = new ControllerWorld()
  world.play('broker 1')
  const last = 2n ** 63n - 1n
  world.append([
    {
      type: 'PRODUCER_IDS_RECORD',
      version: 0,
      data: { brokerId: 1, brokerEpoch: 3, nextProducerId: last - 1500n },
    },
  ])
  assert.match(world.play('allocateProducerIds {"brokerId":1,"brokerEpoch":3}').at(-1)!, /"errorCode":0/)
  assert.match(world.play('allocateProducerIds {"brokerId":1,"brokerEpoch":3}').at(-1)!, /"errorCode":-1/)
})
