/**
 * A classic group: its members, what they have in common, and where it stands.
 *
 *     Empty --join--> PreparingRebalance --all joined, or time--> CompletingRebalance --leader's sync--> Stable
 *       ^                 ^       |                                        |                               |
 *       +---- nobody -----|-------+                                        |                               |
 *                         +------ join, leave, session or sync time-out ---+-------------------------------+
 *
 * From each state it becomes Dead when the shard is given up. This is the noun; what requests and timers do with it is
 * in `join.ts`, `sync.ts`, `membership.ts` and `rebalance.ts`.
 *
 * Invariants:
 *   a static member's instance id belongs to one member
 *   the leader, if there is one, is a member
 *   a Stable or CompletingRebalance group has a protocol that all its members speak
 *   the generation grows by one with each rebalance that completes
 */
import { assert } from '#core'
import { ErrorCode, type MessageInput } from '#protocol'
import type { joinGroupResponse } from '#protocol/messages'
import type { ShardTimer } from '../runtime/shard-timer.ts'
import {
  type ClassicMember,
  type JoinGroupResponse,
  joinRefusal,
  type MemberProtocol,
  type MemberTerms,
  type Reply,
} from './classic-member.ts'
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsOf } from './consumer-subscription.ts'
import type { GroupMetadata } from './group-record.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

const PREVIOUS_STATES: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
}

/** The timers of a group's rebalance, made with the group. */
export interface GroupTimers {
  /** Ends the wait for members to join. */
  readonly join: ShardTimer
  /** Ends the wait for members to ask for their assignment. */
  readonly sync: ShardTimer
}

/** What a group is made from: nothing but a time, or what the log says. */
export interface GroupOrigin {
  readonly state: 'Empty' | 'Stable'
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** When it came into its state; -1: unknown, as old records have it. */
  readonly stateTimestampMs: number
}

export class ClassicGroup {
  readonly groupId: string
  readonly timers: GroupTimers
  state: GroupState
  /** The state before; a rebalance out of `Empty` is the group's first and waits for more members. */
  previousState: GroupState = 'Dead'
  stateTimestampMs: number
  generationId: number
  /** `consumer`, `connect` and so on; null: only offsets were ever committed. */
  protocolType: string | null
  /** The protocol chosen for this generation. */
  protocolName: string | null
  leaderId: string | null
  /** Topics that consumers are subscribed to; undefined where the broker cannot tell. */
  subscribedTopics: ReadonlySet<string> | undefined
  /** While a first rebalance waits for members: for how long now, and how long it may wait after that. */
  firstWait: { readonly delayMs: number; readonly remainingMs: number } | undefined
  /** True if someone came during that wait: it is then prolonged. */
  newMemberAdded = false
  /** Members who have not yet asked for their assignment in this generation. */
  readonly pendingSync = new Set<string>()
  readonly #members = new Map<string, ClassicMember>()
  readonly #memberIdByInstance = new Map<string, string>()
  /** Who was given a member id and has not yet joined with it, with the timer that forgets it. */
  readonly #pendingJoin = new Map<string, ShardTimer>()
  /** How many members speak each protocol. */
  readonly #speakerCounts = new Map<string, number>()
  #awaitingJoinCount = 0
  #metadataBytes = 0

  constructor(groupId: string, origin: GroupOrigin, timersOf: (group: ClassicGroup) => GroupTimers) {
    this.groupId = groupId
    this.timers = timersOf(this)
    this.state = origin.state
    this.stateTimestampMs = origin.stateTimestampMs
    this.generationId = origin.generationId
    this.protocolType = origin.protocolType
    this.protocolName = origin.protocolName
    this.leaderId = origin.leaderId
  }

  isIn(...states: readonly GroupState[]): boolean {
    return states.includes(this.state)
  }

  become(state: GroupState, nowMs: number): void {
    assert(PREVIOUS_STATES[state].includes(this.state), `a group does not go from ${this.state} to ${state}`)
    this.previousState = this.state
    this.state = state
    this.stateTimestampMs = nowMs
  }

  get canRebalance(): boolean {
    return PREVIOUS_STATES.PreparingRebalance.includes(this.state)
  }

