import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ByteReader, ByteWriter, MalformedError, ZERO_UUID } from '#core'
import { decode, decodeExact, encode } from './codec.ts'
import * as messages from './messages/index.ts'
import { partitionChangeRecord } from './metadata-records/index.ts'
import type { MessageInput, Schema } from './schema.ts'
import { array, bool, bytes, int8, int16, int32, int64, message, offset, records, string, struct } from './schema.ts'

function bytesFor<S extends Schema>(schema: S, version: number, value: MessageInput<S>): number[] {
  const writer = new ByteWriter()
  encode(schema, version, writer, value)
  return [...writer.finishJoined()]
}

function read<S extends Schema>(schema: S, version: number, given: readonly number[]) {
  const reader = new ByteReader(Uint8Array.from(given))
  const value = decode(schema, version, reader)
  assert.equal(reader.remaining, 0)
  return value
}

/** One field of each kind that is in all versions, compact from version 1 on. */
const plain = message(
  'Plain',
  { versions: '0-1', flexible: '1+' },
  { name: string(), payload: bytes(), ids: array(int32()), at: offset(), producer: int64() },
)

describe('strings, byte strings and arrays', () => {
  const value = { name: 'ab', payload: Uint8Array.of(9), ids: [1], at: 7, producer: -1n }

  test('have fixed lengths before the message is flexible', () => {
    const given = bytesFor(plain, 0, value)
    assert.deepEqual(given.slice(0, 17), [0, 2, 97, 98, 0, 0, 0, 1, 9, 0, 0, 0, 1, 0, 0, 0, 1])
    assert.deepEqual(read(plain, 0, given), value)
  })

  test('have compact lengths, one too great, from then on', () => {
    const given = bytesFor(plain, 1, value)
    assert.deepEqual(given.slice(0, 10), [3, 97, 98, 2, 9, 2, 0, 0, 0, 1])
    assert.equal(given.at(-1), 0)
    assert.deepEqual(read(plain, 1, given), value)
  })

  test('that are null where they may not be are malformed', () => {
    assert.throws(() => read(plain, 0, [0xff, 0xff]), { name: 'MalformedError', message: 'Plain 0: name is null' })
    assert.throws(() => read(plain, 1, [0]), { name: 'MalformedError', message: 'Plain 1: name is null' })
    assert.throws(() => read(plain, 1, [1, 0]), { name: 'MalformedError', message: 'Plain 1: payload is null' })
    assert.throws(() => read(plain, 1, [1, 1, 0]), { name: 'MalformedError', message: 'Plain 1: ids is null' })
  })

  test('of a negative length other than null are malformed', () => {
    const nullable = message('Nullable', { versions: '0', flexible: 'none' }, { name: string({ nullable: '0+' }) })
    assert.deepEqual(read(nullable, 0, [0xff, 0xff]), { name: null })
    assert.throws(() => read(nullable, 0, [0xff, 0xfe]), MalformedError)
  })

  test('may have 32767 bytes as a string and no more, both ways', () => {
    const largest = { ...value, name: `${'é'.repeat(16383)}x` }
    assert.equal(read(plain, 1, bytesFor(plain, 1, largest)).name, largest.name)
    assert.throws(() => bytesFor(plain, 1, { ...value, name: 'é'.repeat(16384) }), {
      name: 'RangeError',
      message: 'Plain 1: name has 32768 bytes, 32767 at most',
    })
    // 32769 as a varint, for 32768 bytes.
    const long = [0x81, 0x80, 0x02, ...new Array<number>(32768).fill(97)]
    assert.throws(() => read(plain, 1, long), { message: 'Plain 1: name has length 32768' })
  })

  test('that are not UTF-8 are malformed', () => {
    assert.throws(() => read(plain, 1, [2, 0xff]), MalformedError)
  })

  test('of a length that is declared and not there are malformed, and nothing is allocated', () => {
    const most = [0xff, 0xff, 0xff, 0xff, 0x0f]
    for (const given of [most, [1, ...most], [1, 1, ...most]])
      assert.throws(() => read(plain, 1, given), MalformedError)
    assert.throws(() => read(plain, 0, [0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]), MalformedError)
  })
})

