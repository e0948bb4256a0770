/**
 * The groups of one partition of `__consumer_offsets`: the state machine that the runtime replicates.
 *
 * It routes requests to the part that knows them, applies records to groups and offsets, and sees to what concerns both:
 * listing, describing, deleting and expiring.
 */
import type { ProducerId, TopicId } from '#core'
import type { Clock, Logger } from '#host'
import { ErrorCode, type MessageInput, type RequestOf } from '#protocol'
import type { deleteGroupsResponse, describeGroupsResponse, listGroups, listGroupsResponse } from '#protocol/messages'
import type { CoordinatorResult, CoordinatorShard, RecordPlace, ShardContext } from '../runtime/coordinator-shard.ts'
import type { ShardTimer } from '../runtime/shard-timer.ts'
import type { ClassicGroup } from './classic-group.ts'
import { joinRefusal, type Reply, type SyncGroupResponse, syncRefusal } from './classic-member.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { GroupMetadata, GroupRecord } from './group-record.ts'
import { Groups } from './groups.ts'
import { type Join, Joins } from './join.ts'
import { type HeartbeatRequest, type LeaveGroupRequest, type LeaveGroupResponse, Membership } from './membership.ts'
import {
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type OffsetFetchGroup,
  type OffsetFetchGroupResponse,
  OffsetRequests,
  type OffsetView,
} from './offset-requests.ts'
import { Offsets } from './offsets.ts'
import { type GroupStep, NO_STEP, Rebalance } from './rebalance.ts'
import { type SyncGroupRequest, Syncs } from './sync.ts'

export type ListGroupsRequest = RequestOf<typeof listGroups>
export type ListedGroup = MessageInput<typeof listGroupsResponse>['groups'][number]
export type DescribedGroup = MessageInput<typeof describeGroupsResponse>['groups'][number]
export type DeletedGroup = MessageInput<typeof deleteGroupsResponse>['results'][number]

/** From this version of DescribeGroups on a missing group is told as such, before it was a dead one. */
const GROUP_NOT_FOUND_VERSION = 6

export interface GroupShardOptions {
  readonly config: GroupCoordinatorConfig
  readonly clock: Clock
  readonly logger: Logger
  newUuid(): string
}

export class GroupShard implements CoordinatorShard<GroupRecord> {
  readonly #config: GroupCoordinatorConfig
  readonly #logger: Logger
  readonly #partition: number
  readonly #clock: Clock
  readonly #groups: Groups
  readonly #offsets: Offsets
  readonly #rebalance: Rebalance
  readonly #joins: Joins
  readonly #syncs: Syncs
  readonly #membership: Membership
  readonly #offsetRequests: OffsetRequests
  readonly #expiry: ShardTimer
  /** How many records of each foreign type the log holds. */
  readonly #foreignCounts = new Map<number, number>()

