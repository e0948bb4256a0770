/**
 * Reads partitions from given offsets on, from all their leaders at once, and gives the records in the order in which
 * they arrive: in offset order within a partition, in no order among partitions.
 *
 * While the caller works on what it was given, the next is asked for. Each leader has one request under way, or one answer
 * that waits for the caller: that bounds the memory, and a leader without news does not hold back the others.
 *
 * Where a log no longer has, or not yet again, the offset to be read, reading goes on at its nearest end, and that is said.
 */
import { type BrokerId, nameOf, type Offset, type TopicPartition } from '#core'
import { ErrorCode, type Message } from '#protocol'
import { fetch } from '#protocol/messages'
import { batchesIn, checkBatch, isControl, nextOffsetOf, type RecordView, readRecords } from '#protocol/records'
import type { Cluster } from './cluster.ts'
import type { PartitionOffset } from './group-offsets.ts'
import { KafkaError, throwIfError } from './kafka-error.ts'
import { findOffsets, OffsetPoint } from './offsets.ts'

export interface ConsumerOptions {
  /** How long a broker may wait for data. Default 500 ms. */
  readonly maxWaitMs?: number
  /** Bytes of one answer, and of one partition in it. Defaults 8 MiB, 1 MiB. */
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
  /** Bytes that one batch may take uncompressed. Default 256 MiB. */
  readonly decompressedBytesMax?: number
}

/** What was read of a partition in one go. */
export interface Fetched extends TopicPartition {
  readonly records: readonly RecordView[]
  /** Where reading goes on: behind the last record, or further where nothing for a consumer follows. */
  readonly nextOffset: Offset
}

interface ReadPartition extends TopicPartition {
  /** The id of the topic when it was last asked for: a topic that was made anew has another. */
  topicId: string | undefined
  /** The next offset to ask for. */
  offset: Offset
  /** Since when it cannot be read. */
  failingSinceMs: number | undefined
}

interface Arrived {
  readonly from: ReadPartition
  readonly offset: Offset
  readonly bytes: Uint8Array
}

type FetchAnswer = Message<(typeof fetch)['response']>

const READ_UNCOMMITTED = 0

export class Consumer {
  readonly #cluster: Cluster
  readonly #options: Required<ConsumerOptions>
  readonly #partitions = new Map<string, ReadPartition>()
  readonly #fetching = new Map<BrokerId, Promise<void>>()
  readonly #failedRounds = new Map<BrokerId, number>()
  #arrived: Arrived[] = []
  #failure: unknown

