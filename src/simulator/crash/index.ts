import { brokerScenarios, brokerSpecimen } from './broker-story.ts'
import type { Specimen } from './damage.ts'
import { logScenarios } from './log-scenarios.ts'
import { logSpecimens } from './log-specimen.ts'
import type { AnyScenario } from './scenario.ts'

export { type Examined, examine } from './damage.ts'
export { type Explored, type ExploreOptions, explore, type Violation } from './explore.ts'
export type { AnyScenario } from './scenario.ts'

export const scenarios: readonly AnyScenario[] = [...logScenarios, ...brokerScenarios]

/** Folders to damage. */
export async function specimens(): Promise<readonly Specimen[]> {
  return [...(await logSpecimens()), await brokerSpecimen()]
}