  constructor(context: ShardContext<GroupRecord>, { config, clock, logger, newUuid }: GroupShardOptions) {
    this.#config = config
    this.#clock = clock
    this.#logger = logger
    this.#partition = context.partition
    const isCurrent = (group: ClassicGroup) => this.#groups.get(group.groupId) === group
    const around = { config, clock, logger, context, newUuid, isCurrent }
    this.#rebalance = new Rebalance(around)
    this.#groups = new Groups(context.timeline, clock, { rebalance: this.#rebalance })
    this.#offsets = new Offsets(context.timeline)
    this.#joins = new Joins(around, this.#rebalance)
    this.#syncs = new Syncs(around, this.#rebalance)
    this.#membership = new Membership(around, this.#rebalance)
    this.#offsetRequests = new OffsetRequests({
      groups: this.#groups,
      offsets: this.#offsets,
      rebalance: this.#rebalance,
      config,
      clock,
      logger,
    })
    this.#expiry = context.timer(() => this.#expire())
  }

  // Members

  join(join: Join): GroupStep {
    const { groupId, memberId } = join.request
    const group = this.#groups.get(groupId)
    if (group !== undefined) return this.#joins.join(group, join)
    if (memberId !== '') {
      join.reply(joinRefusal(ErrorCode.UNKNOWN_MEMBER_ID, memberId))
      return NO_STEP
    }
    const created = this.#groups.create(groupId)
    this.#joins.join(created, join)
    // Written at once, so that the group is there for all to see, and is known after a fail-over.
    return {
      records: [{ kind: 'group', groupId, value: emptyGroup(created.stateTimestampMs) }],
      response: undefined,
      apply: false,
      settled: (error) => {
        if (error === ErrorCode.NONE) return
        for (const member of created.members()) created.answerJoin(member, joinRefusal(error, ''))
      },
    }
  }

  sync(request: SyncGroupRequest, reply: Reply<SyncGroupResponse>): GroupStep {
    const group = this.#groups.get(request.groupId)
    if (group !== undefined && group.state !== 'Empty') return this.#syncs.sync(group, request, reply)
    reply(syncRefusal(ErrorCode.UNKNOWN_MEMBER_ID))
    return NO_STEP
  }

  heartbeat(request: HeartbeatRequest): CoordinatorResult<ErrorCode, GroupRecord> {
    const group = this.#groups.get(request.groupId)
    const response = group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : this.#membership.heartbeat(group, request)
    return { records: [], response }
  }

  leave(request: LeaveGroupRequest): CoordinatorResult<LeaveGroupResponse, GroupRecord> {
    const group = this.#groups.get(request.groupId)
    if (group !== undefined) return this.#membership.leave(group, request)
    const members = request.members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
    }))
    return { records: [], response: { errorCode: ErrorCode.NONE, members } }
  }

  // Offsets

  commitOffsets(
    request: OffsetCommitRequest,
    apiVersion: number,
  ): CoordinatorResult<OffsetCommitResponse, GroupRecord> {
    return this.#offsetRequests.commit(request, apiVersion)
  }

  fetchOffsets(request: OffsetFetchGroup, view: OffsetView): OffsetFetchGroupResponse {
    return this.#offsetRequests.fetch(request, view)
  }

  deleteOffsets(request: OffsetDeleteRequest): CoordinatorResult<OffsetDeleteResponse, GroupRecord> {
    return this.#offsetRequests.delete(request)
  }

  /** Deletes what groups committed for topics that are no more. */
  deleteOffsetsOfTopics(topics: ReadonlyMap<string, TopicId>): CoordinatorResult<void, GroupRecord> {
    return { records: this.#offsetRequests.deleteForTopics(topics), response: undefined, atomic: false }
  }

  // Administration

  list({ statesFilter, typesFilter }: ListGroupsRequest): ListedGroup[] {
    const states = statesFilter.map((state) => state.trim().toLowerCase())
    const types = typesFilter.map((type) => type.toLowerCase())
    const listed: ListedGroup[] = []
    for (const { groupId, protocolType, state } of this.#groups.committedValues()) {
      if (states.length > 0 && !states.includes(state.toLowerCase())) continue
      if (types.length > 0 && !types.includes('classic')) continue
      listed.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: 'classic' })
    }
    return listed
  }

  describe(groupId: string, apiVersion: number): DescribedGroup {
    const group = this.#groups.getCommitted(groupId)
    if (group === undefined) {
      const dead = { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
      if (apiVersion < GROUP_NOT_FOUND_VERSION) return { ...dead, errorCode: ErrorCode.NONE }
      return { ...dead, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` }
    }
    // What a member said for the protocol makes sense only while there is one.
    const protocolName = group.state === 'Stable' ? group.protocolName : null
    return {
      errorCode: ErrorCode.NONE,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType ?? '',
      protocolData: protocolName ?? '',
      members: [...group.members()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        memberMetadata: member.metadataFor(protocolName),
        memberAssignment: member.assignment,
      })),
    }
  }

  deleteGroups(groupIds: readonly string[]): CoordinatorResult<DeletedGroup[], GroupRecord> {
    const records: GroupRecord[] = []
    const response = groupIds.map((groupId) => {
      const state = this.#groups.get(groupId)?.state ?? 'Dead'
      if (state === 'Dead') return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND }
      if (state !== 'Empty') return { groupId, errorCode: ErrorCode.NON_EMPTY_GROUP }
      for (const record of this.#offsetRequests.deleteAll(groupId)) records.push(record)
      records.push({ kind: 'group', groupId, value: null })
      return { groupId, errorCode: ErrorCode.NONE }
    })
    return { records, response }
  }

  #expire(): CoordinatorResult<void, GroupRecord> {
    const all: GroupRecord[] = []
    for (const group of this.#groups.values()) {
      const { records, isEmpty } = this.#offsetRequests.expire(group)
      for (const record of records) all.push(record)
      if (isEmpty && group.state === 'Empty') all.push({ kind: 'group', groupId: group.groupId, value: null })
    }
    if (all.length > 0)
      this.#logger.info(`Partition ${this.#partition}: ${all.length} records expire offsets and groups`)
    this.#expiry.start(this.#config.offsetsRetentionCheckIntervalMs)
    return { records: all, response: undefined, atomic: false }
  }

  // The log

  apply(record: GroupRecord, place: RecordPlace): void {
    switch (record.kind) {
      case 'offset':
        // Whoever only stores offsets has a group all the same, of which no record tells.
        if (record.value !== null) this.#groups.getOrCreate(record.groupId)
        this.#offsets.apply(record, place)
        break
      case 'group':
        this.#groups.apply(record)
        break
      case 'foreign':
        this.#foreignCounts.set(record.type, (this.#foreignCounts.get(record.type) ?? 0) + 1)
        break
    }
  }

  endTransaction(producerId: ProducerId, committed: boolean): void {
    this.#offsets.endTransaction(producerId, committed)
  }

  loaded(): void {
    for (const group of this.#groups.values()) {
      for (const member of group.members()) this.#rebalance.renewSession(member)
      if (group.memberCount > this.#config.groupSizeMax) {
        this.#rebalance.prepare(group, `it has more than the ${this.#config.groupSizeMax} members allowed now`)
      }
    }
    if (this.#foreignCounts.size > 0) {
      const counts = [...this.#foreignCounts].map(([type, count]) => `${type}: ${count}`).join(', ')
      this.#logger.warn(`Partition ${this.#partition}: left records of other kinds of groups alone, type ${counts}`)
    }
    this.#expiry.start(this.#config.offsetsRetentionCheckIntervalMs)
  }

  unloaded(): void {
    for (const group of this.#groups.values()) {
      group.become('Dead', this.#clock.nowMs())
      for (const member of group.members()) {
        group.answerJoin(member, joinRefusal(ErrorCode.NOT_COORDINATOR, member.memberId))
        member.answerSync(syncRefusal(ErrorCode.NOT_COORDINATOR))
      }
    }
  }
}

/** A group that has just come into being, as it is stored. */
function emptyGroup(currentStateTimestamp: number): GroupMetadata {
  return { protocolType: '', generation: 0, protocol: null, leader: null, currentStateTimestamp, members: [] }
}
