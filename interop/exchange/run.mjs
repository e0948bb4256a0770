#!/usr/bin/env node
/**
 * One data folder, two brokers: Apache Kafka starts on what Ottla wrote and Ottla on what Kafka wrote, after clean stops and
 * after SIGKILL, and each goes on where the other was. After every change of broker all records, group offsets, topics,
 * configurations and features are compared with what was there before.
 *
 *   npm run exchange -- [--records 8000] [--seed 1] [--only NAME] [--folder DIR] [--keep]
 *
 * A scenario is a list of stages on one folder, each a broker and how it ends; scenario.mjs says what happens in one. Then a
 * folder of long segments makes the same way, and each broker is to keep the other out of one that is taken. `--only` takes a
 * part of a scenario's name, of `reserved`, or of `taken`. Closes with `N passed, N failed`, where N counts comparisons.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../scripts/build.mjs'
import { Client } from './client.mjs'
import { keepsBlocks } from './reserved.mjs'
import { Scenario } from './scenario.mjs'
import { keepsOut } from './taken.mjs'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '8000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    folder: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

/** With fewer, a partition has no three segments, and not enough records to have some deleted. */
const RECORDS_MIN = 5000
if (!(Number(options.records) >= RECORDS_MIN)) {
  console.error(`--records ${options.records}: at least ${RECORDS_MIN} are needed for three segments in each partition`)
  process.exit(2)
}

const scenarios = {
  'ottla stopped': ['ottla stop', 'kafka stop', 'ottla stop'],
  'kafka stopped': ['kafka stop', 'ottla stop', 'kafka stop'],
  'ottla killed': ['ottla kill', 'kafka stop', 'ottla kill', 'kafka stop'],
  'kafka killed': ['kafka kill', 'ottla kill', 'kafka kill', 'ottla stop'],
}

const work = options.folder ?? mkdtempSync(join(tmpdir(), 'ottla-exchange-'))
mkdirSync(work, { recursive: true })
await build()
const client = new Client(join(work, 'clients.log'))
const began = Date.now()
let passed = 0
const failures = []
const report = (name, differences, note = '') => {
  if (differences.length === 0) passed++
  else failures.push(`${name}: ${differences.slice(0, 5).join('; ')}`)
  console.log(differences.length === 0 ? `ok ${name} ${note}`.trimEnd() : `FAIL ${failures.at(-1)}`)
}

console.log(`${options.records} records of seed ${options.seed} for a first stage, in ${work}`)
for (const [name, stages] of Object.entries(scenarios)) {
  if (!name.includes(options.only)) continue
  const folder = join(work, name.replace(' ', '-'))
  const scenario = new Scenario(name, {
    folder,
    client,
    report,
    seed: Number(options.seed),
    records: Number(options.records),
  })
  await scenario.run(stages).catch((error) => report(name, [error.stack ?? String(error)]))
}
if ('reserved'.includes(options.only)) {
  const parts = { folder: join(work, 'reserved'), client, report, seed: Number(options.seed) }
  await keepsBlocks(parts).catch((error) => report('reserved', [error.stack ?? String(error)]))
}
client.close()
for (const kind of ['ottla', 'kafka']) {
  if (!'taken'.includes(options.only)) continue
  await keepsOut(kind, join(work, `taken-by-${kind}`), report)
}

console.log(`${((Date.now() - began) / 1000).toFixed(0)} s`)
for (const failure of failures) console.log(`FAIL ${failure}`)
if (failures.length > 0) process.exitCode = 1
if (failures.length > 0 || options.keep) console.log(`kept for a look: ${work}`)
else rmSync(work, { recursive: true })
console.log(`${passed} passed, ${failures.length} failed`)
