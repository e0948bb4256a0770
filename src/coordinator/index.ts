export type { JoinGroupResponse, SyncGroupResponse } from './group/classic-member.ts'
export { type GroupCoordinatorConfig, groupCoordinatorConfigOf } from './group/group-config.ts'
export { GroupCoordinator, type GroupCoordinatorOptions, OFFSETS_TOPIC } from './group/group-coordinator.ts'
export type { DeletedGroup, DescribedGroup, ListedGroup } from './group/group-shard.ts'
export type { LeaveGroupResponse } from './group/membership.ts'
export type {
  OffsetCommitResponse,
  OffsetDeleteResponse,
  OffsetFetchGroup,
  OffsetFetchGroupResponse,
} from './group/offset-requests.ts'
export type {
  CoordinatorEndpoint,
  CoordinatorTopic,
  CoordinatorTopics,
  GroupRequestContext,
  GroupTopics,
} from './group/ports.ts'
export type { CoordinatorAppend, CoordinatorAppendRefusal, CoordinatorLog } from './runtime/coordinator-log.ts'
export { type Answer, mapAnswer } from './runtime/coordinator-runtime.ts'
