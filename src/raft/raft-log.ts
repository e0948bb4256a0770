import type { LeaderEpoch, Offset } from '#core'

/**
 * What consensus needs to know of its log; `Log` of the log room is one. It changes between two inputs of the state
 * machine only: by the `append` effects of the last one, and by the disk, which is told as `stable`.
 */
export interface RaftLog {
  /** The offset that the next record gets. */
  readonly logEndOffset: Offset
  /** The epoch of the newest batch; -1 in an empty log. */
  readonly latestEpoch: LeaderEpoch
  /** Everything below survives a crash of this node. */
  readonly stableEndOffset: Offset
}
