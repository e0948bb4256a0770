/**
 * A connection to a broker for asking: requests go out at once, however many are unanswered, and each promise gets its
 * own answer by the correlation id.
 *
 * The first exchange is ApiVersions, from which each later request takes the highest version that both sides have. We
 * ask in our newest version; a broker that lacks it says so in version 0, which everyone can read, and is asked again.
 *
 * A broker answers in order: when one request takes too long, those behind it would too. So a time-out, like anything
 * else that is wrong with the stream, ends the connection and with it all that waits.
 */
import { ByteReader, ByteWriter, type Chunk, type Deadline, Deadlines, holdSlab, MalformedError } from '#core'
import { type Address, type Connection, type Host, HostError } from '#host'
import {
  type Api,
  decode,
  ErrorCode,
  encode,
  errorName,
  type Message,
  type MessageInput,
  requestHeaderVersion,
  responseHeaderVersion,
} from '#protocol'
import { apiVersions, requestHeader } from '#protocol/messages'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { hasFrameViews } from './frame-views.ts'

export interface RpcOptions {
  /** What the broker's logs and quotas call us. */
  readonly clientId: string
  /** For connecting and agreeing on versions. */
  readonly timeoutMs: number
  /** KIP-511; `ottla` if not given. */
  readonly softwareName?: string
  readonly softwareVersion?: string
  /** Whom we believe to reach (KIP-1242); a broker that is someone else says so. */
  readonly expected?: { readonly clusterId: string; readonly nodeId: number }
  /** The longest answer that is taken; 2^31 - 1 if not given. Memory grows with what arrives, not with what is announced. */
  readonly answerBytesMax?: number
}

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** The broker and we have no version of an API in common. */
export class UnsupportedVersionError extends Error {
  override readonly name = 'UnsupportedVersionError'
}

interface Pending {
  readonly api: Api
  readonly version: number
  readonly resolve: (response: never) => void
  readonly reject: (error: Error) => void
  deadline: Deadline | undefined
}

const BODY_AT = 4
const settled: Promise<void> = Promise.resolve()

export class RpcConnection implements FrameSink {
  readonly remote: Address
  readonly #connection: Connection
  readonly #clientId: string
  readonly #deadlines: Deadlines
  readonly #reader: FrameReader
  readonly #pending = new Map<number, Pending>()
  #versions: ReadonlyMap<number, VersionRange> = new Map()
  #nextCorrelationId = 0
  /** Requests of this turn: they leave in one write. */
  #unsent: Chunk[] = []
  #failure: Error | undefined

  private constructor(connection: Connection, clock: Host['clock'], options: RpcOptions) {
    this.remote = connection.remote
    this.#connection = connection
    this.#clientId = options.clientId
    this.#deadlines = new Deadlines(clock)
    this.#reader = new FrameReader(options.answerBytesMax ?? 2 ** 31 - 1, this)
    connection.listen({
      room: () => this.#reader.room(),
      received: (length) => this.#received(length),
      drained: () => {},
      closed: (cause) => {
        this.#end(new HostError('ECONNRESET', `${textOf(this.remote)} closed the connection`, cause))
      },
    })
  }

  /** Connects and learns what the broker has. Rejects with a `HostError`, or `UnsupportedVersionError`. */
  static async connect(
    { network, clock }: Pick<Host, 'network' | 'clock'>,
    address: Address,
    options: RpcOptions,
  ): Promise<RpcConnection> {
    const startMs = clock.monotonicMs()
    const rpc = new RpcConnection(await network.connect(address, options.timeoutMs), clock, options)
    try {
      await rpc.#negotiate(options, Math.max(1, options.timeoutMs - (clock.monotonicMs() - startMs)))
    } catch (error) {
      rpc.close()
      throw error
    }
    return rpc
  }

  get closed(): boolean {
    return this.#failure !== undefined
  }

  /** The highest version that both sides have; undefined where there is none. */
  versionOf(api: Api): number | undefined {
    const range = this.#versions.get(api.key)
    if (range === undefined) return undefined
    const version = Math.min(range.max, api.request.versionMax)
    return version >= Math.max(range.min, api.request.versionMin) ? version : undefined
  }

