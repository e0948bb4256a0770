/**
 * Sends records to the leaders of their partitions, in batches, idempotently: what is sent again after a lost answer is
 * stored once (KIP-98).
 *
 * One batch per partition is under way at a time; what comes meanwhile gathers in the next. That keeps the order and
 * makes batches as large as the broker is slow.
 */
import { type ProducerId, ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import { initProducerId, produce } from '#protocol/messages'
import { type Compression, encodeBatch, type RecordInput } from '#protocol/records'
import type { Cluster } from './cluster.ts'
import { KafkaError, throwIfError } from './kafka-error.ts'
import { partitionOf } from './partitioner.ts'

export interface ProducerOptions {
  /** Default `none`. */
  readonly compression?: Compression
  /** Bytes that a batch gathers at most, before compression. Default 256 KiB. */
  readonly batchBytesMax?: number
  /** How long the broker may take to store a batch on all in-sync replicas. Default 30 s. */
  readonly ackTimeoutMs?: number
  /** Whether a missing topic may be made by the broker. Default true. */
  readonly createTopics?: boolean
}

export interface OutgoingRecord {
  readonly topic: string
  /** Where it goes; by the hash of the key if not given, and to one partition after the other without a key. */
  readonly partition?: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** Milliseconds since 1970. Default now. */
  readonly timestampMs?: bigint
}

export interface SentRecord {
  readonly partition: number
  readonly offset: number
}

interface Waiting {
  readonly record: RecordInput
  readonly sizeBytes: number
  readonly done: (sent: SentRecord) => void
  readonly failed: (error: unknown) => void
}

interface Line {
  readonly topic: string
  readonly partition: number
  waiting: Waiting[]
  sending: boolean
  sequence: number
}

const SEQUENCE_MODULO = 2 ** 31
const RECORD_OVERHEAD_BYTES = 32

export class Producer {
  readonly #cluster: Cluster
  readonly #options: Required<ProducerOptions>
  readonly #lines = new Map<string, Line>()
  readonly #turns = new Map<string, number>()
  #identity: Promise<{ producerId: ProducerId; producerEpoch: number }> | undefined
  readonly #underWay = new Set<Promise<SentRecord>>()

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#options = {
      compression: 'none',
      batchBytesMax: 256 * 1024,
      ackTimeoutMs: 30_000,
      createTopics: true,
      ...options,
    }
  }

  /** Records given to `send` that have no answer yet. */
  get pendingCount(): number {
    return this.#underWay.size
  }

  /** Sends a record; resolves with its place when it is stored on all in-sync replicas. */
  send(record: OutgoingRecord): Promise<SentRecord> {
    const sent = this.#send(record)
    this.#underWay.add(sent)
    const leave = () => this.#underWay.delete(sent)
    sent.then(leave, leave)
    return sent
  }

  /** Resolves when everything sent so far is stored; rejects with the first that was not. */
  async flush(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #send({ topic, partition, key, value, headers, timestampMs }: OutgoingRecord): Promise<SentRecord> {
    const { partitions } = await this.#cluster.topic(topic, { create: this.#options.createTopics })
    if (partition !== undefined && partition >= partitions.length) {
      throw new RangeError(`There is no partition ${partition} of ${topic}: it has ${partitions.length}, from 0`)
    }
    const chosen = partition ?? this.#choose(topic, key, partitions.length)
    const line = this.#line(topic, chosen)
    const record: RecordInput = {
      key,
      value,
      headers: headers ?? [],
      timestamp: timestampMs ?? BigInt(this.#cluster.host.clock.nowMs()),
    }
    const sizeBytes =
      (key?.length ?? 0) +
      (value?.length ?? 0) +
      RECORD_OVERHEAD_BYTES +
      (headers ?? []).reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0) + 4, 0)
    return await new Promise((done, failed) => {
      line.waiting.push({ record, sizeBytes, done, failed })
      if (!line.sending) void this.#drain(line)
    })
  }

  #choose(topic: string, key: Uint8Array | null, count: number): number {
    if (key !== null) return partitionOf(key, count)
    const turn = this.#turns.get(topic) ?? this.#cluster.host.random.below(count)
    this.#turns.set(topic, (turn + 1) % count)
    return turn % count
  }

  #line(topic: string, partition: number): Line {
    const name = `${topic}-${partition}`
    let line = this.#lines.get(name)
    if (line === undefined) {
      line = { topic, partition, waiting: [], sending: false, sequence: 0 }
      this.#lines.set(name, line)
    }
    return line
  }

  async #drain(line: Line): Promise<void> {
    line.sending = true
    // Let what is sent in the same turn gather in one batch.
    await Promise.resolve()
    while (line.waiting.length > 0) {
      const batch = this.#takeBatch(line)
      try {
        const baseOffset = await this.#store(line, batch)
        for (const [i, { done }] of batch.entries()) done({ partition: line.partition, offset: baseOffset + i })
      } catch (error) {
        for (const { failed } of batch) failed(error)
        // Whether it was stored is unknown: what follows gets a new identity, so that its sequence is not a gap.
        this.#identity = undefined
        for (const other of this.#lines.values()) if (!other.sending || other === line) other.sequence = 0
      }
    }
    line.sending = false
  }

  #takeBatch(line: Line): Waiting[] {
    let bytes = 0
    let count = 0
    while (
      count < line.waiting.length &&
      (count === 0 || bytes + line.waiting[count]!.sizeBytes <= this.#options.batchBytesMax)
    ) {
      bytes += line.waiting[count]!.sizeBytes
      count++
    }
    return line.waiting.splice(0, count)
  }

  async #store(line: Line, batch: readonly Waiting[]): Promise<number> {
    const { topic, partition } = line
    const { producerId, producerEpoch } = await this.#identify()
    const bytes = encodeBatch(
      batch.map(({ record }) => record),
      {
        codec: this.#options.compression,
        compute: this.#cluster.host.compute,
        producerId,
        producerEpoch,
        baseSequence: line.sequence,
      },
    )
    line.sequence = (line.sequence + batch.length) % SEQUENCE_MODULO
    return await this.#cluster.retry(async () => {
      const { topicId, partitions } = await this.#cluster.topic(topic)
      const leader = partitions[partition]?.leader ?? -1
      const answer = await this.#cluster.sendToBroker(leader, produce, {
        acks: -1,
        timeoutMs: this.#options.ackTimeoutMs,
        topicData: [
          { name: topic, topicId: topicId ?? ZERO_UUID, partitionData: [{ index: partition, records: [bytes] }] },
        ],
      })
      const [response] = answer.responses[0]?.partitionResponses ?? []
      const errorCode = response?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
      if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
        this.#cluster.forget(topic)
        throw new KafkaError(errorCode, `Cannot write to ${topic}-${partition}`, response?.errorMessage)
      }
      return response?.baseOffset ?? -1
    })
  }

  #identify(): Promise<{ producerId: ProducerId; producerEpoch: number }> {
    this.#identity ??= this.#cluster.retry(async () => {
      const answer = await this.#cluster.sendToAny(initProducerId, {
        transactionalId: null,
        transactionTimeoutMs: 0,
        producerId: -1n,
        producerEpoch: -1,
      })
      throwIfError(answer.errorCode, 'Cannot get a producer id')
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    })
    return this.#identity
  }
}
