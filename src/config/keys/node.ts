/** The node itself: its id and roles, the controllers it belongs to, the metadata log. */
import { boolean, int, LONG_MAX, list, long, string } from '../key.ts'
import { bootstrapServers, quorumVoters } from '../rules.ts'

export const nodeKeys = {
  'broker.heartbeat.interval.ms': int(
    2000,
    'How often a broker tells the controller that it is alive. Keep it at half of broker.session.timeout.ms or less.',
  ),
  'broker.id': int(null, 'The older name of node.id; where both are set they must be equal.', {
    importance: 'high',
    fallback: [{ key: 'node.id' }],
    differs: { from: '-1', because: 'It is another name of node.id.' },
  }),
  'broker.rack': string(
    null,
    'The zone that the broker is in. Replicas of a partition are spread over racks, and consumers may read from a replica in their own.',
  ),
  'broker.session.timeout.ms': int(9000, 'How long the controller keeps a broker as alive without a heartbeat.'),
  'config.providers': list(
    [],
    'Providers that would fill in secrets where values name them. Ottla has none: values are taken as they are written.',
    { importance: 'low', update: 'cluster-wide' },
  ),
  'controlled.shutdown.enable': boolean(
    true,
    'Moves the leadership of partitions to other brokers before this one stops, so that clients hardly notice.',
  ),
  'controller.listener.names': list(
    ['CONTROLLER'],
    'The names of the listeners that controllers use among themselves and towards brokers; a broker uses the first.',
    { nonEmpty: true, importance: 'high', differs: { from: null, because: 'A first broker needs no configuration.' } },
  ),
  'controller.performance.always.log.threshold.ms': long(
    2000,
    'An event of the controller that takes longer than this is logged as an error.',
    { min: 0, internal: true },
  ),
  'controller.performance.sample.period.ms': long(60000, 'How often the controller logs how long its events take.', {
    min: 100,
    internal: true,
  }),
  'controller.quorum.append.linger.ms': int(
    25,
    'How long the leader of the metadata quorum waits for more records before it writes a batch.',
    { min: 0 },
  ),
  'controller.quorum.auto.join.enable': boolean(
    false,
    'Makes a controller that starts as an observer join the voters by itself.',
    { importance: 'low' },
  ),
  'controller.quorum.bootstrap.servers': list(
    [],
    'Where to find controllers of the quorum at first, as `host:port`. A node without any, and without voters, is its quorum by itself.',
    { rule: bootstrapServers, importance: 'high' },
  ),
  'controller.quorum.election.backoff.max.ms': int(
    1000,
    'The longest a candidate that lost an election waits before it tries again.',
    { min: 0, importance: 'high' },
  ),
  'controller.quorum.election.timeout.ms': int(
    1000,
    'How long a candidate waits for votes before it starts another election.',
    { min: 0, importance: 'high' },
  ),
  'controller.quorum.fetch.max.bytes': int(
    1048576,
    'The most bytes of the metadata log in one answer to a fetch; one batch is always given, however large.',
    { min: 1, importance: 'low' },
  ),
  'controller.quorum.fetch.snapshot.max.bytes': int(1048576, 'The most bytes of a metadata snapshot in one answer.', {
    min: 1,
    importance: 'low',
  }),
  'controller.quorum.fetch.timeout.ms': int(
    2000,
    'How long a voter goes without a fetch from the leader before it starts an election, and a leader without fetches of a majority before it resigns.',
    { min: 0, importance: 'high' },
  ),
  'controller.quorum.request.timeout.ms': int(
    2000,
    'How long a node of the quorum waits for the answer to a request.',
    { min: 0 },
  ),
  'controller.quorum.retry.backoff.ms': int(
    20,
    'How long a node of the quorum waits before it repeats a request that failed; it grows with each failure.',
    { min: 0, importance: 'low' },
  ),
  'controller.quorum.voters': list(
    [],
    'The voters of a quorum whose members do not change, as `id@host:port`. New clusters use controller.quorum.bootstrap.servers instead.',
    { rule: quorumVoters, importance: 'high' },
  ),
  'controller.socket.timeout.ms': int(
    30000,
    'How long a connection between a broker and the controller may be silent within a request.',
  ),
  'initial.broker.registration.timeout.ms': int(
    60000,
    'How long a broker that starts waits to be registered by the controller before it gives up and exits.',
  ),
  'internal.metadata.delete.delay.millis': long(
    60000,
    'How long a replaced file of the metadata log stays on disk; for tests.',
    { importance: 'low', internal: true },
  ),
  'internal.metadata.log.segment.bytes': int(
    null,
    'The size of a segment of the metadata log, below what metadata.log.segment.bytes allows; for tests.',
    { importance: 'low', internal: true },
  ),
  'internal.metadata.max.batch.size.in.bytes': int(8388608, 'The largest batch in the metadata log; for tests.', {
    importance: 'low',
    internal: true,
  }),
  'metadata.log.dir': string(null, 'The folder of the metadata log; where not set, the first of log.dirs.', {
    importance: 'high',
  }),
  'metadata.log.max.record.bytes.between.snapshots': long(
    20971520,
    'How many bytes of metadata records are written before a new snapshot is made.',
    { min: 1, importance: 'high' },
  ),
  'metadata.log.max.snapshot.interval.ms': long(
    3600000,
    'How long committed metadata records may wait for a snapshot; 0 makes none for the time alone.',
    { min: 0, importance: 'high' },
  ),
  'metadata.log.segment.bytes': int(
    1073741824,
    'The size at which a segment of the metadata log is closed and the next one begun.',
    { min: 8388608, importance: 'high' },
  ),
  'metadata.log.segment.ms': long(
    604800000,
    'The age at which a segment of the metadata log is closed even if it is not full.',
    { importance: 'high' },
  ),
  'metadata.max.idle.interval.ms': int(
    500,
    'How often the active controller writes a record that says nothing, so that a lost quorum is noticed; 0 never does.',
    { min: 0, importance: 'low' },
  ),
  'metadata.max.retention.bytes': long(
    104857600,
    'How large metadata log and snapshots may become together before the oldest are removed; one snapshot always stays.',
    { importance: 'high' },
  ),
  'metadata.max.retention.ms': long(
    604800000,
    'How old metadata log and snapshots may become before they are removed; one snapshot always stays.',
    { importance: 'high' },
  ),
  'node.id': int(1, 'The number of this node; no other node of the cluster may have it.', {
    min: 0,
    importance: 'high',
    differs: { from: null, because: 'A first broker needs no configuration.' },
  }),
  'process.roles': list(
    ['broker', 'controller'],
    'What the node does: `broker` serves clients, `controller` keeps the metadata of the cluster, or both.',
    {
      oneOf: ['broker', 'controller'],
      nonEmpty: true,
      importance: 'high',
      differs: { from: null, because: 'A first broker needs no configuration.' },
    },
  ),
  'server.max.startup.time.ms': long(LONG_MAX, 'How long a start may take before it is given up; for tests.', {
    min: 0,
    internal: true,
  }),
  'unstable.api.versions.enable': boolean(
    false,
    'Offers versions of requests that may still change; for development.',
    { importance: 'high', internal: true },
  ),
  'unstable.feature.versions.enable': boolean(false, 'Allows feature levels that may still change; for development.', {
    importance: 'high',
    internal: true,
  }),
} as const
