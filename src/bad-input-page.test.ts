/** docs/bad-input.md tells the truth: every row is there, and has a test of its name or says what it waits for. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { badInputs } from './server/bad-inputs/bad-inputs.kit.test.ts'

const src = new URL('../src/', import.meta.url)
const page = readFileSync(new URL('../docs/bad-input.md', import.meta.url), 'utf8')

/** Numbers behind `BAD-` in the names of all tests. */
function testedRows(): Set<number> {
  const rows = new Set(badInputs.map(({ row }) => row))
  for (const path of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.test.ts')) continue
    for (const [, row] of readFileSync(new URL(path, src), 'utf8').matchAll(/(?:['"`]|\s)BAD-(\d+)\b/g))
      rows.add(Number(row))
  }
  return rows
}

test('every row of the page about bad input has a test of its name, or says what it waits for', () => {
  const tested = testedRows()
  const rows = new Set<number>()
  for (const [line, numbers = ''] of page.matchAll(/^\| ([0-9, ]+) \|.*$/gm)) {
    const isWaiting = / waits: /.test(line)
    for (const row of numbers.split(',').map(Number)) {
      assert.ok(!rows.has(row), `row ${row} is there once`)
      rows.add(row)
      assert.equal(
        tested.has(row),
        !isWaiting,
        isWaiting ? `row ${row} waits, and has a test` : `row ${row} has no test`,
      )
    }
  }
  const expected = [...Array.from({ length: 73 }, (_, i) => i + 1), 94, 95, 96, 97]
  assert.deepEqual(
    [...rows].sort((a, b) => a - b),
    expected,
  )
})
