export type { GroupCoordinatorConfig } from './group/group-config.ts'
export { GroupCoordinator, type GroupCoordinatorOptions, OFFSETS_TOPIC } from './group/group-coordinator.ts'
export type {
  CoordinatorEndpoint,
  CoordinatorTopic,
  CoordinatorTopics,
  GroupRequestContext,
  GroupTopics,
} from './group/ports.ts'
export type { CoordinatorAppend, CoordinatorAppendRefusal, CoordinatorLog } from './runtime/coordinator-log.ts'
