import type { BrokerId, Offset, TopicId } from '#core'
import type { BrokerRegistration } from './cluster-image.ts'
import type { ConfigResource } from './configs-image.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { PartitionRegistration } from './partition-registration.ts'

/** `before` undefined: it is new. `after` undefined: it is gone. */
export interface Change<Value> {
  readonly before: Value | undefined
  readonly after: Value | undefined
}

export interface TopicDelta {
  readonly id: TopicId
  readonly name: string
  readonly created: boolean
  readonly deleted: boolean
  /** The partitions that changed; all of them where the topic was created or deleted. */
  readonly partitions: ReadonlyMap<number, Change<PartitionRegistration>>
}

/**
 * What a run of committed records changed. It is published when the image has it all, so listeners see `before` here and
 * `after` in the image. A listener that comes late gets the whole image first, as a delta in which everything is new.
 */
export interface MetadataDelta {
  readonly image: MetadataImage
  /** Offset of the last record in it; equals `image.offset`. */
  readonly offset: Offset
  /** By id; a topic that was deleted and created again is there twice, the deletion first. */
  readonly topics: ReadonlyMap<TopicId, TopicDelta>
  readonly brokers: ReadonlyMap<BrokerId, Change<BrokerRegistration>>
  /** Resources whose configuration changed, each once. A deleted topic's is not among them. */
  readonly configs: readonly ConfigResource[]
  /** Whether a feature level changed. */
  readonly features: boolean
}
