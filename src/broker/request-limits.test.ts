/**
 * What can be made of a request. In the newest version of every API each array is filled with as many of its smallest elements
 * as a frame can hold, whatever their number: that is read within eight times the bytes, or refused.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { type Api, apiEntries, decode, type Field, type Fields, isFlexible, parseVersions } from '#protocol'
import { heapBytesMaxOf } from './request-limits.ts'

const FRAME_BYTES = 192 * 1024
const HEAP_FACTOR = 8
const HEAP_SLACK_BYTES = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Writes requests of one version with the least in every field, but for one array. */
class Least {
  readonly #version: number
  readonly #flexible: boolean

  constructor(api: Api, version: number) {
    this.#version = version
    this.#flexible = isFlexible(api.request, version)
  }

  /** The arrays of structs or values in `fields`, by the names that lead to them. */
  *arrays(fields: Fields, path: readonly string[] = []): Iterable<readonly string[]> {
    for (const [name, field] of Object.entries(fields)) {
      if (!this.#has(field) || field.options.tag !== undefined) continue
      if (field.type === 'array') yield [...path, name]
      if (isStructs(field)) yield* this.arrays(field.element as Fields, [...path, name])
    }
  }

  /** A struct in which the array at `path` is full. */
  write(writer: ByteWriter, fields: Fields, path: readonly string[]): void {
    for (const [name, field] of Object.entries(fields)) {
      if (!this.#has(field) || field.options.tag !== undefined) continue
      const [first, ...rest] = path
      if (first !== name) this.#writeLeast(writer, field)
      else if (field.type !== 'array') this.write(writer, field.element as Fields, rest)
      else if (rest.length === 0) this.#fill(writer, field)
      else {
        this.#length(writer, 1)
        this.write(writer, field.element as Fields, rest)
      }
    }
    if (this.#flexible) writer.uvarint(0)
  }

  #fill(writer: ByteWriter, field: Field): void {
    const one = new ByteWriter()
    if (isStructs(field)) this.write(one, field.element as Fields, [])
    else this.#writeLeast(one, field.element as Field)
    const element = one.finishJoined().slice()
    const count = Math.floor(FRAME_BYTES / element.length)
    this.#length(writer, count)
    for (let i = 0; i < count; i++) writer.raw(element)
  }

  #writeLeast(writer: ByteWriter, field: Field): void {
    if (field.type === 'string') {
      if (this.#flexible && field.options.flexible !== 'none') writer.uvarint(1)
      else writer.int16(0)
    } else if (field.type === 'bytes' || field.type === 'records' || field.type === 'array') {
      this.#length(writer, 0)
    } else if (field.type === 'struct') {
      if (this.#isNullable(field)) writer.int8(-1)
      else this.write(writer, field.element as Fields, [])
    } else {
      writer.raw(new Uint8Array(SIZES[field.type] ?? 0))
    }
  }

  #length(writer: ByteWriter, count: number): void {
    if (this.#flexible) writer.uvarint(count + 1)
    else writer.int32(count)
  }

  #has(field: Field): boolean {
    return covers(field.options.versions ?? '0+', this.#version)
  }

  #isNullable(field: Field): boolean {
    return covers(field.options.nullable ?? 'none', this.#version)
  }
}

const SIZES: Readonly<Record<string, number>> = {
  int8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  offset: 8,
  float64: 8,
  uuid: 16,
}

function isStructs(field: Field): boolean {
  return (field.type === 'array' || field.type === 'struct') && typeof (field.element as Fields)?.type !== 'string'
}

function covers(range: string, version: number): boolean {
  const { from, to } = parseVersions(range)
  return version >= from && version <= to
}

/** The request, or undefined where it would take too much. */
function readWithin(api: Api, version: number, bytes: Uint8Array): object | undefined {
  try {
    const reader = new ByteReader(bytes, 0, bytes.length, heapBytesMaxOf(bytes.length))
    const message = decode(api.request, version, reader)
    assert.equal(reader.remaining, 0, `${api.name} ${version} is read to its end`)
    return message
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

function heapBytes(): number {
  collectGarbage()
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

test('BAD-20 BAD-21 whatever array of whatever request is full, it is read within eight times its bytes, or refused', () => {
  let readCount = 0
  let refusedCount = 0
  for (const { api } of apiEntries) {
    const version = api.request.versionMax
    const least = new Least(api, version)
    for (const path of least.arrays(api.request.fields)) {
      const writer = new ByteWriter()
      least.write(writer, api.request.fields, path)
      const bytes = writer.finishJoined().slice()
      const read = () => readWithin(api, version, bytes)
      // Once before: what is compiled stays.
      if (read() === undefined) {
        refusedCount++
        continue
      }
      readCount++
      const before = heapBytes()
      const message = read()
      const taken = heapBytes() - before
      assert.ok(
        taken <= HEAP_FACTOR * bytes.length + HEAP_SLACK_BYTES,
        `${api.name} ${version} ${path.join('.')}: ${taken} bytes for ${bytes.length}`,
      )
      assert.ok(message === undefined || typeof message === 'object')
    }
  }
  assert.ok(readCount > 50 && refusedCount > 50, `${readCount} were read, ${refusedCount} refused`)
})
