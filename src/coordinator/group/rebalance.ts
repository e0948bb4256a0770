/**
 * The course of a rebalance: from the wait for members, over the new generation, to the wait for their syncs; and the
 * time-outs on the way.
 *
 * What a group goes through in a rebalance is not in the log until the leader's assignment is; the methods here change
 * the group at once and return the records that follow, not to be applied again. All of them are called from within an
 * operation on the shard, or are the operation of one of its timers.
 */
import type { Clock, Logger } from '#host'
import { ErrorCode } from '#protocol'
import type { CoordinatorResult, ShardContext } from '../runtime/coordinator-shard.ts'
import type { ShardTimer } from '../runtime/shard-timer.ts'
import type { ClassicGroup, GroupTimers } from './classic-group.ts'
import { type ClassicMember, joinRefusal, NO_ASSIGNMENT } from './classic-member.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { GroupRecord } from './group-record.ts'

/** Records that follow from a step of the state machine, and what follows from their fate. */
export type GroupStep = CoordinatorResult<void, GroupRecord>

export const NO_STEP: GroupStep = { records: [], response: undefined }

/** What the parts of the state machine have around them. */
export interface GroupSurroundings {
  readonly config: GroupCoordinatorConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly context: ShardContext<GroupRecord>
  /** A random UUID as Java writes it, for member ids. */
  newUuid(): string
  /** True while the group is the one of its name; false for what a late timer still holds. */
  isCurrent(group: ClassicGroup): boolean
}

export class Rebalance {
  readonly #around: GroupSurroundings

  constructor(around: GroupSurroundings) {
    this.#around = around
  }

  /** The timers of a new group. */
  timersOf(group: ClassicGroup): GroupTimers {
    const { context } = this.#around
    return {
      join: context.timer(() => this.expireJoin(group)),
      sync: context.timer(() => this.expireSync(group)),
    }
  }

  /** The timer of a member's session, which `renewSession` starts. */
  sessionTimer(group: ClassicGroup, memberId: string): ShardTimer {
    return this.#around.context.timer(() => this.expireSession(group, memberId))
  }

  /** Gives a member id that was handed out `timeoutMs` to be joined with. */
  awaitPendingJoin(group: ClassicGroup, memberId: string, timeoutMs: number): void {
    const timer = this.#around.context.timer(() => this.expirePendingJoin(group, memberId))
    timer.start(timeoutMs)
    group.addPendingJoin(memberId, timer)
  }

  /** Begins a rebalance if the group is at rest, else goes on with the one under way. */
  prepareOrContinue(group: ClassicGroup, reason: string): GroupStep {
    return group.canRebalance ? this.prepare(group, reason) : this.continue(group)
  }

