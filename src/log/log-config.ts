import { type BatchRules, NO_DECOMPRESSED_LIMIT } from '#protocol/records'

/**
 * What a log needs to know of its topic's configuration, in the units of Kafka's keys. A log's own port: the server maps
 * the typed table of configuration to it. Replaceable while the log is open; what has been written keeps its shape.
 *
 * A limit that Kafka gives as 9223372036854775807 is any number from 2^53 on: never.
 */
export interface LogConfig extends Omit<BatchRules, 'zstdRefused'> {
  /** `segment.bytes`: a segment grows to at most this. */
  readonly segmentBytes: number
  /** `segment.ms`: a segment is rolled when its records span more than this. */
  readonly segmentMs: number
  /** `segment.jitter.ms`: up to this is taken off `segmentMs`, at random, so that segments do not roll all at once. */
  readonly segmentJitterMs: number
  /** `segment.index.bytes`: the most that an index file of a segment takes. */
  readonly segmentIndexBytes: number
  /** `index.interval.bytes`: an index entry is added after this many bytes. */
  readonly indexIntervalBytes: number
  /** `retention.ms`, -1: for ever. */
  readonly retentionMs: number
  /** `retention.bytes`, -1: without limit. */
  readonly retentionBytes: number
  /** Whether `cleanup.policy` has `delete`: retention applies. Records below the log's start go either way. */
  readonly deletes: boolean
  /** `min.cleanable.dirty.ratio`: which part of a compacted log is new when it is compacted again. */
  readonly minCleanableDirtyRatio: number
  /** `min.compaction.lag.ms`: so long a record is not compacted. */
  readonly minCompactionLagMs: number
  /** `max.compaction.lag.ms`: after so long it is, however little else there is to do; its segment is rolled for it. */
  readonly maxCompactionLagMs: number
  /** `delete.retention.ms`: so long a tombstone or a marker stays after compaction has first met it. */
  readonly deleteRetentionMs: number
  /** `file.delete.delay.ms`: removed segments stay this long with the suffix `.deleted`. */
  readonly fileDeleteDelayMs: number
  /** `flush.messages`: fewer than this many acknowledged records are unsynced. 1: none, synced acknowledgements. */
  readonly flushMessages: number
  /** `flush.ms`: what is written is synced after this long. */
  readonly flushMs: number
}

/** Kafka's defaults, but for `flushMessages`: Ottla syncs before it acknowledges. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  maxMessageBytes: 1048588,
  maxDecompressedMessageBytes: NO_DECOMPRESSED_LIMIT,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: 3600000,
  compacted: false,
  segmentBytes: 1073741824,
  segmentMs: 604800000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10485760,
  indexIntervalBytes: 4096,
  retentionMs: 604800000,
  retentionBytes: -1,
  deletes: true,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  deleteRetentionMs: 86400000,
  fileDeleteDelayMs: 60000,
  flushMessages: 1,
  flushMs: Number.POSITIVE_INFINITY,
}
