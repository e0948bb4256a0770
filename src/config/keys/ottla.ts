/** What Ottla adds. The prefix keeps these apart from whatever Kafka may add one day. */
import { boolean, int, long, string } from '../key.ts'

export const ottlaKeys = {
  'ottla.insecure': boolean(
    false,
    'Allows listeners that others can reach without authentication. Without it, such a broker does not start.',
    { importance: 'high' },
  ),
  'ottla.health.listener': string(
    '',
    'Where liveness and readiness are answered over HTTP, as `host:port`. Empty answers nowhere.',
  ),
  'ottla.tail.cache.bytes': long(
    16777216,
    'How much memory all logs of the broker together use to keep their newest bytes for consumers at the end.',
    { min: 0 },
  ),
  'ottla.request.memory.bytes': long(
    268435456,
    'How much memory requests that are being received or worked off may hold together before connections are not read.',
    { min: 1 },
  ),
  'ottla.disk.free.bytes.min': long(
    536870912,
    'How many bytes of the volume of each folder of log.dirs are kept free, at most a twentieth of it: with fewer, records of clients and new topics are refused until there is a quarter more.',
    { min: 0, update: 'cluster-wide' },
  ),
  'ottla.sync.concurrency': int(4, 'How many files of one folder are synced at the same time at most.', { min: 1 }),
} as const
