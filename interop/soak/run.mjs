#!/usr/bin/env node
/**
 * `npm run soak`: one broker, in page-cache mode and with small segments that retention takes away, and peers on raw sockets
 * who write, read and break off for minutes. Every record that anybody reads is compared with what was written.
 *
 *     npm run soak -- [--minutes 3] [--seed N] [--mb-per-second 10]
 *
 *   producers   batches from one record to 900 KB, every codec, half of the producers idempotent (ledger.mjs, peers.mjs)
 *   readers     at the tail; cold, from the beginning again and again; slow ones, which leave their socket full
 *   all         break off in the middle of a frame or of an answer, and come back
 *
 * A seed gives each peer the same choices again, though not the same moments.
 *
 * At the end a last reader sees each record that was acknowledged and is not too old, once, where it was acknowledged.
 * Closes with `N passed, N failed`: each of the peers, the last reader, and the broker, which has complained of nothing and
 * stops in order.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBroker } from '../../scripts/broker.mjs'
import { build } from '../../scripts/build.mjs'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    'mb-per-second': { type: 'string', default: '10' },
  },
})
await build()
const { seededRandom } = await import('#host/memory')
const { createTopics } = await import('#protocol/messages')
const { Ledger } = await import('./ledger.mjs')
const { Producer, Reader } = await import('./peers.mjs')

const TOPIC = 'soak'
const PARTITIONS = 6
const PRODUCERS = 6
const seed = Number(options.seed)
const endMs = Date.now() + Number(options.minutes) * 60_000
const settings = {
  'log.flush.interval.messages': 2n ** 63n - 1n,
  'log.segment.bytes': 8 << 20,
  'log.retention.bytes': 48 << 20,
  'log.retention.check.interval.ms': 2000,
  'log.segment.delete.delay.ms': 1000,
  'auto.create.topics.enable': false,
}

let passed = 0
const failures = []
function tell(name, what, problem) {
  if (problem === undefined) passed++
  else failures.push(name)
  console.log(`${problem === undefined ? 'ok' : 'FAIL'} ${name}: ${problem ?? what}`)
}

console.log(`seed ${seed}`)
const work = mkdtempSync(join(tmpdir(), 'ottla-soak-'))
const broker = await startBroker('ottla', { folder: work, settings })
const ledger = new Ledger()
let peers = 0
const shared = { ledger, topic: TOPIC, partitions: PARTITIONS }
const random = () => seededRandom(seed * 1000 + peers++)
const reader = (name, more = {}) => new Reader(broker.port, random(), { name, ...shared, ...more })

/** Until its time is over, or something is wrong. */
async function run(peer, isOver) {
  let problem
  await peer.run(isOver).catch((error) => {
    problem = error.message
  })
  await peer.close()
  tell(peer.name, peer.told, problem)
}

const first = reader('the first')
const topic = { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }
await first.ask(createTopics, 5, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
await first.close()

const bytesPerSecond = (Number(options['mb-per-second']) * 1e6) / PRODUCERS
const producers = Array.from({ length: PRODUCERS }, (_, i) => {
  return new Producer(broker.port, random(), { ...shared, number: i + 1, isIdempotent: i % 2 === 0, bytesPerSecond })
})
const readers = [
  reader('reader at the tail', { from: 'end' }),
  reader('reader at the tail of small pieces', { from: 'end', bytesMax: 20_000 }),
  reader('cold reader'),
  reader('cold reader of large pieces', { bytesMax: 8 << 20 }),
  reader('slow reader', { pauseMs: 20, bytesMax: 4 << 20 }),
  reader('slow reader at the tail', { from: 'end', pauseMs: 10, bytesMax: 2 << 20 }),
]
const isOver = () => Date.now() > endMs || failures.length > 0
await Promise.all([...producers, ...readers].map((peer) => run(peer, isOver)))

const last = reader('the last reader', { bytesMax: 4 << 20, leaves: 1 << 30, isLast: true })
await run(last, () => false)
const missing = ledger.missing(last.starts)
tell(
  'what was acknowledged is there',
  `${ledger.acknowledged} batches were acknowledged`,
  missing.length > 0 ? `${missing.length} batches are not, the first is ${JSON.stringify(missing[0])}` : undefined,
)
const gone = { cpuSeconds: 0, residentBytes: 0, residentPeakBytes: 0 }
const { cpuSeconds, residentBytes, residentPeakBytes } = broker.running ? broker.usage() : gone
const ended = broker.running ? await broker.stop() : await broker.ended
const complaints = readFileSync(broker.log, 'utf8')
  .split('\n')
  .filter((line) => /\b(error|fatal)\b/i.test(line))
tell(
  'the broker',
  `${cpuSeconds.toFixed(0)} CPU seconds, ${(residentBytes / 2 ** 20).toFixed(0)} MiB resident, at most ${(residentPeakBytes / 2 ** 20).toFixed(0)}`,
  ended !== 0 ? `it ended with ${ended}` : complaints.length > 0 ? `it says: ${complaints[0]}` : undefined,
)
if (failures.length > 0) console.log(`kept for a look: ${work}`)
else rmSync(work, { recursive: true })
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length > 0 ? 1 : 0
