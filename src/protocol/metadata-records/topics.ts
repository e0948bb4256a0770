/** Metadata records of topics and their partitions. */
import { array, int8, int32, message, string, uuid } from '../schema.ts'

/** A topic is created. */
export const topicRecord = message(
  'TopicRecord',
  { key: 2, versions: '0', flexible: '0+' },
  {
    name: string(),
    topicId: uuid(),
  },
)

/** A topic and all its partitions are deleted. */
export const removeTopicRecord = message(
  'RemoveTopicRecord',
  { key: 9, versions: '0', flexible: '0+' },
  {
    topicId: uuid(),
  },
)

/** A partition is created, or stated in full by a snapshot. */
export const partitionRecord = message(
  'PartitionRecord',
  { key: 3, versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    replicas: array(int32()),
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: int32({ default: -1 }),
    leaderRecoveryState: int8({ tag: 0 }),
    leaderEpoch: int32({ default: -1 }),
    partitionEpoch: int32({ default: -1 }),
    directories: array(uuid(), { versions: '1+', default: [] }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', tag: 1, default: null }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', tag: 2, default: null }),
  },
)

/** What changed in a partition; a field that is not sent did not change. */
export const partitionChangeRecord = message(
  'PartitionChangeRecord',
  { key: 5, versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    isr: array(int32(), { nullable: '0+', tag: 0, default: null }),
    leader: int32({ tag: 1, default: -2 }),
    replicas: array(int32(), { nullable: '0+', tag: 2, default: null }),
    removingReplicas: array(int32(), { nullable: '0+', tag: 3, default: null }),
    addingReplicas: array(int32(), { nullable: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8({ tag: 5, default: -1 }),
    directories: array(uuid(), { versions: '1+', nullable: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', tag: 6, default: null }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', tag: 7, default: null }),
  },
)

/** The eligible leader replicas of a topic (or of all, where the name is empty) are forgotten (KIP-966). */
export const clearElrRecord = message(
  'ClearElrRecord',
  { key: 28, versions: '0', flexible: '0+' },
  {
    topicName: string(),
  },
)
