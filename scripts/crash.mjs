/**
 * `npm run crash`: every state that a crash may leave of a broker's disk, and every bit of its files turned over. Closes with
 * `N passed, N failed`; what fails is told with the line that replays it.
 *
 *   npm run crash -- --states 50000 --flips 100000 --seed 1
 *   npm run crash -- --only roll,checkpoint --states 5000
 *   npm run crash -- --replay 'roll:1:70.18'
 *   npm run crash -- --replay 'a closed directory: /data/orders-0/partition.metadata bit 3 of byte 7'
 */
import { parseArgs } from 'node:util'
import { build } from './build.mjs'

const { values: options } = parseArgs({
  options: {
    states: { type: 'string', default: '50000' },
    flips: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    replay: { type: 'string' },
  },
})
await build()
const { examine, explore, scenarios, specimens } = await import('#simulator/crash')

/** Errors are made by the thousand, and mostly expected. */
Error.stackTraceLimit = options.replay === undefined ? 4 : 20
const began = Date.now()
let passed = 0
let failed = 0

if (options.replay !== undefined) await replay(options.replay)
else {
  if (options.states !== '0') await exploreAll(scenarios.filter(isWanted))
  if (options.flips !== '0') await examineAll((await specimens()).filter(isWanted))
}
console.log(`\n${((Date.now() - began) / 1000).toFixed(1)} s on Node ${process.versions.node}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function isWanted({ name }) {
  return options.only === undefined || options.only.split(',').some((part) => name.startsWith(part))
}

/** Each scenario gets its share; what one seed does not have, the next ones do. */
async function exploreAll(wanted) {
  console.log('states'.padStart(50), 'in starts'.padStart(10), 'moments'.padStart(8), 'seeds'.padStart(6))
  const seen = new Set()
  for (const [index, scenario] of wanted.entries()) {
    const share = Math.ceil((Number(options.states) - seen.size) / (wanted.length - index))
    let [states, inner, moments, seeds] = [0, 0, 0, 0]
    for (let seed = Number(options.seed); states < share && seeds < 1000 && failed < 20; seed++, seeds++) {
      // Not all from the first seed: other seeds do other work.
      const statesMax = Math.min(share - states, Math.max(200, Math.ceil(share / 4)))
      const explored = await watched(`${scenario.name}:${seed}`, explore(scenario, { seed, seen, statesMax }))
      states += explored.stateCount
      inner += explored.innerCount
      moments += explored.momentCount
      for (const violation of explored.violations) tell(violation, `${scenario.name}:${seed}:${violation.place}`)
      passed += explored.stateCount - explored.violations.length
    }
    console.log(
      scenario.name.padEnd(40),
      ...[states, inner, moments, seeds].map((n, i) => `${n}`.padStart([9, 10, 8, 6][i])),
    )
  }
}

/** Of each folder its share of bits, and all other damage. */
async function examineAll(wanted) {
  console.log(`\n${'flips'.padStart(48)}${'other damage'.padStart(16)}${'refused'.padStart(10)}`)
  let left = Number(options.flips)
  for (const [index, specimen] of wanted.entries()) {
    const flipsMax = Math.ceil(left / (wanted.length - index))
    const seed = Number(options.seed)
    const { flipCount, otherCount, refusedCount, violations } = await watched(
      specimen.name,
      examine(specimen, { seed, flipsMax }),
    )
    left -= flipCount
    passed += flipCount + otherCount - violations.length
    for (const violation of violations) tell(violation, `${specimen.name}: ${violation.place}`)
    const figures = [flipCount, otherCount, refusedCount].map((n, i) => `${n}`.padStart([8, 16, 10][i]))
    console.log(specimen.name.padEnd(40) + figures.join(''))
  }
}

async function replay(text) {
  const specimen = (await specimens()).find(({ name }) => text.startsWith(`${name}: `))
  if (specimen !== undefined) {
    const only = text.slice(specimen.name.length + 2)
    const { flipCount, otherCount, violations } = await examine(specimen, { seed: 1, flipsMax: Infinity, only })
    passed += flipCount + otherCount - violations.length
    for (const violation of violations) tell(violation, text)
    return
  }
  const [name, seed, place] = text.split(':')
  const scenario = scenarios.find((other) => other.name === name)
  if (scenario === undefined)
    throw new Error(`There is no scenario ${name}: ${scenarios.map((s) => s.name).join('; ')}`)
  const recording = await scenario.record(Number(seed))
  console.log([...recording.lines()].slice(0, Number.parseInt(place, 10)).join('\n'))
  const { stateCount, violations } = await explore(scenario, { seed: Number(seed), place })
  passed += stateCount - violations.length
  for (const violation of violations) {
    console.log(`\nPending then, and what of it was kept:\n${violation.pending.join('\n')}`)
    tell(violation, text)
  }
}

function tell({ what }, place) {
  failed++
  console.error(`\nFAIL ${place}\n${what}\n  npm run crash -- --replay '${place}'`)
}

/** A promise that is never kept would end this process without a word. */
async function watched(what, promise) {
  const timer = setTimeout(() => {
    console.error(`FAIL ${what} does not end`)
    process.exit(1)
  }, 600_000)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
