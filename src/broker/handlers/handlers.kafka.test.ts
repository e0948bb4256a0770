/**
 * Questions about records, topics and the cluster, right and wrong, in all versions, and what Apache Kafka 4.4.0 answered: a
 * whole broker in memory answers the same. interop/kafka/record-handlers.mjs says how they were recorded and what the lines
 * mean; `differences` below what Ottla answers otherwise, and why.
 *
 * The words of error messages are our own: where Kafka has some there are some, and there may be where it has none. Where Kafka's order is that of a hash map, the
 * order is not compared.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BrokerConfig } from '#config'
import { ByteReader, ByteWriter, ZERO_UUID } from '#core'
import type { Connection } from '#host'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import {
  type Api,
  apiEntries,
  decode,
  decodeExact,
  encode,
  type Field,
  type Fields,
  requestHeaderVersion,
  responseHeaderVersion,
  type Schema,
} from '#protocol'
import { requestHeader, responseHeader } from '#protocol/messages'
import { baseOffsetOf, batchesIn, crcOf, leaderEpochOf } from '#protocol/records'
import { BrokerServer } from '#server'
import { Peer } from '../../net/peer.kit.test.ts'
import { differences } from './kafka-differences.kit.test.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const path = fileURLToPath(new URL('../../../src/broker/handlers/golden/kafka-handlers.txt', import.meta.url))
const apis = new Map(apiEntries.map(({ api }) => [api.name, api]))
const PORT = 22050

/** That of the Kafka that answered. */
const config = BrokerConfig.parse({
  'process.roles': 'broker,controller',
  'node.id': '1',
  listeners: `PLAINTEXT://127.0.0.1:${PORT},CONTROLLER://127.0.0.1:22151`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${PORT},CONTROLLER://127.0.0.1:22151`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': '127.0.0.1:22151',
  'log.dirs': '/data',
})

/** What a recording calls `$topic1`, and what it is here: learned from the answers. */
class Names {
  readonly #values = new Map<string, Json>()
  readonly #names = new Map<Json, string>()

  revive(value: Json): Json {
    return (typeof value === 'string' ? this.#values.get(value) : undefined) ?? value
  }

  /** `actual` with the names that `expected` has in the same places. */
  nameLike(actual: Json, expected: Json | undefined): Json {
    if (Array.isArray(actual)) {
      const like = Array.isArray(expected) ? (expected as readonly Json[]) : []
      return actual.map((each: Json, i) => this.nameLike(each, like[i]))
    }
    if (typeof actual === 'object' && actual !== null) {
      const like = (typeof expected === 'object' && expected !== null ? expected : {}) as Record<string, Json>
      return Object.fromEntries(Object.entries(actual).map(([key, value]) => [key, this.#name(key, value, like[key])]))
    }
    return actual
  }

  #name(key: string, value: Json, expected: Json | undefined): Json {
    if (/[mM]essage$/.test(key)) return value === null ? null : (expected as Json)
    if (typeof value === 'object') return this.nameLike(value, expected)
    if (expected === undefined && !(key === 'topicId' || key === 'sessionId')) return value
    const known = this.#names.get(value)
    if (known !== undefined && (key === 'topicId' || key === 'sessionId')) return known
    if (typeof expected !== 'string' || !expected.startsWith('$')) return value
    if (/^\$(now|space)$/.test(expected)) return typeof value === 'string' && /^\d+n$/.test(value) ? expected : value
    if (this.#values.has(expected) && this.#values.get(expected) !== value) return value
    this.#values.set(expected, value)
    this.#names.set(value, expected)
    return expected
  }
}

/** Messages are compared, their words are not. */
function withoutWords(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutWords)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      /[mM]essage$/.test(key) && field !== null ? '...' : withoutWords(field),
    ]),
  )
}

const UNORDERED =
  /^(Fetch|Metadata|CreateTopics|DeleteTopics|DescribeLogDirs|ListOffsets|Produce|DescribeProducers|ElectLeaders|CreatePartitions|OffsetForLeaderEpoch|DeleteRecords)$/

