/** Group coordination and the offsets of groups. */
import { boolean, INT_MAX, int, javaClass, list, long, short, string } from '../key.ts'

export const groupsKeys = {
  'errors.deadletterqueue.auto.create.topics.enable': boolean(
    false,
    "Creates the topic for a share group's undeliverable records when it does not exist.",
    { update: 'cluster-wide' },
  ),
  'errors.deadletterqueue.topic.name.prefix': string(
    'dlq.',
    'What the name of a topic for undeliverable records must begin with; empty allows any name.',
    { update: 'cluster-wide' },
  ),
  'group.consumer.assignment.interval.ms': int(
    1000,
    'How long a consumer group keeps an assignment at least before another one is made.',
    { min: 0, update: 'cluster-wide' },
  ),
  'group.consumer.assignor.offload.enable': boolean(true, 'Makes assignments of consumer groups in the background.', {
    update: 'cluster-wide',
    internal: true,
  }),
  'group.consumer.assignors': list(
    ['uniform', 'range'],
    'The assignors that consumer groups may name; the first counts for a group that names none.',
    { nonEmpty: true },
  ),
  'group.consumer.heartbeat.interval.ms': int(
    5000,
    'How often the members of a consumer group are told to send a heartbeat.',
    { min: 1 },
  ),
  'group.consumer.max.assignment.interval.ms': int(
    15000,
    'The largest value of consumer.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.consumer.max.heartbeat.interval.ms': int(
    15000,
    'The largest value of consumer.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.consumer.max.session.timeout.ms': int(
    60000,
    'The largest value of consumer.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.consumer.max.size': int(
    INT_MAX,
    'How many members a consumer group may have; group.max.size is the limit for classic groups.',
    { min: 1 },
  ),
  'group.consumer.migration.policy': string(
    'bidirectional',
    'Which way a group with members may change its protocol while it runs: from classic to consumer (`upgrade`), back (`downgrade`), both, or not at all.',
    { anyCaseOf: ['DISABLED', 'DOWNGRADE', 'UPGRADE', 'BIDIRECTIONAL'] },
  ),
  'group.consumer.min.assignment.interval.ms': int(
    0,
    'The smallest value of consumer.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.consumer.min.heartbeat.interval.ms': int(
    5000,
    'The smallest value of consumer.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.consumer.min.session.timeout.ms': int(
    45000,
    'The smallest value of consumer.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.consumer.regex.refresh.interval.ms': int(
    600000,
    "How often the topics that match a consumer group's regular expressions are looked up again.",
    { min: 10000, internal: true },
  ),
  'group.consumer.session.timeout.ms': int(
    45000,
    'How long a member of a consumer group may be silent before it is taken for gone.',
    { min: 1 },
  ),
  'group.coordinator.append.linger.ms': int(
    -1,
    'How long the group coordinator waits for more records before it writes a batch; -1 waits as the load suggests.',
    { min: -1 },
  ),
  'group.coordinator.background.threads': int(
    2,
    "How many threads do the group coordinator's background work. Has no effect: one broker is one event loop.",
    { min: 1, importance: 'high' },
  ),
  'group.coordinator.cached.buffer.max.bytes': int(
    1048588,
    'The largest buffer that the group coordinator keeps to use again.',
    { min: 524288, update: 'cluster-wide' },
  ),
  'group.coordinator.rebalance.protocols': list(
    ['classic', 'consumer', 'streams'],
    'Which group protocols are served, as far as the features of the cluster allow; `classic` must be among them.',
    { oneOf: ['consumer', 'classic', 'share', 'streams'], nonEmpty: true },
  ),
  'group.coordinator.threads': int(
    4,
    'How many threads the group coordinator has. Has no effect: one broker is one event loop.',
    { min: 1, importance: 'high' },
  ),
  'group.initial.rebalance.delay.ms': int(
    3000,
    'How long the first rebalance of an empty classic group waits for more members.',
  ),
  'group.max.session.timeout.ms': int(
    1800000,
    'The longest session timeout that a member of a classic group may ask for.',
  ),
  'group.max.size': int(INT_MAX, 'How many members a classic group may have.', { min: 1 }),
  'group.min.session.timeout.ms': int(
    6000,
    'The shortest session timeout that a member of a classic group may ask for.',
  ),
  'group.share.assignment.interval.ms': int(
    1000,
    'How long a share group keeps an assignment at least before another one is made.',
    { min: 0, update: 'cluster-wide' },
  ),
  'group.share.assignor.offload.enable': boolean(true, 'Makes assignments of share groups in the background.', {
    update: 'cluster-wide',
    internal: true,
  }),
  'group.share.assignors': list(['simple'], 'The assignor of share groups; there is one for all of them.', {
    nonEmpty: true,
  }),
  'group.share.delivery.count.limit': int(
    5,
    'How often a record is given to a share group before it is taken for undeliverable.',
    { min: 2, max: 10 },
  ),
  'group.share.dlq.manager.class.name': string(
    'org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager',
    "The Java class that writes undeliverable records to their topic; the built-in one stands for Ottla's own.",
    { internal: true },
  ),
  'group.share.heartbeat.interval.ms': int(
    5000,
    'How often the members of a share group are told to send a heartbeat.',
    { min: 1 },
  ),
  'group.share.initialize.retry.interval.ms': int(
    30000,
    "How long the coordinator waits before it asks again for the state of a share group's partitions to be set up.",
    { min: 1, importance: 'low', internal: true },
  ),
  'group.share.max.assignment.interval.ms': int(
    15000,
    'The largest value of share.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.share.max.delivery.count.limit': int(
    10,
    'The largest value of share.delivery.count.limit that a group may have.',
    { min: 5, max: 25 },
  ),
  'group.share.max.heartbeat.interval.ms': int(
    15000,
    'The largest value of share.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.share.max.partition.max.record.locks': int(
    4000,
    'The largest value of share.partition.max.record.locks that a group may have.',
    { min: 2000, max: 10000 },
  ),
  'group.share.max.record.lock.duration.ms': int(
    60000,
    'The largest value of share.record.lock.duration.ms that a group may have.',
    { min: 30000, max: 3600000 },
  ),
  'group.share.max.session.timeout.ms': int(
    60000,
    'The largest value of share.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.share.max.share.sessions': int(2000, 'How many share sessions the broker keeps.', { min: 1 }),
  'group.share.max.size': int(200, 'How many members a share group may have.', { min: 1, max: 1000 }),
  'group.share.min.assignment.interval.ms': int(
    0,
    'The smallest value of share.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.share.min.delivery.count.limit': int(
    2,
    'The smallest value of share.delivery.count.limit that a group may have.',
    { min: 2, max: 5 },
  ),
  'group.share.min.heartbeat.interval.ms': int(
    5000,
    'The smallest value of share.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.share.min.partition.max.record.locks': int(
    100,
    'The smallest value of share.partition.max.record.locks that a group may have.',
    { min: 100, max: 2000 },
  ),
  'group.share.min.record.lock.duration.ms': int(
    15000,
    'The smallest value of share.record.lock.duration.ms that a group may have.',
    { min: 1000, max: 30000 },
  ),
  'group.share.min.session.timeout.ms': int(
    45000,
    'The smallest value of share.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.share.partition.max.record.locks': int(
    2000,
    'How many records of a partition a share group may have in delivery at once.',
    { min: 100, max: 10000 },
  ),
  'group.share.persister.class.name': string(
    'org.apache.kafka.server.share.persister.DefaultStatePersister',
    "The Java class that keeps the state of share groups; the built-in one stands for Ottla's own.",
    { internal: true },
  ),
  'group.share.record.lock.duration.ms': int(
    30000,
    'How long a consumer of a share group holds a record before it is given to another.',
    { min: 1000, max: 3600000 },
  ),
  'group.share.session.timeout.ms': int(
    45000,
    'How long a member of a share group may be silent before it is taken for gone.',
    { min: 1 },
  ),
  'group.streams.acceptable.recovery.lag': long(
    10000,
    'How many records the state of a task may lag behind for a client to be given the task as active.',
    { min: 0, internal: true },
  ),
  'group.streams.assignment.interval.ms': int(
    1000,
    'How long a streams group keeps an assignment at least before another one is made.',
    { min: 0, update: 'cluster-wide' },
  ),
  'group.streams.assignor.offload.enable': boolean(true, 'Makes assignments of streams groups in the background.', {
    update: 'cluster-wide',
    internal: true,
  }),
  'group.streams.assignors': list(
    ['sticky'],
    'The assignors that streams groups may name; the first counts for a group that names none.',
    { nonEmpty: true },
  ),
  'group.streams.heartbeat.interval.ms': int(
    5000,
    'How often the members of a streams group are told to send a heartbeat.',
    { min: 1 },
  ),
  'group.streams.initial.rebalance.delay.ms': int(
    3000,
    'How long the first assignment of an empty streams group waits for more members.',
    { min: 0 },
  ),
  'group.streams.max.assignment.interval.ms': int(
    15000,
    'The largest value of streams.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.streams.max.heartbeat.interval.ms': int(
    15000,
    'The largest value of streams.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.streams.max.session.timeout.ms': int(
    60000,
    'The largest value of streams.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.streams.max.size': int(INT_MAX, 'How many members a streams group may have.', { min: 1 }),
  'group.streams.max.standby.replicas': int(
    2,
    'The largest value of streams.num.standby.replicas that a group may have.',
    { min: 0 },
  ),
  'group.streams.max.warmup.replicas': int(
    20,
    'The largest value of streams.num.warmup.replicas that a group may have.',
    { min: 0, internal: true },
  ),
  'group.streams.min.assignment.interval.ms': int(
    0,
    'The smallest value of streams.assignment.interval.ms that a group may have.',
    { min: 0 },
  ),
  'group.streams.min.heartbeat.interval.ms': int(
    5000,
    'The smallest value of streams.heartbeat.interval.ms that a group may have.',
    { min: 1 },
  ),
  'group.streams.min.session.timeout.ms': int(
    45000,
    'The smallest value of streams.session.timeout.ms that a group may have.',
    { min: 1 },
  ),
  'group.streams.min.task.offset.interval.ms': int(
    15000,
    'The smallest value of streams.task.offset.interval.ms that a group may have.',
    { min: 1, internal: true },
  ),
  'group.streams.num.standby.replicas': int(
    0,
    "How many copies of each task's state other clients of a streams group keep up to date.",
    { min: 0 },
  ),
  'group.streams.num.warmup.replicas': int(
    2,
    'How many copies of state may be built up at once in a streams group so that tasks can move to them.',
    { min: 0, internal: true },
  ),
  'group.streams.rack.aware.assignment.tags': list(
    [],
    'The client tags over whose values the standby tasks of a streams group are spread.',
    { importance: 'low' },
  ),
  'group.streams.session.timeout.ms': int(
    45000,
    'How long a member of a streams group may be silent before it is taken for gone.',
    { min: 1 },
  ),
  'group.streams.task.offset.interval.ms': int(
    60000,
    'How often the clients of a streams group report how far the copies of state have come.',
    { min: 1, internal: true },
  ),
  'group.streams.topology.description.plugin.class': javaClass(
    null,
    'A Java class that keeps descriptions of topologies. No class can be loaded, so none can be set.',
  ),
  'offset.metadata.max.bytes': int(4096, 'How long the text may be that a consumer commits along with an offset.', {
    importance: 'high',
  }),
  'offsets.commit.timeout.ms': int(
    5000,
    'How long a write of the group coordinator may take to reach all in-sync replicas before it counts as failed.',
    { min: 1, importance: 'high' },
  ),
  'offsets.load.buffer.size': int(5242880, 'How many bytes are read at a time when the state of groups is loaded.', {
    min: 1,
    importance: 'high',
  }),
  'offsets.retention.check.interval.ms': long(
    600000,
    'How often committed offsets are looked at for those to forget.',
    { min: 1, importance: 'high' },
  ),
  'offsets.retention.minutes': int(
    10080,
    'How many minutes an offset is kept after its group has lost its last member, or, outside of a group, after it was committed.',
    { min: 1, importance: 'high' },
  ),
  'offsets.topic.compression.codec': int(
    0,
    "How batches of `__consumer_offsets` are compressed, by the codec's number: 0 none, 1 gzip, 2 Snappy, 3 LZ4, 4 Zstandard.",
    { importance: 'high' },
  ),
  'offsets.topic.num.partitions': int(
    50,
    "How many partitions `__consumer_offsets` is created with. Do not change it later: a group's partition follows from it.",
    { min: 1, importance: 'high' },
  ),
  'offsets.topic.replication.factor': short(
    1,
    'How many replicas `__consumer_offsets` is created with; there must be as many brokers.',
    {
      min: 1,
      importance: 'high',
      differs: { from: '3', because: 'A broker alone must serve groups; a cluster sets 3.' },
    },
  ),
  'offsets.topic.segment.bytes': int(
    104857600,
    'The size of a segment of `__consumer_offsets`: small, so that it is compacted early and loaded quickly.',
    { min: 1, importance: 'high' },
  ),
} as const
