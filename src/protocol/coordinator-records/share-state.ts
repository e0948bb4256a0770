/** Records of `__share_group_state` (KIP-932). */
import { array, int8, int16, int32, message, offset, string, uuid } from '../schema.ts'

/** Key 0: a share-partition, in full. */
export const shareSnapshotKey = message(
  'ShareSnapshotKey',
  { key: 0, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
)

/** All state of a share-partition; what was there before no longer counts. */
export const shareSnapshotValue = message(
  'ShareSnapshotValue',
  { key: 0, versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: offset(),
    deliveryCompleteCount: int32({ tag: 0, default: -1 }),
    createTimestamp: offset(),
    writeTimestamp: offset(),
    stateBatches: array({
      firstOffset: offset(),
      lastOffset: offset(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
)

/** Key 1: a share-partition, in part. */
export const shareUpdateKey = message(
  'ShareUpdateKey',
  { key: 1, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
)

/** What changed in a share-partition since its snapshot. */
export const shareUpdateValue = message(
  'ShareUpdateValue',
  { key: 1, versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: offset(),
    deliveryCompleteCount: int32({ tag: 0, default: -1 }),
    stateBatches: array({
      firstOffset: offset(),
      lastOffset: offset(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
)
