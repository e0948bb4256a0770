/** For the tests of this room: a broker with fake handlers on any network, and a peer that sends whatever bytes it likes. */
import { ByteWriter } from '#core'
import { type Clock, type Logger, type Network, silentLogger } from '#host'
import { nodeClock } from '#host/node'
import { type Api, encode, type RequestOf, requestHeaderVersion } from '#protocol'
import { heartbeat, requestHeader } from '#protocol/messages'
import { Peer } from '../net/peer.kit.test.ts'
import { type ConnectionLimits, Connections } from './connections.ts'
import type { Handler } from './handler.ts'
import { apiVersionsHandler } from './handlers/018-api-versions.ts'
import { BrokerListener } from './listener.ts'

export interface Broker {
  readonly network: Network
  readonly connections: Connections
  readonly listener: BrokerListener
  /** What was logged, as `level: message`. */
  readonly lines: string[]
  connect(): Promise<Peer>
}

export interface BrokerOptions {
  readonly network: Network
  readonly handlers: readonly Handler[]
  readonly clock?: Clock
  readonly limits?: Partial<ConnectionLimits>
}

type Ending = { after(action: () => Promise<void>): void }

/** A broker that ends with the test. ApiVersions is always there. */
export async function startBroker(t: Ending, options: BrokerOptions): Promise<Broker> {
  const { network, limits = {} } = options
  const lines: string[] = []
  const note = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  const logger: Logger = { ...silentLogger, warn: note('warn'), error: note('error') }
  const connections = new Connections({ clock: options.clock ?? nodeClock, logger, limits })
  const handlers: Handler[] = [...options.handlers]
  const features = { supported: [], epoch: 7, finalized: [] }
  handlers.push(apiVersionsHandler({ handlers, clusterId: 'Q0xVU1RFUi1JRC0wMDAwMQ', nodeId: 1, features }))
  const address = { host: '127.0.0.1', port: 0 }
  const listener = await BrokerListener.open({ name: 'PLAINTEXT', address, network, connections, handlers })
  const peers: Peer[] = []
  // Neither timers nor paused connections keep a process alive: a test waits for both.
  const alive = setInterval(() => {}, 60_000)
  t.after(async () => {
    for (const peer of peers) peer.connection.destroy()
    await listener.close()
    await connections.close(0)
    clearInterval(alive)
  })
  return {
    network,
    connections,
    listener,
    lines,
    async connect() {
      const peer = new Peer(await network.connect(listener.address, 1000))
      peers.push(peer)
      return peer
    },
  }
}

/** A size and what follows. */
export function frame(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  for (const part of parts) writer.raw(Uint8Array.from(part))
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

export function request<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  value: Partial<RequestOf<A>>,
  clientId: string | null = 'test',
): Uint8Array {
  return frame(
    header(api.key, version, correlationId, clientId, requestHeaderVersion(api, version)),
    body(api, version, value),
  )
}

export function header(
  key: number,
  version: number,
  correlationId: number,
  clientId: string | null = 'test',
  headerVersion = 1,
): Uint8Array {
  const writer = new ByteWriter()
  encode(requestHeader, headerVersion, writer, {
    requestApiKey: key,
    requestApiVersion: version,
    correlationId,
    clientId,
  })
  return writer.finishJoined().slice()
}

export function body<A extends Api>(api: A, version: number, value: Partial<RequestOf<A>>): Uint8Array {
  const writer = new ByteWriter()
  encode(api.request, version, writer, value as never)
  return writer.finishJoined().slice()
}

/** A Heartbeat of version 0, whose group says what the fake handler shall do. */
export function beat(correlationId: number, groupId = 'now'): Uint8Array {
  return request(heartbeat, 0, correlationId, { groupId, generationId: 1, memberId: 'm' })
}

/** Turns of the event loop in which everything that is ready can happen. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
