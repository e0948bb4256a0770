/**
 * TCP by `node:net`.
 *
 * Small writes leave at once (Nagle is off); chunks given together leave in one system call. What lies in a file follows
 * when all before it has left, by the system or in pieces, as the socket takes it. Reading begins when somebody listens,
 * and stops where `pause` says so: the kernel's window then holds the peer back.
 */
import { connect, createServer, isIPv6, type Server, Socket, type SocketConstructorOpts } from 'node:net'
import { type Chunk, type FileRange, isBytes, releaseSlab, takeSlab } from '#core'
import { HostError } from '../host-error.ts'
import type { Address, Connection, ConnectionEvents, Listener, ListenOptions, Network } from '../network.ts'
import { NodeFileRange } from './disk.ts'
import { loadedSystemCalls, systemCalls } from './system-calls.ts'

/** What is read of a file range at once where the system does not send it itself. */
const PIECE_BYTES = 256 * 1024
/** What is read where the socket is full: when it has taken that, there is room again. */
const NEXT_PIECE_BYTES = 64 * 1024

export const nodeNetwork: Network = {
  listen(address, onConnection, options = {}) {
    const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (socket) =>
      onConnection(new NodeConnection(socket)),
    )
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => reject(hostError(cause, `Cannot listen on ${textOf(address)}`)))
      const { backlog } = options
      const where = { port: address.port, ...(address.host === '' ? {} : { host: address.host }) }
      server.listen({ ...where, ...(backlog === undefined ? {} : { backlog }) }, () => {
        server.removeAllListeners('error')
        setBuffers(server, options)
        // A connection that could not be accepted (no file descriptors left) is gone; those that are open matter more.
        server.on('error', () => {})
        resolve(new NodeListener(server, address.host))
      })
    })
  },

  connect(address, timeoutMs) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true })
      const failed = (cause: Error) => {
        socket.destroy()
        reject(hostError(cause, `Cannot connect to ${textOf(address)}`))
      }
      socket.pause()
      const timer = setTimeout(() => {
        failed(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }))
      }, timeoutMs)
      socket.once('error', failed)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', failed)
        resolve(new NodeConnection(socket))
      })
      socket.once('close', () => clearTimeout(timer))
    })
  },
}

/** What is set of a socket that listens holds for those that it accepts. */
function setBuffers(server: Server, { sendBufferBytes, receiveBufferBytes }: ListenOptions): void {
  const fd = handleOf(server)?.fd ?? -1
  if (fd < 0) return
  if (sendBufferBytes !== undefined) systemCalls()?.setBuffer(fd, 'send', sendBufferBytes)
  if (receiveBufferBytes !== undefined) systemCalls()?.setBuffer(fd, 'receive', receiveBufferBytes)
}

class NodeListener implements Listener {
  readonly address: Address
  readonly #server: Server

  constructor(server: Server, host: string) {
    const bound = server.address()
    this.#server = server
    this.address = { host, port: bound !== null && typeof bound === 'object' ? bound.port : 0 }
  }

  close(): Promise<void> {
    // Its callback waits for the last connection to close; the port is free as soon as it returns.
    this.#server.close()
    return Promise.resolve()
  }
}

class NodeConnection implements Connection {
  readonly local: Address
  readonly remote: Address
  #socket: Socket
  #events: ConnectionEvents | undefined
  #cause: Error | undefined
  #writtenBytes = 0
  #waitsForDrain = false
  /** From a file range that has not been sent whole on; how much of it has been, and how much is left of all. */
  #unsent: Chunk[] = []
  #sentOfFirst = 0
  #unsentBytes = 0
  /** What is to be done when nothing is unsent any more. */
  #ending: (() => void) | undefined
  readonly #written = (error?: Error | null) => {
    // Not into the streams of a socket that has failed: they would call back a second time for what is written meanwhile.
    if (error) return
    if (this.#unsent.length > 0) this.#sendOn()
    if (this.#waitsForDrain && this.#unsentBytes === 0 && this.#socket.writableLength === 0) {
      this.#waitsForDrain = false
      this.#events?.drained()
    }
  }

