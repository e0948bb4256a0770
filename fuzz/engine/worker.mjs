/**
 * One target in a thread of its own, so that a run which never ends, or takes all memory, ends with the thread. What the
 * parent must know then is in shared memory: the input of the run, and how many runs there have been.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Fuzzer } from './fuzzer.mjs'
import { counters, countersUsed, loadInstrumented } from './instrument.mjs'

const { name, url, seed, runs, untilMs, shared, regressions } = workerData
/** Executions, corpus inputs, features, branches there are; length of the input, requests, runs, runs per CPU second. */
const numbers = new Float64Array(shared, 0, 8)
const inputCopy = new Uint8Array(shared, 64)

let cpuBegan = process.cpuUsage()
let runsBefore = 0
const { target } = await loadInstrumented(url, name)
const fuzzer = new Fuzzer(watched(target), { seed, counters, countersUsed })
process.on('unhandledRejection', (error) => parentPort.postMessage({ rejected: error?.stack ?? String(error) }))

const found = await fuzz()
if (found !== undefined) {
  found.input = fuzzer.input.slice()
  if (!target.isStateful) found.input = await fuzzer.minimized(found)
}
await target.close?.()
note()
parentPort.postMessage({ found })

async function fuzz() {
  for (const input of regressions) {
    const again = await fuzzer.replay(input)
    if (again !== undefined) return again
  }
  const first = await fuzzer.seed()
  if (first !== undefined) return first
  cpuBegan = process.cpuUsage()
  runsBefore = fuzzer.executions
  return fuzzer.run(isOver)
}

function isOver() {
  note()
  return Date.now() >= untilMs || fuzzer.executions >= runs
}

function note() {
  numbers[0] = fuzzer.executions
  numbers[1] = fuzzer.corpusSize
  numbers[2] = fuzzer.features
  numbers[3] = countersUsed()
  const { user, system } = process.cpuUsage(cpuBegan)
  numbers[7] = ((fuzzer.executions - runsBefore) * 1e6) / Math.max(1, user + system)
  numbers[5] = target.requestCount ?? 0
}

/** The target, with its input where the parent finds it. */
function watched(plain) {
  return Object.create(plain, {
    run: {
      value(bytes) {
        inputCopy.set(bytes)
        numbers[4] = bytes.length
        numbers[6]++
        return plain.run(bytes)
      },
    },
  })
}