  /** Has all members join anew. */
  prepare(group: ClassicGroup, reason: string): GroupStep {
    if (group.state === 'CompletingRebalance') this.failSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS)
    group.pendingSync.clear()
    group.timers.sync.cancel()
    const isFirst = group.state === 'Empty'
    group.become('PreparingRebalance', this.#around.clock.nowMs())
    this.#around.logger.info(
      `Group ${JSON.stringify(group.groupId)} prepares a rebalance after generation ${group.generationId}: ${reason}`,
    )
    if (isFirst) {
      // More members are likely to come: each rebalance spared is a stop of all consumers spared.
      const delayMs = this.#around.config.initialRebalanceDelayMs
      group.firstWait = { delayMs, remainingMs: Math.max(group.rebalanceTimeoutMs - delayMs, 0) }
      group.timers.join.start(delayMs)
      return NO_STEP
    }
    if (group.hasAllJoined) return this.complete(group)
    group.timers.join.start(group.rebalanceTimeoutMs)
    return NO_STEP
  }

  /** Completes the rebalance under way if nobody is waited for any more. A first one always waits for its time. */
  continue(group: ClassicGroup): GroupStep {
    if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return NO_STEP
    return group.hasAllJoined ? this.complete(group) : NO_STEP
  }

  /** The wait for members is over, unless it is a first one, somebody came during it, and there is time for more. */
  expireJoin(group: ClassicGroup): GroupStep {
    if (!this.#around.isCurrent(group) || group.state !== 'PreparingRebalance') return NO_STEP
    const { firstWait, newMemberAdded } = group
    if (firstWait === undefined || !newMemberAdded || firstWait.remainingMs === 0) return this.complete(group)
    group.newMemberAdded = false
    const delayMs = Math.min(this.#around.config.initialRebalanceDelayMs, firstWait.remainingMs)
    group.firstWait = { delayMs, remainingMs: Math.max(firstWait.remainingMs - firstWait.delayMs, 0) }
    group.timers.join.start(delayMs)
    return NO_STEP
  }

  /** Ends the wait for members: whoever has not joined is out, unless it is static and its session still runs. */
  complete(group: ClassicGroup): GroupStep {
    const { clock, logger } = this.#around
    group.timers.join.cancel()
    group.firstWait = undefined
    for (const member of [...group.members()]) {
      if (!member.isAwaitingJoin && !member.isStatic) group.remove(member.memberId)
    }
    if (!group.electJoinedLeader() && group.memberCount > 0) {
      // Only static members are left, none of which has joined: their sessions will end, or one of them comes.
      logger.warn(`Group ${JSON.stringify(group.groupId)} cannot complete its rebalance: nobody has joined`)
      group.timers.join.start(group.rebalanceTimeoutMs)
      return NO_STEP
    }
    group.beginGeneration(clock.nowMs())
    const { groupId, generationId } = group
    logger.info(`Group ${JSON.stringify(groupId)} has ${group.memberCount} members in generation ${generationId}`)
    if (group.state === 'Empty') {
      return {
        records: [{ kind: 'group', groupId, value: group.toMetadata(() => NO_ASSIGNMENT) }],
        response: undefined,
        apply: false,
      }
    }
    for (const member of group.members()) {
      group.answerJoin(member, {
        errorCode: ErrorCode.NONE,
        generationId,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        leader: group.leaderId ?? '',
        memberId: member.memberId,
        members: group.isLeader(member.memberId) ? group.membersForLeader() : [],
      })
      this.renewSession(member)
      member.isNew = false
      group.pendingSync.add(member.memberId)
    }
    group.timers.sync.start(group.rebalanceTimeoutMs)
    return NO_STEP
  }

  /** Answers all members who wait for their assignment. */
  answerSyncs(group: ClassicGroup): void {
    for (const member of group.members()) {
      const answered = member.answerSync({
        errorCode: ErrorCode.NONE,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment: member.assignment,
      })
      // Its session may have run out unheeded while it waited.
      if (answered) this.renewSession(member)
    }
  }

  /** Takes all assignments back and tells so to the members who wait for theirs. */
  failSyncs(group: ClassicGroup, errorCode: ErrorCode): void {
    for (const member of group.members()) {
      member.assignment = NO_ASSIGNMENT
      if (member.answerSync({ errorCode, assignment: NO_ASSIGNMENT })) this.renewSession(member)
    }
  }

  /** Counts a member's silence from now. */
  renewSession(member: ClassicMember, timeoutMs: number = member.terms.sessionTimeoutMs): void {
    member.session.start(timeoutMs)
  }

  /** Ends a member that has been silent for too long. */
  expireSession(group: ClassicGroup, memberId: string): GroupStep {
    const member = group.member(memberId)
    if (!this.#around.isCurrent(group) || group.state === 'Dead' || member === undefined) return NO_STEP
    // Who waits for our answer is not silent; but a client may have gone while its first JoinGroup waited.
    if (!member.isNew && (member.isAwaitingJoin || member.isAwaitingSync)) return NO_STEP
    this.#around.logger.info(
      `Group ${JSON.stringify(group.groupId)} loses member ${JSON.stringify(memberId)}: its session has timed out`,
    )
    this.dismiss(group, member)
    if (group.isIn('Stable', 'CompletingRebalance')) {
      return this.prepareOrContinue(group, `the session of member ${JSON.stringify(memberId)} timed out`)
    }
    return group.state === 'PreparingRebalance' && group.hasAllJoined ? this.complete(group) : NO_STEP
  }

  /** Forgets a member id that was given out and not joined with in time. */
  expirePendingJoin(group: ClassicGroup, memberId: string): GroupStep {
    if (!this.#around.isCurrent(group) || group.state === 'Dead' || !group.isPendingJoin(memberId)) return NO_STEP
    group.remove(memberId)
    return group.state === 'PreparingRebalance' && group.hasAllJoined ? this.complete(group) : NO_STEP
  }

  /** Removes a member; if its JoinGroup waits, its client learns that it must begin anew. */
  dismiss(group: ClassicGroup, member: ClassicMember): void {
    group.answerJoin(member, joinRefusal(ErrorCode.UNKNOWN_MEMBER_ID, ''))
    member.answerSync({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID, assignment: NO_ASSIGNMENT })
    group.remove(member.memberId)
  }

  /** Removes the members who have joined but not asked for their assignment in time. */
  expireSync(group: ClassicGroup): GroupStep {
    if (!this.#around.isCurrent(group) || !group.isIn('CompletingRebalance', 'Stable')) return NO_STEP
    if (group.pendingSync.size === 0) return NO_STEP
    const names = [...group.pendingSync].map((name) => JSON.stringify(name)).join(', ')
    for (const memberId of [...group.pendingSync]) {
      const member = group.member(memberId)
      if (member !== undefined) this.dismiss(group, member)
    }
    return this.prepare(group, `members ${names} did not ask for their assignment in time`)
  }
}
