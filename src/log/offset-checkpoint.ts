/**
 * Kafka's checkpoints of one number per partition: a version, how many lines follow, and lines of topic, partition and
 * offset. A new file of Kafka's is empty.
 */
import { nameOf, type Offset, readUtf8, type TopicPartition, utf8 } from '#core'

/** Offsets by the name of the partition, `orders-3`. */
export type CheckpointedOffsets = ReadonlyMap<string, Offset>

export function offsetCheckpoint(offsets: Iterable<readonly [TopicPartition, Offset]>): Uint8Array {
  const lines = Array.from(offsets, ([{ topic, partition }, offset]) => `${topic} ${partition} ${offset}\n`)
  return utf8(`0\n${lines.length}\n${lines.join('')}`)
}

/** What a checkpoint says, or undefined where it is damaged: never a part of it. */
export function parseOffsetCheckpoint(content: Uint8Array): CheckpointedOffsets | undefined {
  const offsets = new Map<string, Offset>()
  if (content.length === 0) return offsets
  const lines = checkpointLines(content)
  for (const line of lines ?? []) {
    const [, topic, partition, offset] = /^([a-zA-Z0-9._-]+) ([0-9]+) ([0-9]+)$/.exec(line) ?? []
    if (topic === undefined || !Number.isSafeInteger(Number(offset))) return undefined
    offsets.set(nameOf({ topic, partition: Number(partition) }), Number(offset))
  }
  return lines === undefined ? undefined : offsets
}

/** The lines after version 0 and their count, or undefined where the two do not agree. */
export function checkpointLines(content: Uint8Array): readonly string[] | undefined {
  const [version, count, ...lines] = (readUtf8(content, 0, content.length) ?? '').split('\n')
  if (version !== '0' || lines.pop() !== '' || count !== `${lines.length}`) return undefined
  return lines
}
