/** Listeners, connections, and how requests are taken in and worked off. */
import { INT_MAX, int, list, long, string } from '../key.ts'

export const networkKeys = {
  'advertised.listeners': list(
    null,
    'The addresses that clients and other brokers are told to connect to. Where not set, those of listeners; set it when clients reach the broker by another address, as behind a proxy or in a container.',
    { nonEmpty: true, importance: 'high' },
  ),
  'background.threads': int(10, 'How many threads do background work. Has no effect: one broker is one event loop.', {
    min: 1,
    importance: 'high',
    update: 'cluster-wide',
  }),
  'connections.max.idle.ms': long(
    600000,
    'How long a connection may be silent before the broker closes it; negative never closes it.',
  ),
  'delete.records.purgatory.purge.interval.requests': int(
    1,
    'After how many DeleteRecords requests finished waiters are removed. Has no effect: a waiter is removed when it finishes.',
  ),
  'early.start.listeners': list(
    null,
    'Listeners that open before the authorizer is ready; where not set, those of the controller.',
    { importance: 'high' },
  ),
  'fetch.max.bytes': int(
    57671680,
    "The most bytes in one answer to a consumer's or follower's fetch, whatever it asks for; one batch is always given.",
    { min: 1024 },
  ),
  'fetch.purgatory.purge.interval.requests': int(
    1000,
    'After how many Fetch requests finished waiters are removed. Has no effect: a waiter is removed when it finishes.',
  ),
  'inter.broker.listener.name': string(
    null,
    'The listener by which brokers talk to each other; where not set, the one named by security.inter.broker.protocol.',
  ),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'Which protocol the listener of each name speaks, as `NAME:PROTOCOL`. Where it is not set and nothing else than PLAINTEXT is in use, controller listeners are PLAINTEXT.',
    { importance: 'low', update: 'per-broker' },
  ),
  listeners: list(
    ['PLAINTEXT://127.0.0.1:9092'],
    'Where the broker listens, as `NAME://host:port`; without a host, on every address. Names and ports must differ, but an IPv4 and an IPv6 address may share a port.',
    {
      nonEmpty: true,
      importance: 'high',
      update: 'per-broker',
      differs: { from: 'PLAINTEXT://:9092', because: 'A broker without authentication listens on this machine only.' },
    },
  ),
  'max.connection.creation.rate': int(
    INT_MAX,
    'How many connections a second the broker takes; more wait. A listener may have its own limit under `listener.name.<name>.`.',
    { min: 0, update: 'cluster-wide' },
  ),
  'max.connections': int(
    INT_MAX,
    'How many connections the broker keeps open at once; with more, the one longest idle is closed. A listener may have its own limit under `listener.name.<name>.`.',
    { min: 0, update: 'cluster-wide' },
  ),
  'max.connections.per.ip': int(
    INT_MAX,
    'How many connections one address may keep open; more are closed at once. It may be 0 where max.connections.per.ip.overrides names the addresses that may.',
    { min: 0, update: 'cluster-wide' },
  ),
  'max.connections.per.ip.overrides': string(
    '',
    'Other limits than max.connections.per.ip for some addresses or names, as `host:count`.',
    { update: 'cluster-wide' },
  ),
  'max.incremental.fetch.session.cache.slots': int(
    1000,
    'How many incremental fetch sessions the broker remembers; others send all their partitions with every fetch.',
    { min: 0 },
  ),
  'max.request.partition.size.limit': int(
    2000,
    'How many partitions one DescribeTopicPartitions answer holds at most.',
    { min: 1 },
  ),
  'num.io.threads': int(
    8,
    'How many threads work off requests. Has no effect: one broker is one event loop; run more brokers to use more cores.',
    { min: 1, importance: 'high', update: 'cluster-wide' },
  ),
  'num.network.threads': int(
    3,
    'How many threads serve connections. Has no effect: one broker is one event loop; run more brokers to use more cores.',
    { min: 1, importance: 'high', update: 'cluster-wide' },
  ),
  'producer.purgatory.purge.interval.requests': int(
    1000,
    'After how many Produce requests finished waiters are removed. Has no effect: a waiter is removed when it finishes.',
  ),
  'queued.max.request.bytes': long(
    -1,
    'How many bytes of requests may be waiting before connections are no longer read; -1 sets no limit of its own.',
  ),
  'queued.max.requests': int(500, 'How many requests may be waiting before connections are no longer read.', {
    min: 1,
    importance: 'high',
  }),
  'request.timeout.ms': int(
    30000,
    'How long the broker waits for the answer to a request that it sends itself, before it repeats it or gives up.',
    { importance: 'high' },
  ),
  'socket.connection.setup.timeout.max.ms': long(
    30000,
    'The longest that the broker waits for a connection that it opens itself, after earlier attempts have failed.',
  ),
  'socket.connection.setup.timeout.ms': long(
    10000,
    'How long the broker waits for a connection that it opens itself; it grows with each failure.',
  ),
  'socket.listen.backlog.size': int(511, 'How many connections the system queues before the broker takes them.', {
    min: 1,
    differs: {
      from: '50',
      because: 'All clients come back at once after a restart, and who is not queued waits for seconds.',
    },
  }),
  'socket.receive.buffer.bytes': int(
    -1,
    "The receive buffer of a connection's socket, on Linux; -1 leaves it to the system.",
    {
      importance: 'high',
      differs: {
        from: '102400',
        because:
          'A system that sees how far away the producer is chooses better; a fixed size bounds what it may send.',
      },
    },
  ),
  'socket.request.max.bytes': int(
    104857600,
    'The largest request; a connection that announces a larger one is closed.',
    { min: 1, importance: 'high' },
  ),
  'socket.send.buffer.bytes': int(
    409600,
    "The send buffer of a connection's socket, on Linux; -1 leaves it to the system.",
    {
      importance: 'high',
      differs: {
        from: '102400',
        because:
          'Less time goes into each gigabyte that is consumed, and consumers that are far away get more at once.',
      },
    },
  ),
} as const
