import { MalformedError, type TopicId } from '#core'
import type { MetadataRecord, RecordData } from '../metadata-record.ts'
import type { ChangeLog } from './change-log.ts'
import {
  changePartition,
  NO_LEADER_CHANGE,
  type PartitionRegistration,
  partitionFromRecord,
  partitionToRecord,
} from './partition-registration.ts'

/** One topic: a view that stays current while the topic lives. */
export interface TopicImage {
  readonly id: TopicId
  readonly name: string
  /** By partition number, from 0 without gaps. */
  readonly partitions: ReadonlyMap<number, PartitionRegistration>
}

interface MutableTopic extends TopicImage {
  readonly partitions: Map<number, PartitionRegistration>
}

/** What a change record says where it changes nothing; to be spread under what it does change. */
export const NO_PARTITION_CHANGE = {
  isr: null,
  leader: NO_LEADER_CHANGE,
  replicas: null,
  removingReplicas: null,
  addingReplicas: null,
  leaderRecoveryState: -1,
  directories: null,
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
} as const

/** All topics, by name and by id; in the order of their creation. */
export class TopicsImage {
  readonly #byName = new Map<string, MutableTopic>()
  readonly #byId = new Map<TopicId, MutableTopic>()

  get byName(): ReadonlyMap<string, TopicImage> {
    return this.#byName
  }

  get byId(): ReadonlyMap<TopicId, TopicImage> {
    return this.#byId
  }

  create({ name, topicId }: RecordData<'TOPIC_RECORD'>, changes?: ChangeLog): void {
    const topic = { id: topicId, name, partitions: new Map<number, PartitionRegistration>() }
    this.#byName.set(name, topic)
    this.#byId.set(topicId, topic)
    changes?.topicCreated(topic)
  }

  setPartition(data: RecordData<'PARTITION_RECORD'>, changes?: ChangeLog): void {
    this.#set(this.#topic(data.topicId), data.partitionId, partitionFromRecord(data), changes)
  }

  changePartition(data: RecordData<'PARTITION_CHANGE_RECORD'>, changes?: ChangeLog): void {
    const topic = this.#topic(data.topicId)
    const before = topic.partitions.get(data.partitionId)
    if (before === undefined) throw new MalformedError(`Partition ${topic.name}-${data.partitionId} does not exist`)
    this.#set(topic, data.partitionId, changePartition(before, data), changes)
  }

  /** Forgets the eligible leader replicas of a topic, or of all where the name is empty. */
  clearElr({ topicName }: RecordData<'CLEAR_ELR_RECORD'>, changes?: ChangeLog): void {
    for (const topic of this.#byName.values()) {
      if (topicName !== '' && topicName !== topic.name) continue
      for (const [partitionId, { eligibleLeaderReplicas, lastKnownElr }] of topic.partitions) {
        if (eligibleLeaderReplicas.length === 0 && lastKnownElr.length === 0) continue
        const cleared = { eligibleLeaderReplicas: [], lastKnownElr: [] }
        this.changePartition({ ...NO_PARTITION_CHANGE, ...cleared, topicId: topic.id, partitionId }, changes)
      }
    }
  }

  /** Removes a topic and tells which it was. */
  remove({ topicId }: RecordData<'REMOVE_TOPIC_RECORD'>, changes?: ChangeLog): TopicImage {
    const topic = this.#topic(topicId)
    this.#byId.delete(topicId)
    this.#byName.delete(topic.name)
    changes?.topicDeleted(topic)
    return topic
  }

  *records(): Iterable<MetadataRecord> {
    for (const { id, name, partitions } of this.#byName.values()) {
      yield { type: 'TOPIC_RECORD', version: 0, data: { name, topicId: id } }
      for (const [partitionId, partition] of partitions) yield partitionToRecord(id, partitionId, partition)
    }
  }

  copy(): TopicsImage {
    const copy = new TopicsImage()
    for (const topic of this.#byName.values()) {
      const same = { ...topic, partitions: new Map(topic.partitions) }
      copy.#byName.set(topic.name, same)
      copy.#byId.set(topic.id, same)
    }
    return copy
  }

  #topic(id: TopicId): MutableTopic {
    const topic = this.#byId.get(id)
    if (topic === undefined) throw new MalformedError(`Topic id ${id} does not exist`)
    return topic
  }

  #set(topic: MutableTopic, partitionId: number, after: PartitionRegistration, changes?: ChangeLog): void {
    const before = topic.partitions.get(partitionId)
    topic.partitions.set(partitionId, after)
    changes?.partitionChanged(topic, partitionId, { before, after })
  }
}
