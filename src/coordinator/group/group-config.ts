/**
 * The configuration that classic groups and their offsets obey, read anew at each use, so that a dynamic change counts
 * from the next request on.
 */
import type { BrokerConfig } from '#config'
import type { Compression } from '#protocol/records'
import { compressionOf } from '#protocol/records'

export interface GroupCoordinatorConfig {
  /** `group.min.session.timeout.ms`, 6 s. */
  readonly sessionTimeoutMinMs: number
  /** `group.max.session.timeout.ms`, 30 min. */
  readonly sessionTimeoutMaxMs: number
  /** `group.initial.rebalance.delay.ms`, 3 s: how long a first rebalance waits for more members. */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size`: members that a group may have. */
  readonly groupSizeMax: number
  /** `offset.metadata.max.bytes`, 4096: length of the text beside an offset, counted as Kafka does, in UTF-16 units. */
  readonly offsetMetadataMax: number
  /** `offsets.retention.minutes`, 7 days. */
  readonly offsetsRetentionMs: number
  /** `offsets.retention.check.interval.ms`, 10 min. */
  readonly offsetsRetentionCheckIntervalMs: number
  /** `offsets.commit.timeout.ms`, 5 s: how long an answer waits for its records to be committed. */
  readonly offsetsCommitTimeoutMs: number
  /** `offsets.topic.num.partitions`, 50. */
  readonly offsetsTopicPartitionCount: number
  /** `offsets.topic.replication.factor`, 3. */
  readonly offsetsTopicReplicationFactor: number
  /** `offsets.topic.segment.bytes`, 100 MiB. */
  readonly offsetsTopicSegmentBytes: number
  /** `offsets.topic.compression.codec`, none. */
  readonly offsetsTopicCompression: Compression
}

/** What a broker's configuration says, and will say. */
export function groupCoordinatorConfigOf(config: BrokerConfig): GroupCoordinatorConfig {
  return {
    get sessionTimeoutMinMs() {
      return config.get('group.min.session.timeout.ms')
    },
    get sessionTimeoutMaxMs() {
      return config.get('group.max.session.timeout.ms')
    },
    get initialRebalanceDelayMs() {
      return config.get('group.initial.rebalance.delay.ms')
    },
    get groupSizeMax() {
      return config.get('group.max.size')
    },
    get offsetMetadataMax() {
      return config.get('offset.metadata.max.bytes')
    },
    get offsetsRetentionMs() {
      return config.get('offsets.retention.minutes') * 60_000
    },
    get offsetsRetentionCheckIntervalMs() {
      return config.get('offsets.retention.check.interval.ms')
    },
    get offsetsCommitTimeoutMs() {
      return config.get('offsets.commit.timeout.ms')
    },
    get offsetsTopicPartitionCount() {
      return config.get('offsets.topic.num.partitions')
    },
    get offsetsTopicReplicationFactor() {
      return config.get('offsets.topic.replication.factor')
    },
    get offsetsTopicSegmentBytes() {
      return config.get('offsets.topic.segment.bytes')
    },
    get offsetsTopicCompression() {
      return compressionOf(config.get('offsets.topic.compression.codec')) ?? 'none'
    },
  }
}
