/**
 * Notes what a fold changes in an image, and makes a `MetadataDelta` of it: the first `before` and the last `after` of
 * each thing. What came and went within the notes leaves no trace.
 */
import type { BrokerId, TopicId } from '#core'
import type { BrokerRegistration } from './cluster-image.ts'
import { type ConfigResource, keyOf } from './configs-image.ts'
import type { Change, MetadataDelta } from './metadata-delta.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { PartitionRegistration } from './partition-registration.ts'
import type { TopicImage } from './topics-image.ts'

interface TopicNotes {
  readonly id: TopicId
  readonly name: string
  readonly created: boolean
  deleted: boolean
  readonly partitions: Map<number, Change<PartitionRegistration>>
}

export class ChangeLog {
  readonly #topics = new Map<TopicId, TopicNotes>()
  readonly #brokers = new Map<BrokerId, Change<BrokerRegistration>>()
  readonly #configs = new Map<string, ConfigResource>()
  #features = false

  topicCreated(topic: TopicImage): void {
    this.#topic(topic, true)
  }

  partitionChanged(topic: TopicImage, partition: number, change: Change<PartitionRegistration>): void {
    const { partitions } = this.#topic(topic, false)
    const known = partitions.get(partition)
    partitions.set(partition, known === undefined ? change : { before: known.before, after: change.after })
  }

  topicDeleted(topic: TopicImage): void {
    const notes = this.#topic(topic, false)
    if (notes.created) {
      this.#topics.delete(topic.id)
      return
    }
    notes.deleted = true
    for (const [partition, registration] of topic.partitions) {
      const known = notes.partitions.get(partition)
      const before = known === undefined ? registration : known.before
      notes.partitions.set(partition, { before, after: undefined })
    }
  }

  brokerChanged(id: BrokerId, change: Change<BrokerRegistration>): void {
    const known = this.#brokers.get(id)
    this.#brokers.set(id, known === undefined ? change : { before: known.before, after: change.after })
  }

  configChanged(resource: ConfigResource): void {
    this.#configs.set(keyOf(resource), resource)
  }

  featuresChanged(): void {
    this.#features = true
  }

  /** The delta of everything noted; `image` is what it led to. */
  toDelta(image: MetadataImage): MetadataDelta {
    return {
      image,
      offset: image.offset,
      topics: this.#topics,
      brokers: this.#brokers,
      configs: [...this.#configs.values()],
      features: this.#features,
    }
  }

  #topic({ id, name }: TopicImage, created: boolean): TopicNotes {
    let notes = this.#topics.get(id)
    if (notes === undefined) {
      notes = { id, name, created, deleted: false, partitions: new Map() }
      this.#topics.set(id, notes)
    }
    return notes
  }
}

/** The whole image as a delta in which everything is new. */
export function deltaOfAll(image: MetadataImage): MetadataDelta {
  const changes = new ChangeLog()
  for (const topic of image.topics.byName.values()) {
    changes.topicCreated(topic)
    for (const [partition, after] of topic.partitions) {
      changes.partitionChanged(topic, partition, { before: undefined, after })
    }
  }
  for (const [id, after] of image.cluster.brokers) changes.brokerChanged(id, { before: undefined, after })
  for (const resource of image.configs.resources()) changes.configChanged(resource)
  changes.featuresChanged()
  return changes.toDelta(image)
}
