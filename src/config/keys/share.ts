/** The share coordinator and its state topic. */
import { int, short } from '../key.ts'

export const shareKeys = {
  'share.coordinator.append.linger.ms': int(-1, '', { min: -1 }),
  'share.coordinator.cached.buffer.max.bytes': int(1048588, '', { min: 524288, update: 'cluster-wide' }),
  'share.coordinator.cold.partition.snapshot.interval.ms': int(300000, '', {
    min: 1,
    importance: 'low',
    internal: true,
  }),
  'share.coordinator.load.buffer.size': int(5242880, '', { min: 1, importance: 'high' }),
  'share.coordinator.snapshot.update.records.per.snapshot': int(500, '', { min: 0, max: 500 }),
  'share.coordinator.state.topic.compression.codec': int(0, '', { importance: 'high' }),
  'share.coordinator.state.topic.min.isr': short(1, '', {
    min: 1,
    importance: 'high',
    differs: { from: '2', because: 'A broker alone must serve share groups; a cluster sets 2.' },
  }),
  'share.coordinator.state.topic.num.partitions': int(50, '', { min: 1, importance: 'high' }),
  'share.coordinator.state.topic.prune.interval.ms': int(300000, '', { min: 1, importance: 'low', internal: true }),
  'share.coordinator.state.topic.replication.factor': short(1, '', {
    min: 1,
    importance: 'high',
    differs: { from: '3', because: 'A broker alone must serve share groups; a cluster sets 3.' },
  }),
  'share.coordinator.state.topic.segment.bytes': int(104857600, '', { min: 1, importance: 'high' }),
  'share.coordinator.threads': int(1, '', { min: 1 }),
  'share.coordinator.write.timeout.ms': int(5000, '', { min: 1, importance: 'high' }),
  'share.fetch.purgatory.purge.interval.requests': int(1000, ''),
} as const
