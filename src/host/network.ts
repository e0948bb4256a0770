import type { Chunk } from '#core'

/**
 * Byte streams between processes. Bytes given to `write` must not change afterwards; what arrives is put into memory of
 * the receiver's choice, so that a large frame is read into its place and never copied. Nothing throws: a connection
 * that fails closes, and says why.
 */
export interface Network {
  /** Listens; `port` 0 takes a free one. Rejects with a `HostError` (`EADDRINUSE`, `EACCES`, ...) where it cannot. */
  listen(address: Address, onConnection: (connection: Connection) => void, options?: ListenOptions): Promise<Listener>
  /** Connects, or rejects with a `HostError` (`ECONNREFUSED`, `ETIMEDOUT`, ...). */
  connect(address: Address, timeoutMs: number): Promise<Connection>
}

export interface Address {
  /** A name or an IPv4 or IPv6 address without brackets. `''` listens on all addresses. */
  readonly host: string
  readonly port: number
}

export interface ListenOptions {
  /** How many connections the system keeps that have not been taken. */
  readonly backlog?: number
  /** Of the sockets that come in, where the system lets us say; else, and where nothing is said, as it likes. */
  readonly sendBufferBytes?: number
  readonly receiveBufferBytes?: number
}

export interface Listener {
  /** Where it listens, with the port that was taken. */
  readonly address: Address
  /** Stops accepting; open connections go on. */
  close(): Promise<void>
}

export interface Connection {
  readonly local: Address
  readonly remote: Address
  /** Sets who is told; called once, before anything is read. */
  listen(events: ConnectionEvents): void
  /** Sends the chunks in order. After the end it does nothing; where a file no longer has what it is to send, it closes. */
  write(chunks: readonly Chunk[]): void
  /** Bytes written that the other side's network has not taken yet. */
  readonly pendingBytes: number
  /** Stops and restarts reading: while paused, nothing is received and the peer is held back. */
  pause(): void
  resume(): void
  /** Sends what is pending, then closes. Where the peer still sends it is reset, and may lose what it has not read yet. */
  end(): void
  /** Sends what is pending, and tells the peer that nothing follows. What it sends still arrives, until it closes as well. */
  halfClose(): void
  /** Closes at once. */
  destroy(): void
}

export interface ConnectionEvents {
  /**
   * Where the bytes that come next are to be put, at least one. Asked for ahead, written to only right before
   * `received`: connections may share one array as long as each is done with it when `received` returns.
   */
  room(): Uint8Array
  /** So many bytes are now at the beginning of what `room` gave last. */
  received(length: number): void
  /** `pendingBytes` has fallen to 0 after a write found it above. */
  drained(): void
  /** Comes once and last, with the cause if there was one. */
  closed(cause: Error | undefined): void
}
