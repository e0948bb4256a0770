export {
  type ClientHost,
  Cluster,
  type ClusterOptions,
  type PartitionMetadata,
  partitionOfTopic,
  type TopicMetadata,
} from './cluster.ts'
export { Consumer, type ConsumerOptions, type Fetched } from './consumer.ts'
export { type AssignedPartition, GroupMember, type GroupMemberOptions, partitionsOf } from './group-member.ts'
export { commitOffsets, fetchCommitted, type PartitionOffset } from './group-offsets.ts'
export { KafkaError, throwIfError } from './kafka-error.ts'
export { findOffsets, OffsetPoint } from './offsets.ts'
export { murmur2, partitionOf } from './partitioner.ts'
export { type OutgoingRecord, Producer, type ProducerOptions, type Stored } from './producer.ts'
