/**
 * A cluster as a client sees it: who its brokers are, who leads what, and connections to them.
 *
 * Metadata is asked for when it is needed, kept for some time, and asked for again when an answer shows that it is old.
 * A request that fails in a way that may pass is tried again, with growing pauses, until its time is over; but if no
 * broker has answered yet, there is nothing to wait for, and the first failure is the answer.
 *
 * A broker works off the requests of one connection one after another, and a fetch or a join may wait there. So requests
 * travel in lanes, a connection each: what is in one does not wait for what is in another.
 */
import { type BrokerId, ZERO_UUID } from '#core'
import { type Address, type Host, HostError } from '#host'
import { RpcConnection } from '#net'
import { type Api, ErrorCode, type Message, type MessageInput, type RequestOf } from '#protocol'
import { findCoordinator, metadata } from '#protocol/messages'
import { KafkaError, throwIfError } from './kafka-error.ts'

export interface ClusterOptions {
  /** Brokers to begin with; the first that answers tells of the others. */
  readonly bootstrap: readonly Address[]
  /** What the broker's logs call us. Default `ottla`. */
  readonly clientId?: string
  /** How long a connection may take to open, and one attempt of a request. Defaults 10 s, 30 s. */
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
  /** How long a request is tried again before its last error is thrown. Default 60 s. */
  readonly retryTimeoutMs?: number
  /** After how long what is known of a topic is asked for anew, though nothing seems wrong with it. Default 30 s. */
  readonly metadataAgeMaxMs?: number
}

export type ClientHost = Pick<Host, 'clock' | 'network' | 'random' | 'compute' | 'logger'>

export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  /** By their number. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  /** -1: none at the moment. */
  readonly leader: BrokerId
  readonly leaderEpoch: number
  readonly replicas: readonly BrokerId[]
  readonly isr: readonly BrokerId[]
}

export interface SendOptions {
  /** Requests of one lane wait for each other; default `''`. */
  readonly lane?: string
  /** Default `requestTimeoutMs`. */
  readonly timeoutMs?: number
}

export interface TopicOptions {
  /** Has a missing topic made, where the broker does so. */
  readonly create?: boolean
  /** How long a topic that is missing is waited for. Default 500 ms; 10 s where it may be made. */
  readonly waitMs?: number
}

export type MetadataAnswer = Message<(typeof metadata)['response']>
type Input<A extends Api> = MessageInput<A['request']>
type Answer<A extends Api> = Message<A['response']>

const BACKOFF_MIN_MS = 50
const BACKOFF_MAX_MS = 1000
/** Trouble that lasts longer is told, and then again after so long. */
const TROUBLE_MS = 3000
const TROUBLE_AGAIN_MS = 60_000
/** A topic that was made a moment ago may not be known to every broker yet; one that is being made takes longer. */
const NEW_TOPIC_MS = 500
const CREATE_TOPIC_MS = 10_000

