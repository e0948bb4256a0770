/**
 * Segments as long as those of a real log: Ottla asks for the blocks behind their end in advance, and a kill leaves them there.
 * Nobody may take them for records, nor lose what was written before them.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { QUICK_JVM, startBroker } from '../../scripts/broker.mjs'
import { differentRecords, missingAcknowledged } from './compare.mjs'
import { dumped, prepare } from './scenario.mjs'

const TOPIC = 'long'
const PARTITIONS = 2
/** Some 14 MB for each partition: blocks are asked for in advance from 8 MiB on. */
const RECORDS = 120_000
const RECORDS_MORE = 12_000
const BLOCK_BYTES = 512
/** Not synced one by one: a log asks for blocks as it is written at once. */
const settings = { 'log.flush.interval.messages': '9223372036854775807' }
const options = { isCompacted: () => false }

/** @param {{ folder: string, client: import('./client.mjs').Client, report: Function, seed: number }} parts */
export async function keepsBlocks({ folder, client, report, seed }) {
  prepare(folder)
  let next = 0
  const write = async (broker, name, count, untilFails = false) => {
    const lane = { topic: TOPIC, codec: 'none', partitions: PARTITIONS, idempotent: true, first: next, count }
    next += count
    await client.ask('write', broker, { seed, folder: join(folder, name), lanes: [lane], untilFails })
  }
  const read = async (broker, name) => ({
    folder: join(folder, name),
    ends: await client.ask('read', broker, { folder: join(folder, name) }),
  })
  /** Starts a broker on the folder, which then has what `before` has, does some work, and stops it. */
  const stage = async (kind, work) => {
    const broker = await startBroker(kind, { folder, settings, env: QUICK_JVM })
    try {
      return await work(broker)
    } finally {
      if (broker.running) await broker.stop()
    }
  }

  await stage('ottla', async (broker) => {
    const topic = { name: TOPIC, partitions: PARTITIONS, configs: { 'retention.ms': -1 } }
    await client.ask('create', broker, { topics: [topic] })
    await write(broker, 'written', RECORDS)
    const load = write(broker, 'acknowledged', 1e6, true)
    await sleep(1000)
    await broker.kill()
    await load
    report('long segments have blocks behind their end after a kill', withoutBlocks(broker.data))
  })
  const afterKafka = await stage('kafka', async (broker) => {
    const found = await read(broker, 'reading-1')
    for (const name of ['written', 'acknowledged']) {
      const missing = missingAcknowledged(join(folder, name), found, options)
      report(`kafka has what was ${name} in long segments`, missing.differences, `${missing.count}`)
    }
    await write(broker, 'more-by-kafka', RECORDS_MORE)
    return await read(broker, 'reading-2')
  })
  const afterOttla = await stage('ottla', async (broker) => {
    const found = await read(broker, 'reading-3')
    report('ottla has every record of long segments', differentRecords(afterKafka, found, options))
    await write(broker, 'more-by-ottla', RECORDS_MORE)
    return await read(broker, 'reading-4')
  })
  report("long segments are what Kafka's dump-log reads", await dumped(join(folder, 'data')))
  await stage('kafka', async (broker) => {
    const found = await read(broker, 'reading-5')
    report('kafka has every record of long segments', differentRecords(afterOttla, found, options))
  })
}

/** The logs that take no more of the disk than their size: none, where the file system gives blocks in advance. */
function withoutBlocks(data) {
  return Array.from({ length: PARTITIONS }, (_, partition) => join(data, `${TOPIC}-${partition}`)).flatMap((log) =>
    readdirSync(log)
      .filter((name) => name.endsWith('.log'))
      .map((name) => ({ name, ...statSync(join(log, name)) }))
      .filter(({ size, blocks }) => blocks * BLOCK_BYTES <= size + 4096)
      .map(({ name, size, blocks }) => `${log}/${name} has ${size} bytes in ${blocks} blocks`),
  )
}
