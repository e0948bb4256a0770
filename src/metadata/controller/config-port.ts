import type { MessageInput } from '#protocol'
import type { createTopicsResponse } from '#protocol/messages'
import type { ConfigResource } from '../image/configs-image.ts'
import type { ApiError } from './operation.ts'

export type Overrides = ReadonlyMap<string, string>
export type TopicConfigEntries = NonNullable<MessageInput<typeof createTopicsResponse>['topics'][number]['configs']>

/** What a controller needs to know of configuration. `overrides` is always all that is set for the resource itself. */
export interface ConfigPort {
  /** `num.partitions`, `default.replication.factor`: of topics that do not say. */
  readonly numPartitions: number
  readonly replicationFactor: number
  /** `delete.topic.enable` */
  readonly deleteTopicEnable: boolean
  /** `broker.session.timeout.ms`: how long a broker that says nothing counts as alive. */
  readonly sessionTimeoutMs: number
  /** Why a resource may not have these overrides; undefined where it may. */
  validate(resource: ConfigResource, overrides: Overrides): ApiError | undefined
  /** Whether the key takes a list, so that values can be appended and subtracted. */
  isList(resourceType: number, key: string): boolean
  /** What a key that takes a list has where nothing is set. */
  defaultOf(resourceType: number, key: string): string
  /** The configuration in effect for a topic, as CreateTopics tells it, by name. */
  describeTopic(overrides: Overrides): TopicConfigEntries
  /** Two keys of a topic that decide about elections. */
  minInSyncReplicas(overrides: Overrides): number
  uncleanLeaderElection(overrides: Overrides): boolean
}
