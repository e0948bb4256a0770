/** What a group can have of its own. Where it has not, the broker's key of the same meaning counts. */
import { boolean, int, list, long, string } from '../key.ts'
import { autoOffsetReset } from '../rules.ts'

export const groupKeys = {
  'consumer.assignment.interval.ms': int(
    1000,
    'How long a consumer group keeps an assignment at least before another one is made.',
    { min: 0, broker: 'group.consumer.assignment.interval.ms' },
  ),
  'consumer.assignor.offload.enable': boolean(true, 'Makes assignments of the consumer group in the background.', {
    internal: true,
    broker: 'group.consumer.assignor.offload.enable',
  }),
  'consumer.heartbeat.interval.ms': int(
    5000,
    'How often the members of a consumer group are told to send a heartbeat.',
    { min: 1, broker: 'group.consumer.heartbeat.interval.ms' },
  ),
  'consumer.session.timeout.ms': int(
    45000,
    'How long a member of a consumer group may be silent before it is taken for gone.',
    { min: 1, broker: 'group.consumer.session.timeout.ms' },
  ),
  'errors.deadletterqueue.copy.record.enable': boolean(
    false,
    'Writes an undeliverable record as a whole, not only where it came from and why it was given up.',
  ),
  'errors.deadletterqueue.topic.name': string(
    '',
    'The topic for the undeliverable records of a share group; empty keeps none.',
  ),
  'share.assignment.interval.ms': int(
    1000,
    'How long a share group keeps an assignment at least before another one is made.',
    { min: 0, broker: 'group.share.assignment.interval.ms' },
  ),
  'share.assignor.offload.enable': boolean(true, 'Makes assignments of the share group in the background.', {
    internal: true,
    broker: 'group.share.assignor.offload.enable',
  }),
  'share.auto.offset.reset': string(
    'latest',
    'Where a share group begins in a partition that is new to it: at the `earliest` record, after the `latest`, or a duration ago, as in `by_duration:PT1H`.',
    { rule: autoOffsetReset },
  ),
  'share.delivery.count.limit': int(
    5,
    'How often a record is given to a share group before it is taken for undeliverable.',
    { min: 2, broker: 'group.share.delivery.count.limit' },
  ),
  'share.heartbeat.interval.ms': int(5000, 'How often the members of a share group are told to send a heartbeat.', {
    min: 1,
    broker: 'group.share.heartbeat.interval.ms',
  }),
  'share.isolation.level': string(
    'read_uncommitted',
    'Whether a share group is given records of transactions before they are committed.',
    { oneOf: ['read_committed', 'read_uncommitted'] },
  ),
  'share.partition.max.record.locks': int(
    2000,
    'How many records of a partition a share group may have in delivery at once.',
    { min: 100, broker: 'group.share.partition.max.record.locks' },
  ),
  'share.record.lock.duration.ms': int(
    30000,
    'How long a consumer of a share group holds a record before it is given to another.',
    { min: 1000, broker: 'group.share.record.lock.duration.ms' },
  ),
  'share.renew.acknowledge.enable': boolean(
    true,
    'Lets consumers of a share group hold a record longer by saying that they still work on it.',
  ),
  'share.session.timeout.ms': int(
    45000,
    'How long a member of a share group may be silent before it is taken for gone.',
    { min: 1, broker: 'group.share.session.timeout.ms' },
  ),
  'streams.acceptable.recovery.lag': long(
    10000,
    'How many records the state of a task may lag behind for a client to be given the task as active.',
    { min: 0, internal: true, broker: 'group.streams.acceptable.recovery.lag' },
  ),
  'streams.assignment.interval.ms': int(
    1000,
    'How long a streams group keeps an assignment at least before another one is made.',
    { min: 0, broker: 'group.streams.assignment.interval.ms' },
  ),
  'streams.assignor.name': string(
    null,
    'The assignor of a streams group, one of group.streams.assignors; where not set, the first.',
    { broker: 'group.streams.assignors' },
  ),
  'streams.assignor.offload.enable': boolean(true, 'Makes assignments of the streams group in the background.', {
    internal: true,
    broker: 'group.streams.assignor.offload.enable',
  }),
  'streams.heartbeat.interval.ms': int(5000, 'How often the members of a streams group are told to send a heartbeat.', {
    min: 1,
    broker: 'group.streams.heartbeat.interval.ms',
  }),
  'streams.initial.rebalance.delay.ms': int(
    3000,
    'How long the first assignment of an empty streams group waits for more members.',
    { min: 0, broker: 'group.streams.initial.rebalance.delay.ms' },
  ),
  'streams.num.standby.replicas': int(
    0,
    "How many copies of each task's state other clients of a streams group keep up to date.",
    { min: 0, broker: 'group.streams.num.standby.replicas' },
  ),
  'streams.num.warmup.replicas': int(
    2,
    'How many copies of state may be built up at once in a streams group so that tasks can move to them.',
    { min: 0, internal: true, broker: 'group.streams.num.warmup.replicas' },
  ),
  'streams.rack.aware.assignment.tags': list(
    [],
    'The client tags over whose values the standby tasks of a streams group are spread.',
    { importance: 'low', broker: 'group.streams.rack.aware.assignment.tags' },
  ),
  'streams.session.timeout.ms': int(
    45000,
    'How long a member of a streams group may be silent before it is taken for gone.',
    { min: 1, broker: 'group.streams.session.timeout.ms' },
  ),
  'streams.task.offset.interval.ms': int(
    60000,
    'How often the clients of a streams group report how far the copies of state have come.',
    { min: 1, internal: true, broker: 'group.streams.task.offset.interval.ms' },
  ),
} as const
