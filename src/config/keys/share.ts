/** The share coordinator and its state topic. */
import { int, short } from '../key.ts'

export const shareKeys = {
  'share.coordinator.append.linger.ms': int(
    -1,
    'How long the share coordinator waits for more records before it writes a batch; -1 waits as the load suggests.',
    { min: -1 },
  ),
  'share.coordinator.cached.buffer.max.bytes': int(
    1048588,
    'The largest buffer that the share coordinator keeps to use again.',
    { min: 524288, update: 'cluster-wide' },
  ),
  'share.coordinator.cold.partition.snapshot.interval.ms': int(
    300000,
    'How often the state of a share partition that does not change is written as a whole again.',
    { min: 1, importance: 'low', internal: true },
  ),
  'share.coordinator.load.buffer.size': int(
    5242880,
    'How many bytes are read at a time when the state of share groups is loaded.',
    { min: 1, importance: 'high' },
  ),
  'share.coordinator.snapshot.update.records.per.snapshot': int(
    500,
    "How many changes of a share partition's state are written before it is written as a whole.",
    { min: 0, max: 500 },
  ),
  'share.coordinator.state.topic.compression.codec': int(
    0,
    "How batches of `__share_group_state` are compressed, by the codec's number: 0 none, 1 gzip, 2 Snappy, 3 LZ4, 4 Zstandard.",
    { importance: 'high' },
  ),
  'share.coordinator.state.topic.min.isr': short(1, 'The min.insync.replicas of `__share_group_state`.', {
    min: 1,
    importance: 'high',
    differs: { from: '2', because: 'A broker alone must serve share groups; a cluster sets 2.' },
  }),
  'share.coordinator.state.topic.num.partitions': int(
    50,
    "How many partitions `__share_group_state` is created with. Do not change it later: a share partition's place follows from it.",
    { min: 1, importance: 'high' },
  ),
  'share.coordinator.state.topic.prune.interval.ms': int(
    300000,
    'How often records that are no longer needed are removed from `__share_group_state`.',
    { min: 1, importance: 'low', internal: true },
  ),
  'share.coordinator.state.topic.replication.factor': short(
    1,
    'How many replicas `__share_group_state` is created with; there must be as many brokers.',
    {
      min: 1,
      importance: 'high',
      differs: { from: '3', because: 'A broker alone must serve share groups; a cluster sets 3.' },
    },
  ),
  'share.coordinator.state.topic.segment.bytes': int(
    104857600,
    'The size of a segment of `__share_group_state`: small, so that it is loaded quickly.',
    { min: 1, importance: 'high' },
  ),
  'share.coordinator.threads': int(
    1,
    'How many threads the share coordinator has. Has no effect: one broker is one event loop.',
    { min: 1 },
  ),
  'share.coordinator.write.timeout.ms': int(
    5000,
    'How long a write of the share coordinator may take to reach all in-sync replicas before it counts as failed.',
    { min: 1, importance: 'high' },
  ),
  'share.fetch.purgatory.purge.interval.requests': int(
    1000,
    'After how many ShareFetch requests finished waiters are removed. Has no effect: a waiter is removed when it finishes.',
  ),
} as const
