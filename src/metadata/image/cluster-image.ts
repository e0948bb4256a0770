import type { BrokerId, Uuid } from '#core'

/** Where a broker or controller can be reached under one listener name. */
export interface Endpoint {
  /** The listener's name, for example `PLAINTEXT`. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface FeatureRange {
  readonly min: number
  readonly max: number
}

/** One life of a broker, from its registration on. A value: a change makes a new one. */
export interface BrokerRegistration {
  readonly id: BrokerId
  /** Offset of the record that registered it: unique, and greater for each new life. */
  readonly epoch: number
  /** Chosen by the process: tells a retried registration from a new life. */
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  /** The levels of each feature that its software knows. */
  readonly features: ReadonlyMap<string, FeatureRange>
  readonly rack: string | null
  /** A fenced broker leads nothing and is not shown to clients. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  /** Ids of its log directories that are online; and those that take no new replicas (null: none said). */
  readonly directories: readonly Uuid[]
  readonly cordonedDirectories: readonly Uuid[] | null
}

export interface ControllerRegistration {
  readonly id: BrokerId
  readonly incarnationId: Uuid
  readonly zkMigrationReady: boolean
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, FeatureRange>
}

/** The nodes that have registered. */
export class ClusterImage {
  readonly #brokers = new Map<BrokerId, BrokerRegistration>()
  readonly #controllers = new Map<BrokerId, ControllerRegistration>()

  get brokers(): ReadonlyMap<BrokerId, BrokerRegistration> {
    return this.#brokers
  }

  get controllers(): ReadonlyMap<BrokerId, ControllerRegistration> {
    return this.#controllers
  }

  /** True for a broker that may lead: registered, not fenced, not shutting down. */
  isActive(id: BrokerId): boolean {
    const broker = this.#brokers.get(id)
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
  }
}