describe('tagged fields', () => {
  const tagged = message(
    'Tagged',
    { versions: '0-1', flexible: '0+' },
    {
      late: int32({ tag: 3, default: -1 }),
      early: string({ tag: 0, nullable: '0+', default: null }),
      inner: struct({ epoch: int32({ default: -1 }), end: offset({ default: -1 }) }, { versions: '1+', tag: 1 }),
    },
  )
  const unset = { late: -1, early: null, inner: { epoch: -1, end: -1 } }
  const unknown = (from: number, count: number) => Array.from({ length: count }, (_, i) => [from + i, 1, 0xff]).flat()

  test('are not sent where they equal their default', () => {
    assert.deepEqual(bytesFor(tagged, 1, {}), [0])
    assert.deepEqual(bytesFor(tagged, 1, unset), [0])
    assert.deepEqual(read(tagged, 1, [0]), unset)
  })

  test('are sent by rising tag, whatever the order of their declaration', () => {
    const given = bytesFor(tagged, 1, { late: 5, early: 'x', inner: { epoch: 2 } })
    const inner = [1, 13, 0, 0, 0, 2, ...new Array<number>(8).fill(0xff), 0]
    assert.deepEqual(given, [3, 0, 2, 2, 120, ...inner, 3, 4, 0, 0, 0, 5])
    assert.deepEqual(read(tagged, 1, given), { late: 5, early: 'x', inner: { epoch: 2, end: -1 } })
  })

  test('that the version lacks are neither sent nor known', () => {
    assert.deepEqual(bytesFor(tagged, 0, { inner: { epoch: 2 } }), [0])
    assert.deepEqual(read(tagged, 0, [1, 1, 2, 0xaa, 0xbb]), unset)
  })

  test('that are unknown are passed over, up to 64 in a struct', () => {
    assert.deepEqual(read(tagged, 1, [64, ...unknown(10, 64)]), unset)
    assert.deepEqual(read(tagged, 1, [65, 3, 4, 0, 0, 0, 7, ...unknown(10, 64)]), { ...unset, late: 7 })
    assert.throws(() => read(tagged, 1, [65, ...unknown(10, 65)]), MalformedError)
    assert.throws(() => read(tagged, 1, [0xff, 0xff, 0xff, 0xff, 0x0f]), MalformedError)
    const untagged = message('Untagged', { versions: '0', flexible: '0+' }, { id: int8() })
    assert.deepEqual(read(untagged, 0, [1, 64, ...unknown(0, 64)]), { id: 1 })
    assert.throws(() => read(untagged, 0, [1, 65, ...unknown(0, 65)]), MalformedError)
  })

  test('that come twice or not by rising tag are malformed', () => {
    assert.throws(() => read(tagged, 1, [2, 9, 0, 9, 0]), { message: 'Tagged 1: tag 9 follows tag 9' })
    assert.throws(() => read(tagged, 1, [2, 3, 4, 0, 0, 0, 5, 0, 1, 0]), MalformedError)
  })

  test('whose size is wrong are malformed', () => {
    assert.throws(() => read(tagged, 1, [1, 3, 5, 0, 0, 0, 5, 0]), MalformedError)
    assert.throws(() => read(tagged, 1, [1, 3, 3, 0, 0, 0, 5]), MalformedError)
    assert.throws(() => read(tagged, 1, [1, 9, 200]), MalformedError)
  })

  test('of any length are preceded by their size', () => {
    const isr = Array.from({ length: 5000 }, (_, i) => i)
    const topicId = 'dMiNfBBIREgOZUjyp0HuZA'
    const given = bytesFor(partitionChangeRecord, 2, { partitionId: 1, topicId, isr, leader: 3 })
    const change = read(partitionChangeRecord, 2, given)
    assert.deepEqual(change.isr, isr)
    assert.equal(change.leader, 3)
    assert.equal(change.replicas, null)
  })
})

