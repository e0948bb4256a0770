/** Records of `__remote_log_metadata`, which tells where copied segments are (KIP-405). */
import { array, bool, bytes, int8, int32, int64, message, offset, string, struct, uuid } from '../schema.ts'

/** A segment is being copied, or was. */
export const remoteLogSegmentMetadataRecord = message(
  'RemoteLogSegmentMetadataRecord',
  { key: 0, versions: '0', flexible: '0+' },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    startOffset: offset(),
    endOffset: offset(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: offset(),
    segmentLeaderEpochs: array({
      leaderEpoch: int32(),
      offset: offset(),
    }),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
)

/** The state of a copied segment changed. */
export const remoteLogSegmentMetadataUpdateRecord = message(
  'RemoteLogSegmentMetadataUpdateRecord',
  { key: 1, versions: '0', flexible: '0+' },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    brokerId: int32(),
    eventTimestampMs: offset(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
  },
)

/** A partition's copied segments are being deleted, or were. */
export const remotePartitionDeleteMetadataRecord = message(
  'RemotePartitionDeleteMetadataRecord',
  { key: 2, versions: '0', flexible: '0+' },
  {
    topicIdPartition: struct({
      name: string(),
      id: uuid(),
      partition: int32(),
    }),
    brokerId: int32(),
    eventTimestampMs: offset(),
    remotePartitionDeleteState: int8(),
  },
)

/** A copied segment in a snapshot file of the metadata cache. */
export const remoteLogSegmentMetadataSnapshotRecord = message(
  'RemoteLogSegmentMetadataSnapshotRecord',
  { key: 3, versions: '0', flexible: '0+' },
  {
    segmentId: uuid(),
    startOffset: offset(),
    endOffset: offset(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: offset(),
    segmentLeaderEpochs: array({
      leaderEpoch: int32(),
      offset: offset(),
    }),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
)
