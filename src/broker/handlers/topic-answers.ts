/**
 * Answers per partition, gathered by topic from several sources: what a handler refuses itself, and what it passes on.
 * Topics come in the order in which they were first told of.
 */
import { type TopicId, ZERO_UUID } from '#core'
import type { ErrorCode } from '#protocol'

interface PartitionAnswer {
  readonly partitionIndex: number
  readonly errorCode: number
}

interface TopicName {
  readonly name?: string | undefined
  readonly topicId?: TopicId | undefined
}

export class TopicAnswers {
  readonly #byTopic = new Map<string, { name: string; topicId: TopicId; partitions: PartitionAnswer[] }>()

  get topics(): { name: string; topicId: TopicId; partitions: PartitionAnswer[] }[] {
    return [...this.#byTopic.values()]
  }

  /** The same error for each of some partitions. */
  refuse(topic: TopicName, partitions: readonly { readonly partitionIndex: number }[], errorCode: ErrorCode): void {
    this.add(
      topic,
      partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    )
  }

  /** Those of `partitions` for which `isThere`; the same error for each of the others. */
  filter<Partition extends { readonly partitionIndex: number }>(
    topic: TopicName,
    partitions: readonly Partition[],
    { isThere, otherwise }: { isThere: (partitionIndex: number) => boolean; otherwise: ErrorCode },
  ): Partition[] {
    const there: Partition[] = []
    const missing: Partition[] = []
    for (const partition of partitions) (isThere(partition.partitionIndex) ? there : missing).push(partition)
    this.refuse(topic, missing, otherwise)
    return there
  }

  add({ name = '', topicId = ZERO_UUID }: TopicName, partitions: readonly PartitionAnswer[]): void {
    if (partitions.length === 0) return
    const key = name === '' ? topicId : `name ${name}`
    const topic = this.#byTopic.get(key)
    if (topic === undefined) this.#byTopic.set(key, { name, topicId, partitions: [...partitions] })
    else for (const partition of partitions) topic.partitions.push(partition)
  }
}
