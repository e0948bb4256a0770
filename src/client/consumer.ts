/**
 * Reads partitions from given offsets on, from all their leaders at once, and gives the records in the order in which
 * they arrive: in offset order within a partition, in no order among partitions.
 */
import { type BrokerId, ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import { fetch, listOffsets } from '#protocol/messages'
import { batchesIn, isControl, nextOffsetOf, type RecordView, readRecords } from '#protocol/records'
import type { Cluster } from './cluster.ts'
import { KafkaError, throwIfError } from './kafka-error.ts'

/** The points of a log that have a name (ListOffsets' special timestamps). */
export const OffsetPoint = { EARLIEST: -2n, LATEST: -1n, MAX_TIMESTAMP: -3n } as const

const READ_UNCOMMITTED = 0

export interface ConsumedRecord extends RecordView {
  readonly topic: string
  readonly partition: number
}

/** Where one partition is read. */
export interface ReadPosition {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. Moves with what has been given. */
  offset: number
}

export interface ConsumerOptions {
  /** How long the broker may wait for data. Default 500 ms. */
  readonly maxWaitMs?: number
  /** Bytes of one answer, and of one partition in it. Defaults 50 MiB, 1 MiB. */
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
  /** Bytes that one batch may take uncompressed. Default 256 MiB. */
  readonly decompressedBytesMax?: number
}

export class Consumer {
  readonly #cluster: Cluster
  readonly #options: Required<ConsumerOptions>

  constructor(cluster: Cluster, options: ConsumerOptions = {}) {
    this.#cluster = cluster
    this.#options = {
      maxWaitMs: 500,
      maxBytes: 50 * 1024 * 1024,
      partitionMaxBytes: 1024 * 1024,
      decompressedBytesMax: 256 * 1024 * 1024,
      ...options,
    }
  }

  /**
   * One round: asks each leader once for what comes next and moves the positions on. An empty list means that there was
   * nothing new for `maxWaitMs`. A position outside its log throws OFFSET_OUT_OF_RANGE.
   */
  async poll(positions: readonly ReadPosition[]): Promise<ConsumedRecord[]> {
    const byLeader = new Map<BrokerId, ReadPosition[]>()
    for (const position of positions) {
      const { partitions } = await this.#cluster.topic(position.topic)
      const leader = partitions[position.partition]?.leader
      if (leader === undefined) {
        throw new RangeError(
          `There is no partition ${position.partition} of ${position.topic}: it has ${partitions.length}, from 0`,
        )
      }
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), position])
    }
    const rounds = Array.from(byLeader, ([leader, ofLeader]) =>
      this.#cluster.retry(async () => await this.#fetch(leader, ofLeader)),
    )
    return (await Promise.all(rounds)).flat()
  }

  /** The offset of each partition at a timestamp or `OffsetPoint`; the log's end where nothing is that new. */
  async offsetsAt(topic: string, partitions: readonly number[], timestamp: bigint): Promise<Map<number, number>> {
    const known = await this.#cluster.topic(topic)
    const found = await Promise.all(
      partitions.map(async (partition) => {
        const leader = known.partitions[partition]?.leader
        if (leader === undefined) {
          throw new RangeError(
            `There is no partition ${partition} of ${topic}: it has ${known.partitions.length}, from 0`,
          )
        }
        const offset = await this.#offsetAt({ topic, partition, leader }, timestamp)
        if (offset >= 0) return [partition, offset] as const
        return [partition, await this.#offsetAt({ topic, partition, leader }, OffsetPoint.LATEST)] as const
      }),
    )
    return new Map(found)
  }

  async #offsetAt(
    { topic, partition, leader }: { topic: string; partition: number; leader: BrokerId },
    timestamp: bigint,
  ): Promise<number> {
    return await this.#cluster.retry(async () => {
      const answer = await this.#cluster.sendToBroker(leader, listOffsets, {
        replicaId: -1,
        isolationLevel: READ_UNCOMMITTED,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      })
      const [response] = answer.topics[0]?.partitions ?? []
      throwIfError(response?.errorCode ?? -1, `Cannot find an offset of ${topic}-${partition}`)
      return response?.offset ?? -1
    })
  }

  async #fetch(leader: BrokerId, positions: readonly ReadPosition[]): Promise<ConsumedRecord[]> {
    const byTopic = new Map<string, ReadPosition[]>()
    for (const position of positions) byTopic.set(position.topic, [...(byTopic.get(position.topic) ?? []), position])
    const topicIds = new Map<string, string>()
    for (const topic of byTopic.keys()) topicIds.set(topic, (await this.#cluster.topic(topic)).topicId)
    const answer = await this.#cluster.sendToBroker(leader, fetch, {
      maxWaitMs: this.#options.maxWaitMs,
      minBytes: 1,
      maxBytes: this.#options.maxBytes,
      isolationLevel: READ_UNCOMMITTED,
      topics: Array.from(byTopic, ([topic, ofTopic]) => ({
        topic,
        topicId: topicIds.get(topic) ?? ZERO_UUID,
        partitions: ofTopic.map(({ partition, offset }) => ({
          partition,
          fetchOffset: offset,
          partitionMaxBytes: this.#options.partitionMaxBytes,
        })),
      })),
    })
    throwIfError(answer.errorCode, 'Cannot fetch')
    const records: ConsumedRecord[] = []
    for (const { topic, topicId, partitions } of answer.responses) {
      for (const response of partitions) {
        const position = positions.find(
          (asked) =>
            asked.partition === response.partitionIndex &&
            (asked.topic === topic || (topic === '' && topicIds.get(asked.topic) === topicId)),
        )
        if (position === undefined) continue
        if (response.errorCode !== ErrorCode.NONE) {
          this.#cluster.forget(position.topic)
          throw new KafkaError(
            response.errorCode,
            `Cannot read ${position.topic}-${position.partition} from offset ${position.offset}`,
          )
        }
        this.#take(position, response.records?.[0], records)
      }
    }
    return records
  }

  #take(position: ReadPosition, bytes: Uint8Array | undefined, into: ConsumedRecord[]): void {
    if (bytes === undefined) return
    for (const { at, sizeBytes } of batchesIn(bytes)) {
      const batch = bytes.subarray(at, at + sizeBytes)
      const nextOffset = nextOffsetOf(batch)
      if (!isControl(batch)) {
        const { topic, partition } = position
        for (const record of readRecords(batch, this.#cluster.host.compute, {
          maxBytes: this.#options.decompressedBytesMax,
        })) {
          // A batch begins where it was written, which may be before the offset asked for.
          if (record.offset >= position.offset) into.push({ ...record, topic, partition })
        }
      }
      position.offset = Math.max(position.offset, nextOffset)
    }
  }
}
