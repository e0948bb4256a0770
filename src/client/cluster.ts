/**
 * A cluster as a client sees it: who its brokers are, who leads what, and a connection to each that is spoken with.
 *
 * Metadata is asked for when it is needed, kept, and asked for again when an answer shows that it is old. A request that
 * fails in a way that may pass is tried again, with growing pauses, until its time is over.
 */
import { type BrokerId, ZERO_UUID } from '#core'
import type { Address, Host } from '#host'
import { HostError } from '#host'
import { RpcConnection } from '#net'
import { type Api, ErrorCode, type Message, type MessageInput, type RequestOf } from '#protocol'
import { findCoordinator, metadata } from '#protocol/messages'
import { KafkaError, throwIfError } from './kafka-error.ts'

export interface ClusterOptions {
  /** Brokers to begin with; the first that answers tells of the others. */
  readonly bootstrap: readonly Address[]
  /** What the broker's logs call us. Default `ottla`. */
  readonly clientId?: string
  /** How long one attempt of a request may take. Default 30 s. */
  readonly requestTimeoutMs?: number
  /** How long a request is tried again before its last error is thrown. Default 60 s. */
  readonly retryTimeoutMs?: number
}

export type ClientHost = Pick<Host, 'clock' | 'network' | 'random' | 'compute'>

export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly leader: BrokerId
  readonly leaderEpoch: number
  readonly replicas: readonly BrokerId[]
  readonly isr: readonly BrokerId[]
}

type MetadataAnswer = Message<(typeof metadata)['response']>
type Input<A extends Api> = MessageInput<A['request']>
type Answer<A extends Api> = Message<A['response']>

const BACKOFF_MIN_MS = 50
const BACKOFF_MAX_MS = 1000

export class Cluster {
  readonly host: ClientHost
  readonly #bootstrap: readonly Address[]
  readonly #clientId: string
  readonly #requestTimeoutMs: number
  readonly #retryTimeoutMs: number
  readonly #connections = new Map<string, Promise<RpcConnection>>()
  readonly #brokers = new Map<BrokerId, Address>()
  readonly #topics = new Map<string, TopicMetadata>()
  #closed = false

  constructor(host: ClientHost, options: ClusterOptions) {
    this.host = host
    this.#bootstrap = options.bootstrap
    this.#clientId = options.clientId ?? 'ottla'
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 30_000
    this.#retryTimeoutMs = options.retryTimeoutMs ?? 60_000
  }

  /** Sends to any broker that answers. */
  async sendToAny<A extends Api>(api: A, request: Input<A>): Promise<Answer<A>> {
    const candidates = [...this.#brokers.values(), ...this.#bootstrap]
    let failure: unknown
    for (const address of candidates) {
      try {
        return await this.#sendTo(address, api, request)
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        failure = error
      }
    }
    throw failure
  }

  /** Sends to one broker. */
  async sendToBroker<A extends Api>(broker: BrokerId, api: A, request: Input<A>): Promise<Answer<A>> {
    if (!this.#brokers.has(broker)) await this.refresh([])
    const address = this.#brokers.get(broker)
    if (address === undefined) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, `Cannot reach broker ${broker}`)
    return await this.#sendTo(address, api, request)
  }

  /** Where a group's coordinator is, asked for until there is one. */
  async coordinatorOf(groupId: string): Promise<BrokerId> {
    return await this.retry(async () => {
      const answer = await this.sendToAny(findCoordinator, { key: groupId, keyType: 0, coordinatorKeys: [groupId] })
      const { errorCode, errorMessage, nodeId, host, port } = answer.coordinators[0] ?? answer
      throwIfError(errorCode, `Cannot find the coordinator of group ${groupId}`, errorMessage)
      this.#brokers.set(nodeId, { host, port })
      return nodeId
    })
  }

  /** Metadata of a topic, from memory if it is there. Throws UNKNOWN_TOPIC_OR_PARTITION when it stays missing. */
  async topic(name: string, { create = false }: { create?: boolean } = {}): Promise<TopicMetadata> {
    return this.#topics.get(name) ?? (await this.retry(async () => await this.#fetchTopic(name, create)))
  }

  /** Forgets what is known of a topic: an answer has shown it to be old. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** Asks for the metadata of some topics, or of all (null), and keeps it. */
  async refresh(
    topics: readonly string[] | null,
    { create = false }: { create?: boolean } = {},
  ): Promise<MetadataAnswer> {
    const answer = await this.sendToAny(metadata, {
      topics: topics?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
      allowAutoTopicCreation: create,
    })
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port })
    for (const topic of answer.topics) {
      if (topic.errorCode === ErrorCode.NONE && topic.name !== null) this.#topics.set(topic.name, fromAnswer(topic))
    }
    return answer
  }

  /** Does `work` again while it fails with what may pass and time is left. */
  async retry<Result>(work: () => Promise<Result>): Promise<Result> {
    const { clock, random } = this.host
    const giveUpMs = clock.monotonicMs() + this.#retryTimeoutMs
    for (let backoffMs = BACKOFF_MIN_MS; ; backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS)) {
      try {
        return await work()
      } catch (error) {
        const mayPass = error instanceof HostError || (error instanceof KafkaError && error.retriable)
        const pauseMs = backoffMs / 2 + random.below(backoffMs)
        if (!mayPass || this.#closed || clock.monotonicMs() + pauseMs > giveUpMs) throw error
        await this.pause(pauseMs)
      }
    }
  }

  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.host.clock.setTimer(ms, resolve))
  }

  async close(): Promise<void> {
    this.#closed = true
    const connections = await Promise.allSettled(this.#connections.values())
    for (const connection of connections) if (connection.status === 'fulfilled') connection.value.close()
  }

  async #fetchTopic(name: string, create: boolean): Promise<TopicMetadata> {
    const answer = await this.refresh([name], { create })
    const topic = answer.topics.find((found) => found.name === name)
    throwIfError(topic?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Cannot use topic ${name}`)
    const leaderless = topic?.partitions.find(({ leaderId }) => leaderId < 0)
    if (leaderless !== undefined) {
      throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `Cannot use ${name}-${leaderless.partitionIndex}`)
    }
    return this.#topics.get(name)!
  }

  async #sendTo<A extends Api>(address: Address, api: A, request: Input<A>): Promise<Answer<A>> {
    const connection = await this.#connect(address)
    return await connection.send(api, request as Input<A> & RequestOf<A>, { timeoutMs: this.#requestTimeoutMs })
  }

  async #connect(address: Address): Promise<RpcConnection> {
    const key = `${address.host}:${address.port}`
    const open = this.#connections.get(key)
    if (open !== undefined) {
      const connection = await open
      if (!connection.closed) return connection
    }
    const opening = RpcConnection.connect(this.host, address, {
      clientId: this.#clientId,
      timeoutMs: this.#requestTimeoutMs,
    })
    this.#connections.set(key, opening)
    opening.catch(() => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
    })
    return await opening
  }
}

function fromAnswer(topic: MetadataAnswer['topics'][number]): TopicMetadata {
  return {
    name: topic.name ?? '',
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions
      .map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        leader: leaderId,
        leaderEpoch,
        replicas: replicaNodes,
        isr: isrNodes,
      }))
      .sort((a, b) => a.partition - b.partition),
  }
}
