/**
 * AlterReplicaLogDirs: moves replicas to another log directory of this broker. The answer comes when a move has begun;
 * DescribeLogDirs tells how far it is.
 */
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
  return handler(alterReplicaLogDirs, (request) => {
    const results = new Map<string, { partitionIndex: number; errorCode: ErrorCode }[]>()
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions: indexes } of topics) {
        const answers = results.get(name) ?? []
        results.set(name, answers)
        for (const partition of indexes) {
          answers.push({ partitionIndex: partition, errorCode: partitions.move({ topic: name, partition }, path) })
        }
      }
    }
    return { results: Array.from(results, ([topicName, answers]) => ({ topicName, partitions: answers })) }
  })
}
