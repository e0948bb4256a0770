import type { BrokerConfig, TopicConfig } from '#config'
import type { LogConfig } from '#log'
import type { PartitionConfig } from '#replication'

/** What a partition obeys, out of its topic's configuration in effect. */
export function partitionConfigOf(topic: TopicConfig): PartitionConfig {
  return { log: logConfigOf(topic), minInsyncReplicas: topic.get('min.insync.replicas') }
}

function logConfigOf(topic: TopicConfig): LogConfig {
  return {
    segmentBytes: topic.segmentBytes,
    // A record may have to be compacted before its segment is full, and an active segment is not.
    segmentMs: topic.isCompacted
      ? Math.min(topic.get('segment.ms'), topic.get('max.compaction.lag.ms'))
      : topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    segmentIndexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    retentionMs: topic.get('retention.ms'),
    retentionBytes: topic.get('retention.bytes'),
    deletes: topic.isDeleted,
    compacted: topic.isCompacted,
    minCleanableDirtyRatio: topic.get('min.cleanable.dirty.ratio'),
    minCompactionLagMs: topic.get('min.compaction.lag.ms'),
    maxCompactionLagMs: topic.get('max.compaction.lag.ms'),
    deleteRetentionMs: topic.get('delete.retention.ms'),
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    maxMessageBytes: topic.get('max.message.bytes'),
    maxDecompressedMessageBytes: topic.get('max.decompressed.message.bytes'),
    compressionType: topic.get('compression.type'),
    compressionLevels: {
      gzip: topic.get('compression.gzip.level'),
      lz4: topic.get('compression.lz4.level'),
      zstd: topic.get('compression.zstd.level'),
    },
    timestampType: topic.get('message.timestamp.type'),
    timestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
  }
}

/** The metadata log is the broker's own: no retention by the topics' rules, and always synced. */
export function metadataLogConfigOf(config: BrokerConfig, base: LogConfig): LogConfig {
  return {
    ...base,
    segmentBytes: config.get('metadata.log.segment.bytes'),
    segmentMs: config.get('metadata.log.segment.ms'),
    deletes: false,
    compacted: false,
    flushMessages: 1,
  }
}
