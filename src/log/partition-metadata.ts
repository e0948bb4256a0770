import { isUuid, readUtf8, type TopicId, utf8 } from '#core'

/** The content of `partition.metadata`: the id of the topic that the folder belongs to. */
export function partitionMetadata(topicId: TopicId): Uint8Array {
  return utf8(`version: 0\ntopic_id: ${topicId}`)
}

/** The topic id in a `partition.metadata`, or undefined where it is damaged. */
export function parsePartitionMetadata(content: Uint8Array): TopicId | undefined {
  const text = readUtf8(content, 0, content.length) ?? ''
  const [, topicId = ''] = /^version: 0\ntopic_id: (\S+)\s*$/.exec(text) ?? []
  return isUuid(topicId) ? topicId : undefined
}
