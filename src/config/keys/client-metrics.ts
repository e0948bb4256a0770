/** What a subscription to the metrics of clients has (KIP-714). */
import { int, list } from '../key.ts'

export const clientMetricsKeys = {
  metrics: list(
    [],
    'The metrics that clients push: those whose names begin with one of these. `*` is all, empty is none.',
  ),
  'interval.ms': int(300000, 'How often clients push them, from 100 ms to an hour.'),
  match: list([], 'Which clients push them, as `property=pattern`, where all must match. Empty is all clients.'),
} as const
