import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter, MalformedError, uuidFromBytes } from '#core'
import type { PlannedField, PlannedStruct } from './codec/plan.ts'
import { minimalSize, minimalStructSize, planMessage } from './codec/plan.ts'
import { decode, encode } from './codec.ts'
import type { Schema } from './schema.ts'
import { allSchemas } from './vectors/all-schemas.ts'

/** Every message in every version. */
const everyVersion = allSchemas.flatMap((schema) =>
  Array.from({ length: schema.versionMax - schema.versionMin + 1 }, (_, i) => ({
    schema,
    version: schema.versionMin + i,
  })),
)
const anyVersion = fc.constantFrom(...everyVersion)

/** Any value of the version's fields; what the version lacks is its default. */
function anyValue(plan: PlannedStruct): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(plan.fields.map((field) => [field.name, fieldValue(field)])), {
    noNullPrototype: true,
  })
}

function fieldValue(field: PlannedField): fc.Arbitrary<unknown> {
  if (!field.present) return fc.constant(field.default)
  const there = thereValue(field)
  return field.nullable ? fc.option(there, { nil: null, freq: 4 }) : there
}

function thereValue(field: PlannedField): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'int8':
      return fc.integer({ min: -128, max: 127 })
    case 'int16':
      return fc.integer({ min: -32768, max: 32767 })
    case 'uint16':
      return fc.integer({ min: 0, max: 65535 })
    case 'int32':
      return fc.integer()
    case 'uint32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 })
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'offset':
      return fc.maxSafeInteger()
    case 'float64':
      return fc.double()
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 12 })
    case 'bytes':
      return fc.uint8Array({ maxLength: 12 })
    case 'records':
      return fc.uint8Array({ maxLength: 12 }).map((batch) => [batch])
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidFromBytes(bytes))
    case 'struct':
      return anyValue(field.struct!)
    case 'array':
      return fc.array(field.struct !== undefined ? anyValue(field.struct) : fieldValue(field.element!), {
        maxLength: 3,
      })
  }
}

function written(schema: Schema, version: number, value: unknown): Uint8Array {
  const writer = new ByteWriter()
  encode(schema, version, writer, value as never)
  return writer.finishJoined()
}

describe('every message in every version', () => {
  test('reads as it was written, and is written again byte for byte', () => {
    for (const { schema, version } of everyVersion) {
      const name = `${schema.name} ${version}`
      for (const value of fc.sample(anyValue(planMessage(schema, version)), { numRuns: 3, seed: version })) {
        const bytes = written(schema, version, value)
        const reader = new ByteReader(bytes)
        const read = decode(schema, version, reader)
        assert.equal(reader.remaining, 0, name)
        assert.deepEqual(read, value, name)
        assert.deepEqual(written(schema, version, read), bytes, name)
      }
    }
  })

  test('is at least as long as the plan says', () => {
    fc.assert(
      fc.property(
        anyVersion.chain((chosen) =>
          anyValue(planMessage(chosen.schema, chosen.version)).map((v) => ({ ...chosen, v })),
        ),
        ({ schema, version, v }) =>
          written(schema, version, v).length >= minimalStructSize(planMessage(schema, version)),
      ),
    )
  })

  test('has arrays only of what takes a byte or more', () => {
    for (const { schema, version } of everyVersion) checkElements(planMessage(schema, version))
  })

  test('has no two fields of one tag, and no tagged field that is not flexible', () => {
    for (const { schema, version } of everyVersion) checkTags(planMessage(schema, version))
  })

  test('that garbage is read as ends in a message or MalformedError, with no more elements than bytes', () => {
    fc.assert(
      fc.property(anyVersion, garbage, ({ schema, version }, bytes) => {
        try {
          const read = decode(schema, version, new ByteReader(bytes))
          assert.ok(elementsIn(read) <= bytes.length)
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error
        }
      }),
      { numRuns: 5000 },
    )
  })
})

/** Small bytes are counts that fit, large ones are counts that do not: both are wanted. */
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.nat(4), { maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
)

function elementsIn(value: unknown): number {
  if (Array.isArray(value)) {
    return value.length + value.reduce((sum: number, element) => sum + elementsIn(element), 0)
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0
  return Object.values(value).reduce((sum: number, field) => sum + elementsIn(field), 0)
}

function checkElements(plan: PlannedStruct): void {
  for (const field of plan.fields) {
    if (!field.present) continue
    if (field.type === 'array') {
      const size = field.struct !== undefined ? minimalStructSize(field.struct) : minimalSize(field.element!)
      assert.ok(size > 0, field.where)
    }
    if (field.struct !== undefined) checkElements(field.struct)
  }
}

function checkTags(plan: PlannedStruct): void {
  const tags = plan.fields.filter((field) => field.present && field.tag >= 0).map(({ tag }) => tag)
  assert.equal(new Set(tags).size, tags.length, plan.where)
  assert.ok(plan.flexible || tags.length === 0, plan.where)
  for (const field of plan.fields) if (field.present && field.struct !== undefined) checkTags(field.struct)
}
