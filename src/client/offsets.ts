/** Where the logs of partitions begin and end, and what is at which time. */
import { type BrokerId, nameOf, type Offset } from '#core'
import { ErrorCode } from '#protocol'
import { listOffsets } from '#protocol/messages'
import type { Cluster } from './cluster.ts'
import { KafkaError } from './kafka-error.ts'

/** The points of a log that have a name: ListOffsets takes them where a timestamp stands. */
export const OffsetPoint = { EARLIEST: -2n, LATEST: -1n } as const

const CONSUMER = -1

/**
 * The offset of the first record of each partition that is as new as `timestamp`, or of an `OffsetPoint`; the log's end
 * where nothing is that new.
 */
export async function findOffsets(
  cluster: Cluster,
  { topic, partitions }: { readonly topic: string; readonly partitions: readonly number[] },
  timestamp: bigint,
): Promise<ReadonlyMap<number, Offset>> {
  const found = new Map<number, Offset>()
  await cluster.retry(
    async () => {
      const missing = new Map<BrokerId, number[]>()
      for (const partition of partitions) {
        if (found.has(partition)) continue
        const leader = await cluster.leaderOf(topic, partition)
        missing.set(leader, [...(missing.get(leader) ?? []), partition])
      }
      const asked = Array.from(missing, ([leader, ofLeader]) =>
        ask(cluster, { leader, topic, ofLeader, timestamp }, found),
      )
      const failures = (await Promise.allSettled(asked)).filter((result) => result.status === 'rejected')
      if (failures[0] !== undefined) throw failures[0].reason
    },
    () => cluster.forget(topic),
  )
  const isNotThatNew = partitions.filter((partition) => found.get(partition)! < 0)
  if (isNotThatNew.length === 0) return found
  const ends = await findOffsets(cluster, { topic, partitions: isNotThatNew }, OffsetPoint.LATEST)
  return new Map([...found, ...ends])
}

async function ask(
  cluster: Cluster,
  asked: { readonly leader: BrokerId; readonly topic: string; readonly ofLeader: readonly number[]; timestamp: bigint },
  found: Map<number, Offset>,
): Promise<void> {
  const { leader, topic, ofLeader, timestamp } = asked
  const answer = await cluster.sendToBroker(leader, listOffsets, {
    replicaId: CONSUMER,
    topics: [{ name: topic, partitions: ofLeader.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  })
  let failure: KafkaError | undefined
  for (const { partitionIndex, errorCode, offset } of answer.topics[0]?.partitions ?? []) {
    if (errorCode === ErrorCode.NONE) found.set(partitionIndex, offset)
    else failure = new KafkaError(errorCode, `Cannot find an offset of ${nameOf({ topic, partition: partitionIndex })}`)
  }
  if (failure !== undefined) throw failure
}
