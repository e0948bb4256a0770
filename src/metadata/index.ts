export type { ConfigPort } from './controller/config-port.ts'
export { configRules } from './controller/config-rules.ts'
export { Controller, type ControllerOptions } from './controller/controller.ts'
export {
  type ControllerApi,
  type ControllerApis,
  type ControllerContext,
  controllerApis,
} from './controller/controller-api.ts'
export { topicNameProblem } from './controller/topic-name.ts'
export { type Feature, features, supportedFeatures } from './features.ts'
export type {
  BrokerRegistration,
  ClusterImage,
  ControllerRegistration,
  Endpoint,
  FeatureRange,
} from './image/cluster-image.ts'
export { type ConfigResource, ConfigResourceType, type ConfigsImage } from './image/configs-image.ts'
export type { FeaturesImage } from './image/features-image.ts'
export type { Change, MetadataDelta, TopicDelta } from './image/metadata-delta.ts'
export { type MetadataBatch, MetadataImage } from './image/metadata-image.ts'
export {
  DirectoryId,
  isReservedDirectoryId,
  type LeaderRecoveryState,
  NO_LEADER,
  type PartitionRegistration,
} from './image/partition-registration.ts'
export type { TopicImage, TopicsImage } from './image/topics-image.ts'
export { MetadataNode, type QuorumDescription, type QuorumReplica } from './metadata-node.ts'
export {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
  type MetadataRecordType,
  type RecordData,
} from './metadata-record.ts'
export type { MetadataNodeOptions } from './open-node.ts'
export { StorageError } from './storage/storage-error.ts'
