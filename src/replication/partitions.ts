/**
 * The partitions of this broker: opened, created and deleted as the metadata log says.
 *
 * The image changes in one turn, disks take longer. What is published is known here at once (`find` answers by it), and
 * the disk work for it is queued: in order for one partition, some partitions side by side. A partition that is being
 * opened answers NOT_LEADER_OR_FOLLOWER, which clients try again. `settled` waits until all that is done.
 *
 * Invariants:
 *   a partition is served by at most one `Partition`, for the topic id that the image has
 *   a log of a topic that the image does not know is set aside, never deleted: the metadata may be what is wrong
 */
import { type BrokerId, nameOf, type TopicId, type TopicPartition, type Uuid, ZERO_UUID } from '#core'
import { HostError, type Logger } from '#host'
import { DamagedLogError, type Log, type LogDirectory } from '#log'
import { ConfigResourceType, type MetadataDelta, type MetadataImage, type PartitionRegistration } from '#metadata'
import { ErrorCode } from '#protocol'
import { Partition, type PartitionConfig } from './partition.ts'

export interface PartitionsOptions {
  readonly brokerId: BrokerId
  readonly image: MetadataImage
  /** Where logs are, by directory id. */
  readonly directories: ReadonlyMap<Uuid, LogDirectory>
  /** The settings in effect for a topic now. */
  readonly configOf: (topic: string) => PartitionConfig
  readonly logger: Logger
}

export type LeadershipListener = (partition: Partition, leadership: 'began' | 'ended') => void

/** How many logs are opened or created side by side. */
const OPENING_MAX = 32

interface Slot {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  partition: Partition | undefined
  /** Why it is not served although it should be: an error of Kafka's. */
  error: number
}

export class Partitions {
  readonly #options: PartitionsOptions
  /** By topic, then partition: what is here or about to be. */
  readonly #slots = new Map<string, Map<number, Slot>>()
  /** The last disk work queued for a partition, by its name. */
  readonly #queues = new Map<string, Promise<void>>()
  readonly #gate = new Gate(OPENING_MAX)
  readonly #found = new Map<string, LogDirectory>()
  readonly #leadershipListeners = new Set<LeadershipListener>()

  constructor(options: PartitionsOptions) {
    this.#options = options
    for (const directory of options.directories.values()) {
      for (const topicPartition of directory.found()) this.#found.set(nameOf(topicPartition), directory)
    }
  }

  /** The name of the topic that a request means, by id where one is given, else by name. */
  resolveTopic({ name, topicId }: { readonly name: string; readonly topicId: TopicId }): {
    readonly name: string
    readonly error: number
  } {
    // No id and no name: a version that has ids only, and did not say which.
    if (topicId === ZERO_UUID) return { name, error: name === '' ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.NONE }
    const topic = this.#options.image.topics.byId.get(topicId)
    if (topic === undefined) return { name, error: ErrorCode.UNKNOWN_TOPIC_ID }
    return { name: topic.name, error: ErrorCode.NONE }
  }

  /** A partition that is served here, or the error that tells a client why it is not. */
  find(topic: string, partition: number): Partition | number {
    const slot = this.#slots.get(topic)?.get(partition)
    if (slot?.partition !== undefined) return slot.partition
    if (slot !== undefined) return slot.error
    return this.#options.image.partition(topic, partition) === undefined
      ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      : ErrorCode.NOT_LEADER_OR_FOLLOWER
  }

  /** All partitions that are served here. */
  *all(): Iterable<Partition> {
    for (const topic of this.#slots.values()) {
      for (const { partition } of topic.values()) if (partition !== undefined) yield partition
    }
  }

  /** Calls `listener` when this broker begins to lead a partition in a new epoch, and when that epoch has ended here. */
  onLeadership(listener: LeadershipListener): void {
    this.#leadershipListeners.add(listener)
  }

