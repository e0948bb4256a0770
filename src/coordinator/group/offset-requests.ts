/**
 * What is asked of committed offsets: to store them, to show them, to delete them; and when they expire.
 */
import { type TopicId, ZERO_UUID } from '#core'
import type { Clock, Logger } from '#host'
import { ErrorCode, type MessageInput, type RequestOf } from '#protocol'
import type {
  offsetCommit,
  offsetCommitResponse,
  offsetDelete,
  offsetDeleteResponse,
  offsetFetch,
  offsetFetchResponse,
} from '#protocol/messages'
import type { CoordinatorResult } from '../runtime/coordinator-shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import { type GroupRecord, type OffsetRecord, offsetTombstone } from './group-record.ts'
import type { Groups } from './groups.ts'
import type { CommittedOffset, Offsets } from './offsets.ts'
import type { Rebalance } from './rebalance.ts'

export type OffsetCommitRequest = RequestOf<typeof offsetCommit>
export type OffsetCommitResponse = MessageInput<typeof offsetCommitResponse>
export type OffsetDeleteRequest = RequestOf<typeof offsetDelete>
export type OffsetDeleteResponse = MessageInput<typeof offsetDeleteResponse>
/** One group of an OffsetFetch request. Topics have their names, whatever the version; null asks for all. */
export type OffsetFetchGroup = RequestOf<typeof offsetFetch>['groups'][number]
export type OffsetFetchGroupResponse = NonNullable<MessageInput<typeof offsetFetchResponse>['groups']>[number]
type FetchedPartition = OffsetFetchGroupResponse['topics'][number]['partitions'][number]

/** From this version of OffsetCommit on a missing group is told as such. */
const GROUP_NOT_FOUND_VERSION = 9

/** Which view of the offsets is shown. */
export type OffsetView =
  /** What is committed to the log. */
  | 'committed'
  /** What was written last, with an error for what an open transaction may yet change; for an answer that waits. */
  | 'stable'

export interface OffsetRequestsOptions {
  readonly groups: Groups
  readonly offsets: Offsets
  readonly rebalance: Rebalance
  readonly config: GroupCoordinatorConfig
  readonly clock: Clock
  readonly logger: Logger
}

export class OffsetRequests {
  readonly #groups: Groups
  readonly #offsets: Offsets
  readonly #rebalance: Rebalance
  readonly #config: GroupCoordinatorConfig
  readonly #clock: Clock
  readonly #logger: Logger

  constructor({ groups, offsets, rebalance, config, clock, logger }: OffsetRequestsOptions) {
    this.#groups = groups
    this.#offsets = offsets
    this.#rebalance = rebalance
    this.#config = config
    this.#clock = clock
    this.#logger = logger
  }

