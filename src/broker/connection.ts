/**
 * One connection as its broker sees it: frames in, answers out in the same order.
 *
 * A request that can be answered at once is decoded where it lies, answered, and its answer written behind those of the
 * same turn: no promise, no copy, one write to the socket per turn. One that must wait keeps a place in the line of
 * answers. Where we do not go on, we do not read on: the reader keeps the frame that was refused, the transport is
 * paused, and the peer feels it as a full window. We refuse
 *   - while earlier requests are unanswered, unless all of them are concurrent and fewer than the caps allow
 *   - while more than a megabyte of answers is on its way out
 *   - after some hundred requests in one turn, until the next, so that other connections have theirs; what waited for an
 *     answer that came by a promise has the next turn, too
 *   - while the memory for requests is used up
 *
 * Invariants:
 *   the n-th answer belongs to the n-th request that gets one
 *   the transport is paused while the reader waits
 *   what is charged to the memory is what the reader holds and the frames of unanswered requests
 */
import { assert, ByteReader, ByteWriter, type Chunk, copyToSlab, isBytes, MalformedError, releaseSlab } from '#core'
import type { Connection } from '#host'
import { FrameReader, type FrameSink } from '#net'
import { decode, ErrorCode, encode, type Message } from '#protocol'
import { requestHeader } from '#protocol/messages'
import type { Connections, MalformedPart } from './connections.ts'
import { errorResponse } from './error-response.ts'
import { CloseConnection, type Handler, noResponse, type Outcome, type RequestContext } from './handler.ts'
import { unsupportedApiVersions } from './handlers/018-api-versions.ts'
import { heapBytesMaxOf } from './request-limits.ts'
import type { MemoryHolder } from './request-memory.ts'
import type { Route, Routes } from './routes.ts'

/** More requests than this in one turn wait for the next. */
const REQUESTS_PER_TURN_MAX = 256
/** Above this many bytes that the peer has not taken, nothing more is answered. */
const UNSENT_BYTES_MAX = 1024 * 1024
const UNKNOWN_SOFTWARE = 'unknown'
const ANONYMOUS = 'User:ANONYMOUS'

/** A place in the line of answers. */
interface Place {
  readonly route: Route
  readonly context: Request
  readonly frameBytes: number
  outcome: Outcome<unknown> | undefined
}

const resolved: Promise<void> = Promise.resolve()
/** Where what comes after the end is put, of all connections. */
const UNWANTED = new Uint8Array(64 * 1024)

export class ServedConnection implements FrameSink, MemoryHolder {
  readonly id: number
  readonly listenerName: string
  readonly remoteHost: string
  principal = ANONYMOUS
  softwareName = UNKNOWN_SOFTWARE
  softwareVersion = UNKNOWN_SOFTWARE

  readonly #all: Connections
  readonly #routes: Routes
  readonly #transport: Connection
  readonly #reader: FrameReader
  /** Requests whose answers have not been written, the oldest first. */
  #line: Place[] = []
  #serialInLine = false
  #flushScheduled = false
  /** The answers of this turn. */
  #writer: ByteWriter | undefined
  /** Waits until all that was written has left for the network. */
  #whenSent: (() => void)[] = []
  /** What is being read, for the case that it cannot be. */
  #reading: MalformedPart = 'frame'
  #turnRequests = 0
  #turnMs = 0
  #nextTurnScheduled = false
  #paused = false
  readonly #whenClosed = new Set<() => void>()
  #isClosed = false
  /** Nothing comes or goes any more, and all who wait for that were told. */
  #hasEnded = false
  #isFinishing = false
  #frameBytesInLine = 0
  #chargedBytes = 0

  // For the sweep: what had happened when, in its own time.
  #activeMs: number
  #frameCount = 0
  #receivedBytes = 0
  #writtenBytes = 0
  #frameWatch: Watch | undefined
  #writeWatch: Watch | undefined

