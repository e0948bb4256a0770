/**
 * What clients are told that want to report their metrics (KIP-714), while nobody here collects any: report nothing, and
 * ask again in five minutes. A client that does not keep to that is throttled, as Kafka does it.
 *
 * Invariant: at most `CLIENTS_MAX` clients are remembered, those that were heard of last.
 */
import { crc32c, type Uuid, uuidToBytes, ZERO_UUID } from '#core'
import type { Clock, Random } from '#host'
import { ErrorCode } from '#protocol'

export const PUSH_INTERVAL_MS = 300_000
/** `telemetry.max.bytes` */
export const TELEMETRY_BYTES_MAX = 1_048_576
/** In the order in which a client shall choose: zstd, lz4, gzip, snappy. */
export const ACCEPTED_COMPRESSION_TYPES: readonly number[] = [4, 3, 1, 2]
const UNCOMPRESSED = 0
const CLIENTS_MAX = 16_384

interface TelemetryClient {
  subscribedMs: number
  pushedMs: number
  isTerminating: boolean
}

export interface TelemetryPush {
  readonly clientInstanceId: Uuid
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly metrics: Uint8Array
}

export class ClientTelemetry {
  readonly #clock: Clock
  readonly #random: Random
  /** The one heard of last is last. */
  readonly #clients = new Map<Uuid, TelemetryClient>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** The id to go on with, a new one for who has none, or THROTTLING_QUOTA_EXCEEDED for who asks too often. */
  subscribe(clientInstanceId: Uuid): Uuid | typeof ErrorCode.THROTTLING_QUOTA_EXCEEDED {
    const id = clientInstanceId === ZERO_UUID ? this.#random.uuid() : clientInstanceId
    const client = this.#client(id)
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - Math.max(client.subscribedMs, client.pushedMs) < PUSH_INTERVAL_MS) {
      return ErrorCode.THROTTLING_QUOTA_EXCEEDED
    }
    client.subscribedMs = nowMs
    return id
  }

  /** Changes when what a client shall report does: for nothing, never. */
  subscriptionIdOf(clientInstanceId: Uuid): number {
    const bytes = new Uint8Array(16)
    uuidToBytes(clientInstanceId, bytes)
    return crc32c(bytes) | 0
  }

  push({ clientInstanceId, subscriptionId, terminating, compressionType, metrics }: TelemetryPush): ErrorCode {
    if (clientInstanceId === ZERO_UUID) return ErrorCode.INVALID_REQUEST
    const client = this.#client(clientInstanceId)
    if (client.isTerminating) return ErrorCode.INVALID_REQUEST
    const nowMs = this.#clock.monotonicMs()
    // The first push after a subscription may come early: clients spread it over the interval.
    if (client.subscribedMs > client.pushedMs || nowMs - client.pushedMs >= PUSH_INTERVAL_MS) client.pushedMs = nowMs
    else if (!terminating) return ErrorCode.THROTTLING_QUOTA_EXCEEDED
    client.isTerminating = terminating
    if (subscriptionId !== this.subscriptionIdOf(clientInstanceId)) return ErrorCode.UNKNOWN_SUBSCRIPTION_ID
    if (compressionType !== UNCOMPRESSED && !ACCEPTED_COMPRESSION_TYPES.includes(compressionType)) {
      return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    }
    return metrics.length > TELEMETRY_BYTES_MAX ? ErrorCode.TELEMETRY_TOO_LARGE : ErrorCode.NONE
  }

  #client(id: Uuid): TelemetryClient {
    const never = Number.NEGATIVE_INFINITY
    const client = this.#clients.get(id) ?? { subscribedMs: never, pushedMs: never, isTerminating: false }
    this.#clients.delete(id)
    this.#clients.set(id, client)
    if (this.#clients.size > CLIENTS_MAX) {
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest)
        break
      }
    }
    return client
  }
}
