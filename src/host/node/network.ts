/**
 * TCP by `node:net`.
 *
 * Small writes leave at once (Nagle is off); chunks given together leave in one system call. Reading begins when
 * somebody listens, and stops where `pause` says so: the kernel's window then holds the peer back.
 */
import { connect, createServer, isIPv6, type Server, Socket, type SocketConstructorOpts } from 'node:net'
import { HostError } from '../host-error.ts'
import type { Address, Connection, ConnectionEvents, Listener, Network } from '../network.ts'

export const nodeNetwork: Network = {
  listen(address, onConnection) {
    const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (socket) =>
      onConnection(new NodeConnection(socket)),
    )
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => reject(hostError(cause, `Cannot listen on ${textOf(address)}`)))
      server.listen({ port: address.port, ...(address.host === '' ? {} : { host: address.host }) }, () => {
        server.removeAllListeners('error')
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
  readonly #written = () => {
    if (this.#waitsForDrain && this.#socket.writableLength === 0) {
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
    this.#socket.on('close', () => events.closed(this.#cause))
    this.#socket.resume()
  }

  #failed(cause: Error): void {
    this.#cause = hostError(cause, `Connection with ${textOf(this.remote)} failed`)
  }

  get pendingBytes(): number {
    const { writableLength } = this.#socket
    if (writableLength === 0) return 0
    // A long write is all in `writableLength` until its last byte is taken; the handle knows how far it has come.
    const handle = handleOf(this.#socket)
    return handle === undefined ? writableLength : this.#writtenBytes - handle.bytesWritten + handle.writeQueueSize
  }

  write(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket
    const last = chunks.length - 1
    if (last < 0 || socket.destroyed || socket.writableEnded) return
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

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    // destroySoon: a peer that never closes its side does not keep ours.
    this.#socket.destroySoon()
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
}

function handleOf(socket: Socket): Handle | undefined {
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
