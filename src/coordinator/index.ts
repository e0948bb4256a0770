export type { GroupCoordinatorConfig } from './group/group-config.ts'
export type {
  CoordinatorEndpoint,
  CoordinatorTopic,
  CoordinatorTopics,
  GroupRequestContext,
  GroupTopics,
} from './group/ports.ts'
export type { CoordinatorAppend, CoordinatorAppendRefusal, CoordinatorLog } from './runtime/coordinator-log.ts'
