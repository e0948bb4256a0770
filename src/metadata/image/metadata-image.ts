/**
 * The state of the cluster: the fold of all metadata records up to an offset.
 *
 * An image changes in place, always between two turns of the event loop: read it synchronously, and read it again after an
 * `await`. What is in its maps (a `PartitionRegistration`, a `BrokerRegistration`) is a value that never changes, so it may
 * be kept, and a copy of an image shares it.
 *
 * Records between BEGIN_TRANSACTION and END_TRANSACTION are held back until the end, which applies them all, or an abort,
 * which drops them (KIP-868).
 *
 * Invariants:
 *   the same records give the same image, in the same order                            (INV-38, INV-39)
 *   the fold of an image's own `records()` is that image, but for an open transaction  (INV-36)
 */
import { type LeaderEpoch, MalformedError, type Offset } from '#core'
import type { MetadataRecord, MetadataRecordType, RecordData } from '../metadata-record.ts'
import type { ChangeLog } from './change-log.ts'
import { ClusterImage } from './cluster-image.ts'
import { ConfigResourceType, ConfigsImage } from './configs-image.ts'
import { FeaturesImage } from './features-image.ts'
import type { PartitionRegistration } from './partition-registration.ts'
import { SecurityImage } from './security-image.ts'
import { TopicsImage } from './topics-image.ts'

/** One batch of the log, decoded. A control batch has no records here. */
export interface MetadataBatch {
  readonly lastOffset: Offset
  readonly epoch: LeaderEpoch
  readonly timestampMs: number
  readonly records: readonly MetadataRecord[]
}

interface Parts {
  readonly features: FeaturesImage
  readonly cluster: ClusterImage
  readonly topics: TopicsImage
  readonly configs: ConfigsImage
  readonly security: SecurityImage
  nextProducerId: bigint
}

/** What each record does to the parts of an image. */
const folds: {
  readonly [Type in MetadataRecordType]: (parts: Parts, data: RecordData<Type>, changes?: ChangeLog) => void
} = {
  TOPIC_RECORD: ({ topics }, data, changes) => topics.create(data, changes),
  PARTITION_RECORD: ({ topics }, data, changes) => topics.setPartition(data, changes),
  PARTITION_CHANGE_RECORD: ({ topics }, data, changes) => topics.changePartition(data, changes),
  CLEAR_ELR_RECORD: ({ topics }, data, changes) => topics.clearElr(data, changes),
  REMOVE_TOPIC_RECORD: ({ topics, configs }, data, changes) => {
    const { name } = topics.remove(data, changes)
    configs.removeAll({ type: ConfigResourceType.TOPIC, name })
  },
  CONFIG_RECORD: ({ configs }, data, changes) => configs.set(data, changes),
  FEATURE_LEVEL_RECORD: ({ features }, data, changes) => features.set(data, changes),
  REGISTER_BROKER_RECORD: ({ cluster }, data, changes) => cluster.registerBroker(data, changes),
  UNREGISTER_BROKER_RECORD: ({ cluster }, data, changes) => cluster.unregisterBroker(data, changes),
  BROKER_REGISTRATION_CHANGE_RECORD: ({ cluster }, data, changes) => cluster.changeBroker(data, changes),
  FENCE_BROKER_RECORD: ({ cluster }, data, changes) => cluster.setFenced(data, true, changes),
  UNFENCE_BROKER_RECORD: ({ cluster }, data, changes) => cluster.setFenced(data, false, changes),
  REGISTER_CONTROLLER_RECORD: ({ cluster }, data) => cluster.registerController(data),
  UNREGISTER_CONTROLLER_RECORD: ({ cluster }, data) => cluster.unregisterController(data),
  PRODUCER_IDS_RECORD: (parts, data) => {
    parts.nextProducerId = data.nextProducerId
  },
  ACCESS_CONTROL_ENTRY_RECORD: ({ security }, data) => security.setAcl(data),
  REMOVE_ACCESS_CONTROL_ENTRY_RECORD: ({ security }, data) => security.removeAcl(data),
  USER_SCRAM_CREDENTIAL_RECORD: ({ security }, data) => security.setScram(data),
  REMOVE_USER_SCRAM_CREDENTIAL_RECORD: ({ security }, data) => security.removeScram(data),
  DELEGATION_TOKEN_RECORD: ({ security }, data) => security.setToken(data),
  REMOVE_DELEGATION_TOKEN_RECORD: ({ security }, data) => security.removeToken(data),
  CLIENT_QUOTA_RECORD: ({ security }, data) => security.setQuota(data),
  NO_OP_RECORD: () => {},
  // Says NONE in every cluster that a 4.x broker can open.
  ZK_MIGRATION_STATE_RECORD: () => {},
  // Taken before the fold.
  BEGIN_TRANSACTION_RECORD: () => {},
  END_TRANSACTION_RECORD: () => {},
  ABORT_TRANSACTION_RECORD: () => {},
}

