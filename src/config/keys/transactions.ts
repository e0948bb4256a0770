/** Transactions and producer ids. */
import { boolean, int, short } from '../key.ts'

export const transactionKeys = {
  'add.partitions.to.txn.retry.backoff.max.ms': int(100, '', { min: 0, importance: 'high' }),
  'add.partitions.to.txn.retry.backoff.ms': int(20, '', { min: 1, importance: 'high' }),
  'producer.id.expiration.check.interval.ms': int(600000, '', { min: 1, importance: 'low', internal: true }),
  'producer.id.expiration.ms': int(86400000, '', { min: 1, importance: 'low', update: 'cluster-wide' }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(10000, '', { min: 1, importance: 'low' }),
  'transaction.max.timeout.ms': int(900000, '', { min: 1, importance: 'high' }),
  'transaction.partition.verification.enable': boolean(true, '', { importance: 'low', update: 'cluster-wide' }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(3600000, '', { min: 1, importance: 'low' }),
  'transaction.state.log.load.buffer.size': int(5242880, '', { min: 1, importance: 'high' }),
  'transaction.state.log.min.isr': int(1, '', {
    min: 1,
    importance: 'high',
    differs: { from: '2', because: 'A broker alone must serve transactions; a cluster sets 2.' },
  }),
  'transaction.state.log.num.partitions': int(50, '', { min: 1, importance: 'high' }),
  'transaction.state.log.replication.factor': short(1, '', {
    min: 1,
    importance: 'high',
    differs: { from: '3', because: 'A broker alone must serve transactions; a cluster sets 3.' },
  }),
  'transaction.state.log.segment.bytes': int(104857600, '', { min: 1, importance: 'high' }),
  'transaction.two.phase.commit.enable': boolean(false, '', { importance: 'low' }),
  'transactional.id.expiration.ms': int(604800000, '', { min: 1, importance: 'high' }),
} as const