  get isConsumerGroup(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  // Members

  get memberCount(): number {
    return this.#members.size
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount
  }

  /** What the members have said about themselves, which the group keeps in memory. */
  get metadataBytes(): number {
    return this.#metadataBytes
  }

  members(): MapIterator<ClassicMember> {
    return this.#members.values()
  }

  member(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId)
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  /** The member that holds an instance id. */
  memberIdOfInstance(groupInstanceId: string): string | undefined {
    return this.#memberIdByInstance.get(groupInstanceId)
  }

  /** Why a request that says to come from this member does not; NONE where it does. */
  checkMember(memberId: string, groupInstanceId: string | null): ErrorCode {
    if (groupInstanceId !== null) {
      const holder = this.#memberIdByInstance.get(groupInstanceId)
      if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
      if (holder !== memberId) return ErrorCode.FENCED_INSTANCE_ID
    }
    return this.#members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
  }

  /** Adds a member whose JoinGroup, if `reply` is given, waits. */
  add(member: ClassicMember, protocolType: string, reply?: Reply<JoinGroupResponse>): void {
    const { memberId, groupInstanceId } = member
    if (groupInstanceId !== null) {
      assert(!this.#memberIdByInstance.has(groupInstanceId), 'an instance id belongs to one member')
      this.#memberIdByInstance.set(groupInstanceId, memberId)
    }
    if (this.#members.size === 0) this.protocolType = protocolType
    assert(this.protocolType === protocolType, 'members have one protocol type')
    this.leaderId ??= memberId
    this.#members.set(memberId, member)
    this.#count(member, 1)
    this.forgetPendingJoin(memberId)
    if (reply !== undefined) this.awaitJoin(member, reply)
  }

  /** Removes a member, or one that was to join. Who waits in its name is to be answered before. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member !== undefined) {
      this.#members.delete(memberId)
      this.#count(member, -1)
      member.session.cancel()
      if (member.isAwaitingJoin) this.#awaitingJoinCount--
      if (member.groupInstanceId !== null) this.#memberIdByInstance.delete(member.groupInstanceId)
    }
    if (this.leaderId === memberId) this.leaderId = this.#members.keys().next().value ?? null
    this.forgetPendingJoin(memberId)
    this.pendingSync.delete(memberId)
  }

  /** Puts a static member's new process in the place of the old one, which learns of it if it waits. */
  replace(old: ClassicMember, by: ClassicMember): void {
    assert(
      old.groupInstanceId !== null && old.groupInstanceId === by.groupInstanceId,
      'only static members are replaced',
    )
    this.answerJoin(old, joinRefusal(ErrorCode.FENCED_INSTANCE_ID, old.memberId))
    old.answerSync({ errorCode: ErrorCode.FENCED_INSTANCE_ID, assignment: new Uint8Array(0) })
    old.session.cancel()
    this.#members.delete(old.memberId)
    this.#count(old, -1)
    this.#members.set(by.memberId, by)
    this.#count(by, 1)
    this.#memberIdByInstance.set(old.groupInstanceId, by.memberId)
    if (this.leaderId === old.memberId) this.leaderId = by.memberId
    if (this.pendingSync.delete(old.memberId)) this.pendingSync.add(by.memberId)
  }

  /** Takes over what a member says in a new JoinGroup. */
  update(member: ClassicMember, terms: MemberTerms): void {
    this.#count(member, -1)
    member.terms = terms
    this.#count(member, 1)
  }

  awaitJoin(member: ClassicMember, reply: Reply<JoinGroupResponse>): void {
    if (!member.isAwaitingJoin) this.#awaitingJoinCount++
    member.awaitJoin(reply)
  }

  answerJoin(member: ClassicMember, response: JoinGroupResponse): void {
    if (member.answerJoin(response)) this.#awaitingJoinCount--
  }

  // Members to come

  get pendingJoinCount(): number {
    return this.#pendingJoin.size
  }

  isPendingJoin(memberId: string): boolean {
    return this.#pendingJoin.has(memberId)
  }

  /** Keeps a member id that was given out, until `timer` or a JoinGroup ends it. */
  addPendingJoin(memberId: string, timer: ShardTimer): void {
    assert(!this.#members.has(memberId), 'a member is not waited for')
    this.#pendingJoin.set(memberId, timer)
  }

  forgetPendingJoin(memberId: string): void {
    this.#pendingJoin.get(memberId)?.cancel()
    this.#pendingJoin.delete(memberId)
  }

  // Rebalances

  get hasAllJoined(): boolean {
    return this.#members.size === this.#awaitingJoinCount && this.#pendingJoin.size === 0
  }

  /** The longest that a member wants to be waited for. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { terms } of this.#members.values()) longest = Math.max(longest, terms.rebalanceTimeoutMs)
    return longest
  }

  /** Gives the lead to a member that has joined, where the leader has not; false where nobody has joined. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.#members.get(this.leaderId)!.isAwaitingJoin) return true
    for (const member of this.#members.values()) {
      if (member.isAwaitingJoin) {
        this.leaderId = member.memberId
        return true
      }
    }
    return false
  }

  /** Begins the next generation, with a protocol that all members speak, or without members. */
  beginGeneration(nowMs: number): void {
    this.generationId++
    const isEmpty = this.#members.size === 0
    this.protocolName = isEmpty ? null : this.chooseProtocol()
    this.refreshSubscribedTopics()
    this.become(isEmpty ? 'Empty' : 'CompletingRebalance', nowMs)
    this.pendingSync.clear()
  }

  refreshSubscribedTopics(): void {
    const { protocolName } = this
    if (!this.isConsumerGroup) this.subscribedTopics = undefined
    else if (this.#members.size === 0) this.subscribedTopics = new Set()
    else if (protocolName === null) this.subscribedTopics = undefined
    else
      this.subscribedTopics = subscribedTopicsOf([...this.members()].map((member) => member.metadataFor(protocolName)))
  }

  /** True where offsets of the topic are in use: by a subscription, or perhaps by one that cannot be read. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.isConsumerGroup
  }

  /** True where somebody who speaks these protocols fits in: all members share at least one of them. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    if (protocolType !== this.protocolType) return false
    return protocols.some(({ name }) => (this.#speakerCounts.get(name) ?? 0) === this.#members.size)
  }

  /** The protocol that most members like best among those that all speak; the first one named wins a tie. */
  chooseProtocol(): string {
    const candidates = new Set<string>()
    for (const [name, count] of this.#speakerCounts) if (count === this.#members.size) candidates.add(name)
    const votes = new Map<string, number>()
    for (const member of this.#members.values()) {
      const vote = member.vote(candidates)
      if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1)
    }
    let chosen: string | undefined
    for (const [name, count] of votes) if (chosen === undefined || count > votes.get(chosen)!) chosen = name
    assert(chosen !== undefined, 'who speaks no common protocol was not let in')
    return chosen
  }

  #count({ terms }: ClassicMember, by: 1 | -1): void {
    for (const name of new Set(terms.protocols.map((protocol) => protocol.name))) {
      const count = (this.#speakerCounts.get(name) ?? 0) + by
      if (count === 0) this.#speakerCounts.delete(name)
      else this.#speakerCounts.set(name, count)
    }
    for (const { metadata } of terms.protocols) this.#metadataBytes += by * metadata.length
  }

  // What others are shown

  /** The members as the leader needs them for the assignment. */
  membersForLeader(): MessageInput<typeof joinGroupResponse>['members'] {
    return [...this.members()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadataFor(this.protocolName),
    }))
  }

  /** The group as it is stored, with what each member is assigned. */
  toMetadata(assignmentOf: (member: ClassicMember) => Uint8Array): GroupMetadata {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generationId,
      protocol: this.protocolName,
      leader: this.leaderId,
      currentStateTimestamp: this.stateTimestampMs,
      members: [...this.members()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.terms.rebalanceTimeoutMs,
        sessionTimeout: member.terms.sessionTimeoutMs,
        subscription: member.metadataFor(this.protocolName),
        assignment: assignmentOf(member),
      })),
    }
  }
}
