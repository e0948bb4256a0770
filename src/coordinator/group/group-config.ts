/**
 * The configuration that classic groups and their offsets obey, read anew at each use, so that a dynamic change counts
 * from the next request on.
 */
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
  /** `offsets.topic.replication.factor`. */
  readonly offsetsTopicReplicationFactor: number
  /** `offsets.topic.segment.bytes`, 100 MiB. */
  readonly offsetsTopicSegmentBytes: number
}
