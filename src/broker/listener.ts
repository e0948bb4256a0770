/**
 * A configured listener: an address where connections come in, and what they find there.
 */
import type { Address, Listener, ListenOptions, Network } from '#host'
import type { Connections } from './connections.ts'
import type { Handler } from './handler.ts'
import { Routes } from './routes.ts'

export interface BrokerListenerOptions {
  /** As configured: `PLAINTEXT`, `INTERNAL`. */
  readonly name: string
  /** `''` as host listens on all addresses, 0 as port takes a free one. */
  readonly address: Address
  readonly network: Network
  /** Of the sockets. */
  readonly sockets?: ListenOptions
  readonly connections: Connections
  /** One for each API that is served here, ApiVersions among them. */
  readonly handlers: readonly Handler[]
}

export class BrokerListener {
  readonly name: string
  readonly #listener: Listener

  private constructor(name: string, listener: Listener) {
    this.name = name
    this.#listener = listener
  }

  /** Rejects with a `HostError` where it cannot listen. */
  static async open(options: BrokerListenerOptions): Promise<BrokerListener> {
    const { name, address, network, sockets, connections, handlers } = options
    const routes = new Routes(handlers)
    const listener = await network.listen(address, (transport) => connections.add(transport, name, routes), sockets)
    return new BrokerListener(name, listener)
  }

  /** Where it listens, with the port that was taken. */
  get address(): Address {
    return this.#listener.address
  }

  /** Accepts no more; open connections go on. */
  close(): Promise<void> {
    return this.#listener.close()
  }
}
