/**
 * Makes the built tree current: installs packages when node_modules does not hold what the lock file says, compiles, removes
 * compiled files whose source is gone, and bundles the command. Run as a program or used by the other scripts; needs
 * nothing but Node and npm.
 *
 * The command is bundled (dist/command) because loading some four hundred small modules took half of its start; the rooms
 * stay unbundled beside it (dist/ROOM), for tests and for those who import them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const command = 'dist/command'

/** Ends the process, behind npm's or the compiler's own words, when it cannot. */
export async function build() {
  if (!installed()) {
    console.error('installing packages ...')
    run(...npm('install', '--no-audit', '--no-fund', '--loglevel=error'))
  }
  removeOrphans()
  // In dist, so that removing dist also removes the belief that everything in it is current.
  const memory = ['--incremental', '--tsBuildInfoFile', join(root, 'dist/.tsbuildinfo')]
  run(process.execPath, tool('typescript/bin/tsc'), '-p', 'tsconfig.json', ...memory)
  await bundle()
}

/** The command as a few files. Each subcommand is loaded when it is asked for; packages stay outside. */
async function bundle() {
  const esbuild = await import('esbuild')
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(root, 'dist/cli/main.js')],
    outdir: join(root, command),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    write: false,
    logLevel: 'warning',
  })
  // Only what changed is written: a broker that runs from here may load a part of itself at any time.
  mkdirSync(join(root, command), { recursive: true })
  for (const { path, contents } of outputFiles)
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents)
  const current = new Set(outputFiles.map(({ path }) => path))
  for (const file of files(join(root, command))) if (!current.has(file)) rmSync(file)
}

/** The path of a package's program, run with this Node whatever the PATH. */
export function tool(path) {
  return join(root, 'node_modules', path)
}

/** npm as argument list: the one that runs us, or the one on the PATH. */
export function npm(...args) {
  const program = process.env.npm_execpath
  return program?.endsWith('.js') ? [process.execPath, program, ...args] : ['npm', ...args]
}

/** Runs a program in the project's folder with its output shown; ends this process with its status when it fails. */
export function run(program, ...args) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  if (status === null) console.error(`${program} ${args.join(' ')}: ${error?.message ?? signal}`)
  process.exit(status ?? 1)
}

/** True when every package of the lock file that this platform needs is in node_modules in that version. */
function installed() {
  const hidden = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  )
}

/** The compiler never removes what it wrote: a test whose source is gone would go on passing. */
function removeOrphans() {
  const dist = join(root, 'dist')
  if (!existsSync(dist)) return
  for (const file of files(dist)) {
    if (file.startsWith(join(root, command)) || file.endsWith('.tsbuildinfo')) continue
    const stem = relative(dist, file).replace(/(\.d\.ts|\.js)(\.map)?$/, '')
    if (!existsSync(join(root, 'src', `${stem}.ts`))) rmSync(file)
  }
}

/** All files below a folder. */
export function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
