/**
 * Membership in a classic consumer group: joins, is given partitions, stays alive by itself, commits, leaves.
 *
 *   join ──▶ member ──▶ stale ──▶ join ...
 *               └──▶ leave
 *
 * A member is stale when the group is being shared out anew, or has shut it out: it ought to commit what it has done and
 * join again. The member that the coordinator makes leader shares the partitions out, and asks for that to be done anew
 * when a topic has got more of them.
 */
import { ByteReader, ByteWriter, MalformedError, nameOf, type TopicPartition } from '#core'
import type { CancelTimer } from '#host'
import { type Api, decode, ErrorCode, encode, type Message, type MessageInput, type Schema } from '#protocol'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '#protocol/consumer-protocol'
import { heartbeat, joinGroup, leaveGroup, syncGroup } from '#protocol/messages'
import type { Cluster, SendOptions } from './cluster.ts'
import { commitOffsets, fetchCommitted, type PartitionOffset } from './group-offsets.ts'
import { KafkaError, throwIfError } from './kafka-error.ts'
import { assignByRange } from './range-assignor.ts'

export interface GroupMemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** After how long without a sign of life the group goes on without this member. Default 45 s. */
  readonly sessionTimeoutMs?: number
  /** How often there is such a sign. Default 3 s. */
  readonly heartbeatIntervalMs?: number
  /** How long a rebalance waits for this member. Default 60 s. */
  readonly rebalanceTimeoutMs?: number
}

export interface AssignedPartition extends TopicPartition {
  /** What the group has committed; undefined: nothing yet. */
  readonly committedOffset: number | undefined
}

const PROTOCOL_TYPE = 'consumer'
/** What members say to each other: nothing that newer versions add is needed here. */
const PROTOCOL_VERSION = 0
const ANSWER_MS = 5000

/** Errors by which the coordinator tells a member that it has to join again. */
const STALE: ReadonlySet<number> = new Set([
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
])

export class GroupMember {
  readonly #cluster: Cluster
  readonly #options: Required<GroupMemberOptions>
  #memberId = ''
  #generationId = -1
  #isStale = false
  /** False once it has left: an answer to a join that still comes must not make it join again. */
  #isWanted = false
  #failure: unknown
  #cancelHeartbeat: CancelTimer | undefined
  /** Where this member leads: how many partitions it has shared out, by topic. */
  #sharedOut: ReadonlyMap<string, number> | undefined

  constructor(cluster: Cluster, options: GroupMemberOptions) {
    this.#cluster = cluster
    this.#options = { sessionTimeoutMs: 45_000, heartbeatIntervalMs: 3000, rebalanceTimeoutMs: 60_000, ...options }
  }

  /** True when the partitions are no longer this member's, or will not be for long. Throws where it may not stay. */
  get isStale(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    return this.#isStale
  }

  /** Joins, waits for the others, and returns what this member is to read from now on. */
  async join(): Promise<AssignedPartition[]> {
    this.#cancelHeartbeat?.()
    this.#isWanted = true
    let assigned: TopicPartition[] | undefined
    while (assigned === undefined) {
      if (!this.#isWanted) throw new Error(`Cannot join group ${this.#options.groupId}: the member has left`)
      assigned = await this.#tryJoin()
    }
    this.#isStale = false
    this.#beatLater()
    const committed = await fetchCommitted(this.#cluster, this.#options.groupId, {
      partitions: assigned,
      lane: 'group',
    })
    const offsets = new Map(committed.map((position) => [nameOf(position), position.offset]))
    return assigned.map(({ topic, partition }) => ({
      topic,
      partition,
      committedOffset: offsets.get(nameOf({ topic, partition })),
    }))
  }

