/**
 * All connections of a broker, whichever listener they came in by: how many there may be, what they may use together,
 * and one timer that looks after all of them, since a timer for each would cost something with every request.
 */
import type { CancelTimer, Clock, Connection, Logger } from '#host'
import { ServedConnection } from './connection.ts'
import { RequestMemory } from './request-memory.ts'
import type { Routes } from './routes.ts'
import { SparseLogger } from './sparse-logger.ts'

/** What peers may use. Read whenever it is needed, so that an object with getters follows a changing configuration. */
export interface ConnectionLimits {
  /** `socket.request.max.bytes`. */
  readonly frameBytesMax: number
  /** `queued.max.request.bytes`: received and not yet answered, of all connections. Fixed at the start. */
  readonly requestBytesMax: number
  /** `max.connections`, or fewer. Kafka lets those beyond wait unaccepted; here they are closed, and learn of it. */
  readonly connectionsMax: number
  /** `max.connections.per.ip` and its overrides. */
  readonly connectionsPerHostMax: (host: string) => number
  /** `connections.max.idle.ms`; negative: never. */
  readonly idleMs: number
  /** Unanswered concurrent requests of a connection, and of all. Where all have too many, each connection has one. */
  readonly inFlightPerConnectionMax: number
  readonly inFlightMax: number
  /** A frame that has begun must go on at this rate, looked at over this time; so must the reading of answers. */
  readonly frameMs: number
  readonly unsentMs: number
  readonly rateBytesPerSecond: number
}

export const defaultLimits: ConnectionLimits = {
  frameBytesMax: 104_857_600,
  requestBytesMax: 268_435_456,
  connectionsMax: 2_147_483_647,
  connectionsPerHostMax: () => 2_147_483_647,
  idleMs: 600_000,
  inFlightPerConnectionMax: 100,
  inFlightMax: 500,
  frameMs: 30_000,
  unsentMs: 30_000,
  rateBytesPerSecond: 1024,
}

/** What was wrong: the size, or another protocol; an API or version that is not served; header; body. */
export type MalformedPart = 'frame' | 'api' | 'header' | 'body'

const SWEEP_MS_MAX = 1000
const SWEEP_MS_MIN = 10

export class Connections {
  readonly clock: Clock
  readonly limits: ConnectionLimits
  readonly log: SparseLogger
  readonly memory: RequestMemory
  /** Unanswered requests that wait for something, of all connections. */
  inFlightCount = 0
  /** Requests that could not be read, since the start, by the part of them that was wrong. */
  readonly malformed: Record<MalformedPart, number> = { frame: 0, api: 0, header: 0, body: 0 }
  /** When the sweep came by last: the time of connections, exact enough for what is silent for minutes. */
  sweptMs: number

  readonly #open = new Set<ServedConnection>()
  readonly #perHost = new Map<string, number>()
  #nextId = 0
  #cancelSweep: CancelTimer | undefined
  #whenEmpty: (() => void) | undefined

  constructor(options: {
    readonly clock: Clock
    readonly logger: Logger
    readonly limits?: Partial<ConnectionLimits>
  }) {
    this.clock = options.clock
    this.limits = withDefaults(options.limits ?? {})
    this.log = new SparseLogger(options.logger, options.clock)
    this.memory = new RequestMemory(this.limits.requestBytesMax)
    this.sweptMs = this.clock.monotonicMs()
  }

  /** Notes a request whose connection is closed because it could not be read. */
  countMalformed(part: MalformedPart): void {
    this.malformed[part]++
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size
  }

  /** Serves a new connection, or closes it where there are too many. */
  add(transport: Connection, listenerName: string, routes: Routes): void {
    const { host } = transport.remote
    const refusal = this.#refusalOf(host)
    if (refusal !== undefined) {
      this.log.warn('refused', `Refusing a connection of ${host} to ${listenerName}: ${refusal}`)
      transport.destroy()
      return
    }
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1)
    if (this.#open.size === 0) this.sweptMs = this.clock.monotonicMs()
    this.#open.add(new ServedConnection(this.#nextId++, listenerName, transport, routes, this))
    this.#cancelSweep ??= this.#sweepLater()
  }

  /** For the connection itself, when it has closed. */
  remove(connection: ServedConnection): void {
    if (!this.#open.delete(connection)) return
    const host = connection.remoteHost
    const left = this.#perHost.get(host)! - 1
    if (left === 0) this.#perHost.delete(host)
    else this.#perHost.set(host, left)
    if (this.#open.size > 0) return
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    this.#whenEmpty?.()
  }

  /**
   * Lets every connection answer what it was asked, and closes it; after `graceMs` those that are left, too. Close the
   * listeners first.
   */
  async close(graceMs: number): Promise<void> {
    if (this.#open.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    const cancel = this.clock.setTimer(graceMs, () => {
      for (const connection of this.#open) connection.destroy()
    })
    for (const connection of this.#open) connection.finish()
    await empty
    cancel()
  }

  #refusalOf(host: string): string | undefined {
    const { connectionsMax, connectionsPerHostMax } = this.limits
    if (this.#open.size >= connectionsMax)
      return `max.connections, or the limit of open files, allows ${connectionsMax}`
    const perHostMax = connectionsPerHostMax(host)
    if ((this.#perHost.get(host) ?? 0) >= perHostMax) return `max.connections.per.ip (${perHostMax}) are open`
    return undefined
  }

  #sweepLater(): CancelTimer {
    const { idleMs, frameMs, unsentMs } = this.limits
    const shortest = Math.min(idleMs < 0 ? frameMs : idleMs, frameMs, unsentMs)
    return this.clock.setTimer(Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, shortest / 10)), () => {
      this.sweptMs = this.clock.monotonicMs()
      this.#cancelSweep = this.#sweepLater()
      for (const connection of this.#open) connection.sweep(this.sweptMs)
    })
  }
}

/** Getters stay getters. */
function withDefaults(limits: Partial<ConnectionLimits>): ConnectionLimits {
  return Object.create(defaultLimits, Object.getOwnPropertyDescriptors(limits)) as ConnectionLimits
}
