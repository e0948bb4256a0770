import { logScenarios } from './log-scenarios.ts'
import type { AnyScenario } from './scenario.ts'

export { type Explored, type ExploreOptions, explore, type Violation } from './explore.ts'
export type { AnyScenario } from './scenario.ts'

export const scenarios: readonly AnyScenario[] = [...logScenarios]
