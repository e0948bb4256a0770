/**
 * What the broker understands of the protocol that consumers speak with each other: the topics they read.
 */
import { ByteReader, MalformedError } from '#core'
import { decode } from '#protocol'
import { consumerProtocolSubscription } from '#protocol/consumer-protocol'

/** The protocol type of groups whose members are consumers. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * The topics that members subscribe to by these metadata; undefined where one of them cannot be read. Any version is
 * read as its first, which later ones only add to.
 */
export function subscribedTopicsOf(metadata: readonly Uint8Array[]): ReadonlySet<string> | undefined {
  const topics = new Set<string>()
  try {
    for (const bytes of metadata) {
      const reader = new ByteReader(bytes)
      reader.int16()
      for (const topic of decode(consumerProtocolSubscription, 0, reader).topics) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
  return topics
}
