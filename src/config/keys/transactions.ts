/** Transactions and producer ids. */
import { boolean, int, short } from '../key.ts'

export const transactionKeys = {
  'add.partitions.to.txn.retry.backoff.max.ms': int(
    100,
    'The longest that a broker goes on trying by itself to add a partition to a transaction.',
    { min: 0, importance: 'high' },
  ),
  'add.partitions.to.txn.retry.backoff.ms': int(
    20,
    'How long a broker waits before it tries again by itself to add a partition to a transaction.',
    { min: 1, importance: 'high' },
  ),
  'producer.id.expiration.check.interval.ms': int(600000, 'How often producer ids are looked at for those to forget.', {
    min: 1,
    importance: 'low',
    internal: true,
  }),
  'producer.id.expiration.ms': int(
    86400000,
    'How long a partition remembers an idempotent producer that has stopped writing; never less than its transaction lasts.',
    { min: 1, importance: 'low', update: 'cluster-wide' },
  ),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(
    10000,
    'How often transactions are looked at for those that have run out of time and are aborted.',
    { min: 1, importance: 'low' },
  ),
  'transaction.max.timeout.ms': int(
    900000,
    'The longest timeout that a producer may ask for its transactions; a longer one is refused.',
    { min: 1, importance: 'high' },
  ),
  'transaction.partition.verification.enable': boolean(
    true,
    'Asks the transaction coordinator whether a partition belongs to the transaction before records of one are taken.',
    { importance: 'low', update: 'cluster-wide' },
  ),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(
    3600000,
    'How often transactional ids are looked at for those to forget.',
    { min: 1, importance: 'low' },
  ),
  'transaction.state.log.load.buffer.size': int(
    5242880,
    'How many bytes are read at a time when the state of transactions is loaded.',
    { min: 1, importance: 'high' },
  ),
  'transaction.state.log.min.isr': int(1, 'The min.insync.replicas of `__transaction_state`.', {
    min: 1,
    importance: 'high',
    differs: { from: '2', because: 'A broker alone must serve transactions; a cluster sets 2.' },
  }),
  'transaction.state.log.num.partitions': int(
    50,
    "How many partitions `__transaction_state` is created with. Do not change it later: a transactional id's partition follows from it.",
    { min: 1, importance: 'high' },
  ),
  'transaction.state.log.replication.factor': short(
    1,
    'How many replicas `__transaction_state` is created with; there must be as many brokers.',
    {
      min: 1,
      importance: 'high',
      differs: { from: '3', because: 'A broker alone must serve transactions; a cluster sets 3.' },
    },
  ),
  'transaction.state.log.segment.bytes': int(
    104857600,
    'The size of a segment of `__transaction_state`: small, so that it is compacted early and loaded quickly.',
    { min: 1, importance: 'high' },
  ),
  'transaction.two.phase.commit.enable': boolean(
    false,
    'Lets a transaction be prepared here and decided by an outside coordinator.',
    { importance: 'low' },
  ),
  'transactional.id.expiration.ms': int(604800000, 'How long a transactional id without a transaction is remembered.', {
    min: 1,
    importance: 'high',
  }),
} as const
