/**
 * Membership in a classic consumer group: joins, is given partitions, says that it is alive, commits, leaves.
 *
 * The member that the coordinator makes leader shares the partitions out, by ranges of each topic as Kafka's
 * RangeAssignor does, so that members written with other clients get the same.
 */
import { type BrokerId, ByteReader, ByteWriter } from '#core'
import { decode, ErrorCode, encode } from '#protocol'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '#protocol/consumer-protocol'
import { heartbeat, joinGroup, leaveGroup, offsetCommit, offsetFetch, syncGroup } from '#protocol/messages'
import type { Cluster } from './cluster.ts'
import { KafkaError, throwIfError } from './kafka-error.ts'

export interface GroupMemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Default 45 s. */
  readonly sessionTimeoutMs?: number
  /** How long a rebalance waits for this member. Default 5 min. */
  readonly rebalanceTimeoutMs?: number
}

export interface AssignedPartition {
  readonly topic: string
  readonly partition: number
  /** What the group has committed, -1: nothing yet. */
  readonly committedOffset: number
}

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const PROTOCOL_TYPE = 'consumer'
const PROTOCOL_VERSION = 3

/** Errors after which the member has to join again, and those that cost it its identity. */
const REJOIN: ReadonlySet<number> = new Set([ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION])
const REJOIN_AS_NEW: ReadonlySet<number> = new Set([ErrorCode.UNKNOWN_MEMBER_ID])

export class GroupMember {
  readonly #cluster: Cluster
  readonly #options: Required<GroupMemberOptions>
  #coordinator: BrokerId = -1
  #memberId = ''
  #generationId = -1

  constructor(cluster: Cluster, options: GroupMemberOptions) {
    this.#cluster = cluster
    this.#options = { sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 300_000, ...options }
  }

