/**
 * Writes records to the leaders of their partitions, in order, in batches, each stored once.
 *
 * It is a pipe with a bound: `send` takes records in and lets its caller wait while much is under way; the first failure
 * closes it. Records without a key stay with one partition for some kilobytes and then move on to the next, so that
 * batches are full (KIP-480).
 */
import type { ProducerId } from '#core'
import { initProducerId } from '#protocol/messages'
import type { Compression, RecordInput } from '#protocol/records'
import { type Cluster, partitionOfTopic, type TopicMetadata } from './cluster.ts'
import { throwIfError } from './kafka-error.ts'
import { PartitionQueue } from './partition-queue.ts'
import { partitionOf } from './partitioner.ts'

export interface ProducerOptions {
  /** Default `none`. */
  readonly compression?: Compression
  /** Bytes that a batch gathers at most, before compression. Default 256 KiB. */
  readonly batchBytesMax?: number
  /** Bytes under way from which on `send` waits. Default 8 MiB. */
  readonly pendingBytesMax?: number
  /** How long the broker may take to store a batch on all in-sync replicas. Default 30 s. */
  readonly ackTimeoutMs?: number
  /** Told when a record cannot be stored, at once; `send` and `flush` tell it too, when they are called. */
  readonly onFailure?: (error: unknown) => void
}

export interface OutgoingRecord extends RecordInput {
  /** Where it goes; by the hash of the key if not given. */
  readonly partition?: number | undefined
  /** Where it came from, for messages about it: the line of a file. */
  readonly line?: number
}

/** Names a producer in its batches, so that brokers know what they have already (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: ProducerId
  readonly producerEpoch: number
}

/** What has been stored of one partition. */
export interface Stored {
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly count: number
}

const KEYLESS_RUN_BYTES = 64 * 1024

export class Producer {
  readonly #cluster: Cluster
  readonly #options: Required<ProducerOptions>
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #keyless = new Map<string, { partition: number; bytesLeft: number }>()
  #identity: Promise<ProducerIdentity> | undefined

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#options = {
      compression: 'none',
      batchBytesMax: 256 * 1024,
      pendingBytesMax: 8 * 1024 * 1024,
      ackTimeoutMs: 30_000,
      onFailure: () => {},
      ...options,
    }
  }

  /** What has been stored so far, by partition. */
  get stored(): readonly Stored[] {
    return [...this.#queues.values()].flatMap(({ stored }) => stored ?? []).sort((a, b) => a.partition - b.partition)
  }

  /**
   * Takes records in, and resolves when there is room for more. Calls must not overlap. Rejects where a record cannot be
   * stored, this one or one that was taken in before; then nothing more is taken in.
   */
  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const metadata = await this.#cluster.topic(topic, { create: true })
    for (const record of records) {
      this.#queue(topic, record.partition ?? this.#choose(metadata, record), metadata).add(record)
    }
    let pendingBytes = 0
    for (const queue of this.#queues.values()) pendingBytes += queue.pendingBytes
    if (pendingBytes < this.#options.pendingBytesMax) {
      for (const queue of this.#queues.values()) if (queue.failure !== undefined) throw queue.failure
      return
    }
    // All of it, not only what is too much: then the queues fill up evenly again.
    await this.flush()
  }

  /** Resolves when all that was taken in is stored; rejects with the first failure, when nothing is under way any more. */
  async flush(): Promise<void> {
    const ended = await Promise.allSettled(Array.from(this.#queues.values(), (queue) => queue.drained()))
    for (const result of ended) if (result.status === 'rejected') throw result.reason
  }

  #queue(topic: string, partition: number, metadata: TopicMetadata): PartitionQueue {
    const name = `${topic}-${partition}`
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      partitionOfTopic(metadata, partition)
      queue = new PartitionQueue(this.#cluster, { topic, partition }, { ...this.#options, identify: this.#identify })
      this.#queues.set(name, queue)
    }
    return queue
  }

  #choose({ name, partitions }: TopicMetadata, { key, value }: OutgoingRecord): number {
    if (key != null) return partitionOf(key, partitions.length)
    let run = this.#keyless.get(name)
    if (run === undefined || run.bytesLeft <= 0) {
      const next = run === undefined ? this.#cluster.host.random.below(partitions.length) : run.partition + 1
      run = { partition: next % partitions.length, bytesLeft: KEYLESS_RUN_BYTES }
      this.#keyless.set(name, run)
    }
    run.bytesLeft -= value?.length ?? 0
    return run.partition
  }

  /** The identity of this producer; a new one where `old` has become useless. */
  readonly #identify = async (old?: ProducerIdentity): Promise<ProducerIdentity> => {
    if (old !== undefined && old.producerId === (await this.#identity)?.producerId) this.#identity = undefined
    this.#identity ??= this.#cluster.retry(async () => {
      const { errorCode, producerId, producerEpoch } = await this.#cluster.sendToAny(initProducerId, {
        transactionalId: null,
        transactionTimeoutMs: 0,
      })
      throwIfError(errorCode, 'Cannot get a producer id')
      return { producerId, producerEpoch }
    })
    return await this.#identity
  }
}
