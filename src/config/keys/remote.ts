/** Tiered storage: old segments on a remote store. */
import { boolean, double, int, LONG_MAX, long, string } from '../key.ts'

export const remoteKeys = {
  'follower.fetch.last.tiered.offset.enable': boolean(
    false,
    'Lets an empty follower begin after what is on the remote store instead of at the start of the log.',
    { update: 'cluster-wide' },
  ),
  'remote.fetch.max.wait.ms': int(500, 'How long a fetch waits for records from the remote store.', {
    min: 1,
    update: 'cluster-wide',
  }),
  'remote.list.offsets.request.timeout.ms': long(30000, 'How long a look-up of offsets waits for the remote store.', {
    min: 1,
    update: 'cluster-wide',
  }),
  'remote.log.index.file.cache.total.size.bytes': long(
    1073741824,
    'How much disk indexes from the remote store may take on this broker.',
    { min: 1, importance: 'low', update: 'cluster-wide' },
  ),
  'remote.log.index.file.cache.ttl.ms': long(
    900000,
    'How long an index from the remote store is kept after its last use; -1 keeps it while there is room.',
    { min: -1, importance: 'low', internal: true },
  ),
  'remote.log.manager.copier.thread.pool.size': int(
    10,
    'How many segments are copied to the remote store at the same time.',
    { min: 1, update: 'cluster-wide' },
  ),
  'remote.log.manager.copy.max.bytes.per.second': long(
    LONG_MAX,
    'How fast segments are copied to the remote store, all together.',
    { min: 1, update: 'cluster-wide' },
  ),
  'remote.log.manager.copy.quota.window.num': int(11, 'Over how many samples the speed of copying is measured.', {
    min: 1,
  }),
  'remote.log.manager.copy.quota.window.size.seconds': int(
    1,
    'How many seconds a sample of the speed of copying lasts.',
    { min: 1 },
  ),
  'remote.log.manager.expiration.thread.pool.size': int(
    10,
    'How many segments are removed from the remote store at the same time.',
    { min: 1, update: 'cluster-wide' },
  ),
  'remote.log.manager.fetch.max.bytes.per.second': long(
    LONG_MAX,
    'How fast records are read from the remote store, all together.',
    { min: 1, update: 'cluster-wide' },
  ),
  'remote.log.manager.fetch.quota.window.num': int(11, 'Over how many samples the speed of reading is measured.', {
    min: 1,
  }),
  'remote.log.manager.fetch.quota.window.size.seconds': int(
    1,
    'How many seconds a sample of the speed of reading lasts.',
    { min: 1 },
  ),
  'remote.log.manager.follower.thread.pool.size': int(
    2,
    "How many followers' logs are compared with the remote store at the same time.",
    { min: 1, update: 'cluster-wide' },
  ),
  'remote.log.manager.task.interval.ms': long(
    30000,
    'How often logs are looked at for segments to copy to the remote store or to remove from it.',
    { min: 1, importance: 'low' },
  ),
  'remote.log.manager.task.retry.backoff.max.ms': long(
    30000,
    'The longest wait before work on the remote store that failed is tried again.',
    { min: 1, importance: 'low', internal: true },
  ),
  'remote.log.manager.task.retry.backoff.ms': long(
    500,
    'How long to wait before work on the remote store that failed is tried again; it grows with each failure.',
    { min: 1, importance: 'low', internal: true },
  ),
  'remote.log.manager.task.retry.jitter': double(
    0.2,
    'By which part, at random, the wait before another attempt is moved.',
    { min: 0, max: 0.5, importance: 'low', internal: true },
  ),
  'remote.log.manager.thread.pool.size': int(2, 'The older name of remote.log.manager.follower.thread.pool.size.', {
    min: 1,
  }),
  'remote.log.metadata.custom.metadata.max.bytes': int(
    128,
    "How many bytes of its own a remote store may keep with each segment's metadata.",
    { min: 0, importance: 'low' },
  ),
  'remote.log.metadata.manager.class.name': string(
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    "The Java class that keeps the metadata of remote segments; the built-in one stands for Ottla's own.",
    { nonEmpty: true },
  ),
  'remote.log.metadata.manager.class.path': string(
    null,
    'Where that Java class is found. Has no effect: there is no JVM.',
  ),
  'remote.log.metadata.manager.impl.prefix': string(
    'rlmm.config.',
    'The prefix of the keys that are handed on to the keeper of remote metadata.',
    { nonEmpty: true },
  ),
  'remote.log.metadata.manager.listener.name': string(
    null,
    'The listener by which the keeper of remote metadata connects to the broker.',
    { nonEmpty: true },
  ),
  'remote.log.reader.max.pending.tasks': int(
    100,
    'How many reads from the remote store may wait; more are answered with an error.',
    { min: 1 },
  ),
  'remote.log.reader.threads': int(10, 'How many reads from the remote store run at the same time.', {
    min: 1,
    update: 'cluster-wide',
  }),
  'remote.log.storage.manager.class.name': string(null, 'The Java class that speaks to the remote store.', {
    nonEmpty: true,
  }),
  'remote.log.storage.manager.class.path': string(
    null,
    'Where that Java class is found. Has no effect: there is no JVM.',
  ),
  'remote.log.storage.manager.impl.prefix': string(
    'rsm.config.',
    'The prefix of the keys that are handed on to the remote store.',
    { nonEmpty: true },
  ),
  'remote.log.storage.system.enable': boolean(
    false,
    'Moves old segments of topics that ask for it to a remote store. Ottla has none yet and refuses `true`.',
  ),
} as const
