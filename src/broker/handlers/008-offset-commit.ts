import type { GroupCoordinator, GroupTopics } from '#coordinator'
import { ZERO_UUID } from '#core'
import { ErrorCode, type RequestOf } from '#protocol'
import { offsetCommit } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'
import { TopicAnswers } from './topic-answers.ts'

type Topic = RequestOf<typeof offsetCommit>['topics'][number]

/** From this version on topics are named by their ids. */
const TOPIC_ID_VERSION = 10

/** Offsets for topics and partitions that exist go to the group's coordinator; the others are refused one by one. */
export function offsetCommitHandler(ports: {
  readonly groups: GroupCoordinator
  readonly topics: GroupTopics
}): Handler<typeof offsetCommit> {
  const { groups, topics } = ports
  return handler(offsetCommit, async (request, context) => {
    const byId = context.apiVersion >= TOPIC_ID_VERSION
    const answers = new TopicAnswers()
    const valid: Topic[] = []
    for (const { name: givenName, topicId: givenId, partitions } of request.topics) {
      const name = byId ? (topics.topicNameOf(givenId) ?? '') : givenName
      const topicId = byId ? givenId : (topics.topicIdOf(name) ?? ZERO_UUID)
      const isKnown = name !== '' && topicId !== ZERO_UUID
      const there = answers.filter({ name, topicId }, partitions, {
        isThere: (partition) => isKnown && topics.hasPartition(name, partition),
        otherwise: byId && !isKnown ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      })
      if (there.length > 0) valid.push({ name, topicId, partitions: there })
    }
    if (valid.length > 0) {
      const response = await groups.commitOffsets(context, { ...request, topics: valid })
      for (const topic of response.topics) answers.add(topic, topic.partitions)
    }
    return { topics: answers.topics }
  })
}
