/**
 * The records that wait to be stored in one partition. One batch is under way at a time; what comes meanwhile gathers in
 * the next: that keeps the order, and makes batches as large as the broker is slow.
 *
 * Batches are numbered, so that one that is sent again after a lost answer is stored once (KIP-98):
 *
 *   stored                  the next batch continues the sequence
 *   no answer, or may pass  the same bytes are sent again, to whoever leads by then
 *   too large               nothing was stored: its records go in two batches, from the same sequence on
 *   sequence not accepted   the broker remembers something else of us, as it lost records or forgot us: the batch is sent
 *                           again under a new identity, from sequence 0 on
 *   refused, or given up    the queue ends: what follows must not be stored in front of what may still be repaired
 */
import { nameOf, type TopicPartition } from '#core'
import { ErrorCode } from '#protocol'
import { produce } from '#protocol/messages'
import { addToSequence, type Compression, encodeBatch } from '#protocol/records'
import type { Cluster } from './cluster.ts'
import { KafkaError } from './kafka-error.ts'
import type { OutgoingRecord, ProducerIdentity, Stored } from './producer.ts'

export interface PartitionQueueOptions {
  readonly compression: Compression
  readonly batchBytesMax: number
  readonly ackTimeoutMs: number
  /** The producer's identity; another one than `old`, if that is given. */
  readonly identify: (old?: ProducerIdentity) => Promise<ProducerIdentity>
  /** Told once, when the queue ends before its time. */
  readonly onFailure: (error: unknown) => void
}

const ALL_REPLICAS = -1
const RECORD_OVERHEAD_BYTES = 16
/** What a request may take beyond the time that the broker has for it. */
const ANSWER_MS = 5000
const TOO_LARGE: ReadonlySet<number> = new Set([ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.RECORD_LIST_TOO_LARGE])
const SEQUENCE_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
])

export class PartitionQueue {
  readonly #cluster: Cluster
  readonly #where: TopicPartition
  readonly #options: PartitionQueueOptions
  #waiting: OutgoingRecord[] = []
  #draining: Promise<void> | undefined
  #batchBytesMax: number
  #identity: ProducerIdentity | undefined
  #sequence = 0
  #pendingBytes = 0
  #failure: unknown
  #stored: Stored | undefined

  constructor(cluster: Cluster, where: TopicPartition, options: PartitionQueueOptions) {
    this.#cluster = cluster
    this.#where = where
    this.#options = options
    this.#batchBytesMax = options.batchBytesMax
  }

  /** Bytes of records that are not stored yet. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Why a record could not be stored; from then on the queue is closed. */
  get failure(): unknown {
    return this.#failure
  }

  get stored(): Stored | undefined {
    return this.#stored
  }

  add(record: OutgoingRecord): void {
    if (this.#failure !== undefined) return
    this.#waiting.push(record)
    this.#pendingBytes += bytesOf(record)
    this.#draining ??= this.#drain()
  }

  /** Resolves when all is stored; rejects with the failure. */
  async drained(): Promise<void> {
    await this.#draining
    if (this.#failure !== undefined) throw this.#failure
  }

  async #drain(): Promise<void> {
    // What is added in the same turn shall be in the same batch.
    await Promise.resolve()
    try {
      while (this.#waiting.length > 0) await this.#sendBatch(this.#takeBatch())
    } catch (error) {
      this.#failure = error
      this.#waiting = []
      this.#pendingBytes = 0
      this.#options.onFailure(error)
    }
    this.#draining = undefined
  }

  #takeBatch(): OutgoingRecord[] {
    let bytes = 0
    let count = 0
    for (const record of this.#waiting) {
      bytes += bytesOf(record)
      if (count > 0 && bytes > this.#batchBytesMax) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #sendBatch(batch: readonly OutgoingRecord[]): Promise<void> {
    const bytes = batch.reduce((sum, record) => sum + bytesOf(record), 0)
    try {
      this.#note(await this.#store(batch), batch.length)
    } catch (error) {
      if (batch.length === 1 || !(error instanceof KafkaError) || !TOO_LARGE.has(error.errorCode)) throw error
      // The topic takes smaller batches than we made of them; it may take the records.
      this.#batchBytesMax = Math.floor(bytes / 2)
      this.#waiting = [...batch, ...this.#waiting]
      return
    }
    this.#pendingBytes -= bytes
  }

  #note(offset: number, count: number): void {
    const before = this.#stored
    this.#stored = {
      ...this.#where,
      firstOffset: before?.firstOffset ?? offset,
      lastOffset: offset + count - 1,
      count: (before?.count ?? 0) + count,
    }
  }

  /** Stores a batch and returns the offset of its first record. */
  async #store(batch: readonly OutgoingRecord[]): Promise<number> {
    let isRenewed = false
    for (;;) {
      this.#identity ??= await this.#options.identify()
      const bytes = encodeBatch(batch, {
        codec: this.#options.compression,
        compute: this.#cluster.host.compute,
        ...this.#identity,
        baseSequence: this.#sequence,
      })
      try {
        const offset = await this.#cluster.retry(
          async () => await this.#request(bytes, batch),
          () => this.#cluster.forget(this.#where.topic),
        )
        this.#sequence = addToSequence(this.#sequence, batch.length)
        return offset
      } catch (error) {
        if (isRenewed || !(error instanceof KafkaError) || !SEQUENCE_ERRORS.has(error.errorCode)) throw error
        isRenewed = true
        this.#identity = await this.#options.identify(this.#identity)
        this.#sequence = 0
      }
    }
  }

  async #request(bytes: Uint8Array, batch: readonly OutgoingRecord[]): Promise<number> {
    const { topic, partition } = this.#where
    const leader = await this.#cluster.leaderOf(topic, partition)
    const { topicId } = await this.#cluster.topic(topic)
    const answer = await this.#cluster.sendToBroker(
      leader,
      produce,
      {
        acks: ALL_REPLICAS,
        timeoutMs: this.#options.ackTimeoutMs,
        topicData: [{ name: topic, topicId, partitionData: [{ index: partition, records: [bytes] }] }],
      },
      { lane: 'produce', timeoutMs: this.#options.ackTimeoutMs + ANSWER_MS },
    )
    const response = answer.responses[0]?.partitionResponses[0]
    const code = response?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    // A duplicate that is too old for its offset to be known is stored all the same.
    if (code === ErrorCode.NONE || code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return response?.baseOffset ?? -1
    const [recordError] = response?.recordErrors ?? []
    const blamed = batch[recordError?.batchIndex ?? 0]?.line
    const isAboutOne = recordError !== undefined || batch.length === 1
    throw new KafkaError(
      code,
      `Cannot write ${isAboutOne && blamed !== undefined ? `line ${blamed} ` : ''}to ${nameOf(this.#where)}`,
      { message: recordError?.batchIndexErrorMessage ?? response?.errorMessage },
    )
  }
}

/** About what a record takes in a batch. */
function bytesOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined) {
    for (const header of headers) bytes += RECORD_OVERHEAD_BYTES + header.key.length + (header.value?.length ?? 0)
  }
  return bytes
}