describe('versions', () => {
  test('lack fields, which read as their default and are not written', () => {
    const { joinGroupRequest } = messages
    const value = {
      groupId: 'g',
      sessionTimeoutMs: 1,
      memberId: 'm',
      protocolType: 'consumer',
      protocols: [],
      groupInstanceId: 'static',
      rebalanceTimeoutMs: 5,
    }
    const old = read(joinGroupRequest, 0, bytesFor(joinGroupRequest, 0, value))
    assert.deepEqual(old, { ...value, groupInstanceId: null, rebalanceTimeoutMs: -1, reason: null })
    const young = read(joinGroupRequest, 9, bytesFor(joinGroupRequest, 9, value))
    assert.deepEqual(young, { ...value, reason: null })
  })

  test('that a message does not have are a mistake of the caller', () => {
    const reader = new ByteReader(new Uint8Array(10))
    for (const version of [-1, 5, 0.5, 30_000, Number.NaN]) {
      assert.throws(() => decode(messages.heartbeatRequest, version, reader), RangeError)
      assert.throws(() => encode(messages.heartbeatRequest, version, new ByteWriter(), {} as never), RangeError)
    }
  })

  test('all give a message with the same fields in the same order', () => {
    const names = Object.keys(messages.fetchRequest.fields)
    for (let version = 4; version <= 18; version++) {
      const given = bytesFor(messages.fetchRequest, version, {
        maxWaitMs: 1,
        minBytes: 1,
        isolationLevel: 0,
        topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 5, partitionMaxBytes: 9 }] }],
      })
      const value = read(messages.fetchRequest, version, given)
      assert.deepEqual(Object.keys(value), names)
      assert.equal(value.topics[0]!.partitions[0]!.highWatermark, 2n ** 63n - 1n)
      assert.equal(value.topics[0]!.topicId, ZERO_UUID)
    }
  })

  test('of the request header all have a client id that is not compact', () => {
    const value = { requestApiKey: 18, requestApiVersion: 3, correlationId: 1, clientId: 'a' }
    assert.deepEqual(bytesFor(messages.requestHeader, 1, value), [0, 18, 0, 3, 0, 0, 0, 1, 0, 1, 97])
    assert.deepEqual(bytesFor(messages.requestHeader, 2, value), [0, 18, 0, 3, 0, 0, 0, 1, 0, 1, 97, 0])
    assert.equal(read(messages.requestHeader, 2, [0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0]).clientId, null)
  })
})

describe('structs that may be null', () => {
  const outer = message(
    'Outer',
    { versions: '0', flexible: '0+' },
    { inner: struct({ id: int8() }, { nullable: '0+' }) },
  )

  test('are marked as there by 1 and as null by -1', () => {
    assert.deepEqual(bytesFor(outer, 0, { inner: { id: 5 } }), [1, 5, 0, 0])
    assert.deepEqual(bytesFor(outer, 0, { inner: null }), [0xff, 0])
    assert.deepEqual(read(outer, 0, [1, 5, 0, 0]), { inner: { id: 5 } })
    assert.deepEqual(read(outer, 0, [0xff, 0]), { inner: null })
  })

  test('are malformed with any other mark', () => {
    for (const mark of [0, 2, 0x80]) assert.throws(() => read(outer, 0, [mark, 5, 0, 0]), MalformedError)
  })
})

