/** What a group can have of its own. Where it has not, the broker's key of the same meaning counts. */
import { boolean, int, list, long, string } from '../key.ts'
import { autoOffsetReset } from '../rules.ts'

export const groupKeys = {
  'consumer.assignment.interval.ms': int(1000, '', { min: 0, broker: 'group.consumer.assignment.interval.ms' }),
  'consumer.assignor.offload.enable': boolean(true, '', {
    internal: true,
    broker: 'group.consumer.assignor.offload.enable',
  }),
  'consumer.heartbeat.interval.ms': int(5000, '', { min: 1, broker: 'group.consumer.heartbeat.interval.ms' }),
  'consumer.session.timeout.ms': int(45000, '', { min: 1, broker: 'group.consumer.session.timeout.ms' }),
  'errors.deadletterqueue.copy.record.enable': boolean(false, ''),
  'errors.deadletterqueue.topic.name': string('', ''),
  'share.assignment.interval.ms': int(1000, '', { min: 0, broker: 'group.share.assignment.interval.ms' }),
  'share.assignor.offload.enable': boolean(true, '', { internal: true, broker: 'group.share.assignor.offload.enable' }),
  'share.auto.offset.reset': string('latest', '', { rule: autoOffsetReset }),
  'share.delivery.count.limit': int(5, '', { min: 2, broker: 'group.share.delivery.count.limit' }),
  'share.heartbeat.interval.ms': int(5000, '', { min: 1, broker: 'group.share.heartbeat.interval.ms' }),
  'share.isolation.level': string('read_uncommitted', '', { oneOf: ['read_committed', 'read_uncommitted'] }),
  'share.partition.max.record.locks': int(2000, '', { min: 100, broker: 'group.share.partition.max.record.locks' }),
  'share.record.lock.duration.ms': int(30000, '', { min: 1000, broker: 'group.share.record.lock.duration.ms' }),
  'share.renew.acknowledge.enable': boolean(true, ''),
  'share.session.timeout.ms': int(45000, '', { min: 1, broker: 'group.share.session.timeout.ms' }),
  'streams.acceptable.recovery.lag': long(10000, '', {
    min: 0,
    internal: true,
    broker: 'group.streams.acceptable.recovery.lag',
  }),
  'streams.assignment.interval.ms': int(1000, '', { min: 0, broker: 'group.streams.assignment.interval.ms' }),
  'streams.assignor.name': string(null, ''),
  'streams.assignor.offload.enable': boolean(true, '', {
    internal: true,
    broker: 'group.streams.assignor.offload.enable',
  }),
  'streams.heartbeat.interval.ms': int(5000, '', { min: 1, broker: 'group.streams.heartbeat.interval.ms' }),
  'streams.initial.rebalance.delay.ms': int(3000, '', { min: 0, broker: 'group.streams.initial.rebalance.delay.ms' }),
  'streams.num.standby.replicas': int(0, '', { min: 0, broker: 'group.streams.num.standby.replicas' }),
  'streams.num.warmup.replicas': int(2, '', { min: 0, internal: true, broker: 'group.streams.num.warmup.replicas' }),
  'streams.rack.aware.assignment.tags': list([], '', {
    importance: 'low',
    broker: 'group.streams.rack.aware.assignment.tags',
  }),
  'streams.session.timeout.ms': int(45000, '', { min: 1, broker: 'group.streams.session.timeout.ms' }),
  'streams.task.offset.interval.ms': int(60000, '', {
    min: 1,
    internal: true,
    broker: 'group.streams.task.offset.interval.ms',
  }),
} as const