  /** Takes over what a commit changed. */
  apply(delta: MetadataDelta): void {
    for (const topic of delta.topics.values()) {
      for (const [index, { after }] of topic.partitions) {
        const topicPartition = { topic: topic.name, partition: index }
        if (after?.replicas.includes(this.#options.brokerId)) this.#keep(topicPartition, topic.id, after)
        else this.#drop(topicPartition, topic.id)
      }
    }
    this.#configure(delta)
  }

  /** Resolves when everything published so far is on disk and served, or has failed for good. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values())
  }

  /** Sets aside the logs that no topic claims. To be called once, when the whole image has been applied. */
  async setStraysAside(): Promise<void> {
    for (const [name, directory] of this.#found) {
      const stray = directory.found().find((topicPartition) => nameOf(topicPartition) === name)
      if (stray === undefined || this.#slots.get(stray.topic)?.has(stray.partition)) continue
      this.#options.logger.warn(`The log ${name} in ${directory.path} belongs to no topic of this cluster: left alone`)
    }
    this.#found.clear()
  }

  /** Ends serving; logs stay open for their directories to close. */
  close(): void {
    for (const partition of this.all()) {
      this.#tell(partition, 'ended')
      partition.close()
    }
    this.#slots.clear()
  }

  #keep(topicPartition: TopicPartition, topicId: TopicId, state: PartitionRegistration): void {
    const { topic, partition } = topicPartition
    let slots = this.#slots.get(topic)
    if (slots === undefined) {
      slots = new Map()
      this.#slots.set(topic, slots)
    }
    const slot = slots.get(partition)
    if (slot !== undefined && slot.topicId === topicId) {
      // One that is still being opened reads the newest state from the image when it is done.
      if (slot.partition !== undefined) this.#update(slot.partition, state)
      return
    }
    const added: Slot = { topicPartition, topicId, partition: undefined, error: ErrorCode.NOT_LEADER_OR_FOLLOWER }
    slots.set(partition, added)
    this.#queue(topicPartition, () => this.#open(added))
  }

  #update(partition: Partition, state: PartitionRegistration): void {
    const isNewEpoch = state.leaderEpoch > partition.leaderEpoch
    if (isNewEpoch) this.#tell(partition, 'ended')
    partition.update(state)
    if (isNewEpoch && partition.isLeader) this.#tell(partition, 'began')
  }

  #drop(topicPartition: TopicPartition, topicId: TopicId): void {
    const slots = this.#slots.get(topicPartition.topic)
    const slot = slots?.get(topicPartition.partition)
    if (slots === undefined || slot === undefined || slot.topicId !== topicId) return
    slots.delete(topicPartition.partition)
    if (slots.size === 0) this.#slots.delete(topicPartition.topic)
    if (slot.partition !== undefined) {
      this.#tell(slot.partition, 'ended')
      slot.partition.close()
    }
    this.#queue(topicPartition, async () => {
      const directory = this.directoryOf(topicPartition)
      if (directory !== undefined) await directory.deleteLog(topicPartition)
    })
  }

  async #open(slot: Slot): Promise<void> {
    const { topicPartition, topicId } = slot
    const { brokerId, image, configOf } = this.#options
    try {
      const config = configOf(topicPartition.topic)
      const log = await this.#openLog(topicPartition, topicId, config)
      const state = image.partition(topicPartition.topic, topicPartition.partition)
      // It may have been deleted meanwhile: then its deletion is next in the queue.
      if (this.#slots.get(topicPartition.topic)?.get(topicPartition.partition) !== slot || state === undefined) return
      slot.partition = new Partition(log, brokerId, state, configOf(topicPartition.topic))
      if (slot.partition.isLeader) this.#tell(slot.partition, 'began')
    } catch (error) {
      if (!(error instanceof HostError || error instanceof DamagedLogError)) throw error
      slot.error = ErrorCode.KAFKA_STORAGE_ERROR
      this.#options.logger.error(`Cannot open the log of ${nameOf(topicPartition)}: ${error.message}`)
    }
  }

  async #openLog(topicPartition: TopicPartition, topicId: TopicId, config: PartitionConfig): Promise<Log> {
    const name = nameOf(topicPartition)
    const found = this.#found.get(name)
    this.#found.delete(name)
    if (found !== undefined) {
      const log = await found.openLog(topicPartition, config.log)
      if (log.topicId === topicId) return log
      // The topic was deleted and made again while this broker was away: these are the records of the former.
      await found.deleteLog(topicPartition)
    }
    return await this.#directoryFor(topicPartition).createLog(topicPartition, { topicId, config: config.log })
  }

  /** The directory that the metadata assigned, else the one with the fewest logs. */
  #directoryFor({ topic, partition }: TopicPartition): LogDirectory {
    const { brokerId, directories, image } = this.#options
    const state = image.partition(topic, partition)
    const assigned = state?.directories[state.replicas.indexOf(brokerId)]
    const directory = assigned === undefined ? undefined : directories.get(assigned)
    if (directory !== undefined && directory.failure === undefined) return directory
    let emptiest: LogDirectory | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const candidate of directories.values()) {
      const count = Array.from(candidate.logs()).length
      if (candidate.failure === undefined && count < fewest) {
        emptiest = candidate
        fewest = count
      }
    }
    if (emptiest === undefined) throw new HostError('EIO', 'All log directories have failed')
    return emptiest
  }

  /** The directory that holds a partition's log; undefined where it is not open. */
  directoryOf(topicPartition: TopicPartition): LogDirectory | undefined {
    for (const directory of this.#options.directories.values()) {
      if (directory.get(topicPartition) !== undefined) return directory
    }
    return undefined
  }

  #configure(delta: MetadataDelta): void {
    const everyTopic = delta.configs.some(({ type }) => type === ConfigResourceType.BROKER)
    const topics = everyTopic
      ? this.#slots.keys()
      : delta.configs.filter(({ type }) => type === ConfigResourceType.TOPIC).map(({ name }) => name)
    for (const topic of topics) {
      const slots = this.#slots.get(topic)
      if (slots === undefined) continue
      const config = this.#options.configOf(topic)
      for (const { partition } of slots.values()) partition?.configure(config)
    }
  }

  /** Runs disk work after what was queued for the same partition before. */
  #queue(topicPartition: TopicPartition, work: () => Promise<void>): void {
    const name = nameOf(topicPartition)
    const before = this.#queues.get(name) ?? Promise.resolve()
    const queued = before
      .then(() => this.#gate.run(work))
      .catch((error: unknown) => {
        this.#options.logger.error(`Disk work for ${name} failed: ${error instanceof Error ? error.message : error}`)
      })
      .finally(() => {
        if (this.#queues.get(name) === queued) this.#queues.delete(name)
      })
    this.#queues.set(name, queued)
  }

  #tell(partition: Partition, leadership: 'began' | 'ended'): void {
    for (const listener of this.#leadershipListeners) listener(partition, leadership)
  }
}

/** Lets some pieces of work run at a time. */
class Gate {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(width: number) {
    this.#free = width
  }

  async run(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
