/**
 * While one broker has a folder, the other does not get it: two would write the same logs.
 *
 * Each gets a folder of its own for that, since Kafka's controller begins to write its metadata before its broker looks
 * at the lock, whoever has it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { QUICK_JVM, startBroker } from '../../scripts/broker.mjs'
import { prepare } from './scenario.mjs'

/** What a broker that finds the folder taken says, and where. */
const refusals = {
  ottla: { file: 'broker.log', says: /is in use by process \d+/ },
  kafka: { file: 'node1/server.out', says: /Failed to acquire lock on file \.lock/ },
}

/** @param {string} first - the kind of broker that has the folder */
export async function keepsOut(first, folder, report) {
  const second = first === 'ottla' ? 'kafka' : 'ottla'
  prepare(folder)
  const holder = await startBroker(first, { folder, env: QUICK_JVM })
  try {
    const intruder = await startBroker(second, { folder, env: QUICK_JVM }).catch(() => undefined)
    await intruder?.kill()
    const { file, says } = refusals[second]
    const isRefused = intruder === undefined && says.test(readFileSync(join(folder, file), 'latin1'))
    report(`${first} keeps ${second} out of its folder`, isRefused ? [] : [`${second} was not refused`])
  } finally {
    await holder.kill()
  }
}
