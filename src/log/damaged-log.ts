import { nameOf, type TopicPartition } from '#core'

/**
 * A log is damaged where it had been stored: a batch that was synced does not have its checksum, or is not there. Nothing
 * of it is cut away or served; an operator or another replica decides what becomes of it.
 */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly topicPartition: TopicPartition

  constructor(topicPartition: TopicPartition, what: string) {
    super(`The log of ${nameOf(topicPartition)} is damaged: ${what}`)
    this.topicPartition = topicPartition
  }
}
