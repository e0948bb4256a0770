export { DirectoryAssignments, type DirectoryAssignmentsOptions } from './directory-assignments.ts'
export { Partition, type PartitionChange, type PartitionConfig, type PartitionListener } from './partition.ts'
export { type LeadershipListener, Partitions, type PartitionsOptions } from './partitions.ts'
export { isInternalTopic, isTopicName } from './topic-names.ts'