  /**
   * Sends a request, in the highest version that both sides have if none is given, and gives the answer. Rejects with
   * `UnsupportedVersionError`; a `HostError` where the connection ends before (`ETIMEDOUT` where that is why); `TypeError`
   * or `RangeError` where the request cannot be written; `MalformedError` where the answer cannot be read.
   */
  async send<A extends Api>(
    api: A,
    request: MessageInput<A['request']>,
    options: { readonly timeoutMs: number; readonly version?: number },
  ): Promise<Message<A['response']>> {
    const version = options.version ?? this.#commonVersion(api)
    const correlationId = this.#write(api, version, request)
    return await new Promise((resolve, reject) => {
      const pending: Pending = { api, version, resolve, reject, deadline: undefined }
      this.#pending.set(correlationId, pending)
      pending.deadline = this.#deadlines.add(options.timeoutMs, () => {
        const what = `${api.name} was not answered by ${textOf(this.remote)} within ${Math.round(options.timeoutMs)} ms`
        this.#end(new HostError('ETIMEDOUT', what))
      })
    })
  }

  /** Sends a request to which there is no answer: Produce with acks=0. */
  post<A extends Api>(api: A, request: MessageInput<A['request']>): void {
    this.#write(api, this.#commonVersion(api), request)
  }

  /** Closes at once; what waits for an answer is rejected. */
  close(): void {
    this.#end(new HostError('ECONNABORTED', `The connection with ${textOf(this.remote)} was closed`))
  }

  async #negotiate(options: RpcOptions, timeoutMs: number): Promise<void> {
    const request: MessageInput<typeof apiVersions.request> = {
      clientSoftwareName: options.softwareName ?? 'ottla',
      clientSoftwareVersion: options.softwareVersion ?? 'unknown',
      ...options.expected,
    }
    let answer = await this.send(apiVersions, request, { timeoutMs, version: apiVersions.request.versionMax })
    if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      // Brokers before KIP-511 do not say what they have.
      const theirs = answer.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key)
      const version = Math.min(theirs?.maxVersion ?? 0, apiVersions.request.versionMax)
      answer = await this.send(apiVersions, request, { timeoutMs, version })
    }
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new UnsupportedVersionError(
        `${textOf(this.remote)} does not agree on versions: ${errorName(answer.errorCode)}`,
      )
    }
    this.#versions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    )
  }

  #commonVersion(api: Api): number {
    const version = this.versionOf(api)
    if (version !== undefined) return version
    const theirs = this.#versions.get(api.key)
    const { versionMin, versionMax } = api.request
    throw new UnsupportedVersionError(
      theirs === undefined
        ? `${textOf(this.remote)} does not serve ${api.name}`
        : `${textOf(this.remote)} serves ${api.name} in versions ${theirs.min} to ${theirs.max}, we speak ${versionMin} to ${versionMax}`,
    )
  }

  #write(api: Api, version: number, request: unknown): number {
    if (this.#failure !== undefined) throw this.#failure
    const correlationId = this.#nextCorrelationId
    this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff
    const writer = new ByteWriter()
    const size = writer.int32Later()
    encode(requestHeader, requestHeaderVersion(api, version), writer, {
      requestApiKey: api.key,
      requestApiVersion: version,
      correlationId,
      clientId: this.#clientId,
    })
    encode(api.request, version, writer, request as never)
    size(writer.length - 4)
    if (this.#unsent.length === 0) settled.then(() => this.#flush())
    this.#unsent.push(...writer.finish())
    return correlationId
  }

  #flush(): void {
    const chunks = this.#unsent
    this.#unsent = []
    this.#connection.write(chunks)
  }

  #received(length: number): void {
    try {
      this.#reader.received(length)
    } catch (error) {
      this.#end(asError(error))
    }
  }

  frame(bytes: Uint8Array, start: number, end: number, mayHold: boolean): boolean {
    if (this.#failure !== undefined) return true
    const correlationId = new ByteReader(bytes, start, end).int32()
    const pending = this.#pending.get(correlationId)
    if (pending === undefined) throw new MalformedError(`An answer came to ${correlationId}, which was not asked`)
    this.#pending.delete(correlationId)
    pending.deadline?.cancel()
    const { api, version } = pending
    try {
      const isKept = hasFrameViews(api.response)
      // For good: who gets the answer need not say when he is done with it.
      if (isKept && mayHold) holdSlab(bytes)
      const reader = isKept && !mayHold ? new ByteReader(bytes.slice(start, end)) : new ByteReader(bytes, start, end)
      reader.skip(BODY_AT)
      pending.resolve(decodeAnswer(api, version, reader) as never)
    } catch (error) {
      pending.reject(asError(error))
      throw error
    }
    return true
  }

  #end(failure: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#connection.destroy()
    this.#deadlines.close()
    this.#reader.clear()
    const waiting = Array.from(this.#pending.values())
    this.#pending.clear()
    for (const { deadline, reject } of waiting) {
      deadline?.cancel()
      reject(failure)
    }
  }
}

/** What stands behind the correlation id. */
function decodeAnswer(api: Api, version: number, reader: ByteReader): unknown {
  if (responseHeaderVersion(api, version) === 1) {
    for (let tags = reader.uvarint(); tags > 0; tags--) {
      reader.uvarint()
      reader.skip(reader.uvarint())
    }
  }
  if (api.key === apiVersions.key) {
    const errorCode = new ByteReader(reader.bytes, reader.position, reader.end).int16()
    if (errorCode === ErrorCode.UNSUPPORTED_VERSION) return decode(api.response, 0, reader)
  }
  return decode(api.response, version, reader)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function textOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
