/**
 * The records of each internal topic by their type: the int16 in front of a record's key. In front of its value stands the
 * version of the value.
 */
import type { Schema } from '../schema.ts'
import { groupMetadataKey, groupMetadataValue } from './classic-group.ts'
import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from './consumer-group.ts'
import { legacyOffsetCommitKey, legacyOffsetCommitValue, offsetCommitKey, offsetCommitValue } from './offsets.ts'
import {
  shareGroupCurrentMemberAssignmentKey,
  shareGroupCurrentMemberAssignmentValue,
  shareGroupMemberMetadataKey,
  shareGroupMemberMetadataValue,
  shareGroupMetadataKey,
  shareGroupMetadataValue,
  shareGroupStatePartitionMetadataKey,
  shareGroupStatePartitionMetadataValue,
  shareGroupTargetAssignmentMemberKey,
  shareGroupTargetAssignmentMemberValue,
  shareGroupTargetAssignmentMetadataKey,
  shareGroupTargetAssignmentMetadataValue,
} from './share-group.ts'
import { shareSnapshotKey, shareSnapshotValue, shareUpdateKey, shareUpdateValue } from './share-state.ts'
import {
  streamsGroupCurrentMemberAssignmentKey,
  streamsGroupCurrentMemberAssignmentValue,
  streamsGroupMemberMetadataKey,
  streamsGroupMemberMetadataValue,
  streamsGroupMetadataKey,
  streamsGroupMetadataValue,
  streamsGroupTargetAssignmentMemberKey,
  streamsGroupTargetAssignmentMemberValue,
  streamsGroupTargetAssignmentMetadataKey,
  streamsGroupTargetAssignmentMetadataValue,
  streamsGroupTopologyKey,
  streamsGroupTopologyValue,
} from './streams-group.ts'
import { transactionLogKey, transactionLogValue } from './transaction.ts'

/** A kind of record: what its key and its value are. */
export interface RecordSchemas {
  readonly key: Schema
  readonly value: Schema
}

/** Records of `__consumer_offsets`. */
export const groupRecords: readonly RecordSchemas[] = [
  { key: legacyOffsetCommitKey, value: legacyOffsetCommitValue },
  { key: offsetCommitKey, value: offsetCommitValue },
  { key: groupMetadataKey, value: groupMetadataValue },
  { key: consumerGroupMetadataKey, value: consumerGroupMetadataValue },
  { key: consumerGroupPartitionMetadataKey, value: consumerGroupPartitionMetadataValue },
  { key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue },
  { key: consumerGroupTargetAssignmentMetadataKey, value: consumerGroupTargetAssignmentMetadataValue },
  { key: consumerGroupTargetAssignmentMemberKey, value: consumerGroupTargetAssignmentMemberValue },
  { key: consumerGroupCurrentMemberAssignmentKey, value: consumerGroupCurrentMemberAssignmentValue },
  { key: shareGroupMemberMetadataKey, value: shareGroupMemberMetadataValue },
  { key: shareGroupMetadataKey, value: shareGroupMetadataValue },
  { key: shareGroupTargetAssignmentMetadataKey, value: shareGroupTargetAssignmentMetadataValue },
  { key: shareGroupTargetAssignmentMemberKey, value: shareGroupTargetAssignmentMemberValue },
  { key: shareGroupCurrentMemberAssignmentKey, value: shareGroupCurrentMemberAssignmentValue },
  { key: shareGroupStatePartitionMetadataKey, value: shareGroupStatePartitionMetadataValue },
  { key: consumerGroupRegularExpressionKey, value: consumerGroupRegularExpressionValue },
  { key: streamsGroupMetadataKey, value: streamsGroupMetadataValue },
  { key: streamsGroupMemberMetadataKey, value: streamsGroupMemberMetadataValue },
  { key: streamsGroupTargetAssignmentMetadataKey, value: streamsGroupTargetAssignmentMetadataValue },
  { key: streamsGroupTargetAssignmentMemberKey, value: streamsGroupTargetAssignmentMemberValue },
  { key: streamsGroupCurrentMemberAssignmentKey, value: streamsGroupCurrentMemberAssignmentValue },
  { key: streamsGroupTopologyKey, value: streamsGroupTopologyValue },
]

/** Records of `__share_group_state`. */
export const shareStateRecords: readonly RecordSchemas[] = [
  { key: shareSnapshotKey, value: shareSnapshotValue },
  { key: shareUpdateKey, value: shareUpdateValue },
]

/** Records of `__transaction_state`. */
export const transactionRecords: readonly RecordSchemas[] = [{ key: transactionLogKey, value: transactionLogValue }]
