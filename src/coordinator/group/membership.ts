/**
 * Heartbeat and LeaveGroup: how a member stays and how it goes.
 */
import { ErrorCode, type MessageInput, type RequestOf } from '#protocol'
import type { heartbeat, leaveGroup, leaveGroupResponse } from '#protocol/messages'
import type { CoordinatorResult } from '../runtime/coordinator-shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { GroupRecord } from './group-record.ts'
import { type GroupStep, type GroupSurroundings, NO_STEP, type Rebalance } from './rebalance.ts'

export type HeartbeatRequest = RequestOf<typeof heartbeat>
export type LeaveGroupRequest = RequestOf<typeof leaveGroup>
export type LeaveGroupResponse = MessageInput<typeof leaveGroupResponse>
type LeavingMember = LeaveGroupRequest['members'][number]

export class Membership {
  readonly #around: GroupSurroundings
  readonly #rebalance: Rebalance

  constructor(around: GroupSurroundings, rebalance: Rebalance) {
    this.#around = around
    this.#rebalance = rebalance
  }

  /** Renews a member's session, and says whether it must join again. */
  heartbeat(group: ClassicGroup, { memberId, groupInstanceId, generationId }: HeartbeatRequest): ErrorCode {
    if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const error = group.checkMember(memberId, groupInstanceId)
    if (error !== ErrorCode.NONE) return error
    if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
    if (group.state === 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID
    this.#rebalance.renewSession(group.member(memberId)!)
    return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
  }

  /** Removes members at their own wish or, by instance id alone, at an administrator's. */
  leave(group: ClassicGroup, { members }: LeaveGroupRequest): CoordinatorResult<LeaveGroupResponse, GroupRecord> {
    if (group.state === 'Dead') {
      return { records: [], response: { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE } }
    }
    const answers = members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      errorCode: this.#remove(group, member),
    }))
    let step: GroupStep = NO_STEP
    const left = answers.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
    if (left.length > 0) {
      const names = left.map(({ memberId, groupInstanceId }) => JSON.stringify(memberId || groupInstanceId)).join(', ')
      if (group.isIn('Stable', 'CompletingRebalance')) {
        step = this.#rebalance.prepareOrContinue(group, `members ${names} left`)
      } else if (group.state === 'PreparingRebalance') {
        step = this.#rebalance.continue(group)
      }
    }
    return { ...step, response: { errorCode: ErrorCode.NONE, members: answers } }
  }

  #remove(group: ClassicGroup, { memberId, groupInstanceId, reason }: LeavingMember): ErrorCode {
    let leavingId: string | undefined = memberId
    if (memberId === '') {
      leavingId = groupInstanceId === null ? undefined : group.memberIdOfInstance(groupInstanceId)
      if (leavingId === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    } else if (group.isPendingJoin(memberId)) {
      group.remove(memberId)
      return ErrorCode.NONE
    } else {
      const error = group.checkMember(memberId, groupInstanceId)
      if (error !== ErrorCode.NONE) return error
    }
    this.#around.logger.info(
      `Member ${JSON.stringify(leavingId)} leaves group ${JSON.stringify(group.groupId)}: ${JSON.stringify(reason ?? 'no reason given')}`,
    )
    this.#rebalance.dismiss(group, group.member(leavingId)!)
    return ErrorCode.NONE
  }
}
