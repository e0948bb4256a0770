import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { parseProperties } from './properties.ts'

test('a file is read as java.util.Properties reads it', () => {
  const file = new URL('../../src/config/testdata/java-properties.jsonl', import.meta.url)
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { text, properties } = JSON.parse(line) as { text: string; properties: Record<string, string> | 'error' }
    if (properties === 'error') assert.throws(() => parseProperties(text), ConfigError, text)
    else assert.deepEqual(Object.fromEntries(parseProperties(text)), properties, text)
  }
})

test('a broken escape is refused with its line', () => {
  assert.throws(() => parseProperties('a=b\n\nc=\\u12'), new ConfigError('Malformed \\uxxxx encoding in line 3: \\u12'))
})
