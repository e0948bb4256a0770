/**
 * `npm run fuzz`: tries to break whatever reads bytes from a peer or a disk. Closes with `N passed, N failed`: targets
 * without and with a violation.
 *
 *   npm run fuzz -- --minutes 10                 all targets, each for its share of the time
 *   npm run fuzz -- --target lz4 --runs 1000000  the targets whose name contains "lz4", so many runs each
 *   npm run fuzz -- --seed 7                     the same inputs again (given the same number of runs)
 *   npm run fuzz -- --list
 *
 * What is found is made small and kept in fuzz/regressions/TARGET, where `npm test` runs it from then on.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { build } from '../scripts/build.mjs'
import { regressionsOf } from './regressions.mjs'

/** A run that takes longer will not end. */
const STUCK_MS = 10_000
const INPUT_BYTES_MAX = 1 << 20

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    target: { type: 'string', default: '' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})
const seed = Number(options.seed ?? Date.now() % 1_000_000)
const runs = Number(options.runs ?? Number.POSITIVE_INFINITY)
const minutes = Number(options.minutes ?? (options.runs === undefined ? 1 : 60 * 24))
const targets = readdirSync(new URL('./targets/', import.meta.url))
  .filter((file) => file.endsWith('.mjs') && !file.endsWith('.kit.mjs'))
  .map((file) => file.replace('.mjs', ''))
  .filter((name) => name.includes(options.target))

await build()
if (options.list) {
  for (const name of targets) console.log(`${name.padEnd(20)} ${(await targetOf(name)).about}`)
  process.exit()
}
if (targets.length === 0) {
  console.error(`No target has a name with "${options.target}"; --list shows them`)
  process.exit(2)
}

console.log(`seed ${seed}`)
console.log(
  `${'target'.padEnd(20)} ${'executions'.padStart(12)} ${'per CPU s'.padStart(11)} ${'branches'.padStart(14)}  corpus`,
)
const totals = new Map()
let passed = 0
let failed = 0
for (const [i, name] of targets.entries()) {
  const shareMs = options.runs === undefined ? (minutes * 60_000) / targets.length : minutes * 60_000
  const { kind = 'files', weight = 1 } = await targetOf(name)
  const result = await fuzz(name, { seed: seed + i, untilMs: Date.now() + shareMs * weight })
  const { executions, rate, features, branches, corpus, requests, found } = result
  const reached = `${features}/${branches}`
  console.log(
    `${name.padEnd(20)} ${String(executions).padStart(12)} ${String(Math.round(rate)).padStart(11)} ${reached.padStart(14)}  ${corpus}` +
      (requests > 0 ? `  (${requests} requests)` : ''),
  )
  totals.set(kind, (totals.get(kind) ?? 0) + (requests > 0 ? requests : executions))
  if (found === undefined) {
    passed++
    continue
  }
  failed++
  console.error(`FAIL ${name}: ${found.what}\n  kept as ${keep(name, found.input)}, seed ${seed + i}`)
}
for (const [kind, count] of totals) console.log(`${kind}: ${count.toLocaleString('en')}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

async function targetOf(name) {
  return (await import(`./targets/${name}.mjs`)).target
}

/** Runs one target to its end, and looks after it. */
function fuzz(name, { seed, untilMs }) {
  const shared = new SharedArrayBuffer(64 + INPUT_BYTES_MAX)
  const numbers = new Float64Array(shared, 0, 8)
  const url = new URL(`./targets/${name}.mjs`, import.meta.url).href
  const regressions = regressionsOf(name).map(({ bytes }) => bytes)
  const worker = new Worker(new URL('./engine/worker.mjs', import.meta.url), {
    workerData: { name, url, seed, runs, untilMs, shared, regressions },
    // Whoever takes more than this takes without measure.
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  })
  return new Promise((resolve) => {
    const end = (found) => {
      clearInterval(watch)
      void worker.terminate()
      const [executions, corpus, features, branches, , requests, , rate] = numbers
      resolve({ executions, corpus, features, branches, requests, rate, found })
    }
    const input = () => new Uint8Array(shared, 64, numbers[4]).slice()
    let before = 0
    let sinceMs = Date.now()
    const watch = setInterval(() => {
      if (numbers[6] !== before || numbers[6] === 0) {
        before = numbers[6]
        sinceMs = Date.now()
      } else if (Date.now() - sinceMs > STUCK_MS) {
        end({ what: `a run has not ended after ${STUCK_MS} ms`, input: input() })
      }
    }, 500)
    worker.on('message', ({ found, rejected }) => {
      end(
        rejected === undefined
          ? found
          : { what: `a promise was rejected and nobody looked: ${rejected}`, input: input() },
      )
    })
    worker.on('error', (error) => end({ what: `the thread ended: ${error.stack}`, input: input() }))
  })
}

function keep(name, input) {
  const folder = new URL(`./regressions/${name}/`, import.meta.url)
  const file = `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(file, folder), input)
  return `fuzz/regressions/${name}/${file} (${input.length} bytes)`
}
