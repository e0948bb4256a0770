/**
 * A handler answers the requests of one API. It is a plain function with the ports it needs closed over, so that a test
 * calls it with an object and looks at the object it gives back; frames, order and sockets are the pipeline's.
 *
 *     export const heartbeatHandler = (ports: { groups: GroupCoordinator }) =>
 *       handler(heartbeat, (request) => ({ errorCode: ports.groups.heartbeat(request) }))
 *
 * What Kafka answers with an error code is a value. A handler throws only where we are wrong (`AssertionError`) or the
 * world failed and nobody turned that into a code: the pipeline then answers UNKNOWN_SERVER_ERROR where the response
 * has a place for it, and closes the connection where it has none.
 */
import { assert } from '#core'
import type { Api, RequestOf, ResponseOf } from '#protocol'

/** Who asks, by which connection and in which version. */
export interface RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly correlationId: number
  /** The listener the connection came in by, as configured: `PLAINTEXT`, `INTERNAL`. */
  readonly listenerName: string
  /** Unique among the connections of this process, also over time. */
  readonly connectionId: number
  /** The peer's address, without port or brackets. */
  readonly remoteHost: string
  /** `type:name`; `User:ANONYMOUS` where nobody was authenticated. */
  readonly principal: string
  /** What the client called itself in ApiVersions (KIP-511); `unknown` where it did not. */
  readonly softwareName: string
  readonly softwareVersion: string
  /** When the last byte of the request was there, by the wall clock. */
  readonly receivedAtMs: number
  /** Notes for the rest of the connection what the client called itself. */
  identifySoftware(name: string, version: string): void
}

/** The answer "nothing": the request is done and takes no place in the order of answers (Produce with acks=0). */
export const noResponse: unique symbol = Symbol('no response')
export type NoResponse = typeof noResponse

/** The answer "go away": what was answered before is still sent, then the connection is closed. */
export class CloseConnection {
  /** For the log: what the peer did. */
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export type Outcome<Response> = Response | NoResponse | CloseConnection

export interface Handler<A extends Api = Api> {
  readonly api: A
  /** The versions that are served, and advertised. */
  readonly versionMin: number
  readonly versionMax: number
  /** A plain value where it can, a promise only where it must wait: most requests then cost no turn of the event loop. */
  handle(request: RequestOf<A>, context: RequestContext): Outcome<ResponseOf<A>> | Promise<Outcome<ResponseOf<A>>>
}

/** A handler for all versions of `api`, or for those from `min` to `max`. */
export function handler<A extends Api>(
  api: A,
  handle: Handler<A>['handle'],
  versions: { readonly min?: number; readonly max?: number } = {},
): Handler<A> {
  const versionMin = versions.min ?? api.request.versionMin
  const versionMax = versions.max ?? api.request.versionMax
  assert(
    api.request.versionMin <= versionMin && versionMax <= api.request.versionMax,
    'served versions are declared ones',
  )
  return { api, versionMin, versionMax, handle }
}
