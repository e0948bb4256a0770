export { type QuorumRecord, readQuorumRecord } from './control-records.ts'
export { formatQuorumState, NO_QUORUM_STATE, parseQuorumState, type QuorumState } from './quorum-state.ts'
export { Raft, type RaftEffect, type RaftInput, type RaftOptions, type RaftRole } from './raft.ts'
export type { RaftLog } from './raft-log.ts'
export {
  BOOTSTRAP_SNAPSHOT,
  parseSnapshotFileName,
  readSnapshot,
  type SnapshotContent,
  type SnapshotId,
  snapshotBatches,
  snapshotFileName,
} from './snapshot.ts'
export type { Voter, VoterSet } from './voters.ts'