  /** Commits the next offsets to read. False where the group does not take them from this member any more. */
  async commit(offsets: readonly PartitionOffset[]): Promise<boolean> {
    if (offsets.length === 0) return true
    if (this.#memberId === '') return false
    const { groupId } = this.#options
    const committer = { memberId: this.#memberId, generationId: this.#generationId }
    const errorCode = await commitOffsets(this.#cluster, groupId, { offsets, committer, lane: 'group' })
    if (this.#becomesStale(errorCode)) return false
    throwIfError(errorCode, `Cannot commit offsets of group ${groupId}`)
    return true
  }

  /** Gives the partitions back at once, instead of when the session ends; also while joining. */
  async leave(): Promise<void> {
    this.#cancelHeartbeat?.()
    this.#isWanted = false
    if (this.#memberId === '') return
    const [memberId, { groupId }] = [this.#memberId, this.#options]
    this.#memberId = ''
    await this.#ask(
      leaveGroup,
      { groupId, memberId, members: [{ memberId, reason: 'the consumer has ended' }] },
      // A join that waits would hold this up in its lane.
      { lane: 'leave' },
    )
  }

  /** One attempt; undefined where another is due at once. */
  async #tryJoin(): Promise<TopicPartition[] | undefined> {
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const waits: SendOptions = { lane: 'group', timeoutMs: rebalanceTimeoutMs + ANSWER_MS }
    const joined = await this.#ask(
      joinGroup,
      {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: 'range', metadata: write(consumerProtocolSubscription, { topics }) }],
      },
      waits,
    )
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId
      return undefined
    }
    if (this.#becomesStale(joined.errorCode)) return undefined
    throwIfError(joined.errorCode, `Cannot join group ${groupId}`)
    this.#memberId = joined.memberId
    this.#generationId = joined.generationId
    const leads = joined.leader === joined.memberId
    this.#sharedOut = undefined
    const synced = await this.#ask(
      syncGroup,
      {
        groupId,
        generationId: joined.generationId,
        memberId: joined.memberId,
        protocolType: PROTOCOL_TYPE,
        protocolName: joined.protocolName,
        assignments: leads ? await this.#shareOut(joined.members) : [],
      },
      waits,
    )
    if (this.#becomesStale(synced.errorCode)) return undefined
    throwIfError(synced.errorCode, `Cannot get partitions of group ${groupId}`)
    return partitionsOf(synced.assignment)
  }

  async #shareOut(
    members: Message<(typeof joinGroup)['response']>['members'],
  ): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      topics: topicsOf(metadata),
    }))
    this.#sharedOut = await this.#countPartitions(subscribers.flatMap(({ topics }) => topics))
    return Array.from(assignByRange(this.#sharedOut, subscribers), ([memberId, shares]) => ({
      memberId,
      assignment: write(consumerProtocolAssignment, {
        assignedPartitions: shares.map(({ topic, partitions }) => ({ topic, partitions })),
      }),
    }))
  }

  /** How many partitions topics have; those that do not exist are left out. */
  async #countPartitions(topics: Iterable<string>): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const topic of new Set(topics)) {
      try {
        counts.set(topic, (await this.#cluster.topic(topic)).partitions.length)
      } catch (error) {
        if (!(error instanceof KafkaError && error.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error
      }
    }
    return counts
  }

  #beatLater(): void {
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = this.#cluster.host.clock.setTimer(this.#options.heartbeatIntervalMs, () => {
      this.#beat().catch((error: unknown) => {
        if (this.#memberId !== '') this.#failure = error
      })
    })
  }

  async #beat(): Promise<void> {
    const { groupId } = this.#options
    const generationId = this.#generationId
    const { errorCode } = await this.#ask(
      heartbeat,
      { groupId, generationId, memberId: this.#memberId },
      { lane: 'group' },
    )
    // Since this was asked the member may have left, or joined again.
    if (this.#memberId === '' || this.#generationId !== generationId) return
    if (!this.#becomesStale(errorCode)) throwIfError(errorCode, `Cannot stay in group ${groupId}`)
    if (await this.#hasMorePartitions()) this.#isStale = true
    // A stale member lives on until it has joined again.
    if (this.#memberId !== '') this.#beatLater()
  }

  async #hasMorePartitions(): Promise<boolean> {
    if (this.#sharedOut === undefined) return false
    const now = await this.#countPartitions(this.#sharedOut.keys())
    return [...this.#sharedOut].some(([topic, count]) => now.get(topic) !== count)
  }

  #becomesStale(errorCode: number): boolean {
    if (!STALE.has(errorCode)) return false
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    this.#isStale = true
    return true
  }

  async #ask<A extends Api>(
    api: A,
    request: MessageInput<A['request']>,
    options: SendOptions,
  ): Promise<Message<A['response']>> {
    const errorOf = (answer: unknown) => (answer as { readonly errorCode: number }).errorCode
    return await this.#cluster.sendToCoordinator(this.#options.groupId, api, request, { ...options, errorOf })
  }
}

/** The partitions in a member's assignment. Throws a `MalformedError` where it is of another protocol. */
export function partitionsOf(assignment: Uint8Array): TopicPartition[] {
  if (assignment.length === 0) return []
  const { version, reader } = open(assignment, consumerProtocolAssignment)
  return decode(consumerProtocolAssignment, version, reader).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}

function topicsOf(subscription: Uint8Array): readonly string[] {
  const { version, reader } = open(subscription, consumerProtocolSubscription)
  return decode(consumerProtocolSubscription, version, reader).topics
}

/** What members say to each other begins with its version; newer ones than we know only add at the end. */
function open(bytes: Uint8Array, { versionMax }: Schema): { readonly version: number; readonly reader: ByteReader } {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  if (version < 0) throw new MalformedError(`A member speaks version ${version} of the consumer protocol`)
  return { version: Math.min(version, versionMax), reader }
}

function write<S extends Schema>(schema: S, value: MessageInput<S>): Uint8Array {
  const writer = new ByteWriter()
  writer.int16(PROTOCOL_VERSION)
  encode(schema, PROTOCOL_VERSION, writer, value)
  return writer.finishJoined()
}
