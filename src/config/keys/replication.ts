/** Copies of a partition on several brokers: followers, in-sync replicas, elections. */
import { boolean, int, LONG_MAX, long, string } from '../key.ts'

export const replicationKeys = {
  'auto.leader.rebalance.enable': boolean(
    true,
    'Lets the controller give leadership back to preferred replicas when it looks for imbalance.',
    { importance: 'high' },
  ),
  'default.replication.factor': int(1, 'How many replicas a topic has that does not say.'),
  'leader.imbalance.check.interval.seconds': long(
    300,
    'How often the controller looks for partitions that are not led by their preferred replica.',
    { min: 1, importance: 'high' },
  ),
  'min.insync.replicas': int(
    1,
    'How many replicas, the leader included, must be in sync for a write with acks=all to be taken; with fewer it is refused.',
    { min: 1, importance: 'high', update: 'cluster-wide' },
  ),
  'num.replica.alter.log.dirs.threads': int(
    null,
    'How many threads move replicas between folders. Has no effect: one broker is one event loop.',
    { importance: 'high' },
  ),
  'num.replica.fetchers': int(1, 'How many connections a follower uses to fetch from one leader.', {
    min: 1,
    importance: 'high',
    update: 'cluster-wide',
  }),
  'replica.fetch.backoff.ms': int(
    1000,
    'How long a follower waits after an error before it fetches the partition again.',
    { min: 0 },
  ),
  'replica.fetch.max.bytes': int(
    1048576,
    'The most bytes a follower fetches for one partition at a time; one batch always comes, however large.',
    { min: 0 },
  ),
  'replica.fetch.min.bytes': int(1, 'How many bytes a leader waits for before it answers a follower.', {
    importance: 'high',
  }),
  'replica.fetch.response.max.bytes': int(
    10485760,
    'The most bytes in one answer to a follower; one batch always comes, however large.',
    { min: 0 },
  ),
  'replica.fetch.wait.max.ms': int(
    500,
    'How long a leader waits for replica.fetch.min.bytes before it answers a follower. Keep it below replica.lag.time.max.ms.',
    { importance: 'high' },
  ),
  'replica.high.watermark.checkpoint.interval.ms': long(
    5000,
    'How often the high watermark of each partition is written to disk.',
    { importance: 'high' },
  ),
  'replica.lag.time.max.ms': long(
    30000,
    "How long a follower may lag behind the leader's end before it counts as out of sync.",
    { importance: 'high' },
  ),
  'replica.selector.class': string(
    null,
    'A Java class that chooses the replica that a consumer reads from. Ottla chooses as Kafka does without one: the leader.',
  ),
  'replica.socket.receive.buffer.bytes': int(
    65536,
    'The receive buffer of the connections of a follower to its leaders.',
    { importance: 'high' },
  ),
  'replica.socket.timeout.ms': int(
    30000,
    'How long a follower waits for an answer; at least replica.fetch.wait.max.ms.',
    { importance: 'high' },
  ),
  'unclean.leader.election.enable': boolean(
    false,
    'Lets a replica that is out of sync become leader when no other is left: the partition is served again, and records may be lost.',
    { importance: 'high', update: 'cluster-wide' },
  ),
  'unclean.leader.election.interval.ms': long(
    300000,
    'How often the controller looks for partitions without a leader where unclean.leader.election.enable allows one.',
    { min: 1, internal: true },
  ),
  'follower.replication.throttled.rate': long(
    LONG_MAX,
    'How many bytes a second followers take for partitions that are throttled by follower.replication.throttled.replicas.',
    { min: 0, update: 'cluster-wide', onlyDynamic: true },
  ),
  'leader.replication.throttled.rate': long(
    LONG_MAX,
    'How many bytes a second leaders give for partitions that are throttled by leader.replication.throttled.replicas.',
    { min: 0, update: 'cluster-wide', onlyDynamic: true },
  ),
  'replica.alter.log.dirs.io.max.bytes.per.second': long(
    LONG_MAX,
    'How many bytes a second are moved between folders of the broker.',
    { min: 0, update: 'cluster-wide', onlyDynamic: true },
  ),
} as const
