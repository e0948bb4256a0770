/**
 * JoinGroup: how a client becomes a member, or a member takes part in the next rebalance.
 *
 * A client without a member id gets one. Since version 4 it must come back with it (KIP-394): what is given out to a
 * client that has died is then forgotten soon, and is no member that the group waits for. A static member (KIP-345) is
 * known by its instance id: its new process takes the place of the old one, without a rebalance if nothing changes.
 */
import { utf8Length } from '#core'
import { ErrorCode, type RequestOf } from '#protocol'
import type { joinGroup } from '#protocol/messages'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicMember, type JoinGroupResponse, joinRefusal, type MemberTerms, type Reply } from './classic-member.ts'
import { type GroupStep, type GroupSurroundings, NO_STEP, type Rebalance } from './rebalance.ts'

export type JoinGroupRequest = RequestOf<typeof joinGroup>

/** From this version of JoinGroup on a new member must come back with the id it was given. */
const KNOWN_MEMBER_ID_VERSION = 4
/** From this version on a leader can be told that its assignment is not needed. */
const SKIP_ASSIGNMENT_VERSION = 9
/** How long a new member's JoinGroup may wait: its client cannot heartbeat yet and may have gone. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
/** What the members of one group may say about themselves in all. A record holds a megabyte of it, one protocol's. */
const GROUP_METADATA_BYTES_MAX = 64 * 1024 * 1024
/** The longest string that a message holds. */
const STRING_BYTES_MAX = 32767
/** What a member id that was given out is counted as. */
const PENDING_JOIN_BYTES = 1024

/** Who sends a JoinGroup, and in which version. */
export interface JoinContext {
  readonly apiVersion: number
  readonly clientId: string
  /** As Java shows an address: `/127.0.0.1`. */
  readonly clientHost: string
}

/** A JoinGroup being handled. */
export interface Join {
  readonly context: JoinContext
  readonly request: JoinGroupRequest
  readonly reply: Reply<JoinGroupResponse>
}

export class Joins {
  readonly #around: GroupSurroundings
  readonly #rebalance: Rebalance

  constructor(around: GroupSurroundings, rebalance: Rebalance) {
    this.#around = around
    this.#rebalance = rebalance
  }