  constructor(cluster: Cluster, options: ConsumerOptions = {}) {
    this.#cluster = cluster
    this.#options = {
      maxWaitMs: 500,
      maxBytes: 8 * 1024 * 1024,
      partitionMaxBytes: 1024 * 1024,
      decompressedBytesMax: 256 * 1024 * 1024,
      ...options,
    }
  }

  /** Begins to read partitions; one that is read already goes on at the new offset. */
  add(positions: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of positions) {
      const name = nameOf({ topic, partition })
      this.#partitions.set(name, { topic, partition, offset, topicId: undefined, failingSinceMs: undefined })
    }
  }

  /** Ceases to read partitions. Nothing of them is given any more. */
  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#partitions.delete(nameOf(partition))
  }

  /**
   * What has arrived, or arrives next. An empty list means that there was nothing new for `maxWaitMs`. Throws where a
   * partition cannot be read, and does not become readable in the time that the cluster has for it.
   */
  async poll(): Promise<Fetched[]> {
    await this.#ask()
    if (this.#arrived.length === 0) {
      await (this.#fetching.size > 0
        ? Promise.race(this.#fetching.values())
        : this.#cluster.pause(this.#options.maxWaitMs))
    }
    if (this.#failure !== undefined) throw this.#failure
    const arrived = this.#arrived
    this.#arrived = []
    // What goes wrong here goes wrong again in the next poll, which tells.
    this.#ask().catch(() => {})
    return arrived.filter(({ from }) => this.#isRead(from)).map((answer) => this.#decode(answer))
  }

  /** Asks each leader that has nothing to do for what comes next. */
  async #ask(): Promise<void> {
    const byLeader = new Map<BrokerId, ReadPartition[]>()
    for (const partition of this.#partitions.values()) {
      const leader = await this.#leaderOf(partition)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
    }
    const isWaiting = new Set(this.#arrived.map(({ from }) => from))
    for (const [leader, partitions] of byLeader) {
      if (this.#fetching.has(leader) || partitions.some((partition) => isWaiting.has(partition))) continue
      const fetching = this.#fetch(leader, partitions)
        .catch((error: unknown) => {
          this.#failure = error
        })
        .finally(() => this.#fetching.delete(leader))
      this.#fetching.set(leader, fetching)
    }
  }

  /** Who leads the partition; -1 where that must be waited for. */
  async #leaderOf(partition: ReadPartition): Promise<BrokerId> {
    const { topicId, partitions } = await this.#cluster.topic(partition.topic, {
      waitMs: this.#cluster.retryTimeoutMs,
    })
    if (partition.topicId !== undefined && partition.topicId !== topicId) {
      this.#tell(partition, 'has been made anew; it is read from its beginning')
      partition.offset = 0
    }
    partition.topicId = topicId
    return partitions[partition.partition]?.leader ?? -1
  }

  async #fetch(leader: BrokerId, partitions: readonly ReadPartition[]): Promise<void> {
    const asked = partitions.map((from) => ({ from, offset: from.offset }))
    const failures: unknown[] = []
    try {
      if (leader < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `Cannot read ${nameOf(partitions[0]!)}`)
      const answer = await this.#request(leader, partitions)
      throwIfError(answer.errorCode, 'Cannot read')
      for (const { topic, topicId, partitions: answered } of answer.responses) {
        for (const response of answered) {
          const place = asked.find(
            ({ from }) =>
              from.partition === response.partitionIndex &&
              (topic === '' ? from.topicId === topicId : from.topic === topic),
          )
          if (place === undefined || !this.#isRead(place.from)) continue
          const failure = await this.#receive(place, response)
          if (failure !== undefined) failures.push(failure)
        }
      }
    } catch (error) {
      failures.push(error)
      for (const { from } of asked) this.#failed(from, error)
    }
    if (failures.length === 0) {
      this.#failedRounds.delete(leader)
      return
    }
    const round = this.#failedRounds.get(leader) ?? 0
    this.#failedRounds.set(leader, round + 1)
    await this.#cluster.backOff(round)
  }

  async #request(leader: BrokerId, partitions: readonly ReadPartition[]): Promise<FetchAnswer> {
    const topics = new Map<string, ReadPartition[]>()
    for (const partition of partitions) topics.set(partition.topic, [...(topics.get(partition.topic) ?? []), partition])
    return await this.#cluster.sendToBroker(
      leader,
      fetch,
      {
        maxWaitMs: this.#options.maxWaitMs,
        minBytes: 1,
        maxBytes: this.#options.maxBytes,
        isolationLevel: READ_UNCOMMITTED,
        topics: Array.from(topics, ([topic, ofTopic]) => ({
          topic,
          topicId: ofTopic[0]!.topicId!,
          partitions: ofTopic.map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            partitionMaxBytes: this.#options.partitionMaxBytes,
          })),
        })),
      },
      { lane: 'fetch' },
    )
  }

  /** Takes what was answered about one partition; returns what was wrong with it, if that may pass. */
  async #receive(
    { from, offset }: { readonly from: ReadPartition; readonly offset: Offset },
    { errorCode, records }: FetchAnswer['responses'][number]['partitions'][number],
  ): Promise<KafkaError | undefined> {
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      await this.#moveIntoRange(from)
      return undefined
    }
    if (errorCode !== ErrorCode.NONE) {
      const failure = new KafkaError(errorCode, `Cannot read ${nameOf(from)} from offset ${offset}`)
      this.#failed(from, failure)
      return failure
    }
    from.failingSinceMs = undefined
    const bytes = records?.[0]
    if (bytes === undefined) return undefined
    for (const { at } of batchesIn(bytes)) from.offset = nextOffsetOf(bytes, at)
    if (from.offset === offset) return undefined
    this.#arrived.push({ from, offset, bytes })
    // To the end of the line: an answer has room for so many, and all shall have their turn.
    this.#partitions.delete(nameOf(from))
    this.#partitions.set(nameOf(from), from)
    return undefined
  }

  /** Notes that a partition could not be read. Throws where that will not pass, or has not passed for too long. */
  #failed(partition: ReadPartition, error: unknown): void {
    const nowMs = this.#cluster.host.clock.monotonicMs()
    partition.failingSinceMs ??= nowMs
    this.#cluster.forget(partition.topic)
    if (!this.#isRead(partition)) return
    this.#cluster.tellTrouble(error, partition.failingSinceMs)
    if (!this.#cluster.mayPass(error) || nowMs - partition.failingSinceMs > this.#cluster.retryTimeoutMs) throw error
  }

  async #moveIntoRange(partition: ReadPartition): Promise<void> {
    const where = { topic: partition.topic, partitions: [partition.partition] }
    const first = await findOffsets(this.#cluster, where, OffsetPoint.EARLIEST)
    const end = await findOffsets(this.#cluster, where, OffsetPoint.LATEST)
    const before = partition.offset
    const firstOffset = first.get(partition.partition)!
    partition.offset = before < firstOffset ? firstOffset : end.get(partition.partition)!
    this.#tell(partition, `has no offset ${before} any more; reading goes on at ${partition.offset}`)
  }

  #decode({ from, offset, bytes }: Arrived): Fetched {
    const { topic, partition } = from
    const records: RecordView[] = []
    let nextOffset = offset
    for (const { at, sizeBytes } of batchesIn(bytes)) {
      const batch = bytes.subarray(at, at + sizeBytes)
      const damage = checkBatch(batch)
      if (damage !== undefined) {
        const message = `the batch at offset ${nextOffset} came damaged: ${damage}`
        throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `Cannot read ${nameOf(from)}`, { message, retriable: false })
      }
      if (!isControl(batch)) {
        const budget = { maxBytes: this.#options.decompressedBytesMax }
        for (const record of readRecords(batch, this.#cluster.host.compute, budget)) {
          // A batch begins where it was written, which may be before the offset that was asked for.
          if (record.offset >= offset) records.push(record)
        }
      }
      nextOffset = nextOffsetOf(batch)
    }
    return { topic, partition, records, nextOffset }
  }

  #isRead(partition: ReadPartition): boolean {
    return this.#partitions.get(nameOf(partition)) === partition
  }

  #tell(partition: ReadPartition, what: string): void {
    this.#cluster.host.logger.warn(`${nameOf(partition)} ${what}`)
  }
}