  constructor(id: number, listenerName: string, transport: Connection, routes: Routes, all: Connections) {
    this.id = id
    this.listenerName = listenerName
    this.remoteHost = transport.remote.host
    this.#transport = transport
    this.#routes = routes
    this.#all = all
    this.#activeMs = all.sweptMs
    this.#reader = new FrameReader(all.limits.frameBytesMax, this)
    transport.listen({
      room: () => (this.#isClosed ? UNWANTED : this.#reader.room()),
      received: (length) => this.#received(length),
      drained: () => this.#drained(),
      closed: () => this.#closed(),
    })
  }

  /** Requests that have not been answered. */
  get inFlightCount(): number {
    return this.#line.length
  }

  /**
   * Takes no more requests, and closes when all that was asked has been answered and the peer has closed: one that still
   * sends would be reset, and lose the answers it has not read.
   */
  finish(): void {
    this.#isFinishing = true
    this.#pause()
    this.#endIfFinished()
  }

  /** Closes at once. */
  destroy(): void {
    this.#isClosed = true
    this.#transport.destroy()
  }

  /** Calls `action` when it has closed, at once if it has; returns what calls that off. */
  onClosed(action: () => void): () => void {
    if (this.#hasEnded) {
      action()
      return () => {}
    }
    this.#whenClosed.add(action)
    return () => void this.#whenClosed.delete(action)
  }

  memoryFreed(): void {
    this.#goOn()
  }

  // Reading

  #received(length: number): void {
    if (this.#isClosed) return
    this.#receivedBytes += length
    this.#turn(() => this.#reader.received(length))
  }

  #drained(): void {
    this.#endSent()
    this.#goOn()
  }

  /** Takes up again what was refused, if there is reason to think that it goes on. */
  #goOn(): void {
    if (!this.#paused || this.#isClosed || this.#isFinishing) return
    this.#turn(() => this.#reader.resume())
  }