  /** Joins, waits for the others, and returns what this member is to read from now on. */
  async join(): Promise<AssignedPartition[]> {
    return await this.#cluster.retry(async () => {
      this.#coordinator = await this.#cluster.coordinatorOf(this.#options.groupId)
      for (;;) {
        const assignment = await this.#tryJoin()
        if (assignment !== undefined) return await this.#withCommitted(assignment)
      }
    })
  }

  /** Says that this member lives; false where the group is being shared out anew and it has to `join` again. */
  async heartbeat(): Promise<boolean> {
    const { errorCode } = await this.#cluster.sendToBroker(this.#coordinator, heartbeat, {
      groupId: this.#options.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
    })
    return this.#isStillMember(errorCode, `Cannot stay in group ${this.#options.groupId}`)
  }

  /** Commits the next offsets to read. False as `heartbeat`: nothing was committed. */
  async commit(offsets: readonly CommittedOffset[]): Promise<boolean> {
    if (offsets.length === 0) return true
    const topics = await this.#byTopic(offsets)
    const answer = await this.#cluster.sendToBroker(this.#coordinator, offsetCommit, {
      groupId: this.#options.groupId,
      generationIdOrMemberEpoch: this.#generationId,
      memberId: this.#memberId,
      topics: topics.map(({ name, topicId, items }) => ({
        name,
        topicId,
        partitions: items.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
      })),
    })
    const errors = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
    const errorCode = errors.find((code) => code !== ErrorCode.NONE) ?? ErrorCode.NONE
    return this.#isStillMember(errorCode, `Cannot commit offsets of group ${this.#options.groupId}`)
  }

  /** Gives the partitions back at once, instead of when the session ends. */
  async leave(): Promise<void> {
    if (this.#memberId === '') return
    await this.#cluster.sendToBroker(this.#coordinator, leaveGroup, {
      groupId: this.#options.groupId,
      memberId: this.#memberId,
      members: [{ memberId: this.#memberId }],
    })
    this.#memberId = ''
  }

  #isStillMember(errorCode: number, doing: string): boolean {
    if (REJOIN_AS_NEW.has(errorCode)) this.#memberId = ''
    if (REJOIN_AS_NEW.has(errorCode) || REJOIN.has(errorCode)) return false
    throwIfError(errorCode, doing)
    return true
  }

  /** One attempt; undefined where another is due at once. */
  async #tryJoin(): Promise<{ topic: string; partition: number }[] | undefined> {
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const joined = await this.#cluster.sendToBroker(this.#coordinator, joinGroup, {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocolType: PROTOCOL_TYPE,
      protocols: [{ name: 'range', metadata: write(consumerProtocolSubscription, { topics }) }],
    })
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId
      return undefined
    }
    if (!this.#isStillMember(joined.errorCode, `Cannot join group ${groupId}`)) return undefined
    this.#memberId = joined.memberId
    this.#generationId = joined.generationId
    const leads = joined.leader === joined.memberId
    const synced = await this.#cluster.sendToBroker(this.#coordinator, syncGroup, {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      protocolType: PROTOCOL_TYPE,
      protocolName: joined.protocolName,
      assignments: leads ? await this.#shareOut(joined.members) : [],
    })
    if (!this.#isStillMember(synced.errorCode, `Cannot get partitions of group ${groupId}`)) return undefined
    if (synced.assignment.length === 0) return []
    const reader = new ByteReader(synced.assignment)
    const version = Math.min(reader.int16(), PROTOCOL_VERSION)
    return decode(consumerProtocolAssignment, version, reader).assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  async #shareOut(
    members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[],
  ): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const subscribed = new Map<string, string[]>()
    for (const { memberId, metadata } of members) {
      const reader = new ByteReader(metadata)
      const version = Math.min(reader.int16(), PROTOCOL_VERSION)
      for (const topic of decode(consumerProtocolSubscription, version, reader).topics) {
        subscribed.set(topic, [...(subscribed.get(topic) ?? []), memberId])
      }
    }
    const shares = new Map(members.map(({ memberId }) => [memberId, [] as { topic: string; partitions: number[] }[]]))
    for (const [topic, subscribers] of subscribed) {
      const { partitions } = await this.#cluster.topic(topic)
      for (const [memberId, range] of rangesOf(partitions.length, subscribers.sort())) {
        shares.get(memberId)?.push({ topic, partitions: range })
      }
    }
    return Array.from(shares, ([memberId, assignedPartitions]) => ({
      memberId,
      assignment: write(consumerProtocolAssignment, { assignedPartitions }),
    }))
  }

  async #withCommitted(
    assignment: readonly { readonly topic: string; readonly partition: number }[],
  ): Promise<AssignedPartition[]> {
    if (assignment.length === 0) return []
    const { groupId } = this.#options
    const topics = await this.#byTopic(assignment)
    const answer = await this.#cluster.sendToBroker(this.#coordinator, offsetFetch, {
      groupId,
      topics: topics.map(({ name, items }) => ({ name, partitionIndexes: items.map(({ partition }) => partition) })),
      groups: [
        {
          groupId,
          memberId: null,
          topics: topics.map(({ name, topicId, items }) => ({
            name,
            topicId,
            partitionIndexes: items.map(({ partition }) => partition),
          })),
        },
      ],
    })
    const [group] = answer.groups
    throwIfError(group?.errorCode ?? answer.errorCode, `Cannot read the offsets of group ${groupId}`)
    const committed = new Map<string, number>()
    for (const found of group?.topics ?? answer.topics) {
      const name =
        'topicId' in found && found.name === ''
          ? topics.find(({ topicId }) => topicId === found.topicId)?.name
          : found.name
      for (const { partitionIndex, committedOffset, errorCode } of found.partitions) {
        if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode, `Cannot read an offset of ${name}`)
        committed.set(`${name}-${partitionIndex}`, committedOffset)
      }
    }
    return assignment.map(({ topic, partition }) => ({
      topic,
      partition,
      committedOffset: committed.get(`${topic}-${partition}`) ?? -1,
    }))
  }

  async #byTopic<Item extends { readonly topic: string }>(
    items: readonly Item[],
  ): Promise<{ name: string; topicId: string; items: Item[] }[]> {
    const names = [...new Set(items.map(({ topic }) => topic))]
    return await Promise.all(
      names.map(async (name) => ({
        name,
        topicId: (await this.#cluster.topic(name)).topicId,
        items: items.filter(({ topic }) => topic === name),
      })),
    )
  }
}

/** Kafka's RangeAssignor for one topic: consecutive partitions, the first members get one more where it does not come out even. */
export function rangesOf(partitionCount: number, memberIds: readonly string[]): Map<string, number[]> {
  const each = Math.floor(partitionCount / memberIds.length)
  const withOneMore = partitionCount % memberIds.length
  const ranges = new Map<string, number[]>()
  let next = 0
  for (const [place, memberId] of memberIds.entries()) {
    const length = each + (place < withOneMore ? 1 : 0)
    if (length > 0)
      ranges.set(
        memberId,
        Array.from({ length }, (_, i) => next + i),
      )
    next += length
  }
  return ranges
}

function write<S extends typeof consumerProtocolAssignment | typeof consumerProtocolSubscription>(
  schema: S,
  value: Parameters<typeof encode<S>>[3],
): Uint8Array {
  const writer = new ByteWriter()
  writer.int16(PROTOCOL_VERSION)
  encode(schema, PROTOCOL_VERSION, writer, value)
  return writer.finishJoined()
}
