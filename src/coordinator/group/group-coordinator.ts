/**
 * The group coordinator of a broker: what the handlers of the group and offset APIs call.
 *
 * A group belongs to one partition of `__consumer_offsets`, by a hash of its name; the broker that leads the partition
 * coordinates the group. Here requests are checked for what can be told without the group, sent to its shard, and
 * answered in Kafka's words where there is none.
 */
import type { LeaderEpoch, TopicId } from '#core'
import type { Clock, Compute, Logger, Random } from '#host'
import { ErrorCode } from '#protocol'
import type { CoordinatorLog } from '../runtime/coordinator-log.ts'
import { type Answer, CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import { type JoinGroupResponse, joinRefusal, type SyncGroupResponse, syncRefusal } from './classic-member.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import { type GroupRecord, groupRecordFormat } from './group-record.ts'
import {
  type DeletedGroup,
  type DescribedGroup,
  GroupShard,
  type ListedGroup,
  type ListGroupsRequest,
} from './group-shard.ts'
import { groupPartitionOf, javaHostText, javaUuidText } from './java-text.ts'
import type { JoinGroupRequest } from './join.ts'
import type { HeartbeatRequest, LeaveGroupRequest, LeaveGroupResponse } from './membership.ts'
import {
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type OffsetFetchGroup,
  type OffsetFetchGroupResponse,
  refusedCommit,
} from './offset-requests.ts'
import type { CoordinatorTopic, GroupRequestContext } from './ports.ts'
import type { SyncGroupRequest } from './sync.ts'

/** The topic that groups and their offsets are kept in. */
export const OFFSETS_TOPIC = '__consumer_offsets'

export interface GroupCoordinatorOptions {
  readonly config: GroupCoordinatorConfig
  readonly clock: Clock
  readonly random: Random
  readonly compute: Compute
  readonly logger: Logger
  /** How many partitions `__consumer_offsets` has; before it exists, how many it will get. */
  offsetsPartitionCount(): number
  /** Does `action` once this turn's requests have been handled; default: when the stack is empty. */
  endOfTurn?(action: () => void): void
}

export class GroupCoordinator {
  readonly #config: GroupCoordinatorConfig
  readonly #offsetsPartitionCount: () => number
  readonly #runtime: CoordinatorRuntime<GroupShard, GroupRecord>

  constructor(options: GroupCoordinatorOptions) {
    const { config, clock, random, compute, logger } = options
    this.#config = config
    this.#offsetsPartitionCount = options.offsetsPartitionCount
    const newUuid = () => javaUuidText(random.bytes(16))
    this.#runtime = new CoordinatorRuntime<GroupShard, GroupRecord>({
      topic: OFFSETS_TOPIC,
      clock,
      compute,
      logger,
      format: groupRecordFormat,
      createShard: (context) => new GroupShard(context, { config, clock, logger, newUuid }),
      codec: () => config.offsetsTopicCompression,
      writeTimeoutMs: () => config.offsetsCommitTimeoutMs,
      endOfTurn: options.endOfTurn ?? ((action) => void Promise.resolve().then(action)),
    })
  }

  // Leadership

  /** The broker leads a partition of `__consumer_offsets` from now on. Resolves when its groups are loaded. */
  lead(partition: number, log: CoordinatorLog): Promise<void> {
    return this.#runtime.lead(partition, log)
  }

  /** The broker leads a partition no longer; with an epoch, it is that one that has ended: a later one goes on. */
  resign(partition: number, leaderEpoch?: LeaderEpoch): void {
    this.#runtime.resign(partition, leaderEpoch)
  }

  /** Topics have been deleted, given by name with their ids: so are the offsets committed for them. */
  topicsDeleted(topics: ReadonlyMap<string, TopicId>): void {
    for (const partition of this.#runtime.partitions) {
      // An error has been logged; the offsets then expire in time, and do not pass for those of a new topic.
      void this.#runtime.write<void>(
        partition,
        (shard) => shard.deleteOffsetsOfTopics(topics),
        () => {},
      )
    }
  }

  /** Gives all groups up, as a broker does that stops. */
  close(): void {
    this.#runtime.close()
  }

  /** The partition of `__consumer_offsets` that a group belongs to. */
  partitionFor(groupId: string): number {
    return groupPartitionOf(groupId, this.#offsetsPartitionCount())
  }

  /** `__consumer_offsets` as it is to be made. */
  get offsetsTopic(): CoordinatorTopic {
    const { offsetsTopicPartitionCount, offsetsTopicReplicationFactor, offsetsTopicSegmentBytes } = this.#config
    return {
      name: OFFSETS_TOPIC,
      partitionCount: offsetsTopicPartitionCount,
      replicationFactor: offsetsTopicReplicationFactor,
      configs: {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
        'segment.bytes': String(offsetsTopicSegmentBytes),
      },
    }
  }

  // Members

  /** Answers when the rebalance that the member joins has completed. */
  joinGroup(context: GroupRequestContext, request: JoinGroupRequest): Answer<JoinGroupResponse> {
    const { groupId, memberId, sessionTimeoutMs } = request
    if (groupId === '') return joinRefusal(ErrorCode.INVALID_GROUP_ID, memberId)
    const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = this.#config
    if (sessionTimeoutMs < sessionTimeoutMinMs || sessionTimeoutMs > sessionTimeoutMaxMs) {
      return joinRefusal(ErrorCode.INVALID_SESSION_TIMEOUT, memberId)
    }
    const { apiVersion, clientId, remoteHost } = context
    const joinContext = { apiVersion, clientId: clientId ?? '', clientHost: javaHostText(remoteHost) }
    return new Promise((reply) => {
      void this.#runtime.write<void>(
        this.partitionFor(groupId),
        (shard) => shard.join({ context: joinContext, request, reply }),
        (error) => reply(joinRefusal(error, '')),
      )
    })
  }

  /** Answers when the assignment of the member's generation is stored. */
  syncGroup(request: SyncGroupRequest): Answer<SyncGroupResponse> {
    const { groupId } = request
    if (groupId === '') return syncRefusal(ErrorCode.INVALID_GROUP_ID)
    return new Promise((reply) => {
      void this.#runtime.write<void>(
        this.partitionFor(groupId),
        (shard) => shard.sync(request, reply),
        (error) => reply(syncRefusal(error)),
      )
    })
  }

  heartbeat(request: HeartbeatRequest): Answer<ErrorCode> {
    const { groupId } = request
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID
    return this.#runtime.write<ErrorCode>(
      this.partitionFor(groupId),
      (shard) => shard.heartbeat(request),
      // While its group is being loaded, a member is alive as far as one can tell.
      (error) => (error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : error),
    )
  }

  /** `members` names who leaves, in every version. */
  leaveGroup(request: LeaveGroupRequest): Answer<LeaveGroupResponse> {
    const { groupId } = request
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID }
    return this.#runtime.write<LeaveGroupResponse>(
      this.partitionFor(groupId),
      (shard) => shard.leave(request),
      (errorCode) => ({ errorCode }),
    )
  }

  // Offsets

  /** Topics of the request have their names and ids, whatever the version, and exist with their partitions. */
  commitOffsets(context: GroupRequestContext, request: OffsetCommitRequest): Answer<OffsetCommitResponse> {
    return this.#runtime.write<OffsetCommitResponse>(
      this.partitionFor(request.groupId),
      (shard) => shard.commitOffsets(request, context.apiVersion),
      (error) => refusedCommit(request, error),
    )
  }

  /**
   * What one group has committed. With `requireStable` the answer waits until all commits before it are stored, and
   * open transactions show.
   */
  fetchOffsets(
    group: OffsetFetchGroup,
    { requireStable }: { readonly requireStable: boolean },
  ): Answer<OffsetFetchGroupResponse> {
    const { groupId } = group
    const partition = this.partitionFor(groupId)
    if (!requireStable) {
      return this.#runtime.read<OffsetFetchGroupResponse>(
        partition,
        (shard) => shard.fetchOffsets(group, 'committed'),
        (errorCode) => ({ groupId, topics: [], errorCode }),
      )
    }
    return this.#runtime.write<OffsetFetchGroupResponse>(
      partition,
      (shard) => ({ records: [], response: shard.fetchOffsets(group, 'stable') }),
      (error) => {
        // Consumers before 3.9 do not expect COORDINATOR_NOT_AVAILABLE here, and look for the coordinator on the other.
        const errorCode = error === ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : error
        return { groupId, topics: [], errorCode }
      },
    )
  }

  deleteOffsets(request: OffsetDeleteRequest): Answer<OffsetDeleteResponse> {
    const { groupId } = request
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, topics: [] }
    return this.#runtime.write<OffsetDeleteResponse>(
      this.partitionFor(groupId),
      (shard) => shard.deleteOffsets(request),
      (errorCode) => ({ errorCode, topics: [] }),
    )
  }

  // Administration

  /** The groups this broker coordinates; none, with the error, while some are being loaded. */
  listGroups(request: ListGroupsRequest): { readonly errorCode: ErrorCode; readonly groups: readonly ListedGroup[] } {
    const groups: ListedGroup[] = []
    let errorCode: ErrorCode = ErrorCode.NONE
    for (const partition of this.#runtime.partitions) {
      const listed = this.#runtime.read<readonly ListedGroup[]>(
        partition,
        (shard) => shard.list(request),
        (error) => {
          if (error !== ErrorCode.NOT_COORDINATOR) errorCode = error
          return []
        },
      )
      for (const group of listed) groups.push(group)
    }
    return { errorCode, groups: errorCode === ErrorCode.NONE ? groups : [] }
  }

  describeGroup(context: GroupRequestContext, groupId: string): DescribedGroup {
    return this.#runtime.read<DescribedGroup>(
      this.partitionFor(groupId),
      (shard) => shard.describe(groupId, context.apiVersion),
      (errorCode) => ({ errorCode, groupId, groupState: '', protocolType: '', protocolData: '', members: [] }),
    )
  }

  async deleteGroups(groupIds: readonly string[]): Promise<DeletedGroup[]> {
    const byPartition = new Map<number, string[]>()
    for (const groupId of new Set(groupIds)) {
      const partition = this.partitionFor(groupId)
      const ids = byPartition.get(partition)
      if (ids === undefined) byPartition.set(partition, [groupId])
      else ids.push(groupId)
    }
    const deleted = await Promise.all(
      [...byPartition].map(([partition, ids]) =>
        this.#runtime.write<DeletedGroup[]>(
          partition,
          (shard) => shard.deleteGroups(ids),
          (errorCode) => ids.map((groupId) => ({ groupId, errorCode })),
        ),
      ),
    )
    return deleted.flat()
  }
}
