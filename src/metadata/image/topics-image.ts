import type { TopicId } from '#core'
import type { PartitionRegistration } from './partition-registration.ts'

/** One topic: a view that stays current while the topic lives. */
export interface TopicImage {
  readonly id: TopicId
  readonly name: string
  /** By partition number, from 0 without gaps. */
  readonly partitions: ReadonlyMap<number, PartitionRegistration>
}

/** All topics, by name and by id; in order of their creation. */
export class TopicsImage {
  readonly #byName = new Map<string, TopicImage>()
  readonly #byId = new Map<TopicId, TopicImage>()

  get byName(): ReadonlyMap<string, TopicImage> {
    return this.#byName
  }

  get byId(): ReadonlyMap<TopicId, TopicImage> {
    return this.#byId
  }
}
