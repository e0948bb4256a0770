import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ByteReader, MalformedError } from '#core'
import { decode } from '../codec.ts'
import { allSchemas } from './all-schemas.ts'
import type { Vector } from './check-vector.ts'
import { bytesOf, checkVector, schemaOf } from './check-vector.ts'

const file = new URL('../../../src/protocol/vectors/kafka-4.4.0-seed7.jsonl', import.meta.url)
const vectors: Vector[] = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

describe('bytes that Kafka wrote', () => {
  test('read as the values that Kafka read, and are written again byte for byte', () => {
    for (const vector of vectors) {
      assert.deepEqual(checkVector(vector), [], `${vector.message} version ${vector.version}`)
    }
  })

  test('are there for every version of every message we declare', () => {
    const tested = new Set(vectors.map((vector) => `${schemaOf(vector)?.name} ${vector.version}`))
    for (const schema of allSchemas) {
      for (let version = schema.versionMin; version <= schema.versionMax; version++) {
        assert.ok(tested.has(`${schema.name} ${version}`), `${schema.name} ${version}`)
      }
    }
  })

  test('are refused as malformed when cut off at any byte', () => {
    for (const vector of vectors.filter((_, i) => i % 4 === 0)) {
      const bytes = bytesOf(vector)
      for (let end = 0; end < bytes.length; end++) {
        assert.throws(
          () => decode(schemaOf(vector)!, vector.version, new ByteReader(bytes, 0, end)),
          MalformedError,
          `${vector.message} version ${vector.version}, ${end} of ${bytes.length} bytes`,
        )
      }
    }
  })

  test('with any byte changed are a message or malformed, and nothing else', () => {
    for (const vector of vectors.filter((_, i) => i % 4 === 1)) {
      const bytes = bytesOf(vector)
      for (let at = 0; at < bytes.length; at++) {
        const before = bytes[at]!
        for (const byte of [0, 0x7f, 0x80, 0xff]) {
          bytes[at] = byte
          readOrRefuse(vector, bytes)
        }
        bytes[at] = before
      }
    }
  })
})

test('a vector is told from one that differs in a value, a byte or a name', () => {
  const vector = vectors.find(({ message }) => message === 'HeartbeatRequestData')!
  assert.equal(checkVector(vector).length, 0)
  assert.notEqual(checkVector({ ...vector, json: { ...vector.json, generationId: 1_234_567 } }).length, 0)
  assert.notEqual(checkVector({ ...vector, json: { ...vector.json, somethingElse: 1 } }).length, 0)
  assert.notEqual(checkVector({ ...vector, json: {} }).length, 0)
  assert.notEqual(checkVector({ ...vector, hex: `${vector.hex}00` }).length, 0)
  assert.notEqual(checkVector({ ...vector, version: 99 }).length, 0)
  assert.notEqual(checkVector({ ...vector, key: 13 }).length, 0)
  assert.notEqual(checkVector({ ...vector, message: 'NoSuchData' }).length, 0)
})

function readOrRefuse(vector: Vector, bytes: Uint8Array): void {
  try {
    decode(schemaOf(vector)!, vector.version, new ByteReader(bytes))
  } catch (error) {
    assert.ok(error instanceof MalformedError, `${vector.message} version ${vector.version}: ${error}`)
  }
}
