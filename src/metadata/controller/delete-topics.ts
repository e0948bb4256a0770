/**
 * DeleteTopics, by name or by id. The records only take the topic out of the image; its replicas' logs are removed by the
 * brokers that hold them when they see it gone.
 */
import { type Uuid, ZERO_UUID } from '#core'
import { ErrorCode, type ResponseOf } from '#protocol'
import type { deleteTopics as api } from '#protocol/messages'
import type { MetadataRecord } from '../metadata-record.ts'
import { type ApiError, answer, apiError, errorFields, NO_ERROR, type Operation } from './operation.ts'

type TopicResult = ResponseOf<typeof api>['responses'][number]

export const deleteTopics: Operation<typeof api> = {
  run({ image, config }, request, call) {
    if (!config.deleteTopicEnable) {
      const error =
        call.apiVersion < 3
          ? apiError(ErrorCode.INVALID_REQUEST, 'Topic deletion is disabled.')
          : apiError(ErrorCode.TOPIC_DELETION_DISABLED)
      return answer(deleteTopics.refuse(error, request))
    }
    const responses: TopicResult[] = []
    const respond = (name: string | null, topicId: Uuid, error: ApiError): void => {
      responses.push({ name, topicId, ...errorFields(error) })
    }
    const names = new Counter<string>()
    const ids = new Counter<Uuid>()
    for (const name of request.topicNames) names.add(name)
    for (const { name, topicId } of request.topics) {
      if (name === null && topicId === ZERO_UUID) {
        respond(null, ZERO_UUID, apiError(ErrorCode.INVALID_REQUEST, 'Neither topic name nor id were specified.'))
      } else if (name === null) {
        ids.add(topicId)
      } else if (topicId === ZERO_UUID) {
        names.add(name)
      } else {
        respond(name, topicId, apiError(ErrorCode.INVALID_REQUEST, 'You may not specify both topic name and topic id.'))
      }
    }
    for (const name of names.repeated()) {
      respond(name, ZERO_UUID, apiError(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.'))
    }
    for (const id of ids.repeated()) {
      respond(null, id, apiError(ErrorCode.INVALID_REQUEST, 'Duplicate topic id.'))
    }
    const doomed = new Map<Uuid, string>()
    for (const id of ids.single()) {
      const topic = image.topics.byId.get(id)
      if (topic === undefined) respond(null, id, apiError(ErrorCode.UNKNOWN_TOPIC_ID))
      else doomed.set(id, topic.name)
    }
    for (const name of names.single()) {
      const topic = image.topics.byName.get(name)
      if (topic === undefined) {
        respond(name, ZERO_UUID, apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
      } else if (ids.has(topic.id)) {
        doomed.delete(topic.id)
        const message = 'The provided topic name maps to an ID that was already supplied.'
        respond(name, topic.id, apiError(ErrorCode.INVALID_REQUEST, message))
      } else {
        doomed.set(topic.id, name)
      }
    }
    const records: MetadataRecord[] = []
    for (const [topicId, name] of doomed) {
      records.push({ type: 'REMOVE_TOPIC_RECORD', version: 0, data: { topicId } })
      respond(name, topicId, NO_ERROR)
    }
    return { records, response: { responses } }
  },

  refuse(error, { topicNames, topics }) {
    const named = [...topicNames.map((name) => ({ name, topicId: ZERO_UUID })), ...topics]
    return { responses: named.map(({ name, topicId }) => ({ name, topicId, ...errorFields(error) })) }
  },
}

/** Counts how often each value came. */
class Counter<Value> {
  readonly #counts = new Map<Value, number>()

  add(value: Value): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  has(value: Value): boolean {
    return this.#counts.has(value)
  }

  *single(): Iterable<Value> {
    for (const [value, count] of this.#counts) if (count === 1) yield value
  }

  *repeated(): Iterable<Value> {
    for (const [value, count] of this.#counts) if (count > 1) yield value
  }
}
