/**
 * AlterReplicaLogDirs: moves replicas to another log directory of this broker.
 *
 * Moving a log that is there needs a second, catching-up replica in the other directory, which comes with replication. A
 * replica that is where it is asked to be is fine; any other move is refused by name.
 */
import { ErrorCode } from '#protocol'
import { alterReplicaLogDirs } from '#protocol/messages'
import type { Partitions } from '#replication'
import { type Handler, handler } from '../handler.ts'

export interface AlterReplicaLogDirsPorts {
  readonly partitions: Pick<Partitions, 'find' | 'directoryOf'>
  /** Paths of the log directories. */
  readonly directories: () => Iterable<{ readonly path: string }>
}

export function alterReplicaLogDirsHandler(ports: AlterReplicaLogDirsPorts): Handler<typeof alterReplicaLogDirs> {
  return handler(alterReplicaLogDirs, (request) => {
    const paths = new Set(Array.from(ports.directories(), ({ path }) => path))
    const results = new Map<string, { partitionIndex: number; errorCode: number }[]>()
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions } of topics) {
        const answers = results.get(name) ?? []
        results.set(name, answers)
        for (const partitionIndex of partitions) {
          answers.push({ partitionIndex, errorCode: errorOf(name, partitionIndex, path) })
        }
      }
    }
    return { results: Array.from(results, ([topicName, partitions]) => ({ topicName, partitions })) }

    function errorOf(topic: string, index: number, path: string): number {
      if (!paths.has(path)) return ErrorCode.LOG_DIR_NOT_FOUND
      const partition = ports.partitions.find(topic, index)
      if (typeof partition === 'number') return partition
      const directory = ports.partitions.directoryOf(partition.topicPartition)
      return directory?.path === path ? ErrorCode.NONE : ErrorCode.INVALID_REPLICA_ASSIGNMENT
    }
  })
}
