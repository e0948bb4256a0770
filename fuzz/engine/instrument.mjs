/**
 * Bundles a target with the code it tries, and puts a counter into every branch of it: `$c[17]++` at the start of each
 * function, arm of an `if`, case, loop body, and on the right of `?:`, `&&`, `||` and `??`. What the counters show after
 * a run is where the run has been, which is all that a coverage-guided fuzzer needs to know.
 *
 * Code that is made at run time (the codec's readers and writers) goes through the same pass: `new Function` in the
 * bundle becomes a call of `$compile`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'acorn'

const COUNTERS = 1 << 16
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Hits by branch, of all that is instrumented in this thread. Branches beyond the last counter share from the first on. */
export const counters = new Uint8Array(COUNTERS)
let branchCount = 0

/** How many of the counters are in use. */
export function countersUsed() {
  return Math.min(branchCount, COUNTERS)
}

globalThis.$c = counters
globalThis.$compile = (...parameters) => {
  const body = parameters.pop()
  return new Function(...parameters, instrument(body, { allowReturnOutsideFunction: true }))
}

/** Loads the module at `url` with all that it imports from this repository, instrumented. */
export async function loadInstrumented(url, name) {
  const esbuild = createRequire(import.meta.url)('esbuild')
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    write: false,
    logLevel: 'warning',
  })
  // As deep as the targets lie, so that what they read beside them is found.
  const path = `${root}dist/fuzz/${name}.mjs`
  mkdirSync(`${root}dist/fuzz`, { recursive: true })
  writeFileSync(path, instrument(outputFiles[0].text, { sourceType: 'module' }))
  return import(pathToFileURL(path).href)
}

/** `source` with counters. */
function instrument(source, options) {
  const inserts = []
  visit(parse(source, { ecmaVersion: 'latest', ...options }), inserts)
  inserts.sort((a, b) => a.at - b.at || a.order - b.order)
  let output = ''
  let from = 0
  for (const { at, text, skip = 0 } of inserts) {
    output += source.slice(from, at) + text
    from = at + skip
  }
  return output + source.slice(from)
}

const count = () => `$c[${branchCount++ % COUNTERS}]++`

/** Adds what is to be inserted for `node` and all below it. */
function visit(node, inserts) {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      if (node.body.type === 'BlockStatement') enter(node.body, inserts)
      else wrap(node.body, inserts)
      break
    case 'IfStatement':
      enter(node.consequent, inserts)
      if (node.alternate) enter(node.alternate, inserts)
      break
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      enter(node.body, inserts)
      break
    case 'SwitchCase':
      if (node.consequent.length > 0) insert(inserts, node.consequent[0].start, `${count()};`)
      break
    case 'CatchClause':
      enter(node.body, inserts)
      break
    case 'ConditionalExpression':
      wrap(node.consequent, inserts)
      wrap(node.alternate, inserts)
      break
    case 'LogicalExpression':
      wrap(node.right, inserts)
      break
    case 'NewExpression':
      if (node.callee.name === 'Function') {
        const skip = node.callee.end - node.start
        inserts.push({ at: node.start, text: '$compile', skip, order: inserts.length })
      }
      break
  }
  for (const child of Object.values(node)) {
    if (Array.isArray(child)) {
      for (const item of child) if (item?.type !== undefined) visit(item, inserts)
    } else if (typeof child?.type === 'string') {
      visit(child, inserts)
    }
  }
}

/** Counts at the beginning of a statement. */
function enter(statement, inserts) {
  if (statement.type === 'BlockStatement') {
    const directives = statement.body.filter(({ directive }) => directive !== undefined)
    insert(inserts, directives.at(-1)?.end ?? statement.start + 1, `;${count()};`)
  } else {
    insert(inserts, statement.start, `{${count()};`)
    insert(inserts, statement.end, '}')
  }
}

/** Counts before an expression. */
function wrap(expression, inserts) {
  insert(inserts, expression.start, `(${count()},`)
  insert(inserts, expression.end, ')')
}

/** Where two end at one place the inner one, which comes later, closes first; where two begin, the outer one opens first. */
function insert(inserts, at, text) {
  const closes = text === ')' || text === '}'
  inserts.push({ at, text, order: closes ? -1e9 - inserts.length : inserts.length })
}
