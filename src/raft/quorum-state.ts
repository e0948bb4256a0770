/**
 * The file `quorum-state`: what a voter must remember so that it never votes twice in one epoch. One line of JSON, as
 * Kafka writes it: version 1 since voters have directory ids (kraft.version 1), version 0 before.
 */
import { type BrokerId, isUuid, type LeaderEpoch, MalformedError, type Uuid, ZERO_UUID } from '#core'

export interface QuorumState {
  /** -1: not known. */
  readonly leaderId: BrokerId
  readonly leaderEpoch: LeaderEpoch
  /** Whom this node voted for in the epoch; -1: nobody, or the leader is known and the vote no longer matters. */
  readonly votedId: BrokerId
  readonly votedDirectoryId: Uuid
}

/** Before the first election. */
export const NO_QUORUM_STATE: QuorumState = { leaderId: -1, leaderEpoch: 0, votedId: -1, votedDirectoryId: ZERO_UUID }

/** The content of the file; `voterIds` only matter to version 0. */
export function formatQuorumState(state: QuorumState, kraftVersion: number, voterIds: readonly BrokerId[]): string {
  const { leaderId, leaderEpoch, votedId, votedDirectoryId } = state
  if (kraftVersion > 0) return JSON.stringify({ leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: 1 })
  const currentVoters = voterIds.map((voterId) => ({ voterId }))
  return JSON.stringify({
    clusterId: '',
    leaderId,
    leaderEpoch,
    votedId,
    appliedOffset: 0,
    currentVoters,
    data_version: 0,
  })
}

/** Reads either version. Throws `MalformedError` with what is wrong in it. */
export function parseQuorumState(text: string): QuorumState {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw new MalformedError('it is not JSON')
  }
  const fields = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>
  const version = integer(fields, 'data_version')
  if (version !== 0 && version !== 1) throw new MalformedError(`data_version ${version} is not known`)
  const leaderEpoch = integer(fields, 'leaderEpoch')
  if (leaderEpoch < 0) throw new MalformedError(`leaderEpoch is ${leaderEpoch}`)
  const votedDirectoryId = fields.votedDirectoryId ?? ZERO_UUID
  if (typeof votedDirectoryId !== 'string' || !isUuid(votedDirectoryId)) {
    throw new MalformedError('votedDirectoryId is not a UUID')
  }
  return {
    leaderId: integer(fields, 'leaderId'),
    leaderEpoch,
    votedId: integer(fields, 'votedId'),
    votedDirectoryId,
  }
}

function integer(fields: Record<string, unknown>, name: string): number {
  const value = fields[name]
  if (!Number.isInteger(value)) throw new MalformedError(`${name} is not a whole number`)
  return value as number
}
