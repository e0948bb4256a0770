/**
 * A record of `__cluster_metadata`: in memory as Kafka's tools print it, `{ type, version, data }`, and in the log as the
 * value of a record without a key: three unsigned varints (the frame's version, the record's key and version), then the
 * message.
 */
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { decode, encode, type Message, type Schema } from '#protocol'
import * as records from '#protocol/metadata-records'

const schemas = {
  REGISTER_BROKER_RECORD: records.registerBrokerRecord,
  UNREGISTER_BROKER_RECORD: records.unregisterBrokerRecord,
  TOPIC_RECORD: records.topicRecord,
  PARTITION_RECORD: records.partitionRecord,
  CONFIG_RECORD: records.configRecord,
  PARTITION_CHANGE_RECORD: records.partitionChangeRecord,
  FENCE_BROKER_RECORD: records.fenceBrokerRecord,
  UNFENCE_BROKER_RECORD: records.unfenceBrokerRecord,
  REMOVE_TOPIC_RECORD: records.removeTopicRecord,
  DELEGATION_TOKEN_RECORD: records.delegationTokenRecord,
  USER_SCRAM_CREDENTIAL_RECORD: records.userScramCredentialRecord,
  FEATURE_LEVEL_RECORD: records.featureLevelRecord,
  CLIENT_QUOTA_RECORD: records.clientQuotaRecord,
  PRODUCER_IDS_RECORD: records.producerIdsRecord,
  BROKER_REGISTRATION_CHANGE_RECORD: records.brokerRegistrationChangeRecord,
  ACCESS_CONTROL_ENTRY_RECORD: records.accessControlEntryRecord,
  REMOVE_ACCESS_CONTROL_ENTRY_RECORD: records.removeAccessControlEntryRecord,
  NO_OP_RECORD: records.noOpRecord,
  ZK_MIGRATION_STATE_RECORD: records.zkMigrationStateRecord,
  REMOVE_USER_SCRAM_CREDENTIAL_RECORD: records.removeUserScramCredentialRecord,
  BEGIN_TRANSACTION_RECORD: records.beginTransactionRecord,
  END_TRANSACTION_RECORD: records.endTransactionRecord,
  ABORT_TRANSACTION_RECORD: records.abortTransactionRecord,
  REMOVE_DELEGATION_TOKEN_RECORD: records.removeDelegationTokenRecord,
  REGISTER_CONTROLLER_RECORD: records.registerControllerRecord,
  CLEAR_ELR_RECORD: records.clearElrRecord,
  UNREGISTER_CONTROLLER_RECORD: records.unregisterControllerRecord,
} as const satisfies Readonly<Record<string, Schema>>

/** Kafka's names: `TOPIC_RECORD`, `PARTITION_RECORD`, ... */
export type MetadataRecordType = keyof typeof schemas

/** What a record of one type says. */
export type RecordData<Type extends MetadataRecordType> = Message<(typeof schemas)[Type]>

/** Narrow it by `type`. */
export type MetadataRecord = {
  readonly [Type in MetadataRecordType]: {
    readonly type: Type
    readonly version: number
    readonly data: RecordData<Type>
  }
}[MetadataRecordType]

const typesByKey = new Map<number, MetadataRecordType>()
for (const type of Object.keys(schemas) as MetadataRecordType[]) typesByKey.set(schemas[type].key, type)

const FRAME_VERSION = 1

/** From which level of `metadata.version` on a version of a record may be written, the newest first. */
const versionsByLevel: {
  readonly [Type in MetadataRecordType]?: readonly (readonly [level: number, version: number])[]
} = {
  REGISTER_BROKER_RECORD: [
    [30, 4], // cordoned directories
    [17, 3], // directories
    [8, 2],
    [7, 1],
  ],
  PARTITION_RECORD: [
    [23, 2], // eligible leader replicas
    [17, 1], // directories
    [7, 0],
  ],
  PARTITION_CHANGE_RECORD: [
    [23, 2],
    [17, 1],
    [7, 0],
  ],
}

/** The record in the version that a cluster at a level of `metadata.version` can read. */
export function atLevel<R extends MetadataRecord>(record: R, metadataVersion: number): R {
  const found = versionsByLevel[record.type]?.find(([level]) => metadataVersion >= level)
  return found === undefined || found[1] >= record.version ? record : { ...record, version: found[1] }
}

/** The value of the record in the log. */
export function encodeMetadataRecord({ type, version, data }: MetadataRecord): Uint8Array {
  const schema: Schema = schemas[type]
  const writer = new ByteWriter()
  writer.uvarint(FRAME_VERSION)
  writer.uvarint(schema.key)
  writer.uvarint(version)
  encode(schema, version, writer, data)
  return writer.finishJoined()
}

/** Reads a value. Throws `MalformedError`: bytes that are no record, or a record of a later version than 4.4. */
export function decodeMetadataRecord(value: Uint8Array): MetadataRecord {
  const reader = new ByteReader(value)
  const frame = reader.uvarint()
  if (frame !== FRAME_VERSION) throw new MalformedError(`Metadata frame version ${frame} is not known`)
  const key = reader.uvarint()
  const version = reader.uvarint()
  const type = typesByKey.get(key)
  if (type === undefined) throw new MalformedError(`Metadata record type ${key} is not known`)
  const schema: Schema = schemas[type]
  if (version > schema.versionMax) throw new MalformedError(`Version ${version} of ${type} is not known`)
  const data = decode(schema, version, reader)
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes are left behind a ${type}`)
  return { type, version, data } as MetadataRecord
}