describe('int64', () => {
  const schema = message('Longs', { versions: '0', flexible: 'none' }, { at: offset(), id: int64() })
  const largest = [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]

  test('is exact as int64(), and as offset() within 2^53', () => {
    const value = { at: Number.MAX_SAFE_INTEGER, id: -(2n ** 63n) }
    assert.deepEqual(read(schema, 0, bytesFor(schema, 0, value)), value)
  })

  test('beyond 2^53 reads as an offset that is not safe, and cannot be written as a number', () => {
    const { at } = read(schema, 0, [...largest, ...largest])
    assert.equal(Number.isSafeInteger(at), false)
    assert.throws(() => bytesFor(schema, 0, { at, id: 0n }), RangeError)
  })

  test('is exact for offsets too where it is asked for', () => {
    const value = decodeExact(schema, 0, new ByteReader(Uint8Array.from([...largest, ...largest])))
    assert.deepEqual(value, { at: 2n ** 63n - 1n, id: 2n ** 63n - 1n })
    assert.deepEqual(bytesFor(schema, 0, value as never), [...largest, ...largest])
  })
})

describe('records', () => {
  const schema = message('Batches', { versions: '0-1', flexible: '1+' }, { batches: records({ nullable: '0+' }) })
  const frame = Uint8Array.of(0, 0, 0, 3, 1, 2, 3)

  test('are read as one view of the frame', () => {
    const { batches } = decode(schema, 0, new ByteReader(frame))
    assert.equal(batches?.length, 1)
    assert.equal(batches[0]?.buffer, frame.buffer)
    assert.deepEqual([...batches[0]], [1, 2, 3])
  })

  test('are written from any number of pieces, the long ones without a copy', () => {
    assert.deepEqual(bytesFor(schema, 0, { batches: [Uint8Array.of(1, 2), Uint8Array.of(3)] }), [...frame])
    assert.deepEqual(bytesFor(schema, 1, { batches: [] }), [1, 0])
    assert.deepEqual(bytesFor(schema, 1, { batches: null }), [0, 0])
    const long = new Uint8Array(5000)
    const writer = new ByteWriter()
    encode(schema, 1, writer, { batches: [long, long] })
    const chunks = writer.finish()
    assert.equal(chunks.filter((chunk) => chunk === long).length, 2)
    assert.equal(
      chunks.reduce((bytes, { length }) => bytes + length, 0),
      10_003,
    )
  })
})

describe('a value that cannot be written is named with message, version and field', () => {
  const schema = message(
    'Strict',
    { versions: '2', flexible: '2+' },
    { flag: bool(), small: int16(), topics: array({ name: string(), ids: array(int8()) }) },
  )
  const value = { flag: true, small: 1, topics: [{ name: 'a', ids: [1] }] }
  const refused = (wrong: object, name: string, message: string) =>
    assert.throws(() => bytesFor(schema, 2, { ...value, ...wrong } as never), { name, message })

  test('where it is missing or null', () => {
    refused({ flag: undefined }, 'TypeError', 'Strict 2: flag is undefined')
    refused({ small: null }, 'TypeError', 'Strict 2: small is null')
    refused({ topics: null }, 'TypeError', 'Strict 2: topics is null')
    refused({ topics: [null] }, 'TypeError', 'Strict 2: topics is null')
    refused({ topics: [{ ids: [] }] }, 'TypeError', 'Strict 2: topics.name is undefined')
  })

  test('where it is of another type or does not fit', () => {
    refused({ flag: 1 }, 'RangeError', 'Strict 2: flag cannot be 1')
    refused({ small: 40_000 }, 'RangeError', 'Strict 2: small cannot be 40000')
    refused({ small: 1.5 }, 'RangeError', 'Strict 2: small cannot be 1.5')
    refused({ small: '1' }, 'TypeError', 'Strict 2: small cannot be a string')
    refused({ topics: [{ name: 5, ids: [] }] }, 'RangeError', 'Strict 2: topics.name cannot be 5')
    refused({ topics: [{ name: 'a', ids: [200] }] }, 'RangeError', 'Strict 2: topics.ids cannot be 200')
  })
})
