import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ARRAY_LENGTH_MAX, ByteReader, MalformedError } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** What `write` writes reads by `read` as what was written, to the last byte. */
function roundTrips<T>(values: fc.Arbitrary<T>, write: (w: ByteWriter, value: T) => void, read: (r: ByteReader) => T) {
  fc.assert(
    fc.property(fc.array(values), (given) => {
      const writer = new ByteWriter()
      for (const value of given) write(writer, value)
      const reader = new ByteReader(writer.finishJoined())
      assert.deepEqual(
        given.map(() => read(reader)),
        given,
      )
      assert.equal(reader.remaining, 0)
    }),
  )
}

const reader = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes))

describe('ByteReader reads what ByteWriter wrote', () => {
  test('int8, int16, int32 and uint32', () => {
    roundTrips(
      fc.integer({ min: -128, max: 127 }),
      (w, v) => w.int8(v),
      (r) => r.int8(),
    )
    roundTrips(
      fc.integer({ min: -32768, max: 32767 }),
      (w, v) => w.int16(v),
      (r) => r.int16(),
    )
    roundTrips(
      fc.integer({ min: 0, max: 65535 }),
      (w, v) => w.uint16(v),
      (r) => r.uint16(),
    )
    roundTrips(
      int32,
      (w, v) => w.int32(v),
      (r) => r.int32(),
    )
    roundTrips(
      uint32,
      (w, v) => w.uint32(v),
      (r) => r.uint32(),
    )
  })

  test('every int64 as bigint', () => {
    roundTrips(
      int64,
      (w, v) => w.int64(v),
      (r) => r.int64(),
    )
  })

  test('every safe integer as offset, negative ones too', () => {
    roundTrips(
      fc.maxSafeInteger(),
      (w, v) => w.int64(v),
      (r) => r.offset(),
    )
  })

  test('an int64 beyond 2^53 as an offset that is not safe', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const writer = new ByteWriter()
        writer.int64(value)
        const read = new ByteReader(writer.finishJoined()).offset()
        const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
        assert.equal(Number.isSafeInteger(read), safe)
        if (safe) assert.equal(BigInt(read), value)
      }),
    )
  })

  test('varints, signed and unsigned, and float64', () => {
    roundTrips(
      uint32,
      (w, v) => w.uvarint(v),
      (r) => r.uvarint(),
    )
    roundTrips(
      int32,
      (w, v) => w.varint(v),
      (r) => r.varint(),
    )
    roundTrips(
      int64,
      (w, v) => w.varlong(v),
      (r) => r.varlong(),
    )
    roundTrips(
      fc.double(),
      (w, v) => w.float64(v),
      (r) => r.float64(),
    )
  })

  test('text of any characters', () => {
    roundTrips(
      fc.string({ unit: 'binary', maxLength: 200 }),
      (w, v) => {
        const length = new TextEncoder().encode(v).length
        w.int32(length)
        w.text(v, length)
      },
      (r) => r.text(r.int32()),
    )
  })
})

describe('ByteReader refuses', () => {
  test('to read past the end, whatever type', () => {
    const short = new Uint8Array(1)
    for (const read of ['int16', 'uint16', 'int32', 'uint32', 'int64', 'offset', 'float64', 'uuid'] as const) {
      assert.throws(() => new ByteReader(short)[read](), MalformedError)
    }
    assert.throws(() => new ByteReader(short, 1).int8(), MalformedError)
    assert.throws(() => new ByteReader(short).take(2), MalformedError)
    assert.throws(() => new ByteReader(short).text(2 ** 31), MalformedError)
    assert.throws(() => new ByteReader(short).skip(-1), MalformedError)
  })

  test('to read past its own end inside a longer array', () => {
    const inner = new ByteReader(new Uint8Array(100), 10, 12)
    assert.equal(inner.int16(), 0)
    assert.throws(() => inner.int8(), MalformedError)
  })

  test('varints of six bytes, and of five with bits beyond 32', () => {
    assert.throws(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x01).uvarint(), MalformedError)
    assert.throws(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint(), MalformedError)
    assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0x0f).uvarint(), 2 ** 32 - 1)
  })

  test('varlongs of eleven bytes, and of ten with bits beyond 64', () => {
    const ones = new Array<number>(9).fill(0xff)
    assert.throws(() => reader(...ones, 0x80, 0x01).varlong(), MalformedError)
    assert.throws(() => reader(...ones, 0x02).varlong(), MalformedError)
    assert.equal(reader(...ones, 0x01).varlong(), -(2n ** 63n))
  })

  test('invalid UTF-8, short or long', () => {
    assert.throws(() => reader(0xc3, 0x28).text(2), MalformedError)
    assert.throws(() => new ByteReader(new Uint8Array(100).fill(0xff)).text(100), MalformedError)
    // A surrogate in UTF-8 form (CESU-8), and an overlong zero, Java's "modified UTF-8".
    assert.throws(() => reader(0xed, 0xa0, 0x80).text(3), MalformedError)
    assert.throws(() => reader(0xc0, 0x80).text(2), MalformedError)
  })

  test('counts that the bytes left cannot hold', () => {
    assert.equal(reader(0, 0, 0, 0).count(2, 2), 2)
    assert.throws(() => reader(0, 0, 0, 0).count(3, 2), MalformedError)
    assert.throws(() => reader().count(2 ** 31 - 1, 1), MalformedError)
  })

  test('more elements than one message may have in all', () => {
    const large = new ByteReader(new Uint8Array(ARRAY_LENGTH_MAX + 1))
    assert.throws(() => large.count(ARRAY_LENGTH_MAX + 1, 1), MalformedError)
    for (let i = 0; i < 4; i++) large.count(ARRAY_LENGTH_MAX, 1)
    assert.throws(() => large.count(1, 1), MalformedError)
  })
})

test('ByteReader accepts varints that are longer than they need be, as Java does', () => {
  assert.equal(reader(0x80, 0x00).uvarint(), 0)
  assert.equal(reader(0x81, 0x80, 0x00).uvarint(), 1)
})

test('ByteReader takes any byte but 0 for true', () => {
  const bytes = reader(0, 1, 2, 255)
  assert.deepEqual([bytes.bool(), bytes.bool(), bytes.bool(), bytes.bool()], [false, true, true, true])
})

test('ByteReader gives views of the bytes, not copies', () => {
  const bytes = new Uint8Array(10)
  const taken = new ByteReader(bytes, 2).take(3)
  bytes[2] = 7
  assert.deepEqual([...taken], [7, 0, 0])
})

test('BAD-20 BAD-21 what would take more memory than was allowed is malformed, whatever it is made of', () => {
  const bytes = new Uint8Array(10_000).fill(97)
  const limited = (heapBytesMax: number) => new ByteReader(bytes, 0, bytes.length, heapBytesMax)
  assert.equal(limited(8000).count(100, 1, 80), 100)
  assert.throws(() => limited(7999).count(100, 1, 80), MalformedError)
  const strings = (reader: ByteReader) => {
    for (let i = 0; i < 1000; i++) reader.text(2)
  }
  strings(limited(26_000))
  assert.throws(() => strings(limited(25_000)), MalformedError)
  assert.throws(() => limited(100).take(0), MalformedError)
  assert.equal(new ByteReader(bytes).count(10_000, 1, 1e9), 10_000, 'no limit was given')
})
