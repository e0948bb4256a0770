/**
 * The rules of the house hold: sources with planted violations are linted as the project's own are, and each violation
 * must be found on its line; lines that keep the rules must not be.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The rooms, each with those it may import besides itself. */
const ROOMS: Readonly<Record<string, string>> = {
  core: '',
  host: 'core',
  config: 'core',
  protocol: 'core host',
  net: 'core host protocol',
  log: 'core host config protocol',
  raft: 'core protocol',
  metadata: 'core host config protocol net log raft',
  replication: 'core host config protocol net log raft metadata',
  security: 'core host config protocol net log raft metadata',
  coordinator: 'core host config protocol net log raft metadata replication',
  broker: 'core host config protocol net log raft metadata replication security coordinator',
  client: 'core host protocol net',
  registry: 'core host protocol net client',
  streams: 'core host protocol net client',
  sql: 'core host protocol net client streams',
  connect: 'core host protocol net client',
  console: 'core host protocol net client registry streams sql connect',
  server:
    'core host config protocol net log raft metadata replication security coordinator broker client registry streams sql connect console',
}
const FREE = ['cli', 'testing', 'simulator']
const ALL = [...Object.keys(ROOMS), ...FREE]
const OUTER = ['console', 'server', ...FREE]
const PURE = ALL.filter((room) => !OUTER.includes(room))

const PLATFORM = [
  'Date.now()',
  'new Date()',
  'performance.now()',
  'Math.random()',
  "Math['random']()",
  'setTimeout(use, 1)',
  'setInterval(use, 1)',
  'setImmediate(use)',
  'clearTimeout(use)',
  'queueMicrotask(use)',
  'process.exit()',
  'console.log(use)',
  "Buffer.from('')",
  'structuredClone(use)',
  "fetch('')",
  'globalThis.Date',
  'crypto.randomUUID()',
  'Atomics.load(use)',
]
const NEWER_THAN_NODE_20 = ['Map.groupBy(use)', 'Object.groupBy(use)', 'Promise.withResolvers()']
const PACKAGES = ["export * from 'node:fs'", "export * from 'pino'", "await import('node:net')"]

/** Lines that must be found, and lines that must not, by path. */
const violations = new Map<string, string[]>()
const clean = new Map<string, string[]>()
let found: ReadonlySet<string>
let folder: string

before(async () => {
  for (const room of ALL) {
    const mayImport = FREE.includes(room) ? ALL : [room, ...ROOMS[room]!.split(' ')]
    const isPure = PURE.includes(room)
    const doors = ALL.flatMap((other) => [`export * from '#${other}'`, `export * from '#${other}/inner'`])
    const isOpen = (door: string) =>
      mayImport.some((other) => door.includes(`#${other}'`) || door.includes(`#${other}/`)) &&
      !(isPure && door.includes('#host/'))
    clean.set(`src/${room}/open-doors.ts`, doors.filter(isOpen))
    const closed = doors.filter((door) => !isOpen(door))
    if (closed.length > 0) violations.set(`src/${room}/closed-doors.ts`, closed)

    clean.set(`src/${room}/inside.ts`, ["export * from './other.ts'"])
    clean.set(`src/${room}/inner/inside.ts`, ["export * from '../other.ts'", "export * from './deep/other.ts'"])
    violations.set(`src/${room}/leaving.ts`, ["export * from '../core/assert.ts'", "export type A = import('#core').A"])
    violations.set(`src/${room}/inner/leaving.ts`, ["export * from '../../core/assert.ts'"])
    violations.set(`src/${room}/inner/deep/leaving.ts`, ["export * from '../../../core/assert.ts'"])

    const platform = isPure ? violations : clean
    platform.set(`src/${room}/platform.ts`, [...PLATFORM, ...PACKAGES])
    violations.set(`src/${room}/newer.ts`, NEWER_THAN_NODE_20)
    clean.set(`src/${room}/free.test.ts`, [...PLATFORM, ...PACKAGES, ...doors])
    clean.set(`src/${room}/free.bench.ts`, [...PLATFORM, ...PACKAGES, ...doors])
  }
  clean.set('src/host/node/clock.ts', [
    ...PLATFORM,
    ...PACKAGES,
    "export * from '../clock.ts'",
    "export * from '#core'",
  ])
  violations.set('src/host/node/closed-doors.ts', ["export * from '#log'", "export * from '#server'"])

  folder = await mkdtemp(join(tmpdir(), 'ottla-house-rules-'))
  found = await lint(folder, new Map([...violations, ...clean]))
})

after(() => rm(folder, { recursive: true, force: true }))

test('every planted violation is found on its line', () => {
  for (const [path, lines] of violations) {
    for (const [index, line] of lines.entries()) assert.ok(found.has(`${path}:${index + 1}`), `${path}: ${line}`)
  }
})

test('lines that keep the rules pass', () => {
  for (const [path, lines] of clean) {
    for (const [index, line] of lines.entries()) assert.ok(!found.has(`${path}:${index + 1}`), `${path}: ${line}`)
  }
})

/** Writes the sources into `folder` and lints them by the project's rules; gives where there are errors: `path:line`. */
async function lint(folder: string, sources: ReadonlyMap<string, readonly string[]>): Promise<Set<string>> {
  const project = fileURLToPath(new URL('..', import.meta.url))
  const config = JSON.parse(await readFile(join(project, 'biome.json'), 'utf8'))
  // Around the planted sources there is no repository, and only the rules of the house are asked.
  const { nursery } = config.linter.rules
  const only = { ...config, vcs: { enabled: false }, linter: { rules: { preset: 'none', nursery } } }
  await writeFile(join(folder, 'biome.json'), JSON.stringify(only))
  await cp(join(project, 'lint'), join(folder, 'lint'), { recursive: true })
  for (const [path, lines] of sources) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), `${lines.join('\n')}\n`)
  }
  const biome = join(project, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'src']
  const report = await new Promise<string>((resolve) => {
    // It exits with an error, as it should: there are violations.
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 }, (_error, stdout) => resolve(stdout))
  })
  const { diagnostics } = JSON.parse(report) as { diagnostics: readonly Diagnostic[] }
  return new Set(diagnostics.map(({ location }) => `${location.path}:${location.start.line}`))
}

interface Diagnostic {
  readonly location: { readonly path: string; readonly start: { readonly line: number } }
}
