/** What a topic can have of its own. Where it has not, the broker's key of the same meaning counts. */
import { boolean, double, int, LONG_MAX, list, long, string } from '../key.ts'
import { gzipLevel, throttledReplicas } from '../rules.ts'

export const topicKeys = {
  'cleanup.policy': list(
    ['delete'],
    'What happens to old segments: `delete` removes them by age and size, `compact` keeps the last record of each key, both do both, and an empty list keeps everything.',
    { oneOf: ['compact', 'delete'], broker: 'log.cleanup.policy' },
  ),
  'compression.gzip.level': int(-1, "The level at which the broker compresses with gzip; -1 is the library's own.", {
    rule: gzipLevel,
    broker: 'compression.gzip.level',
  }),
  'compression.lz4.level': int(9, 'The level at which the broker compresses with LZ4.', {
    min: 1,
    max: 17,
    broker: 'compression.lz4.level',
  }),
  'compression.type': string(
    'producer',
    'How batches are stored: `producer` as they come, or compressed again with the codec named here.',
    { oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], broker: 'compression.type' },
  ),
  'compression.zstd.level': int(
    3,
    'The level at which the broker compresses with Zstandard; negative is faster and larger.',
    { min: -131072, max: 22, broker: 'compression.zstd.level' },
  ),
  'delete.retention.ms': long(
    86400000,
    'How long a compacted topic keeps the markers of deleted keys. A consumer that reads it from the start must be done within that time to see every deletion.',
    { min: 0, broker: 'log.cleaner.delete.retention.ms' },
  ),
  'errors.deadletterqueue.group.enable': boolean(
    false,
    'Lets share groups write their undeliverable records to this topic.',
  ),
  'file.delete.delay.ms': long(
    60000,
    "How long a removed segment's files stay on disk, for those who still read them.",
    { min: 0, broker: 'log.segment.delete.delay.ms' },
  ),
  'flush.messages': long(
    1,
    'After how many records a partition is synced to disk. At 1 each record is synced before it is acknowledged, many at a time.',
    {
      min: 1,
      broker: 'log.flush.interval.messages',
      differs: {
        from: '9223372036854775807',
        because: "An acknowledged record is a synced record; set Kafka's value to leave it to the page cache.",
      },
    },
  ),
  'flush.ms': long(LONG_MAX, 'How long a record may wait to be synced to disk.', {
    min: 0,
    broker: 'log.flush.interval.ms',
  }),
  'follower.replication.throttled.replicas': list(
    [],
    'The replicas whose followers replicate at a limited speed, as `partition:broker`; `*` means all.',
    { rule: throttledReplicas },
  ),
  'index.interval.bytes': int(
    4096,
    'After how many bytes of records an entry is added to the offset index. More entries make look-ups read less, and the index larger.',
    { min: 0, broker: 'log.index.interval.bytes' },
  ),
  'internal.segment.bytes': int(null, 'The size of a segment, below what segment.bytes allows; for tests.', {
    internal: true,
  }),
  'leader.replication.throttled.replicas': list(
    [],
    'The replicas whose leaders replicate at a limited speed, as `partition:broker`; `*` means all.',
    { rule: throttledReplicas },
  ),
  'local.retention.bytes': long(
    -2,
    'How many bytes of a partition stay on local disk when old segments are on a remote store; -2 is retention.bytes.',
    { min: -2, broker: 'log.local.retention.bytes' },
  ),
  'local.retention.ms': long(
    -2,
    'How long records stay on local disk when old segments are on a remote store; -2 is retention.ms.',
    { min: -2, broker: 'log.local.retention.ms' },
  ),
  'max.compaction.lag.ms': long(LONG_MAX, 'How long a record may stay in a compacted topic before it is compacted.', {
    min: 1,
    broker: 'log.cleaner.max.compaction.lag.ms',
  }),
  'max.decompressed.message.bytes': int(
    2147483639,
    'The largest record inside of a compressed batch; a larger one is refused with INVALID_RECORD.',
    { min: 1, max: 2147483639, broker: 'max.decompressed.message.bytes' },
  ),
  'max.message.bytes': int(1048588, 'The largest batch of records, as it arrives.', {
    min: 0,
    broker: 'message.max.bytes',
  }),
  'message.timestamp.after.max.ms': long(
    3600000,
    "How far in the future a record's timestamp may be; a record further ahead is refused.",
    { min: 0, broker: 'log.message.timestamp.after.max.ms' },
  ),
  'message.timestamp.before.max.ms': long(
    LONG_MAX,
    "How far in the past a record's timestamp may be; an older record is refused.",
    { min: 0, broker: 'log.message.timestamp.before.max.ms' },
  ),
  'message.timestamp.type': string(
    'CreateTime',
    "Whether a record's timestamp is the producer's (`CreateTime`) or the time at which the broker stores it (`LogAppendTime`).",
    { oneOf: ['CreateTime', 'LogAppendTime'], broker: 'log.message.timestamp.type' },
  ),
  'min.cleanable.dirty.ratio': double(
    0.5,
    'Which part of a partition must be new since its last compaction before it is compacted again.',
    { min: 0, max: 1, broker: 'log.cleaner.min.cleanable.ratio' },
  ),
  'min.compaction.lag.ms': long(0, 'How long a record stays in a compacted topic uncompacted at least.', {
    min: 0,
    broker: 'log.cleaner.min.compaction.lag.ms',
  }),
  'min.insync.replicas': int(
    1,
    'How many replicas, the leader included, must be in sync for a write with acks=all to be taken; with fewer it is refused.',
    { min: 1, broker: 'min.insync.replicas' },
  ),
  preallocate: boolean(false, 'Gives a new segment its full size on disk at once.', { broker: 'log.preallocate' }),
  'remote.copy.lag.bytes': long(
    -1,
    'How many newer bytes a closed segment waits for before it is copied to the remote store; -1 uses the local retention.',
    { min: -1, broker: 'log.remote.copy.lag.bytes' },
  ),
  'remote.copy.lag.ms': long(
    0,
    'How long a closed segment waits before it is copied to the remote store; -1 uses the local retention.',
    { min: -1, broker: 'log.remote.copy.lag.ms' },
  ),
  'remote.log.copy.disable': boolean(
    false,
    'Copies no more segments to the remote store; those that are there can still be read.',
  ),
  'remote.log.delete.on.disable': boolean(
    false,
    'Removes what is on the remote store when remote.storage.enable is switched off; without it, it cannot be switched off.',
  ),
  'remote.storage.enable': boolean(
    false,
    'Moves old segments to the remote store. Ottla has none yet and refuses `true`.',
  ),
  'retention.bytes': long(
    -1,
    'How large a partition may become before its oldest segments are removed; -1 sets no limit.',
    { broker: 'log.retention.bytes' },
  ),
  'retention.ms': long(
    604800000,
    'How long records are kept before their segments are removed; -1 keeps them for ever.',
    { min: -1, broker: 'log.retention.ms' },
  ),
  'segment.bytes': int(
    1073741824,
    'The size at which a segment is closed and the next one begun. Retention removes whole segments.',
    { min: 1048576, broker: 'log.segment.bytes' },
  ),
  'segment.index.bytes': int(10485760, 'How large an index of a segment may become; a full index closes its segment.', {
    min: 4,
    broker: 'log.index.size.max.bytes',
  }),
  'segment.jitter.ms': long(
    0,
    'By how much at most segments are closed earlier, at random, so that not all roll at once.',
    { min: 0, broker: 'log.roll.jitter.ms' },
  ),
  'segment.ms': long(
    604800000,
    'The age at which a segment is closed and the next one begun, even if it is not full.',
    { min: 1, broker: 'log.roll.ms' },
  ),
  'unclean.leader.election.enable': boolean(
    false,
    'Lets a replica that is out of sync become leader when no other is left: the partition is served again, and records may be lost.',
    { broker: 'unclean.leader.election.enable' },
  ),
} as const