function fold({ type, data }: MetadataRecord, parts: Parts, changes: ChangeLog | undefined): void {
  // The union cannot tell the compiler that a record's data are of its own type.
  const apply = folds[type] as (parts: Parts, data: MetadataRecord['data'], changes?: ChangeLog) => void
  apply(parts, data, changes)
}

export class MetadataImage {
  #parts: Parts = {
    features: new FeaturesImage(),
    cluster: new ClusterImage(),
    topics: new TopicsImage(),
    configs: new ConfigsImage(),
    security: new SecurityImage(),
    nextProducerId: 0n,
  }
  #position: Omit<MetadataBatch, 'records'> = { lastOffset: -1, epoch: -1, timestampMs: -1 }
  #transaction: MetadataRecord[] | undefined

  get features(): FeaturesImage {
    return this.#parts.features
  }

  get cluster(): ClusterImage {
    return this.#parts.cluster
  }

  get topics(): TopicsImage {
    return this.#parts.topics
  }

  get configs(): ConfigsImage {
    return this.#parts.configs
  }

  get security(): SecurityImage {
    return this.#parts.security
  }

  /** The first producer id that has not been given out. */
  get nextProducerId(): bigint {
    return this.#parts.nextProducerId
  }

  /** Offset of the last record that was taken in; -1: none. */
  get offset(): Offset {
    return this.#position.lastOffset
  }

  /** Epoch of that record. */
  get epoch(): LeaderEpoch {
    return this.#position.epoch
  }

  /** When the leader appended it, by the leader's clock; -1: none. */
  get timestampMs(): number {
    return this.#position.timestampMs
  }

  /** True while records of a transaction are held back: no snapshot can be taken. */
  get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** One partition of a topic by name; undefined where there is none. */
  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.#parts.topics.byName.get(topic)?.partitions.get(partition)
  }

  /** Takes in the next batch. Throws `MalformedError` where a record does not follow from those before it. */
  apply(batch: MetadataBatch, changes?: ChangeLog): void {
    for (const record of batch.records) this.#take(record, changes)
    const { lastOffset, epoch, timestampMs } = batch
    this.#position = { lastOffset, epoch, timestampMs }
  }

  /** Takes in what a snapshot says; its end is given by `moveTo` afterwards. */
  load(record: MetadataRecord): void {
    this.#take(record, undefined)
  }

  /** Says up to where the image stands after a snapshot was loaded. */
  moveTo(position: Omit<MetadataBatch, 'records'>): void {
    this.#position = position
  }

  /** The records that make this image again, in the order in which Kafka writes them to a snapshot. */
  *records(): Iterable<MetadataRecord> {
    yield* this.#parts.features.records()
    yield* this.#parts.cluster.records()
    yield* this.#parts.topics.records()
    yield* this.#parts.configs.records()
    yield* this.#parts.security.quotaRecords()
    if (this.#parts.nextProducerId > 0n) {
      yield {
        type: 'PRODUCER_IDS_RECORD',
        version: 0,
        data: { brokerId: -1, brokerEpoch: -1, nextProducerId: this.#parts.nextProducerId },
      }
    }
    yield* this.#parts.security.records()
  }

  /** An image of its own with the same content. */
  copy(): MetadataImage {
    const copy = new MetadataImage()
    const { features, cluster, topics, configs, security, nextProducerId } = this.#parts
    copy.#parts = {
      features: features.copy(),
      cluster: cluster.copy(),
      topics: topics.copy(),
      configs: configs.copy(),
      security: security.copy(),
      nextProducerId,
    }
    copy.#position = this.#position
    copy.#transaction = this.#transaction?.slice()
    return copy
  }

  #take(record: MetadataRecord, changes: ChangeLog | undefined): void {
    switch (record.type) {
      case 'BEGIN_TRANSACTION_RECORD':
        if (this.#transaction !== undefined) throw new MalformedError('A transaction begins inside a transaction')
        this.#transaction = []
        return
      case 'END_TRANSACTION_RECORD':
      case 'ABORT_TRANSACTION_RECORD': {
        const held = this.#transaction
        if (held === undefined) throw new MalformedError('A transaction ends that did not begin')
        this.#transaction = undefined
        if (record.type === 'END_TRANSACTION_RECORD') for (const each of held) fold(each, this.#parts, changes)
        return
      }
    }
    if (this.#transaction === undefined) fold(record, this.#parts, changes)
    else this.#transaction.push(record)
  }
}
