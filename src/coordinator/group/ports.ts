/**
 * What group coordination needs from the rooms around it, each port as small as its user.
 */
import type { BrokerId, TopicId } from '#core'

/** Topics as the offset requests look at them. */
export interface GroupTopics {
  topicIdOf(name: string): TopicId | undefined
  topicNameOf(id: TopicId): string | undefined
  hasPartition(name: string, partition: number): boolean
}

/** Where the partitions of an internal topic are led, for FindCoordinator. */
export interface CoordinatorTopics {
  /** How many partitions a topic has; undefined where it does not exist. */
  partitionCountOf(topic: string): number | undefined
  /** The broker that leads a partition, under the address of the listener that was asked; undefined where none does. */
  leaderOf(topic: string, partition: number, listenerName: string): CoordinatorEndpoint | undefined
  /** Asks for a topic that does not exist to be made, with the configuration of its kind, and returns at once. */
  create(topic: CoordinatorTopic): void
}

export interface CoordinatorEndpoint {
  readonly nodeId: BrokerId
  readonly host: string
  readonly port: number
}

/** An internal topic that a coordinator keeps its state in. */
export interface CoordinatorTopic {
  readonly name: string
  readonly partitionCount: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

/** Who asks, as far as groups care; a handler's `RequestContext` is one. */
export interface GroupRequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly remoteHost: string
}