  commit(request: OffsetCommitRequest, apiVersion: number): CoordinatorResult<OffsetCommitResponse, GroupRecord> {
    const error = this.#checkCommit(request, apiVersion)
    if (error !== ErrorCode.NONE) return { records: [], response: refusedCommit(request, error) }
    const records: OffsetRecord[] = []
    const commitTimestamp = this.#clock.nowMs()
    const expireTimestamp =
      request.retentionTimeMs === -1 ? -1 : timestampWithin(commitTimestamp + request.retentionTimeMs)
    const topics = request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
        const metadata = committedMetadata ?? ''
        const errorCode = this.#checkOffset(committedOffset, metadata)
        if (errorCode === ErrorCode.NONE) {
          records.push({
            kind: 'offset',
            groupId: request.groupId,
            topic: name,
            partition: partitionIndex,
            value: {
              offset: committedOffset,
              leaderEpoch: committedLeaderEpoch,
              metadata,
              commitTimestamp,
              expireTimestamp,
              topicId,
            },
          })
        }
        return { partitionIndex, errorCode }
      }),
    }))
    return { records, response: { topics } }
  }

  #checkOffset(offset: number, metadata: string): ErrorCode {
    if (metadata.length > this.#config.offsetMetadataMax) return ErrorCode.OFFSET_METADATA_TOO_LARGE
    // Beyond what is counted exactly here; no log reaches it.
    return Number.isSafeInteger(offset) ? ErrorCode.NONE : ErrorCode.INVALID_COMMIT_OFFSET_SIZE
  }

  /** Why a commit is refused; a group that does not exist is made for a client that only stores offsets. */
  #checkCommit(request: OffsetCommitRequest, apiVersion: number): ErrorCode {
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
    let group = this.#groups.get(groupId)
    if (group === undefined) {
      if (generationId >= 0) {
        return apiVersion >= GROUP_NOT_FOUND_VERSION ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION
      }
      this.#logger.info(`Group ${JSON.stringify(groupId)} begins with an offset committed by hand`)
      group = this.#groups.create(groupId)
    }
    if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (generationId < 0 && group.state === 'Empty') return ErrorCode.NONE
    if (generationId < 0 && memberId === '' && groupInstanceId === null) return ErrorCode.UNKNOWN_MEMBER_ID
    const error = group.checkMember(memberId, groupInstanceId)
    if (error !== ErrorCode.NONE) return error
    if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
    // The member has joined this generation and knows it: it shall ask for its assignment first.
    if (group.state === 'CompletingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS
    if (group.isIn('Stable', 'PreparingRebalance')) this.#rebalance.renewSession(group.member(memberId)!)
    return ErrorCode.NONE
  }

  /** What a group has committed; -1 where it has nothing. */
  fetch({ groupId, topics }: OffsetFetchGroup, view: OffsetView): OffsetFetchGroupResponse {
    const errorCode = ErrorCode.NONE
    const group = view === 'committed' ? this.#groups.getCommitted(groupId) : this.#groups.get(groupId)
    const exists = group !== undefined && group.state !== 'Dead'
    if (topics === null) return { groupId, topics: exists ? this.#fetchAll(groupId, view) : [], errorCode }
    return {
      groupId,
      topics: topics.map(({ name, topicId, partitionIndexes }) => ({
        name,
        topicId,
        partitions: partitionIndexes.map((partition) => {
          const offset = exists ? this.#get(groupId, name, { partition, view }) : undefined
          // What was committed for an earlier topic of the same name says nothing about this one.
          const isOther = offset !== undefined && !isSameTopic(offset.topicId, topicId)
          if (this.#isUnstable(groupId, name, { partition, view })) return unstable(partition)
          return fetched(partition, isOther ? undefined : offset)
        }),
      })),
      errorCode,
    }
  }

  #fetchAll(groupId: string, view: OffsetView): OffsetFetchGroupResponse['topics'] {
    const topics = new Map<string, FetchedPartition[]>()
    for (const offset of view === 'committed' ? this.#offsets.committedOf(groupId) : this.#offsets.of(groupId)) {
      const { topic, partition } = offset
      const isUnstable = this.#isUnstable(groupId, topic, { partition, view })
      const partitions = topics.get(topic) ?? []
      partitions.push(isUnstable ? unstable(partition) : fetched(partition, offset))
      topics.set(topic, partitions)
    }
    return [...topics].map(([name, partitions]) => ({ name, topicId: ZERO_UUID, partitions }))
  }

  #get(groupId: string, topic: string, { partition, view }: { partition: number; view: OffsetView }) {
    if (view === 'committed') return this.#offsets.getCommitted(groupId, topic, partition)
    return this.#offsets.get(groupId, topic, partition)
  }

  #isUnstable(groupId: string, topic: string, { partition, view }: { partition: number; view: OffsetView }): boolean {
    return view === 'stable' && this.#offsets.isPending(groupId, topic, partition)
  }

  /** Deletes offsets of topics that the group does not read. */
  delete(request: OffsetDeleteRequest): CoordinatorResult<OffsetDeleteResponse, GroupRecord> {
    const { groupId } = request
    const group = this.#groups.get(groupId)
    const error = checkDelete(group)
    if (group === undefined || error !== ErrorCode.NONE)
      return { records: [], response: { errorCode: error, topics: [] } }
    const records: OffsetRecord[] = []
    const topics = request.topics.map(({ name, partitions }) => {
      const isRead = group.isSubscribedTo(name)
      for (const { partitionIndex } of isRead ? [] : partitions) {
        const isThere = this.#offsets.get(groupId, name, partitionIndex) !== undefined
        if (isThere || this.#offsets.isPending(groupId, name, partitionIndex)) {
          records.push(offsetTombstone(groupId, name, partitionIndex))
        }
      }
      const errorCode = isRead ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
      return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
    })
    return { records, response: { errorCode: ErrorCode.NONE, topics } }
  }

  /** The records that delete all of a group's offsets, also those inside transactions. */
  deleteAll(groupId: string): OffsetRecord[] {
    const records: OffsetRecord[] = []
    for (const { topic, partition } of this.#offsets.of(groupId)) {
      records.push(offsetTombstone(groupId, topic, partition))
    }
    for (const { topic, partition } of this.#offsets.pendingOf(groupId)) {
      if (this.#offsets.get(groupId, topic, partition) === undefined) {
        records.push(offsetTombstone(groupId, topic, partition))
      }
    }
    return records
  }

  /** The records that delete the offsets for topics which are no more, given by name with their ids. */
  deleteForTopics(topics: ReadonlyMap<string, TopicId>): OffsetRecord[] {
    return [...this.#offsets.forTopics(topics)].map(({ groupId, topic, partition }) =>
      offsetTombstone(groupId, topic, partition),
    )
  }

  /** The records that delete a group's expired offsets, and whether none is left. */
  expire(group: ClassicGroup): { readonly records: OffsetRecord[]; readonly isEmpty: boolean } {
    const { groupId } = group
    const records: OffsetRecord[] = []
    let isEmpty = this.#offsets.pendingOf(groupId).next().done === true
    for (const offset of this.#offsets.of(groupId)) {
      const { topic, partition } = offset
      if (this.#isExpired(group, offset) && !this.#offsets.isPending(groupId, topic, partition)) {
        records.push(offsetTombstone(groupId, topic, partition))
      } else {
        isEmpty = false
      }
    }
    return { records, isEmpty }
  }

  #isExpired(group: ClassicGroup, offset: CommittedOffset): boolean {
    if (group.isSubscribedTo(offset.topic)) return false
    const sinceMs = expiresSince(group, offset)
    if (sinceMs === undefined) return false
    const nowMs = this.#clock.nowMs()
    if (offset.expireTimestampMs !== -1) return nowMs >= offset.expireTimestampMs
    return nowMs - sinceMs >= this.#config.offsetsRetentionMs
  }
}

