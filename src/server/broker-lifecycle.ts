/**
 * A broker's life as the controller sees it: it registers, says every now and then that it lives, is unfenced when it has
 * caught up with the metadata, and gives its leaderships away before it stops (KIP-631).
 */
import type { BrokerId, Uuid } from '#core'
import type { Clock, Logger } from '#host'
import type { ControllerApi, MetadataImage } from '#metadata'
import { type ControllerApis, supportedFeatures } from '#metadata'
import { ErrorCode, errorName, type RequestOf } from '#protocol'
import { Periodic } from './periodic.ts'

export interface BrokerLifecycleOptions {
  readonly brokerId: BrokerId
  readonly clusterId: Uuid
  readonly incarnationId: Uuid
  readonly rack: string | null
  readonly listeners: RequestOf<ControllerApis['brokerRegistration']>['listeners']
  readonly logDirectoryIds: readonly Uuid[]
  /** Those of them that have failed since. */
  readonly offlineDirectoryIds: () => readonly Uuid[]
  /** Those that take no new replicas (KIP-1066). */
  readonly cordonedDirectoryIds: () => readonly Uuid[]
  readonly controller: Pick<ControllerApi, 'brokerRegistration' | 'brokerHeartbeat'>
  readonly image: MetadataImage
  readonly clock: Clock
  readonly logger: Logger
  /** `broker.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: () => number
  /** `log.dir.failure.timeout.ms` */
  readonly directoryFailureTimeoutMs: number
  /** Epoch of the last clean shutdown, -1: there was none. */
  readonly previousEpoch: number
}

export class BrokerLifecycle {
  readonly #options: BrokerLifecycleOptions
  #epoch = -1
  #heartbeats: Periodic | undefined

  constructor(options: BrokerLifecycleOptions) {
    this.#options = options
  }

  /** The broker epoch: grows with each registration. */
  get epoch(): number {
    return this.#epoch
  }

  /** Registers, fenced. Throws where the controller refuses. */
  async register(): Promise<void> {
    const { brokerId, clusterId, incarnationId, rack, listeners, logDirectoryIds, controller } = this.#options
    const { errorCode, brokerEpoch } = await controller.brokerRegistration({
      brokerId,
      clusterId,
      incarnationId,
      listeners,
      features: Array.from(supportedFeatures, ([name, { min, max }]) => ({
        name,
        minSupportedVersion: min,
        maxSupportedVersion: max,
      })),
      rack,
      isMigratingZkBroker: false,
      logDirs: logDirectoryIds,
      previousBrokerEpoch: this.#options.previousEpoch,
    })
    if (errorCode !== ErrorCode.NONE) {
      throw new Error(`The controller refuses to register broker ${brokerId}: ${errorName(errorCode)}`)
    }
    this.#epoch = brokerEpoch ?? -1
  }

  /** Asks to be unfenced, and goes on saying that it lives. Resolves when the broker is unfenced. */
  async unfence(): Promise<void> {
    const { clock, logger, heartbeatIntervalMs } = this.#options
    while (await this.#heartbeat({ wantFence: false, wantShutDown: false }).then(({ isFenced }) => isFenced)) {
      await new Promise<void>((resolve) => clock.setTimer(RETRY_MS, resolve))
    }
    this.#heartbeats = new Periodic(
      'send a heartbeat',
      async () => await this.#heartbeat({ wantFence: false, wantShutDown: false }),
      { clock, logger, intervalMs: heartbeatIntervalMs },
    )
  }

  /** Tells the controller at once what has changed of the log directories; what goes wrong is told with the next heartbeat. */
  async tellSoon(): Promise<void> {
    if (this.#heartbeats === undefined) return
    await this.#heartbeat({ wantFence: false, wantShutDown: false }).catch(() => {})
  }

  /**
   * Tells the controller at once that a log directory has failed: others are to lead what was in it. Rejects where it cannot
   * be told within `log.dir.failure.timeout.ms`: clients would go on asking here for what is gone.
   */
  async tellOfFailure(): Promise<void> {
    // Before the first heartbeat there is nothing to tell: that one says it.
    if (this.#heartbeats === undefined) return
    const { clock, directoryFailureTimeoutMs: timeoutMs } = this.#options
    let isOver = false
    const timeout = new Promise<'late'>((resolve) => clock.setTimer(timeoutMs, () => resolve('late')))
    const told = await Promise.race([timeout, this.#tellOfFailure(() => isOver)])
    isOver = true
    if (told === 'late') {
      throw new Error(`The controller does not learn within ${timeoutMs} ms that a log directory has failed`)
    }
  }

  async #tellOfFailure(isOver: () => boolean): Promise<'told'> {
    for (;;) {
      try {
        await this.#heartbeat({ wantFence: false, wantShutDown: false })
        return 'told'
      } catch (error) {
        this.#options.logger.error(error instanceof Error ? error.message : `${error}`)
      }
      await new Promise<void>((resolve) => this.#options.clock.setTimer(TELL_AGAIN_MS, resolve))
      if (isOver()) return 'told'
    }
  }

  /** Gives leaderships away, where others can take them; resolves when the controller lets the broker go. */
  async shutDown(): Promise<void> {
    if (this.#epoch < 0) return
    await this.#heartbeats?.stop()
    const { clock } = this.#options
    for (let tries = 0; tries < SHUTDOWN_TRIES_MAX; tries++) {
      const { shouldShutDown } = await this.#heartbeat({ wantFence: true, wantShutDown: true })
      if (shouldShutDown) return
      await new Promise<void>((resolve) => clock.setTimer(RETRY_MS, resolve))
    }
  }

  async #heartbeat(want: { wantFence: boolean; wantShutDown: boolean }) {
    const { brokerId, controller, image } = this.#options
    const response = await controller.brokerHeartbeat({
      brokerId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: image.offset,
      offlineLogDirs: [...this.#options.offlineDirectoryIds()],
      cordonedLogDirs: [...this.#options.cordonedDirectoryIds()],
      ...want,
    })
    if (response.errorCode !== ErrorCode.NONE) {
      throw new Error(`The controller refuses the heartbeat of broker ${brokerId}: ${errorName(response.errorCode)}`)
    }
    return { isFenced: response.isFenced ?? true, shouldShutDown: response.shouldShutDown ?? false }
  }
}

const RETRY_MS = 10
const TELL_AGAIN_MS = 500
const SHUTDOWN_TRIES_MAX = 100
