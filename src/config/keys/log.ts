/** Topics and their logs: folders, segments, retention, compaction, compression, time-stamps. */
import { boolean, DOUBLE_MAX, double, int, javaClass, LONG_MAX, list, long, string } from '../key.ts'
import { gzipLevel } from '../rules.ts'

export const logKeys = {
  'alter.config.policy.class.name': javaClass(
    null,
    'A Java class that judges changes of configurations. No class can be loaded, so none can be set.',
    { importance: 'low' },
  ),
  'auto.create.topics.enable': boolean(
    true,
    'Creates a topic that a client asks for and that does not exist, with num.partitions and default.replication.factor.',
    { importance: 'high' },
  ),
  'compression.gzip.level': int(-1, "The level at which the broker compresses with gzip; -1 is the library's own.", {
    rule: gzipLevel,
    update: 'cluster-wide',
  }),
  'compression.lz4.level': int(9, 'The level at which the broker compresses with LZ4.', {
    min: 1,
    max: 17,
    update: 'cluster-wide',
  }),
  'compression.type': string(
    'producer',
    'How batches are stored: `producer` as they come, or compressed again with the codec named here.',
    {
      oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
      importance: 'high',
      update: 'cluster-wide',
    },
  ),
  'compression.zstd.level': int(
    3,
    'The level at which the broker compresses with Zstandard; negative is faster and larger.',
    { min: -131072, max: 22, update: 'cluster-wide' },
  ),
  'cordoned.log.dirs': list([], 'Folders of log.dirs that take no new partitions; `*` means all.', {
    update: 'per-broker',
  }),
  'create.topic.policy.class.name': javaClass(
    null,
    'A Java class that judges new topics. No class can be loaded, so none can be set.',
    { importance: 'low' },
  ),
  'delete.topic.enable': boolean(true, 'Lets clients delete topics; otherwise their requests are refused.', {
    importance: 'high',
  }),
  'log.cleaner.backoff.ms': long(15000, 'How long compaction rests when no log needs it.', {
    min: 0,
    update: 'cluster-wide',
  }),
  'log.cleaner.dedupe.buffer.size': long(
    134217728,
    'How much memory compaction uses to remember keys, all logs together.',
    { update: 'cluster-wide' },
  ),
  'log.cleaner.delete.retention.ms': long(
    86400000,
    'How long a compacted log keeps the markers of deleted keys. A consumer that reads it from the start must be done within that time to see every deletion.',
    { min: 0, update: 'cluster-wide' },
  ),
  'log.cleaner.enable': boolean(
    true,
    'Compacts logs whose cleanup policy asks for it. Switching it off lets such logs grow, that of committed offsets included.',
  ),
  'log.cleaner.io.buffer.load.factor': double(
    0.9,
    'How full the memory of log.cleaner.dedupe.buffer.size may get in one pass of compaction.',
    { update: 'cluster-wide' },
  ),
  'log.cleaner.io.buffer.size': int(524288, 'How much memory compaction uses to read and write.', {
    min: 0,
    update: 'cluster-wide',
  }),
  'log.cleaner.io.max.bytes.per.second': double(
    DOUBLE_MAX,
    'How fast compaction may read and write, together and on average.',
    { update: 'cluster-wide' },
  ),
  'log.cleaner.max.compaction.lag.ms': long(
    LONG_MAX,
    'How long a record may stay in a compacted log before it is compacted.',
    { min: 1, update: 'cluster-wide' },
  ),
  'log.cleaner.min.cleanable.ratio': double(
    0.5,
    'Which part of a log must be new since its last compaction before it is compacted again.',
    { min: 0, max: 1, update: 'cluster-wide' },
  ),
  'log.cleaner.min.compaction.lag.ms': long(0, 'How long a record stays in a compacted log uncompacted at least.', {
    min: 0,
    update: 'cluster-wide',
  }),
  'log.cleaner.threads': int(
    1,
    'How many threads Kafka compacts with. Logs are compacted one after another on the event loop, whatever it is; the memory is not divided either.',
    { min: 0, update: 'cluster-wide' },
  ),
  'log.cleanup.policy': list(
    ['delete'],
    'What happens to old segments: `delete` removes them by age and size, `compact` keeps the last record of each key, both do both, and an empty list keeps everything.',
    { oneOf: ['compact', 'delete'], update: 'cluster-wide' },
  ),
  'log.dir': list(['./ottla-data'], 'The folders of the logs, where log.dirs is not set.', {
    nonEmpty: true,
    importance: 'high',
    differs: {
      from: '/tmp/kafka-logs',
      because: 'Data belongs where the operator looks for it, not where the system cleans up.',
    },
  }),
  'log.dir.failure.timeout.ms': long(
    30000,
    'How long the broker goes on when it cannot tell the controller that a folder has failed; then it stops.',
    { min: 1, importance: 'low' },
  ),
  'log.dirs': list(null, 'The folders of the logs, separated by commas; where not set, those of log.dir.', {
    nonEmpty: true,
    importance: 'high',
    fallback: [{ key: 'log.dir' }],
  }),
  'log.flush.interval.messages': long(
    1,
    'After how many records a log is synced to disk. At 1 each record is synced before it is acknowledged, many at a time.',
    {
      min: 1,
      importance: 'high',
      update: 'cluster-wide',
      differs: {
        from: '9223372036854775807',
        because: "An acknowledged record is a synced record; set Kafka's value to leave it to the page cache.",
      },
    },
  ),
  'log.flush.interval.ms': long(null, 'How long a record may wait to be synced to disk.', {
    importance: 'high',
    update: 'cluster-wide',
    fallback: [{ key: 'log.flush.scheduler.interval.ms' }],
  }),
  'log.flush.offset.checkpoint.interval.ms': int(
    60000,
    'How often the offset up to which each log is synced is written down, from which recovery starts after a crash.',
    { min: 0, importance: 'high' },
  ),
  'log.flush.scheduler.interval.ms': long(
    LONG_MAX,
    'How often logs are looked at for records that log.flush.interval.ms wants synced; it counts for that key where that is not set.',
    { importance: 'high' },
  ),
  'log.flush.start.offset.checkpoint.interval.ms': int(
    60000,
    'How often the offset at which each log starts is written down.',
    { min: 0, importance: 'high' },
  ),
  'log.index.interval.bytes': int(
    4096,
    'After how many bytes of records an entry is added to the offset index. More entries make look-ups read less, and the index larger.',
    { min: 0, update: 'cluster-wide' },
  ),
  'log.index.size.max.bytes': int(
    10485760,
    'How large an index of a segment may become; a full index closes its segment.',
    { min: 4, update: 'cluster-wide' },
  ),
  'log.initial.task.delay.ms': long(
    30000,
    'How long the broker waits after its start before it begins to check retention and to compact; for tests.',
    { min: 0, importance: 'low', internal: true },
  ),
  'log.local.retention.bytes': long(
    -2,
    'How many bytes of a partition stay on local disk when old segments are on a remote store; -2 is log.retention.bytes.',
    { min: -2, update: 'cluster-wide' },
  ),
  'log.local.retention.ms': long(
    -2,
    'How long records stay on local disk when old segments are on a remote store; -2 is log.retention.ms.',
    { min: -2, update: 'cluster-wide' },
  ),
  'log.message.timestamp.after.max.ms': long(
    3600000,
    "How far in the future a record's timestamp may be; a record further ahead is refused.",
    { min: 0, update: 'cluster-wide' },
  ),
  'log.message.timestamp.before.max.ms': long(
    LONG_MAX,
    "How far in the past a record's timestamp may be; an older record is refused.",
    { min: 0, update: 'cluster-wide' },
  ),
  'log.message.timestamp.type': string(
    'CreateTime',
    "Whether a record's timestamp is the producer's (`CreateTime`) or the time at which the broker stores it (`LogAppendTime`).",
    { oneOf: ['CreateTime', 'LogAppendTime'], update: 'cluster-wide' },
  ),
  'log.preallocate': boolean(false, 'Gives a new segment its full size on disk at once.', { update: 'cluster-wide' }),
  'log.remote.copy.lag.bytes': long(
    -1,
    'How many newer bytes a closed segment waits for before it is copied to the remote store; -1 uses the local retention.',
    { min: -1, update: 'cluster-wide' },
  ),
  'log.remote.copy.lag.ms': long(
    0,
    'How long a closed segment waits before it is copied to the remote store; -1 uses the local retention.',
    { min: -1, update: 'cluster-wide' },
  ),
  'log.retention.bytes': long(
    -1,
    'How large a partition may become before its oldest segments are removed; -1 sets no limit.',
    { importance: 'high', update: 'cluster-wide' },
  ),
  'log.retention.check.interval.ms': long(300000, 'How often logs are looked at for segments to remove.', { min: 1 }),
  'log.retention.hours': int(
    168,
    'How many hours records are kept, where neither log.retention.ms nor log.retention.minutes is set.',
    { importance: 'high' },
  ),
  'log.retention.minutes': int(null, 'How many minutes records are kept, where log.retention.ms is not set.', {
    importance: 'high',
  }),
  'log.retention.ms': long(
    null,
    'How long records are kept before their segments are removed; -1 keeps them for ever.',
    {
      importance: 'high',
      update: 'cluster-wide',
      fallback: [
        { key: 'log.retention.minutes', factor: 60000 },
        { key: 'log.retention.hours', factor: 3600000 },
      ],
    },
  ),
  'log.roll.hours': int(168, 'The age in hours at which a segment is closed, where log.roll.ms is not set.', {
    min: 1,
    importance: 'high',
  }),
  'log.roll.jitter.hours': int(
    0,
    'By how many hours at most segments are closed earlier, at random, where log.roll.jitter.ms is not set.',
    { min: 0, importance: 'high' },
  ),
  'log.roll.jitter.ms': long(
    null,
    'By how much at most segments are closed earlier, at random, so that not all roll at once.',
    { importance: 'high', update: 'cluster-wide', fallback: [{ key: 'log.roll.jitter.hours', factor: 3600000 }] },
  ),
  'log.roll.ms': long(null, 'The age at which a segment is closed and the next one begun, even if it is not full.', {
    importance: 'high',
    update: 'cluster-wide',
    fallback: [{ key: 'log.roll.hours', factor: 3600000 }],
  }),
  'log.segment.bytes': int(
    1073741824,
    'The size at which a segment is closed and the next one begun. Retention removes whole segments.',
    { min: 1048576, importance: 'high', update: 'cluster-wide' },
  ),
  'log.segment.delete.delay.ms': long(
    60000,
    "How long a removed segment's files stay on disk, for those who still read them.",
    { min: 0, importance: 'high', update: 'cluster-wide' },
  ),
  'max.decompressed.message.bytes': int(
    2147483639,
    'The largest record inside of a compressed batch; a larger one is refused with INVALID_RECORD.',
    { min: 1, max: 2147483639, update: 'cluster-wide' },
  ),
  'message.max.bytes': int(
    1048588,
    'The largest batch of records, as it arrives; a topic may have its own limit, max.message.bytes.',
    { min: 0, importance: 'high', update: 'cluster-wide' },
  ),
  'num.partitions': int(1, 'How many partitions a topic has that does not say.', { min: 1 }),
  'num.recovery.threads.per.data.dir': int(
    2,
    'How many logs of a folder are recovered at a time at start, and closed at the end.',
    { min: 1, importance: 'high', update: 'cluster-wide' },
  ),
} as const
