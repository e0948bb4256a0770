/** What is known of a group: its state, who is in it, what it has committed, and how far behind it is. */
import { type Cluster, fetchCommitted, findOffsets, KafkaError, OffsetPoint, partitionsOf, throwIfError } from '#client'
import { MalformedError, nameOf, type TopicPartition } from '#core'
import { ErrorCode } from '#protocol'
import { consumerGroupDescribe, describeGroups } from '#protocol/messages'
import { printable } from './output.ts'

export interface GroupDescription extends GroupState {
  readonly group: string
  readonly coordinator: number
  /** All of `offsets` together. */
  readonly lag: number
  readonly offsets: readonly GroupOffset[]
}

interface GroupState {
  readonly state: string
  readonly protocolType: string
  /** How partitions are shared out. */
  readonly protocol: string
  readonly members: readonly GroupMemberDescription[]
}

export interface GroupMemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly partitions: readonly TopicPartition[]
}

/** A partition that is committed or assigned; what is not known is null. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number | null
  readonly endOffset: number | null
  readonly lag: number | null
  readonly memberId: string | null
}

/** Throws a `KafkaError`, GROUP_ID_NOT_FOUND where there is no such group. */
export async function describeGroup(cluster: Cluster, name: string): Promise<GroupDescription> {
  const { members, ...state } = await stateOf(cluster, name)
  const offsets = await offsetsOf(cluster, name, members)
  if (state.state === 'Dead' && offsets.length === 0) {
    // Versions before 6 of the API do not say that there is none.
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, doing(name))
  }
  return {
    group: name,
    ...state,
    coordinator: await cluster.coordinatorOf(name),
    lag: offsets.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    offsets,
    members,
  }
}

async function stateOf(cluster: Cluster, name: string): Promise<GroupState> {
  const answer = await cluster.sendToCoordinator(
    name,
    describeGroups,
    { groups: [name] },
    { errorOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR },
  )
  const group = answer.groups[0]!
  if (group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND) {
    const found = await newerStateOf(cluster, name)
    if (found !== undefined) return found
  }
  throwIfError(group.errorCode, doing(name), group.errorMessage)
  return {
    state: group.groupState,
    protocolType: group.protocolType,
    protocol: group.protocolData,
    members: group.members.map(({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      partitions: assignedTo(memberAssignment),
    })),
  }
}

/** A group of the newer protocol (KIP-848), undefined where there is none. */
async function newerStateOf(cluster: Cluster, name: string): Promise<GroupState | undefined> {
  const answer = await cluster
    .sendToCoordinator(
      name,
      consumerGroupDescribe,
      { groupIds: [name], includeAuthorizedOperations: false },
      { errorOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR },
    )
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'UnsupportedVersionError') return undefined
      throw error
    })
  const group = answer?.groups[0]
  if (group === undefined || group.errorCode !== ErrorCode.NONE) return undefined
  return {
    state: group.groupState,
    protocolType: 'consumer',
    protocol: group.assignorName,
    members: group.members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
      memberId,
      groupInstanceId: instanceId,
      clientId,
      clientHost,
      partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, partition })),
      ),
    })),
  }
}

function assignedTo(assignment: Uint8Array): TopicPartition[] {
  try {
    return partitionsOf(assignment)
  } catch (error) {
    // Other protocols than the consumers' have assignments of their own.
    if (error instanceof MalformedError) return []
    throw error
  }
}

async function offsetsOf(
  cluster: Cluster,
  name: string,
  members: readonly GroupMemberDescription[],
): Promise<GroupOffset[]> {
  const committed = await fetchCommitted(cluster, name)
  const offsets = new Map(committed.map((one) => [nameOf(one), one.offset]))
  const owned = members.flatMap(({ memberId, partitions }) => partitions.map((one) => ({ ...one, memberId })))
  const owners = new Map(owned.map((one) => [nameOf(one), one.memberId]))
  const known = new Map(
    [...committed, ...owned].map(({ topic, partition }) => [nameOf({ topic, partition }), { topic, partition }]),
  )
  const ends = await endsOf(cluster, [...known.values()])
  return Array.from(known, ([partitionName, where]) => {
    const offset = offsets.get(partitionName) ?? null
    const endOffset = ends.get(partitionName) ?? null
    const lag = offset === null || endOffset === null ? null : Math.max(0, endOffset - offset)
    return { ...where, offset, endOffset, lag, memberId: owners.get(partitionName) ?? null }
  }).sort(byTopicThenPartition)
}

/** Where the logs end; partitions that are no more are left out. */
async function endsOf(cluster: Cluster, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  for (const topic of new Set(partitions.map((one) => one.topic))) {
    const numbers = partitions.filter((one) => one.topic === topic).map(({ partition }) => partition)
    try {
      const there = (await cluster.topic(topic)).partitions.length
      const existing = numbers.filter((partition) => partition < there)
      const found = await findOffsets(cluster, { topic, partitions: existing }, OffsetPoint.LATEST)
      for (const [partition, offset] of found) ends.set(nameOf({ topic, partition }), offset)
    } catch (error) {
      if (!(error instanceof KafkaError && error.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error
    }
  }
  return ends
}

export function byTopicThenPartition(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition
}

function doing(name: string): string {
  return `Cannot describe group ${printable(name)}`
}
