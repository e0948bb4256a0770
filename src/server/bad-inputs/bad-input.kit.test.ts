/**
 * One bad input, and how it is written down: as a request that is well formed, or as bytes.
 *
 * An answer is told by its error codes, each once, in their order: `NONE`, `NONE UNKNOWN_TOPIC_ID`. `closed` is a
 * connection that ends without one.
 */
import { ByteReader, ByteWriter } from '#core'
import {
  type Api,
  decode,
  type ErrorCode,
  encode,
  errorName,
  type RequestOf,
  requestHeaderVersion,
  responseHeaderVersion,
} from '#protocol'
import { type createTopics, requestHeader, responseHeader } from '#protocol/messages'

/** Ids of what `preparations` make. */
export interface BadInputWorld {
  readonly ordersId: string
  readonly nowMs: number
}

export interface BadInput {
  /** The row of docs/bad-input.md. */
  readonly row: number
  readonly name: string
  readonly api: Api
  readonly version: number
  /** Frames, one after another on one connection; the last one's answer counts. */
  readonly frames: (world: BadInputWorld) => readonly Uint8Array[]
  readonly answer: string
  /** What Kafka answers, where it is something else, and why we do not. */
  readonly kafka?: { readonly answer: string; readonly but: string }
  /** Whether something is stored, as it should. */
  readonly stores?: boolean
  /** True where so much is sent that it is worth measuring, and not worth doing in every test run. */
  readonly isLarge?: boolean
}

type Body<A extends Api> = Partial<RequestOf<A>> | ((world: BadInputWorld) => Partial<RequestOf<A>>)
type Part = Uint8Array | readonly number[]
type More = Pick<BadInput, 'kafka' | 'stores' | 'isLarge'>

/** A topic that is there, one that is compacted, one for small batches; and nothing else. */
export const preparations: Partial<RequestOf<typeof createTopics>> = {
  topics: [
    topic('orders'),
    topic('compacted', [{ name: 'cleanup.policy', value: 'compact' }]),
    topic('small', [{ name: 'max.message.bytes', value: '1000' }]),
  ],
  timeoutMs: 5000,
  validateOnly: false,
}

export function topic(name: string, configs: { name: string; value: string | null }[] = [], numPartitions = 1) {
  return { name, numPartitions, replicationFactor: 1, assignments: [], configs }
}

/** A whole frame of `api`, whose body is `parts`. */
export function rawFrame(api: Api, version: number, ...parts: readonly Part[]): Uint8Array {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  encode(requestHeader, requestHeaderVersion(api, version), writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: 7,
    clientId: 'bad-input',
  })
  for (const part of parts) writer.raw(Uint8Array.from(part))
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

export function requestFrame<A extends Api>(api: A, version: number, body: Partial<RequestOf<A>>): Uint8Array {
  const writer = new ByteWriter()
  encode(api.request, version, writer, body as never)
  return rawFrame(api, version, writer.finishJoined())
}

/** The error codes of an answer, each once. */
export function answerText(api: Api, version: number, answer: Uint8Array): string {
  const reader = new ByteReader(answer)
  decode(responseHeader, responseHeaderVersion(api, version), reader)
  const codes = new Set<number>()
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const element of value) collect(element)
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name === 'errorCode') codes.add(inner as number)
        else collect(inner)
      }
    }
  }
  collect(decode(api.response, version, reader))
  return [...codes].map((code) => errorName(code as ErrorCode)).join(' ')
}

/** A request that is well formed. */
export function ask<A extends Api>(
  row: number,
  name: string,
  [api, version]: readonly [A, number],
  body: Body<A> | readonly Body<A>[],
  answer: string,
  more: More = {},
): BadInput {
  const bodies = (Array.isArray(body) ? body : [body]) as readonly Body<A>[]
  const frames = (world: BadInputWorld) =>
    bodies.map((one) => requestFrame(api, version, typeof one === 'function' ? one(world) : one))
  return { row, name, api, version, frames, answer, ...more }
}

/** A request whose body is these bytes. */
export function raw(
  row: number,
  name: string,
  [api, version]: readonly [Api, number],
  parts: readonly Part[],
  answer: string,
  more: More = {},
): BadInput {
  return { row, name, api, version, frames: () => [rawFrame(api, version, ...parts)], answer, ...more }
}

/** Several partitions of a request, as bytes: `count` copies. */
export function copies(count: number, ...bytes: readonly number[]): Uint8Array {
  const all = new Uint8Array(count * bytes.length)
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length)
  return all
}

export function uvarint(value: number): Uint8Array {
  const writer = new ByteWriter()
  writer.uvarint(value)
  return writer.finishJoined().slice()
}

export function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}

/** What Kafka answers where we close, because of `but`. */
export const closing = (but: string, answer: string) => ({ kafka: { answer, but } })