/** A Fetch answer without the grouping by topic: Kafka begins a new group where errors end. */
function flattened(value: Json): Json {
  const { responses = [], ...rest } = value as {
    readonly responses?: readonly { readonly partitions: readonly object[] }[]
  }
  const partitions = responses.flatMap(({ partitions, ...topic }) => partitions.map((each) => ({ ...topic, ...each })))
  return { ...rest, partitions } as unknown as Json
}

/** The same for every order of lists. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) {
    const key = (each: Json) =>
      JSON.stringify(each, (name, field) =>
        name === 'errorCode' || /essage$/.test(name) || (name === 'topicId' && !field.startsWith('$')) ? '' : field,
      )
    return value.map((each: Json) => sorted(each)).sort((one, other) => (key(one) < key(other) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sorted(field)]))
}

/** A message without what is as by default: recordings leave it out. */
function withoutDefaults(fields: Fields, message: object): object {
  const said = Object.entries(message).map(([key, value]) => [key, withinDefaults(fields[key]!, value)] as const)
  return Object.fromEntries(said.filter(([key, value]) => !isUsual(fields[key]!.options.default, value)))
}

function withinDefaults({ type, element }: Field, value: unknown): unknown {
  if (value === null) return null
  if (type === 'struct') return withoutDefaults(element as Fields, value as object)
  // What an array is of is a field, or the fields of a struct.
  if (type !== 'array' || typeof (element as Field).type === 'string') return value
  return (value as readonly object[]).map((each) => withoutDefaults(element as Fields, each))
}

/** A request with the empty lists and ids that a recording leaves out. */
function withEmpty(fields: Fields, message: unknown): object {
  const whole: Record<string, unknown> = { ...(message as object) }
  for (const [key, { type, element, options }] of Object.entries(fields)) {
    if (whole[key] === undefined && options.default === undefined && options.tag === undefined) {
      if (type === 'array') whole[key] = []
      if (type === 'uuid') whole[key] = ZERO_UUID
    }
    if (type !== 'array') continue
    if (!Array.isArray(whole[key]) || typeof (element as Field).type === 'string') continue
    whole[key] = whole[key].map((each) => withEmpty(element as Fields, each))
  }
  return whole
}

function isUsual(usual: unknown, value: unknown): boolean {
  if (typeof value === 'bigint') return typeof usual === 'number' ? BigInt(usual) === value : usual === value
  if (typeof value !== 'object' || value === null) return value === (usual ?? ZERO_UUID)
  return Array.isArray(value)
    ? (usual === undefined || Array.isArray(usual)) && value.length === 0
    : Object.keys(value).length === 0
}

/** Batches as the recording names them. */
function* batchNames(bytes: Uint8Array): Iterable<string> {
  for (const { at, sizeBytes } of batchesIn(bytes)) {
    yield `${baseOffsetOf(bytes, at)} epoch ${leaderEpochOf(bytes, at)} size ${sizeBytes} crc ${crcOf(bytes, at)}`
  }
}

/** Where two messages differ, and by what. */
function* differencesIn(kafka: Json | undefined, ottla: Json | undefined, at = ''): Iterable<string> {
  if (isObject(kafka) && isObject(ottla)) {
    for (const key of new Set([...Object.keys(kafka), ...Object.keys(ottla)])) {
      yield* differencesIn(kafka[key], ottla[key], at === '' ? key : `${at}.${key}`)
    }
  } else if (kafka !== ottla) {
    yield `${at}: Kafka ${JSON.stringify(kafka)}, Ottla ${JSON.stringify(ottla)}`
  }
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null
}

function toJson({ fields }: Schema, message: object): Json {
  return JSON.parse(
    JSON.stringify(withoutDefaults(fields, message), (key, value) => {
      if (key === 'records') return value?.flatMap((bytes: Uint8Array) => [...batchNames(bytes)])
      if (key === 'configs') {
        return value?.filter(({ configSource }: { readonly configSource: number }) => configSource === 1)
      }
      if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
      return typeof value === 'bigint' ? `${value}n` : value
    }),
  ) as Json
}

