import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { groupKey } from './group-config.ts'
import { boolean, int, javaClass, LONG_MAX, long, password, string } from './key.ts'
import { brokerKey } from './keys/broker.ts'
import { readTable } from './testdata/read.ts'
import { topicKey } from './topic-config.ts'

test('values are taken, printed and refused in the same words as by Kafka', () => {
  const tables = { broker: brokerKey, topic: topicKey, group: groupKey }
  for (const [resource, name = '', text = '', outcome, answer = ''] of readTable('kafka-values.tsv')) {
    const key = tables[resource as keyof typeof tables](name)!
    const where = `${name}=${JSON.stringify(text)}`
    if (outcome === 'ok') assert.equal(key.parse(name, text).text, answer, where)
    else assert.throws(() => key.parse(name, text), new ConfigError(answer), where)
  }
})

test('a LONG that says never is infinite inside and exact in its text', () => {
  const key = long(LONG_MAX, 'How long to wait.')
  assert.deepEqual(key.default, { value: Number.POSITIVE_INFINITY, text: '9223372036854775807' })
  assert.deepEqual(key.parse('k', '9223372036854775806'), {
    value: Number.POSITIVE_INFINITY,
    text: '9223372036854775806',
  })
  assert.deepEqual(key.parse('k', '9007199254740991'), { value: Number.MAX_SAFE_INTEGER, text: '9007199254740991' })
})

test('the type of a value follows from the definition', () => {
  const kind: 'a' | 'b' = string('a', 'Doc.', { oneOf: ['a', 'b'] }).default.value
  const size: number = int(1, 'Doc.').default.value
  const none: number | null = int(null, 'Doc.').default.value
  const flag: boolean = boolean(true, 'Doc.').default.value
  assert.deepEqual([kind, size, none, flag], ['a', 1, null, true])
})

test('no Java class is loaded, and a secret is kept as it is', () => {
  assert.throws(
    () => javaClass(null, 'Doc.').parse('policy', 'com.example.Policy'),
    new ConfigError(
      'Invalid value com.example.Policy for configuration policy: Class com.example.Policy could not be found.',
    ),
  )
  assert.equal(password(null, 'Doc.').parse('secret', 'a=b,c').value, 'a=b,c')
})
