import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderDocumentation } from './documentation.ts'

test('docs/configuration.md is what the tables say; else run npm run docs:configuration', () => {
  const file = new URL('../../docs/configuration.md', import.meta.url)
  assert.equal(readFileSync(file, 'utf8'), renderDocumentation())
})
