import type { GroupCoordinator, GroupTopics, OffsetFetchGroup, OffsetFetchGroupResponse } from '#coordinator'
import { ZERO_UUID } from '#core'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { offsetFetch } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

type Topic = OffsetFetchGroupResponse['topics'][number]

/** From this version on a response has an error for the group; before, each partition says it. */
const GROUP_ERROR_VERSION = 2
/** From this version on one request asks for several groups. */
const GROUPS_VERSION = 8
/** From this version on topics are named by their ids. */
const TOPIC_ID_VERSION = 10

export function offsetFetchHandler(ports: {
  readonly groups: GroupCoordinator
  readonly topics: GroupTopics
}): Handler<typeof offsetFetch> {
  const { groups, topics } = ports
  return handler(offsetFetch, async (request, { apiVersion }) => {
    const byId = apiVersion >= TOPIC_ID_VERSION
    const fetch = async (group: OffsetFetchGroup): Promise<OffsetFetchGroupResponse> => {
      const asked = byId ? namedById(group, topics) : { group, unknown: [] }
      const answer = await groups.fetchOffsets(asked.group, request)
      if (answer.errorCode !== ErrorCode.NONE) return answer
      const found = byId && group.topics === null ? withIds(answer.topics, topics) : answer.topics
      return { ...answer, topics: [...found, ...asked.unknown] }
    }
    const answers = await Promise.all(groupsOf(request, apiVersion).map(fetch))
    return apiVersion >= GROUPS_VERSION ? { groups: answers } : onlyGroup(request, answers, { apiVersion })
  })
}

/** What is asked, group by group, in every version. */
function groupsOf(request: RequestOf<typeof offsetFetch>, apiVersion: number): readonly OffsetFetchGroup[] {
  if (apiVersion >= GROUPS_VERSION) return request.groups
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }]
}

/** The group with the names of its topics, and the answers for topics that do not exist. */
function namedById(group: OffsetFetchGroup, topics: GroupTopics): { group: OffsetFetchGroup; unknown: Topic[] } {
  if (group.topics === null) return { group, unknown: [] }
  const named = group.topics.map((topic) => ({ ...topic, name: topics.topicNameOf(topic.topicId) ?? '' }))
  const unknown = named.filter(({ name }) => name === '')
  return {
    group: { ...group, topics: named.filter(({ name }) => name !== '') },
    unknown: unknown.map(({ topicId, partitionIndexes }) => ({
      topicId,
      partitions: refused(partitionIndexes, ErrorCode.UNKNOWN_TOPIC_ID),
    })),
  }
}

/** Topics that were asked for by "all": those that do not exist have no id, and are left out. */
function withIds(found: readonly Topic[], topics: GroupTopics): Topic[] {
  return found.flatMap((topic) => {
    const topicId = topics.topicIdOf(topic.name ?? '')
    return topicId === undefined ? [] : [{ ...topic, topicId }]
  })
}

function onlyGroup(
  request: RequestOf<typeof offsetFetch>,
  [answer]: readonly OffsetFetchGroupResponse[],
  { apiVersion }: { readonly apiVersion: number },
): ResponseOf<typeof offsetFetch> {
  const errorCode = (answer?.errorCode ?? ErrorCode.NONE) as ErrorCode
  if (errorCode !== ErrorCode.NONE && apiVersion < GROUP_ERROR_VERSION) {
    const topics = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: refused(partitionIndexes, errorCode),
    }))
    return { topics }
  }
  return { topics: answer?.topics.map(({ name = '', partitions }) => ({ name, partitions })) ?? [], errorCode }
}

function refused(partitionIndexes: readonly number[], errorCode: ErrorCode): Topic['partitions'] {
  return partitionIndexes.map((partitionIndex) => ({
    partitionIndex,
    committedOffset: -1,
    metadata: '',
    errorCode,
  }))
}
