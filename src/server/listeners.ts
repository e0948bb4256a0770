/** Where a broker listens, what it tells others of it, and what peers may use. */
import { BrokerListener, type ConnectionLimits, type Connections, type Handler } from '#broker'
import { type BrokerConfig, ConfigError, type SecurityProtocol } from '#config'
import type { Host, ListenOptions, Network } from '#host'
import type { BrokerLifecycleOptions } from './broker-lifecycle.ts'
import { HealthServer, type HealthState } from './health.ts'
import type { Foundation } from './starting.ts'

const PROTOCOL_NUMBERS: Readonly<Record<SecurityProtocol, number>> = {
  PLAINTEXT: 0,
  SSL: 1,
  SASL_PLAINTEXT: 2,
  SASL_SSL: 3,
}

/** How long requests that are under way may take to be answered when the broker stops. */
const CLOSE_MS = 1000

export interface Listening {
  readonly listeners: readonly BrokerListener[]
  /** Lets the connections in that have come so far and will come. */
  serve(): void
}

/** Takes the ports. Who connects before `serve` waits, and finds a broker that is ready. */
export async function openListeners(
  { config, host, teardown }: Foundation,
  { connections, handlers }: { readonly connections: Connections; readonly handlers: readonly Handler[] },
): Promise<Listening> {
  let serve = () => {}
  const ready = new Promise<void>((resolve) => {
    serve = resolve
  })
  const network = afterwards(host.network, ready)
  const listeners: BrokerListener[] = []
  teardown.add('close the connections', () => connections.close(CLOSE_MS))
  for (const { listenerName, host: address, port } of config.listeners.broker) {
    const listener = await BrokerListener.open({
      name: listenerName,
      address: { host: address, port },
      network,
      sockets: socketsOf(config),
      connections,
      handlers,
    })
    teardown.add(`close listener ${listenerName}`, () => listener.close())
    listeners.push(listener)
  }
  return { listeners, serve: () => serve() }
}

function socketsOf(config: BrokerConfig): ListenOptions {
  const sendBufferBytes = config.get('socket.send.buffer.bytes')
  const receiveBufferBytes = config.get('socket.receive.buffer.bytes')
  return {
    backlog: config.get('socket.listen.backlog.size'),
    ...(sendBufferBytes < 0 ? {} : { sendBufferBytes }),
    ...(receiveBufferBytes < 0 ? {} : { receiveBufferBytes }),
  }
}

/** Answers for the health of the broker, where `ottla.health.listener` says where. */
export async function openHealth({ config, teardown }: Foundation, state: HealthState): Promise<void> {
  const text = config.get('ottla.health.listener')
  if (text === '') return
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text)
  if (match === null)
    throw new ConfigError(`Invalid value ${text} for configuration ottla.health.listener: not host:port`)
  const health = await HealthServer.open({ host: match[1] ?? match[2] ?? '', port: Number(match[3]) }, state)
  teardown.add('close the health listener', () => health.close())
}

/** The same network, but connections come in once `ready` has resolved. */
function afterwards(network: Network, ready: Promise<void>): Network {
  return {
    connect: (address, timeoutMs) => network.connect(address, timeoutMs),
    listen: (address, onConnection, options) =>
      network.listen(address, (connection) => void ready.then(() => onConnection(connection)), options),
  }
}

/** What the broker registers with: a port that was left to the system is the one it gave. */
export function registrationOf(
  config: BrokerConfig,
  listeners: readonly BrokerListener[],
): Pick<BrokerLifecycleOptions, 'brokerId' | 'rack' | 'listeners'> {
  return {
    brokerId: config.get('node.id'),
    rack: config.get('broker.rack'),
    listeners: config.listeners.advertised.map(({ listenerName, securityProtocol, host, port }) => {
      const bound = listeners.find(({ name }) => name === listenerName)?.address
      return {
        name: listenerName,
        host: host === '' ? 'localhost' : host,
        port: port === 0 ? (bound?.port ?? 0) : port,
        securityProtocol: PROTOCOL_NUMBERS[securityProtocol],
      }
    }),
  }
}

/** Connections must leave file descriptors for the logs: those that were accepted could not be served without. */
function socketsMaxOf(openFilesMax = Number.POSITIVE_INFINITY): number {
  return Math.max(SOCKETS_MIN, Math.floor((openFilesMax - OWN_FILES) * SOCKETS_SHARE))
}

/** What a process has open before it has done anything, and then some. */
const OWN_FILES = 64
const SOCKETS_SHARE = 3 / 4
const SOCKETS_MIN = 16

/** Read whenever they are needed: some of them change while the broker runs. */
export function connectionLimitsOf(config: BrokerConfig, { openFilesMax }: Host): Partial<ConnectionLimits> {
  return {
    get frameBytesMax() {
      return config.get('socket.request.max.bytes')
    },
    get requestBytesMax() {
      return config.get('ottla.request.memory.bytes')
    },
    get connectionsMax() {
      return Math.min(config.get('max.connections'), socketsMaxOf(openFilesMax))
    },
    connectionsPerHostMax(host) {
      const [, own] =
        config
          .get('max.connections.per.ip.overrides')
          .split(',')
          .map((entry) => /^(.*):(\d+)$/.exec(entry.trim())?.slice(1) ?? [])
          .find(([name]) => name === host) ?? []
      return own === undefined ? config.get('max.connections.per.ip') : Number(own)
    },
    get idleMs() {
      return config.get('connections.max.idle.ms')
    },
  }
}
