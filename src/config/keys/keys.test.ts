/** The tables against Kafka's own definitions (testdata/kafka-keys.tsv, read out of Kafka 4.4.0). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Key } from '../key.ts'
import { readTable } from '../testdata/read.ts'
import { brokerKeys } from './broker.ts'
import { clientMetricsKeys } from './client-metrics.ts'
import { groupKeys } from './group.ts'
import { topicKeys } from './topic.ts'

const tables: Readonly<Record<string, Readonly<Record<string, Key>>>> = {
  broker: brokerKeys,
  topic: topicKeys,
  group: groupKeys,
}
const all = [...Object.values(tables), clientMetricsKeys].flatMap((keys) => Object.entries<Key>(keys))

test('every key of Kafka is there, with the type, default, bounds, importance and update mode that Kafka gives it', () => {
  for (const [resource = '', name = '', type, byDefault, valid, importance, internal, update] of readTable(
    'kafka-keys.tsv',
  )) {
    const key = tables[resource]![name]
    assert.ok(key, `${resource} ${name}`)
    const ours = key.differs === undefined ? key.default.text : key.differs.from
    assert.deepEqual(
      [key.type, ours ?? 'null', key.valid, key.importance.toUpperCase(), String(key.internal), key.update],
      [
        type,
        byDefault === '(required)' ? 'null' : byDefault,
        valid === 'non-null string' ? '' : valid,
        importance,
        internal,
        update,
      ],
      `${resource} ${name}`,
    )
  }
})

test('what is not in Kafka begins with ottla., except for what Kafka has as dynamic only', () => {
  const kafka = new Set(readTable('kafka-keys.tsv').map(([resource, name]) => `${resource} ${name}`))
  for (const [resource, keys] of Object.entries(tables)) {
    for (const [name, key] of Object.entries(keys)) {
      if (kafka.has(`${resource} ${name}`) || key.onlyDynamic) continue
      assert.ok(name.startsWith('ottla.'), `${resource} ${name}`)
    }
  }
})

test('every key says what it does, and why its default is not that of Kafka', () => {
  for (const [name, key] of all) {
    assert.match(key.doc, /^[A-Z`].*[^.]\.$/, name)
    assert.ok(key.doc.length <= 200, `${name}: ${key.doc.length} characters`)
    if (key.differs !== undefined) {
      assert.match(key.differs.because, /^[A-Z].*\.$/, name)
      assert.notEqual(key.differs.from, key.default.text, name)
    }
  }
})

test('a default is a valid value, printed as Kafka prints it', () => {
  for (const [name, key] of all) {
    if (key.default.text === null || key.type === 'PASSWORD') continue
    assert.deepEqual(key.parse(name, key.default.text), key.default, name)
  }
})

test('keys lean only on keys that exist and have the same type of value, or a list of it', () => {
  const broker: Readonly<Record<string, Key>> = brokerKeys
  for (const [name, key] of all) {
    for (const fallback of key.fallback) assert.ok(fallback.key in broker, `${name} -> ${fallback.key}`)
    if (key.broker === undefined) continue
    const { type } = broker[key.broker]!
    assert.ok(type === key.type || (type === 'LIST' && key.type === 'STRING'), `${name} -> ${key.broker}`)
  }
})
