import type { BrokerConfig, TopicConfig } from '#config'
import type { LogConfig } from '#log'
import type { PartitionConfig } from '#replication'

/** What a partition obeys, out of its topic's configuration in effect. */
export function partitionConfigOf(topic: TopicConfig): PartitionConfig {
  return { log: logConfigOf(topic), minInsyncReplicas: topic.get('min.insync.replicas') }
}

function logConfigOf(topic: TopicConfig): LogConfig {
  const compressionType = topic.get('compression.type')
  const level = compressionLevelOf(topic, compressionType)
  return {
    segmentBytes: topic.segmentBytes,
    segmentMs: topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    segmentIndexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    retentionMs: topic.get('retention.ms'),
    retentionBytes: topic.get('retention.bytes'),
    deletes: topic.isDeleted,
    compacts: topic.isCompacted,
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    maxMessageBytes: topic.get('max.message.bytes'),
    compressionType,
    ...(level === undefined ? undefined : { compressionLevel: level }),
    timestampType: topic.get('message.timestamp.type'),
    timestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
  }
}

function compressionLevelOf(topic: TopicConfig, type: LogConfig['compressionType']): number | undefined {
  switch (type) {
    case 'gzip':
      return topic.get('compression.gzip.level')
    case 'lz4':
      return topic.get('compression.lz4.level')
    case 'zstd':
      return topic.get('compression.zstd.level')
    default:
      return undefined
  }
}

/** The metadata log is the broker's own: no retention by the topics' rules, and always synced. */
export function metadataLogConfigOf(config: BrokerConfig, base: LogConfig): LogConfig {
  return {
    ...base,
    segmentBytes: config.get('metadata.log.segment.bytes'),
    segmentMs: config.get('metadata.log.segment.ms'),
    deletes: false,
    compacts: false,
    flushMessages: 1,
  }
}
