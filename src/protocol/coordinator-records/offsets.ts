/** Records of `__consumer_offsets` for committed offsets, of every kind of group. */
import { int32, message, offset, string, uuid } from '../schema.ts'

/** Key 1: whose offset, and where. */
export const offsetCommitKey = message(
  'OffsetCommitKey',
  { key: 1, versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
)

/** A committed offset. 3: leader epoch, 4: topic id. */
export const offsetCommitValue = message(
  'OffsetCommitValue',
  { key: 1, versions: '0-4', flexible: '4+' },
  {
    offset: offset(),
    leaderEpoch: int32({ versions: '3+', default: -1 }),
    metadata: string(),
    commitTimestamp: offset(),
    expireTimestamp: offset({ versions: '1', default: -1 }),
    topicId: uuid({ versions: '4+', tag: 0 }),
  },
)

/** Key 0: a committed offset as brokers before 0.8.3 wrote it. */
export const legacyOffsetCommitKey = message(
  'LegacyOffsetCommitKey',
  { key: 0, versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
)

/** Its value. */
export const legacyOffsetCommitValue = message(
  'LegacyOffsetCommitValue',
  { key: 0, versions: '0', flexible: 'none' },
  {
    offset: offset(),
    metadata: string(),
    commitTimestamp: offset(),
  },
)