  /** `socket` is open and has not been read from. */
  constructor(socket: Socket) {
    this.local = { host: plainHost(socket.localAddress), port: socket.localPort ?? 0 }
    this.remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort ?? 0 }
    this.#socket = socket
    socket.on('error', (cause) => this.#failed(cause))
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
    if (this.#socket.closed) {
      queueMicrotask(() => events.closed(this.#cause))
      return
    }
    this.#socket = readInto(this.#socket, events)
    this.#socket.on('error', (cause) => this.#failed(cause))
    this.#socket.on('close', () => {
      this.#unsent = []
      this.#unsentBytes = 0
      events.closed(this.#cause)
    })
    this.#socket.resume()
  }

  #failed(cause: Error): void {
    this.#cause = hostError(cause, `Connection with ${textOf(this.remote)} failed`)
  }

  get pendingBytes(): number {
    return this.#unsentBytes + this.#pendingInSocket()
  }

  #pendingInSocket(): number {
    const { writableLength } = this.#socket
    if (writableLength === 0) return 0
    // A long write is all in `writableLength` until its last byte is taken; the handle knows how far it has come.
    const handle = handleOf(this.#socket)
    return handle === undefined ? writableLength : this.#writtenBytes - handle.bytesWritten + handle.writeQueueSize
  }

  write(chunks: readonly Chunk[]): void {
    const socket = this.#socket
    if (chunks.length === 0 || this.#isBroken || socket.writableEnded || this.#ending !== undefined) return
    if (this.#unsent.length === 0 && chunks.every(isBytes)) {
      this.#writeBytes(chunks)
      return
    }
    for (const chunk of chunks) {
      this.#unsent.push(chunk)
      this.#unsentBytes += chunk.length
    }
    this.#sendOn()
    if (this.pendingBytes > 0) this.#waitsForDrain = true
  }

  /** Sends what is unsent, as long as the socket takes it at once. */
  #sendOn(): void {
    const socket = this.#socket
    while (this.#unsent.length > 0 && socket.writableLength === 0 && !this.#isBroken) {
      const [first] = this.#unsent
      if (isBytes(first!)) {
        const count = this.#unsent.findIndex((chunk) => !isBytes(chunk))
        const bytes = this.#unsent.splice(0, count < 0 ? this.#unsent.length : count) as Uint8Array[]
        for (const { length } of bytes) this.#unsentBytes -= length
        this.#writeBytes(bytes)
      } else {
        this.#sendRange(first!)
      }
    }
    if (this.#unsent.length === 0) this.#ending?.()
  }

  #sendRange(range: FileRange): void {
    const at = this.#sentOfFirst
    const leftBytes = range.length - at
    const system = this.#fd >= 0 && range instanceof NodeFileRange ? systemCalls() : undefined
    let sentBytes = system === undefined ? 0 : (range as NodeFileRange).sendTo(system, this.#fd, at)
    if (sentBytes === 0) {
      const piece = takeSlab(Math.min(leftBytes, system === undefined ? PIECE_BYTES : NEXT_PIECE_BYTES))
      if (!range.read(piece, at)) {
        this.#failed(new Error(`a file of ${range.length} bytes or more has become shorter`))
        this.destroy()
        return
      }
      sentBytes = piece.length
      this.#writtenBytes += sentBytes
      this.#socket.write(piece, (error) => {
        releaseSlab(piece)
        this.#written(error)
      })
    }
    this.#unsentBytes -= sentBytes
    this.#sentOfFirst += sentBytes
    if (this.#sentOfFirst < range.length) return
    this.#sentOfFirst = 0
    this.#unsent.shift()
  }