  #turn(read: () => void): void {
    this.#turnRequests = 0
    this.#turnMs = this.#all.clock.nowMs()
    this.#activeMs = this.#all.sweptMs
    try {
      read()
    } catch (error) {
      this.#broken(error)
      return
    }
    this.#flush()
    this.#charge()
    if (this.#isClosed) return
    if (this.#reader.isWaiting || !this.#mayHoldMore()) {
      this.#pause()
      if (this.#reader.isWaiting && !this.#isWokenByEvents()) this.#scheduleTurn()
    } else if (this.#paused) {
      this.#paused = false
      this.#transport.resume()
    }
  }

  /** Whether something is to come after which it goes on: an answer, or the peer taking what it was sent. */
  #isWokenByEvents(): boolean {
    if (this.#turnRequests >= REQUESTS_PER_TURN_MAX) return false
    return this.#line.length > 0 || this.#transport.pendingBytes > 0
  }

  #scheduleTurn(): void {
    if (this.#nextTurnScheduled) return
    this.#nextTurnScheduled = true
    this.#all.clock.atTurnEnd(() => {
      this.#nextTurnScheduled = false
      this.#goOn()
    })
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#transport.pause()
  }

  #mayHoldMore(): boolean {
    return this.#chargedBytes === 0 || this.#all.memory.mayRead(this)
  }

  #mayBegin({ handler: { concurrent } }: Route): boolean {
    if (this.#isClosed || this.#turnRequests >= REQUESTS_PER_TURN_MAX) return false
    if (this.#line.length > 0) {
      const { limits, inFlightCount } = this.#all
      if (!concurrent || this.#serialInLine || this.#line.length >= limits.inFlightPerConnectionMax) return false
      if (inFlightCount >= limits.inFlightMax) return false
    }
    return (this.#writer?.length ?? 0) + this.#transport.pendingBytes < UNSENT_BYTES_MAX
  }

  frame(bytes: Uint8Array, start: number, end: number, mayHold: boolean): boolean {
    this.#reading = 'api'
    const route = this.#routes.of(bytes, start, end)
    this.#reading = 'frame'
    if (!this.#mayBegin(route)) return false
    this.#turnRequests++
    this.#frameCount++
    if (!route.keepsFrame || (mayHold && route.handler.holdsFrame)) {
      this.#begin(route, bytes, start, end)
    } else if (route.handler.holdsFrame) {
      const copy = copyToSlab(bytes, start, end)
      this.#begin(route, copy, 0, copy.length)
      releaseSlab(copy)
    } else {
      // It may keep what it likes for as long as it likes, and nothing else along with it.
      this.#begin(route, bytes.slice(start, end), 0, end - start)
    }
    return true
  }

  /** Has the request in `bytes` from `start` to `end` handled, and its answer written or waited for. */
  #begin(route: Route, bytes: Uint8Array, start: number, end: number): void {
    const { handler, version } = route
    const reader = new ByteReader(bytes, start, end, heapBytesMaxOf(end - start), route.elementsMax)
    this.#reading = 'header'
    const header = decode(requestHeader, route.requestHeaderVersion, reader)
    this.#reading = route.isUnreadable ? 'frame' : 'body'
    const context = new Request(this, header, this.#turnMs)
    if (route.isUnreadable) {
      this.#answer(route, context, unsupportedApiVersions(handler))
      return
    }
    const request = read(handler, version, reader)
    this.#reading = 'frame'
    let outcome: Outcome<unknown> | Promise<Outcome<unknown>>
    try {
      outcome = handler.handle(request, context)
    } catch (error) {
      outcome = this.#failed(handler, request, error)
    }
    if (outcome instanceof Promise)
      this.#await({ route, context, frameBytes: end - start, outcome: undefined }, request, outcome)
    else this.#answer(route, context, outcome)
  }

  // Answering

  /** Writes an answer that came at once, or puts it into the line behind those that are still to come. */
  #answer(route: Route, context: Request, outcome: Outcome<unknown>): void {
    if (this.#line.length === 0) this.#write(route, context, outcome)
    else this.#line.push({ route, context, frameBytes: 0, outcome })
  }

  #await(place: Place, request: unknown, promise: Promise<Outcome<unknown>>): void {
    const { handler } = place.route
    this.#line.push(place)
    this.#all.inFlightCount++
    this.#frameBytesInLine += place.frameBytes
    if (!handler.concurrent) this.#serialInLine = true
    promise.then(
      (outcome) => this.#settle(place, outcome),
      (error: unknown) => this.#settle(place, this.#failed(handler, request, error)),
    )
  }

  #settle(place: Place, outcome: Outcome<unknown>): void {
    this.#all.inFlightCount--
    this.#frameBytesInLine -= place.frameBytes
    place.outcome = outcome
    if (this.#isClosed || this.#flushScheduled || this.#line[0] !== place) return
    // Others of the same turn are about to settle too: they leave in one write. Theirs may be a promise or two away.
    this.#flushScheduled = true
    resolved
      .then(() => resolved)
      .then(() => this.#settled())
      .catch((error: unknown) => this.#broken(error))
  }

  #settled(): void {
    this.#flushScheduled = false
    if (this.#isClosed) return
    this.#advanceLine()
    this.#flush()
    this.#charge()
    // What waits has a turn of its own: a line of requests that promises alone answer would be served to its end in this one.
    if (this.#reader.isWaiting) this.#scheduleTurn()
    else this.#goOn()
    this.#endIfFinished()
  }

  /** Writes what stands at the front of the line and is answered. */
  #advanceLine(): void {
    let done = 0
    for (const { route, context, outcome } of this.#line) {
      if (outcome === undefined) break
      this.#write(route, context, outcome)
      done++
    }
    this.#line = done === this.#line.length ? [] : this.#line.slice(done)
    if (this.#line.length === 0) this.#serialInLine = false
  }

  #write(route: Route, context: Request, outcome: Outcome<unknown>): void {
    if (outcome === noResponse || this.#isClosed) return
    if (outcome instanceof CloseConnection) {
      this.#all.log.warn('closed', `Closing the connection of ${this.remoteHost}: ${outcome.reason}`)
      this.#end()
      return
    }
    this.#writer ??= new ByteWriter()
    const writer = this.#writer
    const before = writer.length
    const size = writer.int32Later()
    const version = route.isUnreadable ? 0 : route.version
    try {
      writer.int32(context.correlationId)
      if (route.responseHeaderVersion === 1) writer.uvarint(0)
      encode(route.handler.api.response, version, writer, outcome as never)
    } catch (error) {
      // Half an answer is in the writer, so that only what stands before it can leave.
      this.#all.log.error('encode', `Cannot answer ${route.handler.api.name} version ${version}: ${textOf(error)}`)
      this.#writer = undefined
      this.#send(cutTo(writer.finish(), before))
      this.#end()
      return
    }
    size(writer.length - before - 4)
    if (context.sent !== undefined) this.#whenSent.push(context.sent)
  }

  #flush(): void {
    const writer = this.#writer
    if (writer === undefined) return
    this.#writer = undefined
    this.#send(writer.finish())
  }

  #send(chunks: readonly Chunk[]): void {
    for (const { length } of chunks) this.#writtenBytes += length
    this.#activeMs = this.#all.sweptMs
    this.#transport.write(chunks)
    this.#endSent()
  }

  #endSent(): void {
    if (this.#whenSent.length === 0 || this.#isClosed || this.#transport.pendingBytes > 0) return
    const actions = this.#whenSent
    this.#whenSent = []
    for (const action of actions) action()
  }

  /** Sends what is answered, then closes. */
  #end(): void {
    if (this.#isClosed) return
    this.#flush()
    this.#isClosed = true
    this.#transport.end()
  }

  #endIfFinished(): void {
    if (!this.#isFinishing || this.#line.length > 0 || this.#isClosed) return
    this.#flush()
    this.#isClosed = true
    this.#transport.halfClose()
    this.#transport.resume()
  }

  #failed(handler: Handler, request: unknown, error: unknown): Outcome<unknown> {
    if (error instanceof MalformedError) {
      this.#all.countMalformed('body')
      return new CloseConnection(`${handler.api.name}: ${error.message}`)
    }
    this.#all.log.error(`handler ${handler.api.key}`, `${handler.api.name} failed: ${textOf(error)}`)
    const code = ErrorCode.UNKNOWN_SERVER_ERROR
    try {
      const response = handler.failed?.(request as never, code) ?? errorResponse(handler.api, code)
      return response ?? new CloseConnection(`${handler.api.name} failed`)
    } catch {
      return new CloseConnection(`${handler.api.name} failed`)
    }
  }

  #broken(error: unknown): void {
    const what = `Closing the connection of ${this.remoteHost} to ${this.listenerName}: `
    if (error instanceof MalformedError) {
      this.#all.countMalformed(this.#reading)
      this.#all.log.warn('malformed', what + error.message)
    } else {
      this.#all.log.error('connection', what + textOf(error))
    }
    this.#end()
  }

  #closed(): void {
    this.#isClosed = true
    this.#reader.clear()
    this.#line = []
    this.#frameBytesInLine = 0
    this.#charge()
    this.#all.remove(this)
    for (const action of this.#whenClosed) action()
    this.#whenClosed.clear()
    this.#hasEnded = true
  }

  #charge(): void {
    const held = this.#reader.heldBytes + this.#frameBytesInLine
    if (held === this.#chargedBytes) return
    const more = held - this.#chargedBytes
    this.#chargedBytes = held
    this.#all.memory.change(this, more, held)
  }

  // Looking after

  /** Closes the connection where its peer has been silent, or too slow, for too long. */
  sweep(nowMs: number): void {
    if (this.#isClosed && this.#transport.pendingBytes === 0) return
    const { idleMs, frameMs, unsentMs, rateBytesPerSecond } = this.#all.limits
    const pending = this.#transport.pendingBytes
    const isInFrame = this.#reader.isInFrame && !this.#paused
    if (isInFrame && this.#frameWatch?.count === this.#frameCount) {
      if (this.#frameWatch.isTooSlow(nowMs, this.#receivedBytes, frameMs, rateBytesPerSecond)) {
        this.#giveUp(`a frame is still incomplete after ${frameMs} ms`)
        return
      }
    } else {
      this.#frameWatch = isInFrame ? new Watch(nowMs, this.#receivedBytes, this.#frameCount) : undefined
    }
    if (pending > 0) {
      const taken = this.#writtenBytes - pending
      this.#writeWatch ??= new Watch(nowMs, taken, 0)
      if (this.#writeWatch.isTooSlow(nowMs, taken, unsentMs, rateBytesPerSecond)) {
        this.#giveUp(`it has not read its answers for ${unsentMs} ms, ${pending} bytes are pending`)
      }
      return
    }
    this.#writeWatch = undefined
    if (idleMs >= 0 && this.#line.length === 0 && nowMs - this.#activeMs > idleMs) this.destroy()
  }

  #giveUp(why: string): void {
    this.#all.log.warn('slow', `Closing the connection of ${this.remoteHost} to ${this.listenerName}: ${why}`)
    this.destroy()
  }
}

/** Bytes that should move on, looked at now and then. */
class Watch {
  readonly count: number
  #sinceMs: number
  #sinceBytes: number

  constructor(nowMs: number, bytes: number, count: number) {
    this.#sinceMs = nowMs
    this.#sinceBytes = bytes
    this.count = count
  }

  isTooSlow(nowMs: number, bytes: number, overMs: number, rateBytesPerSecond: number): boolean {
    if (nowMs - this.#sinceMs < overMs) return false
    if (bytes - this.#sinceBytes < (rateBytesPerSecond * overMs) / 1000) return true
    this.#sinceMs = nowMs
    this.#sinceBytes = bytes
    return false
  }
}

/** The context that a handler sees. */
class Request implements RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly correlationId: number
  readonly receivedAtMs: number
  sent: (() => void) | undefined
  readonly #connection: ServedConnection

  constructor(connection: ServedConnection, header: Message<typeof requestHeader>, receivedAtMs: number) {
    this.#connection = connection
    this.apiVersion = header.requestApiVersion
    this.clientId = header.clientId
    this.correlationId = header.correlationId
    this.receivedAtMs = receivedAtMs
  }

  get listenerName(): string {
    return this.#connection.listenerName
  }
  get connectionId(): number {
    return this.#connection.id
  }
  get remoteHost(): string {
    return this.#connection.remoteHost
  }
  get principal(): string {
    return this.#connection.principal
  }
  get softwareName(): string {
    return this.#connection.softwareName
  }
  get softwareVersion(): string {
    return this.#connection.softwareVersion
  }

  identifySoftware(name: string, version: string): void {
    this.#connection.softwareName = name
    this.#connection.softwareVersion = version
  }

  onClosed(action: () => void): () => void {
    return this.#connection.onClosed(action)
  }

  onSent(action: () => void): void {
    assert(this.sent === undefined, 'a handler waits once for its answer to leave')
    this.sent = action
  }
}

/** A malformed request is closed upon with a line in the log: let it say which it was. */
function read({ api }: Handler, version: number, reader: ByteReader): Message<never> {
  try {
    return decode(api.request, version, reader) as Message<never>
  } catch (error) {
    if (error instanceof MalformedError) throw new MalformedError(`${api.name} version ${version}: ${error.message}`)
    throw error
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** `length` is where an answer ended, and so does not lie within a range. */
function cutTo(chunks: readonly Chunk[], length: number): Chunk[] {
  const kept: Chunk[] = []
  let left = length
  for (const chunk of chunks) {
    if (left === 0) break
    kept.push(isBytes(chunk) ? chunk.subarray(0, left) : chunk)
    left -= Math.min(left, chunk.length)
  }
  return kept
}
