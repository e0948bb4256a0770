/** The records of `__cluster_metadata` by the key that stands in front of each. */
import type { Schema } from '../schema.ts'
import {
  clientQuotaRecord,
  configRecord,
  featureLevelRecord,
  noOpRecord,
  producerIdsRecord,
  zkMigrationStateRecord,
} from './cluster.ts'
import {
  brokerRegistrationChangeRecord,
  fenceBrokerRecord,
  registerBrokerRecord,
  registerControllerRecord,
  unfenceBrokerRecord,
  unregisterBrokerRecord,
  unregisterControllerRecord,
} from './nodes.ts'
import {
  accessControlEntryRecord,
  delegationTokenRecord,
  removeAccessControlEntryRecord,
  removeDelegationTokenRecord,
  removeUserScramCredentialRecord,
  userScramCredentialRecord,
} from './security.ts'
import { clearElrRecord, partitionChangeRecord, partitionRecord, removeTopicRecord, topicRecord } from './topics.ts'
import { abortTransactionRecord, beginTransactionRecord, endTransactionRecord } from './transactions.ts'

/** Every metadata record, by rising key. */
export const metadataRecords = [
  registerBrokerRecord,
  unregisterBrokerRecord,
  topicRecord,
  partitionRecord,
  configRecord,
  partitionChangeRecord,
  fenceBrokerRecord,
  unfenceBrokerRecord,
  removeTopicRecord,
  delegationTokenRecord,
  userScramCredentialRecord,
  featureLevelRecord,
  clientQuotaRecord,
  producerIdsRecord,
  brokerRegistrationChangeRecord,
  accessControlEntryRecord,
  removeAccessControlEntryRecord,
  noOpRecord,
  zkMigrationStateRecord,
  removeUserScramCredentialRecord,
  beginTransactionRecord,
  endTransactionRecord,
  abortTransactionRecord,
  removeDelegationTokenRecord,
  registerControllerRecord,
  clearElrRecord,
  unregisterControllerRecord,
] as const satisfies readonly Schema[]

const byKey = new Map<number, Schema>(metadataRecords.map((record) => [record.key, record]))

/** The record of a key, or undefined where Kafka 4.4 has none. */
export function metadataRecordByKey(key: number): Schema | undefined {
  return byKey.get(key)
}