function fromJson(text: string, names: Names): unknown {
  return JSON.parse(text, (key, value) => {
    if (typeof value?.base64 === 'string') return new Uint8Array(Buffer.from(value.base64, 'base64'))
    if (typeof value !== 'string') return value
    if (/^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1))
    return key === 'topicId' || key === 'sessionId' ? names.revive(value) : value
  })
}

/** A connection that asks, and keeps what is answered until it is looked for. */
class Asking {
  readonly #peer: Promise<Peer>

  constructor(connect: () => Promise<Connection>) {
    this.#peer = connect().then((connection) => new Peer(connection))
  }

  async send(api: Api, version: number, { id, request }: { id: number; request: unknown }): Promise<void> {
    const writer = new ByteWriter()
    const size = writer.int32Later()
    const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: id, clientId: 'client' }
    encode(requestHeader, requestHeaderVersion(api, version), writer, header)
    encode(api.request, version, writer, request as never)
    size(writer.length - 4)
    const peer = await this.#peer
    peer.send(writer.finishJoined())
  }

  /** The answer, or undefined where the connection ended first. */
  async answer(id: number): Promise<Uint8Array | undefined> {
    const peer = await this.#peer
    await peer.until(({ correlationIds, isClosed }) => isClosed || correlationIds.includes(id))
    return peer.answers[peer.correlationIds.indexOf(id)]
  }
}

function isMeant(question: string, line: string): boolean {
  return differences.some(({ where, what }) => where.test(question) && what?.test(line) !== false)
}

test('a broker answers what Kafka answered', async () => {
  const { clock } = createNodeHost()
  const network = new MemoryNetwork()
  const host = createNodeHost({ disk: new MemoryDisk({ clock }), network })
  const server = await BrokerServer.start(config, host, { logLevel: 'FATAL' })
  // Timers alone do not keep the process alive, and here there is no socket that would.
  const alive = setInterval(() => {}, 60_000)
  const connect = () => network.connect({ host: '127.0.0.1', port: PORT }, 1000)
  const connections = new Map<string, Asking>()
  const names = new Names()
  let title = ''
  let compared = 0
  const wrong: string[] = []
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    if (line.startsWith('#')) {
      title = line.startsWith('# ...') ? title.replace(/ \.\.\..*/, '') + line.slice(1) : line.slice(2)
      continue
    }
    const [sign, idText, connectionName = '', name = '', versionText] = line.split(' ', 5)
    const text = line.split(' ').slice(5).join(' ')
    const id = Number(idText)
    const version = Number(versionText)
    const api = apis.get(name)!
    let connection = connections.get(connectionName)
    if (connection === undefined) {
      connection = new Asking(connect)
      connections.set(connectionName, connection)
    }
    if (sign === '>') {
      await connection.send(api, version, { id, request: withEmpty(api.request.fields, fromJson(text, names)) })
      continue
    }
    compared++
    const question = `${title}: ${name} ${version}`
    const tell = (...lines: readonly string[]) => {
      const unmeant = lines.filter((line) => !isMeant(question, line))
      if (unmeant.length > 0) wrong.push([`${id} ${question}`, ...unmeant].join('\n    '))
    }
    const bytes = await connection.answer(id)
    if (bytes === undefined) {
      connections.delete(connectionName)
      if (sign !== 'x') tell('Ottla closed the connection')
      continue
    }
    if (sign !== '<') {
      tell('Ottla answered')
      continue
    }
    const reader = new ByteReader(bytes)
    decode(responseHeader, responseHeaderVersion(api, version), reader)
    const answer = toJson(api.response, decodeExact(api.response, version, reader) as object)
    const order = (value: Json) => (UNORDERED.test(name) ? sorted(name === 'Fetch' ? flattened(value) : value) : value)
    const expected = order(withoutWords(JSON.parse(text) as Json))
    tell(...differencesIn(expected, names.nameLike(order(names.nameLike(answer, undefined)), expected)))
  }
  clearInterval(alive)
  await server.stop()
  assert.deepEqual(wrong, [])
  assert.equal(compared, 709)
})