  #writeBytes(chunks: readonly Uint8Array[]): void {
    const [first] = chunks
    const sentBytes = chunks.length === 1 ? this.#sendAtOnce(first!) : 0
    if (sentBytes < first!.length) this.#writeByNode(sentBytes === 0 ? chunks : [first!.subarray(sentBytes)])
  }

  /** How many of the bytes the system takes, without Node's streams: their part of a small answer is as large as the system's. */
  #sendAtOnce(bytes: Uint8Array): number {
    const fd = this.#fd
    return fd < 0 || this.#socket.writableLength > 0 ? 0 : (loadedSystemCalls()?.send(fd, bytes) ?? 0)
  }

  #writeByNode(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket
    const last = chunks.length - 1
    if (last > 0) socket.cork()
    for (let i = 0; i < last; i++) {
      this.#writtenBytes += chunks[i]!.length
      socket.write(chunks[i]!)
    }
    this.#writtenBytes += chunks[last]!.length
    socket.write(chunks[last]!, this.#written)
    if (last > 0) socket.uncork()
    if (socket.writableLength > 0) this.#waitsForDrain = true
  }

  /** A failed write is known at once, and the socket closed in a later tick. */
  get #isBroken(): boolean {
    return this.#socket.destroyed || this.#socket.errored !== null
  }

  /** -1 where there is none, or not yet, or no longer. */
  get #fd(): number {
    return handleOf(this.#socket)?.fd ?? -1
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    // destroySoon: a peer that never closes its side does not keep ours.
    this.#endBy(() => this.#socket.destroySoon())
  }

  halfClose(): void {
    this.#endBy(() => this.#socket.end())
  }

  #endBy(ending: () => void): void {
    this.#ending = ending
    if (this.#unsent.length === 0) ending()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/**
 * The same connection as a socket that reads into the memory of `events`. Node offers that for sockets it connects
 * (`onread`), not for those it accepts, so we move the handle of an accepted one into a new socket; where a runtime has
 * no such handle, each chunk is copied. It saves a third of the processor time of receiving, as Node otherwise allocates
 * 64 KiB for every read.
 */
function readInto(socket: Socket, events: ConnectionEvents): Socket {
  const handle = handleOf(socket)
  if (handle === undefined) {
    socket.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const room = events.room()
        const length = Math.min(room.length, chunk.length - at)
        room.set(new Uint8Array(chunk.buffer, chunk.byteOffset + at, length))
        events.received(length)
        at += length
      }
    })
    return socket
  }
  ;(socket as unknown as HandleHolder)._handle = null
  const onread = {
    buffer: () => events.room(),
    callback(length: number) {
      events.received(length)
      return true
    },
  }
  return new Socket({ handle, onread } as SocketConstructorOpts)
}

/** What Node's own classes know each other by. */
interface HandleHolder {
  _handle?: Handle | null
}

interface Handle {
  useUserBuffer(buffer: Uint8Array): void
  /** Bytes that were handed to the system call, and those of them that are still to be taken. */
  readonly bytesWritten: number
  readonly writeQueueSize: number
  /** The socket's file descriptor; -1 where there is none. */
  readonly fd: number
}

function handleOf(socket: Socket | Server): Handle | undefined {
  const { _handle: handle } = socket as unknown as HandleHolder
  return handle != null && typeof handle.useUserBuffer === 'function' ? handle : undefined
}

/** IPv4 peers of a socket that listens for both families come as `::ffff:127.0.0.1`. */
function plainHost(host: string | undefined): string {
  if (host === undefined) return ''
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host
}

function textOf({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host === '' ? '*' : host}:${port}`
}

/** `what` is the beginning of the sentence; the system's words follow. */
function hostError(cause: Error, what: string): HostError {
  // A name with several addresses fails with one error for all of them.
  const first = cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause
  const code = 'code' in first && typeof first.code === 'string' ? first.code : 'EUNKNOWN'
  return new HostError(code, `${what}: ${first.message || code}`, cause)
}
