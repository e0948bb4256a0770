/**
 * A network inside one process, for tests and for brokers that share an event loop.
 *
 * It does what sockets do, and no more: bytes are copied when written and put into the receiver's memory later, in order,
 * cut wherever it likes; a reader that pauses lets bytes pile up, first in the "kernel" (a window), then as the writer's
 * `pendingBytes`. Handing over is a microtask, so that nothing arrives while its sender is still at work.
 */
import { type Chunk, isBytes, readRange } from '#core'
import { HostError } from '../host-error.ts'
import type { Address, Connection, ConnectionEvents, Listener, Network } from '../network.ts'

export interface MemoryNetworkOptions {
  /** The longest chunk that arrives in one piece; 65,536 if not given. 1 tears everything apart. */
  readonly chunkBytesMax?: number
  /** How much a connection holds on the way before it counts as pending; 262,144 if not given. */
  readonly windowBytes?: number
}

const ANY = new Set(['', '0.0.0.0', '::'])
const LOOPBACK = '127.0.0.1'

export class MemoryNetwork implements Network {
  readonly #chunkBytesMax: number
  readonly #windowBytes: number
  readonly #listeners = new Map<number, MemoryListener[]>()
  #nextPort = 32768

  constructor(options: MemoryNetworkOptions = {}) {
    this.#chunkBytesMax = options.chunkBytesMax ?? 65_536
    this.#windowBytes = options.windowBytes ?? 262_144
  }

  async listen(address: Address, onConnection: (connection: Connection) => void): Promise<Listener> {
    const port = address.port === 0 ? this.#freePort() : address.port
    const here = this.#listeners.get(port) ?? []
    if (here.some(({ address: { host } }) => host === address.host || ANY.has(host) || ANY.has(address.host))) {
      throw new HostError('EADDRINUSE', `Cannot listen on ${address.host}:${port}: address already in use`)
    }
    const listener = new MemoryListener({ host: address.host, port }, onConnection, () => {
      here.splice(here.indexOf(listener), 1)
      if (here.length === 0) this.#listeners.delete(port)
    })
    here.push(listener)
    this.#listeners.set(port, here)
    return listener
  }

  async connect(address: Address, _timeoutMs: number): Promise<Connection> {
    const host = address.host === 'localhost' ? LOOPBACK : address.host
    const listener = this.#listeners
      .get(address.port)
      ?.find(({ address: at }) => at.host === host || at.host === address.host || ANY.has(at.host))
    if (listener === undefined) {
      throw new HostError('ECONNREFUSED', `Cannot connect to ${address.host}:${address.port}: nobody listens`)
    }
    const there: Address = { host, port: address.port }
    const here: Address = { host: host.includes(':') ? '::1' : LOOPBACK, port: this.#freePort() }
    const client = new MemoryConnection(here, there, this.#chunkBytesMax, this.#windowBytes)
    const server = new MemoryConnection(there, here, this.#chunkBytesMax, this.#windowBytes)
    client.join(server)
    server.join(client)
    listener.onConnection(server)
    return client
  }

  #freePort(): number {
    return this.#nextPort++
  }
}

class MemoryListener implements Listener {
  readonly address: Address
  readonly onConnection: (connection: Connection) => void
  readonly #remove: () => void
  #open = true

  constructor(address: Address, onConnection: (connection: Connection) => void, remove: () => void) {
    this.address = address
    this.onConnection = onConnection
    this.#remove = remove
  }

  async close(): Promise<void> {
    if (this.#open) this.#remove()
    this.#open = false
  }
}

class MemoryConnection implements Connection {
  readonly local: Address
  readonly remote: Address
  readonly #chunkBytesMax: number
  readonly #windowBytes: number
  #peer!: MemoryConnection
  #events: ConnectionEvents | undefined
  /** What is on its way to us. */
  #incoming: Uint8Array[] = []
  #nextIncoming = 0
  #incomingBytes = 0
  #incomingEnded = false
  #paused = false
  #scheduled = false
  #ended = false
  #isHalfClosed = false
  #closed = false
  #cause: Error | undefined
  #waitsForDrain = false

  constructor(local: Address, remote: Address, chunkBytesMax: number, windowBytes: number) {
    this.local = local
    this.remote = remote
    this.#chunkBytesMax = chunkBytesMax
    this.#windowBytes = windowBytes
  }

  join(peer: MemoryConnection): void {
    this.#peer = peer
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
    if (this.#closed) queueMicrotask(() => events.closed(this.#cause))
    else this.#schedule()
  }

  get pendingBytes(): number {
    return this.#closed || this.#peer.#closed ? 0 : Math.max(0, this.#peer.#incomingBytes - this.#windowBytes)
  }

  write(chunks: readonly Chunk[]): void {
    const peer = this.#peer
    if (this.#ended || this.#closed || peer.#closed) return
    for (const sent of chunks) {
      const chunk = isBytes(sent) ? sent : readRange(sent)
      if (chunk === undefined) {
        this.destroy()
        return
      }
      for (let at = 0; at < chunk.length; at += this.#chunkBytesMax) {
        peer.#incoming.push(chunk.slice(at, at + this.#chunkBytesMax))
      }
      peer.#incomingBytes += chunk.length
    }
    if (this.pendingBytes > 0) this.#waitsForDrain = true
    peer.#schedule()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    if (this.pendingBytes === 0) this.destroy()
  }

  halfClose(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#isHalfClosed = true
    this.#peer.#endIncoming()
  }

  destroy(): void {
    if (this.#closed) return
    this.#close(undefined)
    this.#peer.#endIncoming()
  }

  #endIncoming(): void {
    this.#incomingEnded = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#closed || this.#events === undefined) return
    this.#scheduled = true
    queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    this.#scheduled = false
    if (this.#paused || this.#closed) return
    const chunk = this.#incoming[this.#nextIncoming]
    if (chunk !== undefined) {
      const room = this.#events!.room()
      const length = Math.min(room.length, chunk.length)
      room.set(chunk.subarray(0, length))
      if (length < chunk.length) this.#incoming[this.#nextIncoming] = chunk.subarray(length)
      else if (++this.#nextIncoming === this.#incoming.length) {
        this.#incoming = []
        this.#nextIncoming = 0
      }
      this.#incomingBytes -= length
      this.#events!.received(length)
      this.#peer.#taken()
      this.#schedule()
    } else if (this.#incomingEnded) {
      // The other side's end is ours, as Node has it.
      this.destroy()
    }
  }

  #taken(): void {
    if (!this.#waitsForDrain || this.pendingBytes > 0) return
    this.#waitsForDrain = false
    if (this.#ended && !this.#isHalfClosed) this.destroy()
    queueMicrotask(() => {
      if (!this.#closed) this.#events?.drained()
    })
  }

  #close(cause: Error | undefined): void {
    this.#closed = true
    this.#cause = cause
    queueMicrotask(() => this.#events?.closed(cause))
  }
}
