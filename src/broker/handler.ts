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
import { type Api, apiEntry, type ErrorCode, type RequestOf, type ResponseOf } from '#protocol'

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
  /**
   * Calls `action` when the connection closes, so that what only waits for it need not wait on. Returns what calls that
   * off. A handler that waits still has to answer.
   */
  onClosed(action: () => void): () => void
  /**
   * Calls `action` when the answer has left for the network, so that memory it was made of can be used again. Never, where
   * the connection closes before.
   */
  onSent(action: () => void): void
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
  /** The versions that are served. */
  readonly versionMin: number
  readonly versionMax: number
  /**
   * Whether a request may begin while earlier requests of its connection, concurrent ones too, are still unanswered.
   * Where it may not, a connection's requests are handled one after another, as Kafka does, and see each other's
   * effects. Whichever way, answers leave in the order of the requests.
   */
  readonly concurrent: boolean
  /**
   * Whether the handler holds (`holdSlab`) what it keeps of a request's byte strings when it returns, so that the memory
   * of the frame can be used again. Where it does not, a frame with byte strings is never used again.
   */
  readonly holdsFrame: boolean
  /** Whether ApiVersions tells of it. */
  readonly advertised: boolean
  /** A plain value where it can, a promise only where it must wait: most requests then cost no turn of the event loop. */
  handle(request: RequestOf<A>, context: RequestContext): Outcome<ResponseOf<A>> | Promise<Outcome<ResponseOf<A>>>
  /** The answer where `handle` threw. */
  readonly failed: ((request: RequestOf<A>, errorCode: ErrorCode) => ResponseOf<A>) | undefined
}

export interface HandlerOptions<A extends Api> {
  /** First and last version served; those that Kafka calls stable if not given. */
  readonly min?: number
  readonly max?: number
  /**
   * For a handler that does all its work before it returns and then only waits: a producer's batches are then stored
   * together, instead of each waiting for the disk alone. False if not given.
   */
  readonly concurrent?: boolean
  /** For a handler of many large frames. False if not given. */
  readonly holdsFrame?: boolean
  /** True if not given. */
  readonly advertised?: boolean
  /** A message with its top-level `errorCode` set, or the end of the connection where it has none, if not given. */
  readonly failed?: (request: RequestOf<A>, errorCode: ErrorCode) => ResponseOf<A>
}

/** A handler of `api`. */
export function handler<A extends Api>(
  api: A,
  handle: Handler<A>['handle'],
  options: HandlerOptions<A> = {},
): Handler<A> {
  const versionMin = options.min ?? api.request.versionMin
  const versionMax = options.max ?? Math.min(api.request.versionMax, apiEntry(api.key)?.advertisedMax ?? versionMin)
  assert(
    api.request.versionMin <= versionMin && versionMax <= api.request.versionMax,
    'served versions are declared ones',
  )
  const { concurrent = false, holdsFrame = false, advertised = true, failed } = options
  return { api, versionMin, versionMax, concurrent, holdsFrame, advertised, handle, failed }
}