/** The time that retention counts from; undefined where the offset does not expire, whatever its age. */
function expiresSince(group: ClassicGroup, offset: CommittedOffset): number | undefined {
  // Nobody ever joined: the offsets are stored by hand, and age by themselves.
  if (group.protocolType === null) return offset.commitTimestampMs
  // While somebody may come back, nothing expires; it counts from when the last member left (KIP-211).
  if (group.state === 'Empty') return group.stateTimestampMs === -1 ? offset.commitTimestampMs : group.stateTimestampMs
  // Consumers are at work, and none reads the topic any more.
  if (group.state === 'Stable' && group.subscribedTopics !== undefined) return offset.commitTimestampMs
  return undefined
}

function checkDelete(group: ClassicGroup | undefined): ErrorCode {
  if (group === undefined || group.state === 'Dead') return ErrorCode.GROUP_ID_NOT_FOUND
  return group.state === 'Empty' || group.isConsumerGroup ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
}

/** The answer to an OffsetCommit that is refused as a whole. */
export function refusedCommit(request: OffsetCommitRequest, errorCode: ErrorCode): OffsetCommitResponse {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}

/** A time as a record can say it, whatever retention a client asks for. */
function timestampWithin(timestampMs: number): number {
  return Math.max(0, Math.min(timestampMs, Number.MAX_SAFE_INTEGER))
}

function isSameTopic(one: TopicId, other: TopicId): boolean {
  return one === ZERO_UUID || other === ZERO_UUID || one === other
}

function fetched(partitionIndex: number, offset: CommittedOffset | undefined): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: offset?.offset ?? -1,
    committedLeaderEpoch: offset?.leaderEpoch ?? -1,
    metadata: offset?.metadata ?? '',
    errorCode: ErrorCode.NONE,
  }
}

function unstable(partitionIndex: number): FetchedPartition {
  return { ...fetched(partitionIndex, undefined), errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT }
}
