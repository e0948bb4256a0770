/**
 * The offsets that a group has committed.
 *
 * Topics go by their names here, not by their ids as the newest versions of these APIs have it: so the offsets of a topic
 * that is no more can still be shown, and moved away from.
 */
import { type Offset, type TopicPartition, ZERO_UUID } from '#core'
import { type Api, ErrorCode, type Message } from '#protocol'
import { offsetCommit, offsetFetch } from '#protocol/messages'
import type { Cluster, SendOptions } from './cluster.ts'
import { throwIfError } from './kafka-error.ts'

export interface PartitionOffset extends TopicPartition {
  /** The next offset to read. */
  readonly offset: Offset
}

/** Who commits; from outside, to a group without members, by an empty id and generation -1. */
export interface Committer {
  readonly memberId: string
  readonly generationId: number
}

const VERSION_BY_NAME_MAX = 9
const offsetFetchByName = upTo(offsetFetch, VERSION_BY_NAME_MAX)
const offsetCommitByName = upTo(offsetCommit, VERSION_BY_NAME_MAX)
const FROM_OUTSIDE: Committer = { memberId: '', generationId: -1 }

/** The committed offsets of some partitions, or of all that have one; what has none is left out. */
export async function fetchCommitted(
  cluster: Cluster,
  groupId: string,
  { partitions = null, ...options }: SendOptions & { readonly partitions?: readonly TopicPartition[] | null } = {},
): Promise<PartitionOffset[]> {
  const topics =
    partitions === null
      ? null
      : byTopic(partitions).map(([name, ofTopic]) => ({
          name,
          partitionIndexes: ofTopic.map(({ partition }) => partition),
        }))
  const answer = await cluster.sendToCoordinator(
    groupId,
    offsetFetchByName,
    {
      groupId,
      topics,
      groups: [{ groupId, topics: topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null }],
    },
    { ...options, errorOf: (found) => groupOf(found).errorCode },
  )
  const group = groupOf(answer)
  throwIfError(group.errorCode, `Cannot read the offsets of group ${groupId}`)
  return group.topics.flatMap(({ name: topic, partitions: found }) =>
    found.flatMap(({ partitionIndex: partition, committedOffset: offset, errorCode }) => {
      throwIfError(errorCode, `Cannot read the offset of group ${groupId} in ${topic}-${partition}`)
      return offset < 0 ? [] : [{ topic, partition, offset }]
    }),
  )
}

/** Commits offsets. Returns the first error that a partition got, 0 where all is well. */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  {
    offsets,
    committer = FROM_OUTSIDE,
    ...options
  }: SendOptions & { readonly offsets: readonly PartitionOffset[]; readonly committer?: Committer },
): Promise<number> {
  const errorOf = ({ topics }: Message<(typeof offsetCommit)['response']>) =>
    topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== ErrorCode.NONE)?.errorCode ??
    ErrorCode.NONE
  const answer = await cluster.sendToCoordinator(
    groupId,
    offsetCommitByName,
    {
      groupId,
      generationIdOrMemberEpoch: committer.generationId,
      memberId: committer.memberId,
      topics: byTopic(offsets).map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
      })),
    },
    { ...options, errorOf },
  )
  return errorOf(answer)
}

/** The answer about the one group; versions before 8 know no other. */
function groupOf(answer: Message<(typeof offsetFetch)['response']>) {
  return answer.groups[0] ?? answer
}

function byTopic<Item extends TopicPartition>(items: readonly Item[]): [string, Item[]][] {
  const topics = new Map<string, Item[]>()
  for (const item of items) {
    const ofTopic = topics.get(item.topic)
    if (ofTopic === undefined) topics.set(item.topic, [item])
    else ofTopic.push(item)
  }
  return [...topics]
}

/** The same API as if its newest versions did not exist. */
function upTo<A extends Api>(api: A, versionMax: number): A {
  return { ...api, request: { ...api.request, versionMax }, response: { ...api.response, versionMax } }
}
