/**
 * AlterReplicaLogDirs: moves replicas to another log directory of this broker. The answer comes when a move has begun;
 * DescribeLogDirs tells how far it is.
 */
import type { TopicPartition } from '#core'
import type { ErrorCode } from '#protocol'
import { alterReplicaLogDirs } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface AlterReplicaLogDirsPorts {
  readonly partitions: Pick<Partitions, 'move'>
}

export function alterReplicaLogDirsHandler({
  partitions,
}: AlterReplicaLogDirsPorts): Handler<typeof alterReplicaLogDirs> {
  return handler(alterReplicaLogDirs, async (request) => {
    const results = new Map<string, Promise<{ readonly partitionIndex: number; readonly errorCode: ErrorCode }>[]>()
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions: indexes } of topics) {
        const answers = results.get(name) ?? []
        results.set(name, answers)
        for (const partition of indexes) {
          answers.push(moveTo({ topic: name, partition }, path))
        }
      }
    }
    const answered = Array.from(results, async ([topicName, answers]) => ({
      topicName,
      partitions: await Promise.all(answers),
    }))
    return { results: await Promise.all(answered) }
  })

  async function moveTo(topicPartition: TopicPartition, path: string) {
    return { partitionIndex: topicPartition.partition, errorCode: await partitions.move(topicPartition, path) }
  }
}
