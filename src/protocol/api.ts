/**
 * An API: a request, its response, and the key both carry.
 */
import { assert } from '#core'
import type { Message, MessageInput, Schema } from './schema.ts'

export interface Api<Request extends Schema = Schema, Response extends Schema = Schema> {
  readonly key: number
  /** As Kafka names it: `JoinGroup`. */
  readonly name: string
  readonly request: Request
  readonly response: Response
}

export function api<Request extends Schema, Response extends Schema>(
  request: Request,
  response: Response,
): Api<Request, Response> {
  assert(request.key === response.key, 'a request and its response carry one key')
  return { key: request.key, name: request.name.replace(/Request$/, ''), request, response }
}

/** The request of an API as it is read. */
export type RequestOf<A extends Api> = Message<A['request']>
/** The response of an API as it is given for writing. */
export type ResponseOf<A extends Api> = MessageInput<A['response']>
