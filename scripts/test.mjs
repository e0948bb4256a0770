/**
 * `npm test`: installs and builds what is missing, lints, checks that pure rooms stay pure, and runs every test of the
 * built tree by node:test. Closes with `N passed, N failed`.
 *
 *   npm test -- log protocol/records    only the tests whose path contains one of these
 *   node scripts/test.mjs --built       the tests alone, of the tree as it is (what test:nodes does on other Nodes)
 *
 * A test file is given by its path, because Node 20 knows no patterns; each runs in a process of its own. A `.kit.test.js` has
 * what tests share, and none itself.
 */
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run as runTests } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, files, run, tool } from './build.mjs'

/** A file that takes longer has failed, and is ended. */
const fileTimeoutMs = 120_000
const root = fileURLToPath(new URL('..', import.meta.url))
const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { built: { type: 'boolean', default: false } },
})

if (!options.built) {
  await build()
  if (wanted.length === 0) {
    run(process.execPath, tool('@biomejs/biome/bin/biome'), 'check', '--diagnostic-level=error', '.')
    run(process.execPath, tool('typescript/bin/tsc'), '-p', 'tsconfig.pure.json')
  }
}

const tests = files(join(root, 'dist')).filter(
  (file) => /(?<!\.kit)\.test\.js$/.test(file) && (wanted.length === 0 || wanted.some((part) => file.includes(part))),
)
const began = Date.now()
let passed = 0
let failed = 0
let skipped = 0

const events = runTests({ files: tests, concurrency: availableParallelism(), timeout: fileTimeoutMs })
events.on('test:pass', (test) => {
  if (isGroup(test)) return
  if (test.skip !== undefined || test.todo !== undefined) skipped++
  else passed++
})
events.on('test:fail', (test) => {
  // A group fails with its tests; it is told only where it failed by itself, as a file does that cannot be loaded.
  if (isGroup(test) && test.details.error?.failureType === 'subtestsFailed') return
  failed++
  const cause = test.details.error?.cause ?? test.details.error
  const { exitCode, signal } = test.details.error ?? {}
  const ending = exitCode != null || signal != null ? ` (the process ended with ${signal ?? exitCode})` : ''
  console.error(`\nFAIL ${place(test)}${test.name}${ending}\n${cause?.stack ?? cause}`)
})
events.on('test:stderr', ({ message }) => process.stderr.write(message))
await new Promise((resolve) => events.once('end', resolve).resume())

console.log(`${tests.length} files in ${((Date.now() - began) / 1000).toFixed(1)} s on Node ${process.versions.node}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
// Without a single test there is nothing shown.
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function isGroup(test) {
  return test.details.type === 'suite' || test.file === undefined || test.name === test.file
}

function place(test) {
  return test.file === undefined || test.name === test.file ? '' : `${relative(root, test.file)}:${test.line ?? 0} `
}
