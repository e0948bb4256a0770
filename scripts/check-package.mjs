/**
 * `npm run check:package`: what a user installs. Packs the project, installs the package into an empty folder elsewhere and
 * uses it from there: the version, a broker on a free port, a topic, records in and out, a clean stop. Closes with
 * `N passed, N failed`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, startBroker } from './broker.mjs'
import { build, npm } from './build.mjs'

await build()
const folder = mkdtempSync(join(tmpdir(), 'ottla-package-'))
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
let passed = 0
let failed = 0
let broker

// Scripts are left out when packing: prepack would build what has just been built.
const [tarball] = JSON.parse(output(root, ...npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder)))
const names = tarball.files.map(({ path }) => path)
await check('holds no tests, benches or sources', () =>
  same(
    [],
    names.filter((path) => /\.(test|bench)\.|^src\//.test(path)),
  ),
)
await check('holds README, CHANGELOG, LICENSE', () => {
  same(['CHANGELOG.md', 'LICENSE', 'README.md'], names.filter((path) => /^[A-Z]+(\.md)?$/.test(path)).sort())
})

const home = join(folder, 'user')
mkdirSync(home)
writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
output(home, ...npm('install', '--no-audit', '--no-fund', '--loglevel=error', join(folder, tarball.filename)))
const entry = join(home, 'node_modules', 'ottla', 'dist', 'command', 'main.js')

await check('npx ottla version', () => includes(output(home, ...npx('version')), version))
await check('starts a broker that answers', async () => {
  broker = await startBroker('ottla', { folder: join(folder, 'broker'), command: entry })
})
if (broker !== undefined) {
  const at = ['--bootstrap', broker.bootstrap]
  await check('creates a topic', () => output(home, ...npx('topic', 'create', 'greetings', '--partitions', '2', ...at)))
  await check('produces records', () => {
    execFileSync(...command(npx('produce', 'greetings', ...at)), { cwd: home, input: 'hello\nworld\n' })
  })
  await check('consumes them', () => {
    const lines = output(home, ...npx('consume', 'greetings', '--from-beginning', '--exit', ...at))
      .trim()
      .split('\n')
    same(['hello', 'world'], lines.sort())
  })
  await check('stops cleanly', async () => same(0, await broker.stop()))
}

rmSync(folder, { recursive: true, force: true })
console.log(
  `${names.length} files, ${(tarball.size / 1e3).toFixed(0)} kB packed, ${(tarball.unpackedSize / 1e6).toFixed(1)} MB unpacked`,
)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function npx(...args) {
  return ['npx', '--no-install', 'ottla', ...args]
}

function command([program, ...args]) {
  return [program, args]
}

function output(cwd, program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${error?.message ?? status}: ${stderr}`)
  return stdout
}

async function check(name, body) {
  try {
    await body()
    passed++
    console.log(`ok ${name}`)
  } catch (cause) {
    failed++
    console.log(`FAIL ${name}: ${cause.message}`)
  }
}

function same(expected, got) {
  const [one, other] = [JSON.stringify(expected), JSON.stringify(got)]
  if (one !== other) throw new Error(`expected ${one}, got ${other}`)
}

function includes(text, part) {
  if (!text.includes(part)) throw new Error(`expected ${part} in ${text}`)
}
