import type { BrokerId, Offset, Uuid } from '#core'

/** A node that votes. Without a directory id (`ZERO_UUID`) where the quorum is at kraft.version 0. */
export interface Voter {
  readonly id: BrokerId
  readonly directoryId: Uuid
  /** Where other voters reach it. */
  readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  /** The levels of kraft.version that it knows. */
  readonly kraftVersion: { readonly min: number; readonly max: number }
}

/** Who votes, and since which record: the newest that a log or its snapshot tells, in force as soon as it is appended. */
export interface VoterSet {
  readonly voters: readonly Voter[]
  /** 0: the voters are configured; 1: they are in the log (KIP-853). */
  readonly kraftVersion: number
  /** Where the log has them; -1: only the snapshot written at format has, so a first leader writes them again. */
  readonly offset: Offset
}

/** The smallest number of `count` voters that is more than half. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}
