/** Quotas, metrics and client telemetry. */
import { int, javaClass, list, long, string } from '../key.ts'

export const operationsKeys = {
  'alter.log.dirs.replication.quota.window.num': int(11, '', { min: 1, importance: 'low' }),
  'alter.log.dirs.replication.quota.window.size.seconds': int(1, '', { min: 1, importance: 'low' }),
  'client.quota.callback.class': javaClass(null, '', { importance: 'low' }),
  'controller.quota.window.num': int(11, '', { min: 1, importance: 'low' }),
  'controller.quota.window.size.seconds': int(1, '', { min: 1, importance: 'low' }),
  'kafka.metrics.polling.interval.secs': int(10, '', { min: 1, importance: 'low' }),
  'kafka.metrics.reporters': list([], '', { importance: 'low' }),
  'metric.reporters': list([], '', {
    importance: 'low',
    update: 'cluster-wide',
    differs: {
      from: 'org.apache.kafka.common.metrics.JmxReporter',
      because: 'There is no JVM whose management beans could be read.',
    },
  }),
  'metrics.num.samples': int(2, '', { min: 1, importance: 'low' }),
  'metrics.recording.level': string('INFO', '', { importance: 'low' }),
  'metrics.sample.window.ms': long(30000, '', { min: 1, importance: 'low' }),
  'quota.window.num': int(11, '', { min: 1, importance: 'low' }),
  'quota.window.size.seconds': int(1, '', { min: 1, importance: 'low' }),
  'replication.quota.window.num': int(11, '', { min: 1, importance: 'low' }),
  'replication.quota.window.size.seconds': int(1, '', { min: 1, importance: 'low' }),
  'telemetry.max.bytes': int(1048576, '', { min: 1, importance: 'low' }),
} as const