export class Cluster {
  readonly host: ClientHost
  readonly retryTimeoutMs: number
  readonly #options: Required<Omit<ClusterOptions, 'retryTimeoutMs'>>
  readonly #connections = new Map<string, Promise<RpcConnection>>()
  #brokers: ReadonlyMap<BrokerId, Address> = new Map()
  readonly #topics = new Map<string, { readonly topic: TopicMetadata; readonly atMs: number }>()
  readonly #coordinators = new Map<string, BrokerId>()
  readonly #asked = new Map<string, Promise<TopicMetadata>>()
  readonly #pauses = new Set<() => void>()
  /** Who answered last; nobody so far. */
  #answering: Address | undefined
  #troubleToldMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(host: ClientHost, { retryTimeoutMs = 60_000, ...options }: ClusterOptions) {
    this.host = host
    this.retryTimeoutMs = retryTimeoutMs
    this.#options = {
      clientId: 'ottla',
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      metadataAgeMaxMs: 30_000,
      ...options,
    }
  }

  /** Sends to any broker that answers. */
  async sendToAny<A extends Api>(api: A, request: Input<A>): Promise<Answer<A>> {
    const candidates = new Map(
      [
        ...(this.#answering === undefined ? [] : [this.#answering]),
        ...this.#brokers.values(),
        ...this.#options.bootstrap,
      ].map((address) => [nameOf(address), address] as const),
    )
    const failures: HostError[] = []
    for (const address of candidates.values()) {
      try {
        const answer = await this.#sendTo(address, api, request)
        this.#answering = address
        return answer
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        failures.push(error)
      }
    }
    const [first, ...others] = failures
    if (first === undefined || others.length === 0) throw first ?? new HostError('EDESTADDRREQ', 'No broker is named')
    throw new HostError(first.code, failures.map(({ message }) => message).join('; '), first)
  }

  /** Sends to any broker, again while none answers. */
  async ask<A extends Api>(api: A, request: Input<A>): Promise<Answer<A>> {
    return await this.retry(async () => await this.sendToAny(api, request))
  }

  /** Sends to one broker. */
  async sendToBroker<A extends Api>(
    broker: BrokerId,
    api: A,
    request: Input<A>,
    options: SendOptions = {},
  ): Promise<Answer<A>> {
    if (!this.#brokers.has(broker)) await this.refresh([])
    const address = this.#brokers.get(broker)
    if (address === undefined) {
      throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, `Cannot reach broker ${broker}`, { retriable: true })
    }
    try {
      return await this.#sendTo(address, api, request, options)
    } catch (error) {
      const isOwn = this.#options.bootstrap.some((given) => nameOf(given) === nameOf(address))
      if (!(error instanceof HostError) || isOwn) throw error
      const where = `broker ${broker} says that it is reached at ${nameOf(address)} (advertised.listeners)`
      throw new HostError(error.code, `${error.message}; ${where}`, error)
    }
  }

  /**
   * Sends to the coordinator of a group, and looks for it anew where it has moved. `errorOf` finds the code of the answer
   * that tells so; other codes are the caller's.
   */
  async sendToCoordinator<A extends Api>(
    groupId: string,
    api: A,
    request: Input<A>,
    { errorOf, ...options }: SendOptions & { readonly errorOf: (answer: Answer<A>) => number },
  ): Promise<Answer<A>> {
    return await this.retry(async () => {
      const coordinator = this.#coordinators.get(groupId) ?? (await this.#findCoordinator(groupId))
      try {
        const answer = await this.sendToBroker(coordinator, api, request, options)
        const code = errorOf(answer)
        if (!COORDINATOR_ERRORS.has(code)) return answer
        throw new KafkaError(code, `Cannot ask the coordinator of group ${groupId}`)
      } catch (error) {
        this.#coordinators.delete(groupId)
        throw error
      }
    })
  }

  /** Which broker coordinates a group, asked for until there is one. */
  async coordinatorOf(groupId: string): Promise<BrokerId> {
    return this.#coordinators.get(groupId) ?? (await this.retry(async () => await this.#findCoordinator(groupId)))
  }

  /** Metadata of a topic, from memory if it is there. Throws UNKNOWN_TOPIC_OR_PARTITION when it stays missing. */
  async topic(name: string, options: TopicOptions = {}): Promise<TopicMetadata> {
    const known = this.#topics.get(name)
    if (known !== undefined && this.host.clock.monotonicMs() - known.atMs < this.#options.metadataAgeMaxMs)
      return known.topic
    const asked = this.#asked.get(name)
    if (asked !== undefined) return await asked
    const asking = this.#askForTopic(name, options)
    this.#asked.set(name, asking)
    try {
      return await asking
    } finally {
      this.#asked.delete(name)
    }
  }

  /** The leader of a partition of a topic that is there. Throws LEADER_NOT_AVAILABLE where there is none. */
  async leaderOf(topic: string, partition: number): Promise<BrokerId> {
    const { leader } = partitionOfTopic(await this.topic(topic, { waitMs: this.retryTimeoutMs }), partition)
    if (leader >= 0) return leader
    this.forget(topic)
    throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `Cannot use ${topic}-${partition}`)
  }

  /** Forgets what is known of a topic: an answer has shown it to be old. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** Asks for the metadata of some topics, or of all (null), and keeps it. */
  async refresh(topics: readonly string[] | null, { create = false } = {}): Promise<MetadataAnswer> {
    const answer = await this.sendToAny(metadata, {
      topics: topics?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
      allowAutoTopicCreation: create,
    })
    const atMs = this.host.clock.monotonicMs()
    if (answer.brokers.length > 0) {
      this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    }
    for (const topic of answer.topics) {
      if (topic.errorCode === ErrorCode.NONE && topic.name !== null) {
        this.#topics.set(topic.name, { topic: topicOf(topic, topic.name), atMs })
      }
    }
    return answer
  }

  /** Does `work` again while it fails with what may pass and time is left; `again` is told each such failure. */
  async retry<Result>(work: () => Promise<Result>, again?: (error: unknown) => void): Promise<Result> {
    const { clock } = this.host
    const startMs = clock.monotonicMs()
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!this.mayPass(error) || clock.monotonicMs() - startMs > this.retryTimeoutMs) throw error
        this.tellTrouble(error, startMs)
        again?.(error)
        await this.backOff(attempt)
      }
    }
  }

  /** Whether the same may succeed later: a broker's error that says so, or trouble with brokers that have answered before. */
  mayPass(error: unknown): boolean {
    if (this.#closed) return false
    if (error instanceof KafkaError) return error.retriable
    return error instanceof HostError && this.#answering !== undefined
  }

  /** Has it said, now and then, that something does not work since `sinceMs` (monotonic) and is being tried again. */
  tellTrouble(error: unknown, sinceMs: number): void {
    const nowMs = this.host.clock.monotonicMs()
    if (nowMs - sinceMs < TROUBLE_MS || nowMs - this.#troubleToldMs < TROUBLE_AGAIN_MS) return
    this.#troubleToldMs = nowMs
    this.host.logger.warn(`${error instanceof Error ? error.message : error}; trying again`)
  }

  /** Waits before the next attempt, longer after each, and not as long as others wait. */
  async backOff(attempt: number): Promise<void> {
    const backoffMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10), BACKOFF_MAX_MS)
    await this.pause(backoffMs / 2 + this.host.random.below(backoffMs))
  }

  /** Resolves after `ms`, or when the cluster is closed. */
  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel()
        this.#pauses.delete(end)
        resolve()
      }
      const cancel = this.host.clock.setTimer(this.#closed ? 0 : ms, end)
      this.#pauses.add(end)
    })
  }

  /** Closes the connections; what is under way fails. */
  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#pauses) end()
    const connections = await Promise.allSettled(this.#connections.values())
    for (const connection of connections) if (connection.status === 'fulfilled') connection.value.close()
  }

  async #findCoordinator(groupId: string): Promise<BrokerId> {
    const answer = await this.sendToAny(findCoordinator, { key: groupId, keyType: 0, coordinatorKeys: [groupId] })
    // Versions before 4 answer for one key.
    const { errorCode, errorMessage, nodeId, host, port } = answer.coordinators[0] ?? answer
    throwIfError(errorCode, `Cannot find the coordinator of group ${groupId}`, errorMessage)
    this.#brokers = new Map(this.#brokers).set(nodeId, { host, port })
    this.#coordinators.set(groupId, nodeId)
    return nodeId
  }

  async #askForTopic(
    name: string,
    { create = false, waitMs = create ? CREATE_TOPIC_MS : NEW_TOPIC_MS }: TopicOptions,
  ): Promise<TopicMetadata> {
    const startMs = this.host.clock.monotonicMs()
    return await this.retry(async () => {
      const answer = await this.refresh([name], { create })
      const code = answer.topics.find((found) => found.name === name)?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      if (code === ErrorCode.NONE) return this.#topics.get(name)!.topic
      const retriable = this.host.clock.monotonicMs() - startMs < waitMs
      const isMissing = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      const detail = isMissing ? { message: 'there is no such topic', retriable } : {}
      throw new KafkaError(code, `Cannot use topic ${name}`, detail)
    })
  }

  async #sendTo<A extends Api>(
    address: Address,
    api: A,
    request: Input<A>,
    { lane = '', timeoutMs = this.#options.requestTimeoutMs }: SendOptions = {},
  ): Promise<Answer<A>> {
    const connection = await this.#connect(address, lane)
    return await connection.send(api, request as Input<A> & RequestOf<A>, { timeoutMs })
  }

  async #connect(address: Address, lane: string): Promise<RpcConnection> {
    const key = `${nameOf(address)} ${lane}`
    const existing = this.#connections.get(key)
    if (existing !== undefined) {
      const connection = await existing
      if (!connection.closed) return connection
      if (this.#connections.get(key) !== existing) return await this.#connect(address, lane)
    }
    const opening = RpcConnection.connect(this.host, address, {
      clientId: this.#options.clientId,
      timeoutMs: this.#options.connectTimeoutMs,
    })
    this.#connections.set(key, opening)
    opening.catch(() => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
    })
    return await opening
  }
}

const COORDINATOR_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
])

/** One partition. Throws a `RangeError` where the topic has no such partition. */
export function partitionOfTopic({ name, partitions }: TopicMetadata, partition: number): PartitionMetadata {
  const found = partitions[partition]
  if (found !== undefined) return found
  const there = partitions.length === 1 ? 'only partition 0' : `partitions 0 to ${partitions.length - 1}`
  throw new RangeError(`There is no partition ${partition} of ${name}: it has ${there}`)
}

function topicOf(topic: MetadataAnswer['topics'][number], name: string): TopicMetadata {
  return {
    name,
    topicId: topic.topicId,
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

function nameOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
