/** Quotas, metrics and client telemetry. */
import { int, javaClass, list, long, string } from '../key.ts'

export const operationsKeys = {
  'alter.log.dirs.replication.quota.window.num': int(
    11,
    'Over how many samples the speed of moves between folders is measured.',
    { min: 1, importance: 'low' },
  ),
  'alter.log.dirs.replication.quota.window.size.seconds': int(
    1,
    'How many seconds a sample of the speed of moves between folders lasts.',
    { min: 1, importance: 'low' },
  ),
  'client.quota.callback.class': javaClass(
    null,
    'A Java class that decides quotas. No class can be loaded, so none can be set.',
    { importance: 'low' },
  ),
  'controller.quota.window.num': int(11, 'Over how many samples the rate of changes to topics is measured.', {
    min: 1,
    importance: 'low',
  }),
  'controller.quota.window.size.seconds': int(1, 'How many seconds a sample of the rate of changes to topics lasts.', {
    min: 1,
    importance: 'low',
  }),
  'kafka.metrics.polling.interval.secs': int(
    10,
    'How often Java metrics reporters are asked. Has no effect: there is no JVM.',
    { min: 1, importance: 'low' },
  ),
  'kafka.metrics.reporters': list([], 'Java classes that report metrics. No class can be loaded, so none can be set.', {
    importance: 'low',
  }),
  'metric.reporters': list([], 'Java classes that report metrics. No class can be loaded, so none can be set.', {
    importance: 'low',
    update: 'cluster-wide',
    differs: {
      from: 'org.apache.kafka.common.metrics.JmxReporter',
      because: 'There is no JVM whose management beans could be read.',
    },
  }),
  'metrics.num.samples': int(2, 'Over how many samples a metric is measured.', { min: 1, importance: 'low' }),
  'metrics.recording.level': string('INFO', 'How many metrics are measured: INFO, DEBUG or TRACE.', {
    importance: 'low',
  }),
  'metrics.sample.window.ms': long(30000, 'How long a sample of a metric lasts.', { min: 1, importance: 'low' }),
  'quota.window.num': int(11, 'Over how many samples the use of clients is measured against their quotas.', {
    min: 1,
    importance: 'low',
  }),
  'quota.window.size.seconds': int(1, 'How many seconds a sample of the use of clients lasts.', {
    min: 1,
    importance: 'low',
  }),
  'replication.quota.window.num': int(11, 'Over how many samples the speed of throttled replication is measured.', {
    min: 1,
    importance: 'low',
  }),
  'replication.quota.window.size.seconds': int(
    1,
    'How many seconds a sample of the speed of throttled replication lasts.',
    { min: 1, importance: 'low' },
  ),
  'telemetry.max.bytes': int(1048576, 'The largest push of metrics by a client, as it arrives.', {
    min: 1,
    importance: 'low',
  }),
} as const
