/**
 * What the records of a log mean, by the log they are in: those of the internal topics are Kafka's own, all others are
 * somebody's keys and values.
 */
import { ByteReader, MalformedError } from '#core'
import { decodeMetadataRecord } from '#metadata'
import { decodeExact, type Schema } from '#protocol'
import {
  endTxnMarker,
  kraftVersionRecord,
  leaderChangeMessage,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
} from '#protocol/control-records'
import { groupRecords, type RecordSchemas, shareStateRecords, transactionRecords } from '#protocol/coordinator-records'
import { ControlType, controlTypeOf, type RecordView } from '#protocol/records'
import { bytesToJson } from '../record-json.ts'

/** What a record says, as fields of its entry. Throws a `MalformedError` where it is not what its log should hold. */
export type Meaning = (record: RecordView) => Readonly<Record<string, unknown>>

const METADATA_TOPIC = '__cluster_metadata'
const COORDINATOR_TOPICS: Readonly<Record<string, readonly RecordSchemas[]>> = {
  __consumer_offsets: groupRecords,
  __transaction_state: transactionRecords,
  __share_group_state: shareStateRecords,
}

/** The meaning of the records of an internal topic; undefined for other topics. */
export function meaningIn(topic: string): Meaning | undefined {
  if (topic === METADATA_TOPIC) return metadataMeaning
  const schemas = COORDINATOR_TOPICS[topic]
  return schemas === undefined ? undefined : (record) => coordinatorMeaning(record, schemas)
}

export const plainMeaning: Meaning = ({ key, value, headers }) => ({
  key: bytesToJson(key),
  value: bytesToJson(value),
  headers: headers.map((one) => ({ key: one.key, value: bytesToJson(one.value) })),
})

const metadataMeaning: Meaning = ({ value }) => {
  if (value === null) throw new MalformedError('A metadata record has no value')
  const { type, version, data } = decodeMetadataRecord(value)
  return { record: type, version, data }
}

const CONTROL_SCHEMAS: Readonly<Record<ControlType, Schema>> = {
  [ControlType.ABORT]: endTxnMarker,
  [ControlType.COMMIT]: endTxnMarker,
  [ControlType.LEADER_CHANGE]: leaderChangeMessage,
  [ControlType.SNAPSHOT_HEADER]: snapshotHeaderRecord,
  [ControlType.SNAPSHOT_FOOTER]: snapshotFooterRecord,
  [ControlType.KRAFT_VERSION]: kraftVersionRecord,
  [ControlType.KRAFT_VOTERS]: votersRecord,
}
const CONTROL_NAMES = new Map(Object.entries(ControlType).map(([name, type]) => [type as number, name]))

/** Of the records of a control batch, in any log. */
export const controlMeaning: Meaning = ({ key, value }) => {
  const type = controlTypeOf(key)
  if (type === undefined || value === null) return { record: 'a control record that is not known here' }
  const reader = new ByteReader(value)
  const version = reader.int16()
  const schema = CONTROL_SCHEMAS[type]
  // Those of the quorum hold their version as their first field; the marker of a transaction has it in front.
  const message = schema === endTxnMarker ? reader : new ByteReader(value)
  return { record: CONTROL_NAMES.get(type), version, data: decodeExact(schema, knownVersion(schema, version), message) }
}

function coordinatorMeaning(
  { key, value }: RecordView,
  schemas: readonly RecordSchemas[],
): Readonly<Record<string, unknown>> {
  if (key === null) throw new MalformedError('A record of a coordinator has no key')
  const reader = new ByteReader(key)
  const type = reader.int16()
  const found = schemas.find((one) => one.key.key === type)
  if (found === undefined) throw new MalformedError(`Records of type ${type} are not known here`)
  return {
    record: found.value.name.replace(/Value$/, ''),
    key: decodeExact(found.key, found.key.versionMin, reader),
    ...(value === null ? { value } : versioned(found.value, value)),
  }
}

function versioned(schema: Schema, bytes: Uint8Array): { readonly version: number; readonly value: unknown } {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  return { version, value: decodeExact(schema, knownVersion(schema, version), reader) }
}

function knownVersion({ name, versionMin, versionMax }: Schema, version: number): number {
  if (version >= versionMin && version <= versionMax) return version
  throw new MalformedError(`Version ${version} of ${name} is not known here`)
}