  /** Lets a client into a group, which exists by now. */
  join(group: ClassicGroup, join: Join): GroupStep {
    const { request, reply } = join
    const { memberId } = request
    if (!this.#hasRoom(group, request)) {
      const member = group.member(memberId)
      if (member === undefined) group.forgetPendingJoin(memberId)
      else this.#rebalance.dismiss(group, member)
      reply(joinRefusal(ErrorCode.GROUP_MAX_SIZE_REACHED, ''))
      return NO_STEP
    }
    if (group.state === 'Dead') {
      reply(joinRefusal(ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId))
      return NO_STEP
    }
    if (!group.supports(request.protocolType, request.protocols)) {
      reply(joinRefusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId))
      return NO_STEP
    }
    return memberId === '' ? this.#joinAsNew(group, join) : this.#joinAsKnown(group, join)
  }

  #hasRoom(group: ClassicGroup, { memberId, protocols }: JoinGroupRequest): boolean {
    const { groupSizeMax } = this.#around.config
    const member = group.member(memberId)
    let bytes = group.metadataBytes + group.pendingJoinCount * PENDING_JOIN_BYTES
    for (const { metadata } of protocols) bytes += metadata.length
    if (bytes > GROUP_METADATA_BYTES_MAX && member === undefined) return false
    switch (group.state) {
      case 'Empty':
      case 'Dead':
        return true
      case 'PreparingRebalance':
        // Who has joined counts, not who is a member: so a group that has become too large loses those who come last.
        return member?.isAwaitingJoin === true || group.awaitingJoinCount < groupSizeMax
      default:
        return member !== undefined || group.memberCount < groupSizeMax
    }
  }

  #joinAsNew(group: ClassicGroup, join: Join): GroupStep {
    const { context, request, reply } = join
    const { groupInstanceId } = request
    const memberId = `${groupInstanceId ?? context.clientId}-${this.#around.newUuid()}`
    if (utf8Length(memberId) > STRING_BYTES_MAX) {
      reply(joinRefusal(ErrorCode.INVALID_REQUEST, ''))
      return NO_STEP
    }
    if (groupInstanceId !== null) {
      const holderId = group.memberIdOfInstance(groupInstanceId)
      return holderId === undefined
        ? this.#add(group, memberId, join)
        : this.#replace(group, group.member(holderId)!, { memberId, join })
    }
    if (context.apiVersion < KNOWN_MEMBER_ID_VERSION) return this.#add(group, memberId, join)
    this.#rebalance.awaitPendingJoin(group, memberId, request.sessionTimeoutMs)
    reply(joinRefusal(ErrorCode.MEMBER_ID_REQUIRED, memberId))
    return NO_STEP
  }

  #joinAsKnown(group: ClassicGroup, join: Join): GroupStep {
    const { request, reply } = join
    const { memberId, groupInstanceId, protocols } = request
    if (group.isPendingJoin(memberId)) {
      if (groupInstanceId === null) return this.#add(group, memberId, join)
      // The id was given to a dynamic member; a static one never needs to come back with it.
      reply(joinRefusal(ErrorCode.UNKNOWN_SERVER_ERROR, ''))
      return NO_STEP
    }
    const error = group.checkMember(memberId, groupInstanceId)
    if (error !== ErrorCode.NONE) {
      reply(joinRefusal(error, memberId))
      return NO_STEP
    }
    const member = group.member(memberId)!
    const unchanged = member.speaks(protocols)
    switch (group.state) {
      case 'PreparingRebalance':
        return this.#update(group, member, { join, reason: `member ${JSON.stringify(memberId)} joined again` })
      case 'CompletingRebalance':
      case 'Stable':
        if (unchanged && (group.state === 'CompletingRebalance' || !group.isLeader(memberId))) {
          // Its answer may have been lost: it gets the current generation once more, and asks for its assignment.
          // In CompletingRebalance the leader too, who has yet to make it.
          const isLeader = group.state === 'CompletingRebalance' && group.isLeader(memberId)
          reply(this.#currentGeneration(group, memberId, { members: isLeader ? group.membersForLeader() : [] }))
          return NO_STEP
        }
        // A stable leader that joins has seen something that changes the assignment: partitions, for example.
        return this.#update(group, member, {
          join,
          reason: unchanged
            ? `its leader ${JSON.stringify(memberId)} joined again`
            : `member ${JSON.stringify(memberId)} joined with other metadata`,
        })
      default:
        reply(joinRefusal(ErrorCode.UNKNOWN_MEMBER_ID, memberId))
        return NO_STEP
    }
  }

  #add(group: ClassicGroup, memberId: string, { context, request, reply }: Join): GroupStep {
    const member = this.#newMember(group, { memberId, context, request })
    member.isNew = true
    if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
    group.add(member, request.protocolType, reply)
    this.#rebalance.renewSession(member, NEW_MEMBER_JOIN_TIMEOUT_MS)
    return this.#rebalance.prepareOrContinue(group, `member ${JSON.stringify(memberId)} joined${because(request)}`)
  }

  #update(group: ClassicGroup, member: ClassicMember, { join, reason }: { join: Join; reason: string }): GroupStep {
    group.update(member, termsOf(join.request))
    group.awaitJoin(member, join.reply)
    return this.#rebalance.prepareOrContinue(group, `${reason}${because(join.request)}`)
  }

  /** Puts a static member's new process in the place of the old one. */
  #replace(group: ClassicGroup, old: ClassicMember, { memberId, join }: { memberId: string; join: Join }): GroupStep {
    const { request, reply } = join
    const leaderBefore = group.leaderId
    const session = this.#rebalance.sessionTimer(group, memberId)
    const { groupInstanceId, clientId, clientHost, terms, assignment } = old
    const member = new ClassicMember({ memberId, groupInstanceId, clientId, clientHost }, terms, {
      session,
      assignment,
    })
    group.replace(old, member)
    group.update(member, termsOf(request))
    group.awaitJoin(member, reply)
    this.#rebalance.renewSession(member)
    const reason = `a new process ${JSON.stringify(memberId)} of a static member joined${because(request)}`
    switch (group.state) {
      case 'Stable':
        if (group.chooseProtocol() !== group.protocolName) return this.#rebalance.prepareOrContinue(group, reason)
        return this.#storeReplacement(group, { old, member, join, leaderBefore })
      case 'CompletingRebalance':
        // The leader may be assigning by the old member id at this moment: the new one would be left out.
        return this.#rebalance.prepare(group, reason)
      default:
        return this.#rebalance.continue(group)
    }
  }

  /** Writes the group with the new member id, and answers the new process when that is stored. */
  #storeReplacement(
    group: ClassicGroup,
    {
      old,
      member,
      join,
      leaderBefore,
    }: { old: ClassicMember; member: ClassicMember; join: Join; leaderBefore: string | null },
  ): GroupStep {
    const { groupId } = group
    const { memberId } = member
    const settled = (error: ErrorCode) => {
      if (group.member(memberId) !== member) return
      if (error !== ErrorCode.NONE) {
        const session = this.#rebalance.sessionTimer(group, old.memberId)
        const restored = new ClassicMember(old, old.terms, { session, assignment: old.assignment })
        group.answerJoin(member, {
          ...this.#currentGeneration(group, ''),
          errorCode: error,
          leader: leaderBefore ?? '',
        })
        group.replace(member, restored)
        this.#rebalance.renewSession(restored)
        return
      }
      const isLeader = group.isLeader(memberId)
      // A leader that would assign anew would have to rebalance the group for it. An old client cannot be told to skip
      // that, but one that is not the leader by what it reads does not assign.
      const answer =
        join.context.apiVersion >= SKIP_ASSIGNMENT_VERSION
          ? { members: isLeader ? group.membersForLeader() : [], skipAssignment: isLeader }
          : { leader: leaderBefore ?? '' }
      group.answerJoin(member, this.#currentGeneration(group, memberId, answer))
    }
    return {
      records: [{ kind: 'group', groupId, value: group.toMetadata(({ assignment }) => assignment) }],
      response: undefined,
      apply: false,
      settled,
    }
  }

  #newMember(
    group: ClassicGroup,
    { memberId, context, request }: { memberId: string; context: JoinContext; request: JoinGroupRequest },
  ): ClassicMember {
    const { clientId, clientHost } = context
    return new ClassicMember(
      { memberId, groupInstanceId: request.groupInstanceId, clientId, clientHost },
      termsOf(request),
      { session: this.#rebalance.sessionTimer(group, memberId) },
    )
  }

  #currentGeneration(
    group: ClassicGroup,
    memberId: string,
    more: Partial<Pick<JoinGroupResponse, 'members' | 'skipAssignment' | 'leader'>> = {},
  ): JoinGroupResponse {
    return {
      errorCode: ErrorCode.NONE,
      generationId: group.generationId,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      leader: group.leaderId ?? '',
      memberId,
      members: [],
      ...more,
    }
  }
}

/** What a request says about its member. The metadata are copied: what was read is a view of a frame. */
function termsOf({ rebalanceTimeoutMs, sessionTimeoutMs, protocols }: JoinGroupRequest): MemberTerms {
  return {
    rebalanceTimeoutMs,
    sessionTimeoutMs,
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
  }
}

function because({ reason }: JoinGroupRequest): string {
  return reason === null || reason === '' ? '' : ` (client: ${JSON.stringify(reason)})`
}
