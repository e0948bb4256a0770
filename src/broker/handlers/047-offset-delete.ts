import type { GroupCoordinator, GroupTopics } from '#coordinator'
import { ErrorCode, type RequestOf } from '#protocol'
import { offsetDelete } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'
import { TopicAnswers } from './topic-answers.ts'

type Topic = RequestOf<typeof offsetDelete>['topics'][number]

/** Offsets of topics and partitions that exist are deleted by the group's coordinator; the others are refused one by one. */
export function offsetDeleteHandler(ports: {
  readonly groups: GroupCoordinator
  readonly topics: Pick<GroupTopics, 'hasPartition'>
}): Handler<typeof offsetDelete> {
  const { groups, topics } = ports
  return handler(offsetDelete, async (request) => {
    const answers = new TopicAnswers()
    const valid: Topic[] = []
    for (const { name, partitions } of request.topics) {
      const there = answers.filter({ name }, partitions, {
        isThere: (partition) => topics.hasPartition(name, partition),
        otherwise: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      })
      if (there.length > 0) valid.push({ name, partitions: there })
    }
    const response = await groups.deleteOffsets({ ...request, topics: valid })
    if (response.errorCode !== ErrorCode.NONE) return response
    for (const topic of response.topics) answers.add(topic, topic.partitions)
    return { errorCode: ErrorCode.NONE, topics: answers.topics }
  })
}
