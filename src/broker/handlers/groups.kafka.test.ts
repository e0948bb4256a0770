/**
 * 252 questions about groups and offsets, in nearly all versions, and what Apache Kafka 4.4.0 answered: the handlers here
 * answer the same. interop/kafka/record-groups.mjs says how they were recorded. The order of members, groups and partitions
 * within an answer is not compared, as Kafka's is that of a hash map.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { GroupTopics } from '#coordinator'
import { ByteReader, ByteWriter } from '#core'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { decode, encode } from '#protocol'
import { GroupWorld } from '../../coordinator/group/group-world.kit.test.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { offsetCommitHandler } from './008-offset-commit.ts'
import { offsetFetchHandler } from './009-offset-fetch.ts'
import { joinGroupHandler } from './011-join-group.ts'
import { heartbeatHandler } from './012-heartbeat.ts'
import { leaveGroupHandler } from './013-leave-group.ts'
import { syncGroupHandler } from './014-sync-group.ts'
import { describeGroupsHandler } from './015-describe-groups.ts'
import { listGroupsHandler } from './016-list-groups.ts'
import { deleteGroupsHandler } from './042-delete-groups.ts'
import { offsetDeleteHandler } from './047-offset-delete.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAdA'
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const path = fileURLToPath(new URL('../../../src/broker/handlers/golden/kafka-groups.txt', import.meta.url))
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

const topics: GroupTopics = {
  topicIdOf: (name) => (name === 't' ? TOPIC_ID : undefined),
  topicNameOf: (id) => (id === TOPIC_ID ? 't' : undefined),
  hasPartition: (name, partition) => name === 't' && partition >= 0 && partition < 3,
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type JsonObject = { readonly [name: string]: Json }

/** The UUIDs that Kafka made, by their numbers, and those that were made here in their place. */
class Uuids {
  readonly #byNumber = new Map<string, string>()

  /** A recorded message with the UUIDs of this run. */
  revive(text: string): string {
    return text.replaceAll(/\{\d+\}/g, (number) => this.#byNumber.get(number) ?? number)
  }

  /** Learns which UUID stands for which number, from fields that must mean the same. */
  bind(recorded: Json | undefined, actual: Json | undefined): void {
    if (typeof recorded !== 'string' || typeof actual !== 'string') return
    const [number] = /\{\d+\}/.exec(recorded) ?? []
    const [uuid] = actual.match(UUID) ?? []
    if (number !== undefined && uuid !== undefined && !this.#byNumber.has(number)) this.#byNumber.set(number, uuid)
  }

  /** Learns from the answer to a JoinGroup: its own fields, and members by their instance ids. */
  bindJoin(recorded: JsonObject, actual: JsonObject): void {
    this.bind(recorded.memberId, actual.memberId)
    this.bind(recorded.leader, actual.leader)
    for (const member of objectsIn(recorded.members)) {
      const twin = objectsIn(actual.members).find(
        ({ groupInstanceId }) => groupInstanceId !== null && groupInstanceId === member.groupInstanceId,
      )
      this.bind(member.memberId, twin?.memberId)
    }
  }
}

function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return (list ?? []) as readonly JsonObject[]
}

/** The same for every order of lists. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) {
    const list: Json[] = value.map(sorted)
    return list.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sorted(field)]))
}

function toJson(message: unknown): JsonObject {
  const text = JSON.stringify(message, (_, value) =>
    value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value,
  )
  return JSON.parse(text.replaceAll(TOPIC_ID, 'TOPIC')) as JsonObject
}

function fromJson(text: string): unknown {
  return JSON.parse(text.replaceAll('TOPIC', TOPIC_ID), (_, value) =>
    typeof value?.hex === 'string' ? new Uint8Array(Buffer.from(value.hex, 'hex')) : value,
  )
}

test('the handlers answer what Kafka answered', async () => {
  const clock = new VirtualClock()
  const world = new GroupWorld(
    { clock, random: seededRandom(1), compute: nodeCompute, settle },
    { config: { initialRebalanceDelayMs: 100 } },
  )
  await world.start()
  const ports = { groups: world.coordinator, topics }
  const handlers: readonly Handler[] = [
    offsetCommitHandler(ports),
    offsetFetchHandler(ports),
    joinGroupHandler(ports),
    heartbeatHandler(ports),
    leaveGroupHandler(ports),
    syncGroupHandler(ports),
    describeGroupsHandler(ports),
    listGroupsHandler(ports),
    deleteGroupsHandler(ports),
    offsetDeleteHandler(ports),
  ] as readonly unknown[] as readonly Handler[]
  const byName = new Map(handlers.map((handler) => [handler.api.name, handler]))

  const uuids = new Uuids()
  const answers = new Map<string, JsonObject>()
  let compared = 0
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const [sign = '', id = '', name = '', versionText, ...rest] = line.split(' ')
    const handler = byName.get(name)
    assert.ok(handler, name)
    const apiVersion = Number(versionText)
    const text = rest.join(' ')
    if (sign === '>') {
      const context = { apiVersion, clientId: 'client', remoteHost: '127.0.0.1' } as RequestContext
      const answer = handler.handle(fromJson(uuids.revive(text)) as never, context)
      void Promise.resolve(answer).then((response) => {
        const writer = new ByteWriter()
        encode(handler.api.response, apiVersion, writer, response as never)
        const reader = new ByteReader(writer.finishJoined())
        answers.set(id, toJson(decode(handler.api.response, apiVersion, reader)))
      })
      await settle()
      continue
    }
    // Kafka's answers are in the order in which they came; those that wait are given the time they need.
    for (let tries = 0; !answers.has(id) && tries < 200; tries++) await world.advance(50)
    const actual = answers.get(id)
    assert.ok(actual, `No answer to request ${id}: ${name} ${apiVersion}`)
    if (name === 'JoinGroup') uuids.bindJoin(JSON.parse(text) as JsonObject, actual)
    const expected = JSON.parse(uuids.revive(text)) as JsonObject
    assert.deepEqual(sorted(actual), sorted(expected), `Request ${id}: ${name} ${apiVersion}`)
    compared++
  }
  assert.equal(compared, 252)
  world.coordinator.close()
})
