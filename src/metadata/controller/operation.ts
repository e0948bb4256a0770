/**
 * The form of everything a controller does: a pure function from what it knows and a request to records and a response.
 *
 * An operation changes nothing but when a broker was last heard of. Its records are appended and folded into the controller's image by whoever called it, and
 * the response is given when they are committed.
 */
import type { BrokerId, Offset, Uuid } from '#core'
import type { Random } from '#host'
import { type Api, type ErrorCode, errorMessage, type RequestOf, type ResponseOf } from '#protocol'
import type { MetadataImage } from '../image/metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import type { BrokerSessions } from './broker-sessions.ts'
import type { ConfigPort } from './config-port.ts'

/** Kafka refuses a request that would take more records than this. */
export const RECORDS_MAX = 10_000

/** What an operation may look at. */
export interface Scope {
  readonly nodeId: BrokerId
  readonly clusterId: Uuid
  /** With everything that was appended, committed or not. */
  readonly image: MetadataImage
  readonly config: ConfigPort
  readonly random: Pick<Random, 'uuid'>
  readonly sessions: BrokerSessions
}

/** The circumstances of one request. */
export interface Call {
  /** Forward-only time, for sessions. */
  readonly monotonicMs: number
  /** The offset that the first record of the result gets. */
  readonly nextOffset: Offset
  readonly apiVersion: number
  readonly describes: (topic: string) => boolean
}

export interface ControllerResult<Response> {
  readonly records: readonly MetadataRecord[]
  readonly response: Response
  /** For the operator, where a refusal has a reason that the response cannot say. */
  readonly note?: string
}

/** An error as Kafka answers it; without a text where the code says it all. */
export interface ApiError {
  readonly error: ErrorCode
  readonly message: string | null
}

export interface Operation<A extends Api> {
  /** `validateOnly` is not looked at: the caller then drops the records. */
  run(scope: Scope, request: RequestOf<A>, call: Call): ControllerResult<ResponseOf<A>>
  /** The response where the request as a whole fails. */
  refuse(error: ApiError, request: RequestOf<A>): ResponseOf<A>
}

/** Nothing is wrong: what an error's fields are in a response that has none. */
export const NO_ERROR: ApiError = { error: 0, message: null }

/** An error with a text of its own, or with the one that its code has. */
export function apiError(error: ErrorCode, message: string = errorMessage(error)): ApiError {
  return { error, message }
}

/** As a response spells it. To be spread last: a literal that begins with a spread takes V8 ten times as long. */
export function errorFields({ error, message }: ApiError): { errorCode: number; errorMessage: string | null } {
  return { errorCode: error, errorMessage: message }
}

/** A response that needs no records. */
export function answer<Response>(response: Response): ControllerResult<Response> {
  return { records: [], response }
}

/** The items whose key appears more than once, and the others, both in order. */
export function separateDuplicates<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly unique: readonly Item[]; readonly duplicates: readonly Item[] } {
  const keys = items.map(keyOf)
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  if (counts.size === items.length) return { unique: items, duplicates: [] }
  const isUnique = (_: Item, i: number): boolean => counts.get(keys[i]!) === 1
  return { unique: items.filter(isUnique), duplicates: items.filter((item, i) => !isUnique(item, i)) }
}
