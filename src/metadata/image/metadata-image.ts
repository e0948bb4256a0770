/**
 * The state of the cluster: the fold of all metadata records up to an offset.
 *
 * There is one image, and it changes in place, always between two turns of the event loop: read it synchronously, and read
 * it again after an `await`. What is in its maps (a `PartitionRegistration`, a `BrokerRegistration`) is a value that never
 * changes, so it may be kept.
 *
 * Invariant: the same records give the same image, in the same order (INV-38, INV-39).
 */
import type { LeaderEpoch, Offset } from '#core'
import { ClusterImage } from './cluster-image.ts'
import { ConfigsImage } from './configs-image.ts'
import { FeaturesImage } from './features-image.ts'
import type { PartitionRegistration } from './partition-registration.ts'
import { TopicsImage } from './topics-image.ts'

export class MetadataImage {
  readonly features = new FeaturesImage()
  readonly cluster = new ClusterImage()
  readonly topics = new TopicsImage()
  readonly configs = new ConfigsImage()
  #offset: Offset = -1
  #epoch: LeaderEpoch = -1

  /** Offset of the last record that is in the image; -1: none. */
  get offset(): Offset {
    return this.#offset
  }

  /** Epoch of that record. */
  get epoch(): LeaderEpoch {
    return this.#epoch
  }

  /** One partition of a topic by name; undefined where there is none. */
  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.topics.byName.get(topic)?.partitions.get(partition)
  }
}
