import type { MemoryDisk } from '#host/memory'
import type { Recording } from './recording.ts'

/** What holds if the power fails at a moment of a workload. */
export interface Promised {
  /** Equal where the same is promised. */
  readonly key: string
}

/** Work on a disk, and how to tell whether a disk that it may have left is a good one. */
export interface Scenario<Holds extends Promised = Promised> {
  readonly name: string
  /** Does the work on an empty disk; `seed` chooses what is left open. */
  record(seed: number): Promise<Recording<Holds>>
  /** Opens what is there as a broker does at its start. Rejects where a start would be refused. */
  recover(disk: MemoryDisk): Promise<Recovered<Holds>>
}

/** What a start finds. */
export interface Recovered<Holds extends Promised = Promised> {
  /** Equal where the same was found. */
  readonly summary: string
  /** Why this must not be found where `promised` holds; undefined where it may. */
  disputeOf(promised: Holds): string | undefined
  /** Goes on with the work, stops cleanly and starts again; gives what is wrong, or undefined. */
  goOn(promised: Holds): Promise<string | undefined>
}

// biome-ignore lint/suspicious/noExplicitAny: scenarios of all kinds are explored alike.
export type AnyScenario = Scenario<any>
