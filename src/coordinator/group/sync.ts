/**
 * SyncGroup: the leader hands in the assignment, which is stored before anybody gets a part of it; the others wait for
 * theirs.
 */
import { ErrorCode, type RequestOf } from '#protocol'
import type { syncGroup } from '#protocol/messages'
import type { ClassicGroup } from './classic-group.ts'
import { NO_ASSIGNMENT, type Reply, type SyncGroupResponse, syncRefusal } from './classic-member.ts'
import { type GroupStep, type GroupSurroundings, NO_STEP, type Rebalance } from './rebalance.ts'

export type SyncGroupRequest = RequestOf<typeof syncGroup>

export class Syncs {
  readonly #around: GroupSurroundings
  readonly #rebalance: Rebalance

  constructor(around: GroupSurroundings, rebalance: Rebalance) {
    this.#around = around
    this.#rebalance = rebalance
  }

  sync(group: ClassicGroup, request: SyncGroupRequest, reply: Reply<SyncGroupResponse>): GroupStep {
    const { memberId } = request
    const error = refusalOf(group, request)
    if (error !== ErrorCode.NONE) {
      reply(syncRefusal(error))
      return NO_STEP
    }
    const member = group.member(memberId)!
    group.pendingSync.delete(memberId)
    if (group.pendingSync.size === 0) group.timers.sync.cancel()
    if (group.state === 'Stable') {
      reply({
        errorCode: ErrorCode.NONE,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment: member.assignment,
      })
      return NO_STEP
    }
    member.awaitSync(reply)
    return group.isLeader(memberId) ? this.#storeAssignment(group, request) : NO_STEP
  }

  #storeAssignment(group: ClassicGroup, { generationId, memberId, assignments }: SyncGroupRequest): GroupStep {
    const { groupId } = group
    const assigned = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment.slice()]))
    const settled = (error: ErrorCode) => {
      // Somebody may have joined or left in the meantime: then the next generation decides.
      if (group.state !== 'CompletingRebalance' || group.generationId !== generationId) return
      if (error !== ErrorCode.NONE) {
        this.#rebalance.failSyncs(group, error)
        this.#rebalance.prepareOrContinue(group, `the assignment of leader ${JSON.stringify(memberId)} was not stored`)
        return
      }
      for (const member of group.members()) member.assignment = assigned.get(member.memberId) ?? NO_ASSIGNMENT
      this.#rebalance.answerSyncs(group)
      group.become('Stable', this.#around.clock.nowMs())
    }
    const value = group.toMetadata((member) => assigned.get(member.memberId) ?? NO_ASSIGNMENT)
    return { records: [{ kind: 'group', groupId, value }], response: undefined, apply: false, settled }
  }
}

function refusalOf(group: ClassicGroup, request: SyncGroupRequest): ErrorCode {
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const error = group.checkMember(request.memberId, request.groupInstanceId)
  if (error !== ErrorCode.NONE) return error
  if (request.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  if (differ(request.protocolType, group.protocolType) || differ(request.protocolName, group.protocolName)) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  }
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other
}
