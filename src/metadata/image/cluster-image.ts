import { type BrokerId, MalformedError, type Uuid } from '#core'
import type { MetadataRecord, RecordData } from '../metadata-record.ts'
import type { ChangeLog } from './change-log.ts'

/** Where a broker or controller can be reached under one listener name. */
export interface Endpoint {
  /** The listener's name, for example `PLAINTEXT`. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

/** The levels of a feature that a node's software knows. */
export interface FeatureRange {
  readonly min: number
  readonly max: number
}

/** One life of a broker, from its registration on. A value: a change makes a new one. */
export interface BrokerRegistration {
  readonly id: BrokerId
  /** Offset at which it registered: unique, and greater for each new life. */
  readonly epoch: number
  /** Chosen by the process: tells a retried registration from a new life. */
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, FeatureRange>
  readonly rack: string | null
  /** A fenced broker leads nothing and is not shown to clients. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  /** Ids of its log directories that are online; and of those that take no new replicas (null: it never said). */
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

/** What a change record says where it changes nothing; to be spread under what it does change. */
export const NO_BROKER_CHANGE = { fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null } as const

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

  registerBroker(data: RecordData<'REGISTER_BROKER_RECORD'>, changes?: ChangeLog): void {
    this.#setBroker(
      {
        id: data.brokerId,
        epoch: data.brokerEpoch,
        incarnationId: data.incarnationId,
        endpoints: data.endPoints,
        features: featureRanges(data.features),
        rack: data.rack,
        fenced: data.fenced,
        inControlledShutdown: data.inControlledShutdown,
        directories: data.logDirs,
        cordonedDirectories: data.cordonedLogDirs,
      },
      changes,
    )
  }

  unregisterBroker({ brokerId }: RecordData<'UNREGISTER_BROKER_RECORD'>, changes?: ChangeLog): void {
    const before = this.#brokers.get(brokerId)
    if (before === undefined) throw new MalformedError(`Broker ${brokerId} is not registered`)
    this.#brokers.delete(brokerId)
    changes?.brokerChanged(brokerId, { before, after: undefined })
  }

  changeBroker(data: RecordData<'BROKER_REGISTRATION_CHANGE_RECORD'>, changes?: ChangeLog): void {
    const before = this.#broker(data.brokerId, data.brokerEpoch)
    this.#setBroker(
      {
        ...before,
        fenced: data.fenced === 0 ? before.fenced : data.fenced > 0,
        inControlledShutdown:
          data.inControlledShutdown === 0 ? before.inControlledShutdown : data.inControlledShutdown > 0,
        directories: data.logDirs.length === 0 ? before.directories : data.logDirs,
        cordonedDirectories: data.cordonedLogDirs ?? before.cordonedDirectories,
      },
      changes,
    )
  }

  /** The two records of old controllers, which say no more than this. */
  setFenced({ id, epoch }: RecordData<'FENCE_BROKER_RECORD'>, fenced: boolean, changes?: ChangeLog): void {
    this.#setBroker({ ...this.#broker(id, epoch), fenced }, changes)
  }

  registerController(data: RecordData<'REGISTER_CONTROLLER_RECORD'>): void {
    this.#controllers.set(data.controllerId, {
      id: data.controllerId,
      incarnationId: data.incarnationId,
      zkMigrationReady: data.zkMigrationReady,
      endpoints: data.endPoints,
      features: featureRanges(data.features),
    })
  }

  unregisterController({ controllerId }: RecordData<'UNREGISTER_CONTROLLER_RECORD'>): void {
    this.#controllers.delete(controllerId)
  }

  *records(): Iterable<MetadataRecord> {
    for (const broker of this.#brokers.values()) yield brokerToRecord(broker)
    for (const controller of this.#controllers.values()) {
      const { id, incarnationId, zkMigrationReady, endpoints, features } = controller
      yield {
        type: 'REGISTER_CONTROLLER_RECORD',
        version: 0,
        data: {
          controllerId: id,
          incarnationId,
          zkMigrationReady,
          endPoints: endpoints,
          features: featureFields(features),
        },
      }
    }
  }

  copy(): ClusterImage {
    const copy = new ClusterImage()
    for (const [id, broker] of this.#brokers) copy.#brokers.set(id, broker)
    for (const [id, controller] of this.#controllers) copy.#controllers.set(id, controller)
    return copy
  }

  #broker(id: BrokerId, epoch: number): BrokerRegistration {
    const broker = this.#brokers.get(id)
    if (broker === undefined) throw new MalformedError(`Broker ${id} is not registered`)
    if (broker.epoch !== epoch) {
      throw new MalformedError(`Broker ${id} is registered with epoch ${broker.epoch}, not ${epoch}`)
    }
    return broker
  }

  #setBroker(after: BrokerRegistration, changes: ChangeLog | undefined): void {
    const before = this.#brokers.get(after.id)
    this.#brokers.set(after.id, after)
    changes?.brokerChanged(after.id, { before, after })
  }
}

/** The record that states a registration in full. */
export function brokerToRecord(broker: BrokerRegistration): MetadataRecord {
  return {
    type: 'REGISTER_BROKER_RECORD',
    version: 4,
    data: {
      brokerId: broker.id,
      isMigratingZkBroker: false,
      incarnationId: broker.incarnationId,
      brokerEpoch: broker.epoch,
      endPoints: broker.endpoints,
      features: featureFields(broker.features),
      rack: broker.rack,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      logDirs: broker.directories,
      cordonedLogDirs: broker.cordonedDirectories,
    },
  }
}

type FeatureFields = RecordData<'REGISTER_BROKER_RECORD'>['features']

function featureRanges(fields: FeatureFields): ReadonlyMap<string, FeatureRange> {
  return new Map(fields.map((f) => [f.name, { min: f.minSupportedVersion, max: f.maxSupportedVersion }]))
}

/** Feature ranges as messages and records spell them. */
export function featureFields(ranges: ReadonlyMap<string, FeatureRange>): FeatureFields {
  return [...ranges].map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}
