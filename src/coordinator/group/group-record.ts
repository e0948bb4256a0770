/**
 * The records of `__consumer_offsets` that classic groups and committed offsets are made of, as Kafka 4.4 writes them:
 * an int16 with the type in front of the key, an int16 with the version in front of the value.
 */
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { decode, encode, type Message, type Schema } from '#protocol'
import {
  groupMetadataKey,
  groupMetadataValue,
  legacyOffsetCommitKey,
  offsetCommitKey,
  offsetCommitValue,
} from '#protocol/coordinator-records'
import type { RecordFormat } from '../runtime/coordinator-shard.ts'

export type GroupMetadata = Message<typeof groupMetadataValue>
export type OffsetCommit = Message<typeof offsetCommitValue>

export type GroupRecord = OffsetRecord | GroupMetadataRecord | ForeignRecord

/** The offset that a group committed for a partition; null: none any more. */
export interface OffsetRecord {
  readonly kind: 'offset'
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly value: OffsetCommit | null
}

/** A classic group after a rebalance; null: it is deleted. */
export interface GroupMetadataRecord {
  readonly kind: 'group'
  readonly groupId: string
  readonly value: GroupMetadata | null
}

/** A record of another kind of group, or of a kind to come; only read. */
export interface ForeignRecord {
  readonly kind: 'foreign'
  readonly type: number
}

/** Version of a group's value: with static members and state timestamp, all that was ever needed. */
const GROUP_METADATA_VERSION = 3
/** Version of an offset's value: with leader epoch and topic id. */
const OFFSET_COMMIT_VERSION = 4
/** The one version of an offset's value that can say when it expires, as clients before OffsetCommit 5 may ask. */
const OFFSET_COMMIT_EXPIRING_VERSION = 1

export const groupRecordFormat: RecordFormat<GroupRecord> = {
  encode(record) {
    switch (record.kind) {
      case 'offset': {
        const { groupId: group, topic, partition, value } = record
        const version = value?.expireTimestamp === -1 ? OFFSET_COMMIT_VERSION : OFFSET_COMMIT_EXPIRING_VERSION
        return {
          key: prefixed(offsetCommitKey.key, offsetCommitKey, 0, { group, topic, partition }),
          value: value === null ? null : prefixed(version, offsetCommitValue, version, value),
        }
      }
      case 'group': {
        const { groupId: group, value } = record
        const version = GROUP_METADATA_VERSION
        return {
          key: prefixed(groupMetadataKey.key, groupMetadataKey, 0, { group }),
          value: value === null ? null : prefixed(version, groupMetadataValue, version, value),
        }
      }
      case 'foreign':
        throw new TypeError('Records of other kinds of groups are only read')
    }
  },

  decode(key, value) {
    const keyReader = new ByteReader(key)
    const type = keyReader.int16()
    switch (type) {
      case offsetCommitKey.key: {
        const { group, topic, partition } = decode(offsetCommitKey, 0, keyReader)
        return { kind: 'offset', groupId: group, topic, partition, value: decodeValue(offsetCommitValue, value) }
      }
      case legacyOffsetCommitKey.key: {
        const { group, topic, partition } = decode(legacyOffsetCommitKey, 0, keyReader)
        // The old type's one version has the fields of version 0 of the new one.
        return { kind: 'offset', groupId: group, topic, partition, value: decodeValue(offsetCommitValue, value) }
      }
      case groupMetadataKey.key:
        return {
          kind: 'group',
          groupId: decode(groupMetadataKey, 0, keyReader).group,
          value: decodeValue(groupMetadataValue, value),
        }
      default:
        return { kind: 'foreign', type }
    }
  },
}

/** A record that takes back a committed offset. */
export function offsetTombstone(groupId: string, topic: string, partition: number): OffsetRecord {
  return { kind: 'offset', groupId, topic, partition, value: null }
}

function prefixed<S extends Schema>(
  prefix: number,
  schema: S,
  version: number,
  value: Parameters<typeof encode<S>>[3],
) {
  const writer = new ByteWriter()
  writer.int16(prefix)
  encode(schema, version, writer, value)
  return writer.finishJoined()
}

function decodeValue<S extends Schema>(schema: S, value: Uint8Array | null): Message<S> | null {
  if (value === null) return null
  const reader = new ByteReader(value)
  const version = reader.int16()
  if (version < schema.versionMin || version > schema.versionMax) {
    throw new MalformedError(`${schema.name} has no version ${version}`)
  }
  return decode(schema, version, reader)
}
