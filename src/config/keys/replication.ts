/** Copies of a partition on several brokers: followers, in-sync replicas, elections. */
import { boolean, int, long, string } from '../key.ts'

export const replicationKeys = {
  'auto.leader.rebalance.enable': boolean(true, '', { importance: 'high' }),
  'default.replication.factor': int(1, ''),
  'leader.imbalance.check.interval.seconds': long(300, '', { min: 1, importance: 'high' }),
  'min.insync.replicas': int(1, '', { min: 1, importance: 'high', update: 'cluster-wide' }),
  'num.replica.alter.log.dirs.threads': int(null, '', { importance: 'high' }),
  'num.replica.fetchers': int(1, '', { min: 1, importance: 'high', update: 'cluster-wide' }),
  'replica.fetch.backoff.ms': int(1000, '', { min: 0 }),
  'replica.fetch.max.bytes': int(1048576, '', { min: 0 }),
  'replica.fetch.min.bytes': int(1, '', { importance: 'high' }),
  'replica.fetch.response.max.bytes': int(10485760, '', { min: 0 }),
  'replica.fetch.wait.max.ms': int(500, '', { importance: 'high' }),
  'replica.high.watermark.checkpoint.interval.ms': long(5000, '', { importance: 'high' }),
  'replica.lag.time.max.ms': long(30000, '', { importance: 'high' }),
  'replica.selector.class': string(null, ''),
  'replica.socket.receive.buffer.bytes': int(65536, '', { importance: 'high' }),
  'replica.socket.timeout.ms': int(30000, '', { importance: 'high' }),
  'unclean.leader.election.enable': boolean(false, '', { importance: 'high', update: 'cluster-wide' }),
  'unclean.leader.election.interval.ms': long(300000, '', { min: 1, internal: true }),
} as const
