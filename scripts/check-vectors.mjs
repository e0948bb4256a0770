/**
 * `npm run check:vectors -- FILE`: reads and writes every vector of a file (src/protocol/vectors/README.md) by our codec,
 * shows what differs, and closes with `N passed, N failed`. Exit code 1 where one failed or none was there.
 */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from './build.mjs'

const SHOWN_MAX = 20
const SHOWN_CHARACTERS_MAX = 600

const file = process.argv[2]
if (file === undefined) {
  console.error('Usage: npm run check:vectors -- FILE')
  process.exit(2)
}

await build()
const { checkVector } = await import('../dist/protocol/vectors/check-vector.js')

let passed = 0
let failed = 0
let lineNumber = 0

function check(line) {
  let vector
  try {
    vector = JSON.parse(line)
  } catch (error) {
    return { title: 'not JSON', problems: [String(error)] }
  }
  return { title: `${vector.message} version ${vector.version}`, problems: checkVector(vector) }
}

try {
  for await (const line of createInterface({
    input: createReadStream(resolve(process.env.INIT_CWD ?? '.', file)),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    lineNumber++
    if (line.trim() === '') continue
    const { title, problems } = check(line)
    if (problems.length === 0) {
      passed++
      continue
    }
    failed++
    if (failed <= SHOWN_MAX) {
      console.log(`${file}:${lineNumber}: ${title}`)
      for (const problem of problems) console.log(`  ${problem.slice(0, SHOWN_CHARACTERS_MAX)}`)
    }
  }
} catch (error) {
  console.error(`Cannot read ${file}: ${error.message}`)
  process.exit(2)
}
if (failed > SHOWN_MAX) console.log(`... and ${failed - SHOWN_MAX} more`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
