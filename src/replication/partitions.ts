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
 *   a log is not made anew where it may be in a log directory that is offline, or was in one that is not there
 */
import { assert, type BrokerId, nameOf, type TopicId, type TopicPartition, type Uuid } from '#core'
import { HostError, type Logger } from '#host'
import { DamagedLogError, hasFutureName, type Log, type LogDirectory } from '#log'
import {
  ConfigResourceType,
  DirectoryId,
  isReservedDirectoryId,
  type MetadataDelta,
  type MetadataImage,
  type PartitionRegistration,
} from '#metadata'
import { ErrorCode } from '#protocol'
import type { DirectoryAssignments } from './directory-assignments.ts'
import { Lines } from './lines.ts'
import { Partition, type PartitionConfig } from './partition.ts'
import { ReplicaMove } from './replica-move.ts'

export interface PartitionsOptions {
  readonly brokerId: BrokerId
  readonly image: MetadataImage
  /** Where logs are, by directory id. */
  readonly directories: ReadonlyMap<Uuid, LogDirectory>
  /** Paths of log directories that could not be opened. */
  readonly offlinePaths: readonly string[]
  /** Whether a log directory takes no new replicas (`cordoned.log.dirs`, KIP-1066). Default: none is. */
  readonly isCordoned?: (path: string) => boolean
  /** Told where replicas are. */
  readonly assignments: Pick<DirectoryAssignments, 'assign'>
  /** The settings in effect for a topic now. */
  readonly configOf: (topic: string) => PartitionConfig
  readonly logger: Logger
}

export type LeadershipListener = (partition: Partition, leadership: 'began' | 'ended') => void

/** How many logs are opened or created side by side. */
const OPENING_MAX = 32

const AN_OLDER_COPY = 'ends before its copy in another log directory, or with it'

interface Slot {
  readonly topicPartition: TopicPartition
  readonly topicId: TopicId
  partition: Partition | undefined
  directory: LogDirectory | undefined
  move: ReplicaMove | undefined
  /** Why it is not served although it should be: an error of Kafka's. */
  error: number
}

export class Partitions {
  readonly #options: PartitionsOptions
  /** By topic, then partition: what is here or about to be. */
  readonly #slots = new Map<string, Map<number, Slot>>()
  /** Disk work, by the partition's name. */
  readonly #work = new Lines(OPENING_MAX, (name, error) => {
    this.#options.logger.error(`Disk work for ${name} failed: ${error instanceof Error ? error.message : error}`)
  })
  /** Directories with a log that nobody has claimed yet, by its name. Two have one where a move was interrupted. */
  readonly #found = new Map<string, LogDirectory[]>()
  /** How many replicas are in a directory. */
  readonly #counts = new Map<LogDirectory, number>()
  readonly #idOf = new Map<LogDirectory, Uuid>()
  readonly #leadershipListeners = new Set<LeadershipListener>()
  #isDraining = false

  constructor(options: PartitionsOptions) {
    this.#options = options
    for (const [id, directory] of options.directories) {
      this.#idOf.set(directory, id)
      for (const topicPartition of directory.found()) {
        const name = nameOf(topicPartition)
        this.#found.set(name, [...(this.#found.get(name) ?? []), directory])
      }
    }
  }

  /** The name of the topic that has an id; undefined where none has: UNKNOWN_TOPIC_ID. */
  topicNameOf(topicId: TopicId): string | undefined {
    return this.#options.image.topics.byId.get(topicId)?.name
  }

  /** A partition that is served here, or the error that tells a client why it is not. */
  find(topic: string, partition: number): Partition | number {
    const slot = this.#slots.get(topic)?.get(partition)
    if (this.#isDraining && slot !== undefined) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    if (slot?.partition !== undefined) {
      return slot.partition.log.failure === undefined ? slot.partition : ErrorCode.KAFKA_STORAGE_ERROR
    }
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
  settled(): Promise<void> {
    return this.#work.settled()
  }

  /**
   * Sets aside the logs that no topic claims, and forgets moves that are no longer wanted. To be called once, when the whole
   * image has been applied.
   */
  async setStraysAside(): Promise<void> {
    for (const [name, directories] of this.#found) {
      for (const directory of directories) {
        const stray = directory.found().find((topicPartition) => nameOf(topicPartition) === name)
        if (stray === undefined || this.#slots.get(stray.topic)?.has(stray.partition)) continue
        await this.#setAside(directory, stray, 'belongs to no partition that this broker has a replica of')
      }
    }
    this.#found.clear()
    for (const directory of this.#options.directories.values()) {
      if (directory.failure !== undefined) continue
      for (const topicPartition of directory.interrupted()) {
        if (this.#slots.get(topicPartition.topic)?.has(topicPartition.partition)) continue
        await this.#guard(`forget the move of ${nameOf(topicPartition)}`, directory.discardFuture(topicPartition))
      }
    }
  }

  async #setAside(directory: LogDirectory, topicPartition: TopicPartition, why: string): Promise<void> {
    const path = `${directory.path}/${nameOf(topicPartition)}`
    const setAside = async () => {
      const aside = await directory.setAside(topicPartition)
      this.#options.logger.warn(`The log ${path} ${why}: it is kept as ${aside}`)
    }
    await this.#guard(`set the log ${path} aside`, setAside())
  }

  /** What a failing disk keeps from being done is logged: it is done at the next start. */
  async #guard(what: string, work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#options.logger.error(`Cannot ${what}: ${error.message}`)
    }
  }

  /**
   * Has the replica of a partition moved to the log directory at `path`; where it is there already, a move to elsewhere is
   * called off. NONE when that is under way or nothing is to be done, else Kafka's error.
   */
  async move(topicPartition: TopicPartition, path: string): Promise<ErrorCode> {
    const { directories, offlinePaths } = this.#options
    if (!hasFutureName(topicPartition)) return ErrorCode.INVALID_TOPIC_EXCEPTION
    const target = Array.from(directories.values()).find((directory) => directory.path === path)
    if (target === undefined) {
      return offlinePaths.includes(path) ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.LOG_DIR_NOT_FOUND
    }
    if (target.failure !== undefined || target.fullness !== undefined) return ErrorCode.KAFKA_STORAGE_ERROR
    const { topic, partition: index } = topicPartition
    if (this.#options.isCordoned?.(path)) return ErrorCode.INVALID_REPLICA_ASSIGNMENT
    const partition = this.find(topic, index)
    if (partition === ErrorCode.NOT_LEADER_OR_FOLLOWER) return ErrorCode.REPLICA_NOT_AVAILABLE
    if (typeof partition === 'number') return partition as ErrorCode
    const slot = this.#slots.get(topic)?.get(index)
    assert(slot !== undefined, 'what is served has a slot')
    if (slot.move?.target === target) return await slot.move.begun
    slot.move?.cancel()
    if (slot.directory === target) {
      await slot.move?.ended
      return ErrorCode.NONE
    }
    if (this.#hasOffline) return ErrorCode.KAFKA_STORAGE_ERROR
    return await this.#move(slot, target).begun
  }

  #move(slot: Slot, target: LogDirectory): ReplicaMove {
    const { partition, directory: source, move: before } = slot
    assert(partition !== undefined && source !== undefined, 'only what is served is moved')
    const begun = new ReplicaMove({
      partition,
      source,
      target,
      after: before?.ended,
      logger: this.#options.logger,
      switched: () => {
        this.#place(slot, target)
        this.#assign(slot)
      },
    })
    slot.move = begun
    void begun.ended.then(() => {
      if (slot.move === begun) slot.move = undefined
    })
    return begun
  }

  /**
   * Takes nothing more; resolves when what has been appended is stored, and so answered. A producer that is told to look
   * elsewhere sends its batches again, and a broker that was stopped knows only the last of them when it is started.
   */
  async drain(): Promise<void> {
    this.#isDraining = true
    await Promise.all(Array.from(this.all(), ({ log }) => log.flush().catch(() => {})))
  }

  /** Ends serving; logs stay open for their directories to close. Moves go on after the next start. */
  async close(): Promise<void> {
    const moves = Array.from(this.#all(), ({ move }) => move)
    for (const move of moves) move?.stop()
    await Promise.all(moves.map((move) => move?.ended))
    for (const partition of this.all()) {
      this.#tell(partition, 'ended')
      partition.close()
    }
    this.#slots.clear()
  }

  *#all(): Iterable<Slot> {
    for (const topic of this.#slots.values()) yield* topic.values()
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
    const added: Slot = {
      topicPartition,
      topicId,
      partition: undefined,
      directory: undefined,
      move: undefined,
      error: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    }
    slots.set(partition, added)
    this.#work.add(nameOf(topicPartition), () => this.#open(added))
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
    slot.move?.cancel()
    this.#work.add(nameOf(topicPartition), async () => {
      await slot.move?.ended
      this.#place(slot, undefined)
      for (const directory of this.#options.directories.values()) {
        // A directory that failed keeps it: the next start sets it aside.
        if (directory.failure === undefined) await directory.deleteLog(topicPartition)
      }
    })
  }

  async #open(slot: Slot): Promise<void> {
    const { topicPartition } = slot
    const { brokerId, image, configOf } = this.#options
    try {
      const config = configOf(topicPartition.topic)
      const log = await this.#openLog(slot, config)
      const state = image.partition(topicPartition.topic, topicPartition.partition)
      // It may have been deleted meanwhile: then its deletion is next in the queue.
      if (this.#slots.get(topicPartition.topic)?.get(topicPartition.partition) !== slot || state === undefined) return
      slot.partition = new Partition(log, brokerId, state, configOf(topicPartition.topic))
      this.#assign(slot)
      if (slot.partition.isLeader) this.#tell(slot.partition, 'began')
      await this.#resumeMove(slot)
    } catch (error) {
      if (!(error instanceof HostError || error instanceof DamagedLogError)) throw error
      slot.error = ErrorCode.KAFKA_STORAGE_ERROR
      this.#options.logger.error(`Cannot open the log of ${nameOf(topicPartition)}: ${error.message}`)
    }
  }

  async #openLog(slot: Slot, config: PartitionConfig): Promise<Log> {
    const { topicPartition, topicId } = slot
    let log: Log | undefined
    for (const directory of await this.#claim(slot)) {
      const candidate = await directory.openLog(topicPartition, config.log)
      if (log === undefined || candidate.logEndOffset > log.logEndOffset) {
        if (slot.directory !== undefined) await this.#setAside(slot.directory, topicPartition, AN_OLDER_COPY)
        this.#place(slot, directory)
        log = candidate
      } else await this.#setAside(directory, topicPartition, AN_OLDER_COPY)
    }
    if (log !== undefined) return log
    for (;;) {
      const directory = this.#directoryForNew(topicPartition)
      this.#place(slot, directory)
      try {
        return await directory.createLog(topicPartition, { topicId, config: config.log })
      } catch (error) {
        // One that failed just now is not asked again, as nothing of it is there yet.
        if (directory.failure === undefined || this.#idOf.get(directory) === this.#assignedTo(topicPartition))
          throw error
        this.#options.logger.warn(`Cannot create ${nameOf(topicPartition)} in ${directory.path}, another one is tried`)
      }
    }
  }

  /** The directories with a log of the partition, the one that the metadata names first; logs of others are set aside. */
  async #claim({ topicPartition, topicId }: Slot): Promise<readonly LogDirectory[]> {
    const name = nameOf(topicPartition)
    const assigned = this.#assignedTo(topicPartition)
    const found = this.#found.get(name) ?? []
    this.#found.delete(name)
    const claimed: LogDirectory[] = []
    for (const directory of found) {
      const foundId = await directory.topicIdOf(topicPartition)
      if (isMisspelt(foundId, topicId)) {
        const what = `its partition.metadata is damaged: it says topic ${foundId}, the metadata ${topicId}`
        throw new DamagedLogError(topicPartition, what)
      }
      // It may be of a topic that was deleted, and made again, while this broker was away.
      if (foundId !== topicId) {
        await this.#setAside(directory, topicPartition, 'belongs to another topic of this name')
      } else if (this.#idOf.get(directory) === assigned) claimed.unshift(directory)
      else claimed.push(directory)
    }
    return claimed
  }

  #isOnlyReplica({ topic, partition }: TopicPartition): boolean {
    return this.#options.image.partition(topic, partition)?.replicas.length === 1
  }

  /** The directory of this broker that the metadata names for a replica. */
  #assignedTo({ topic, partition }: TopicPartition): Uuid {
    const state = this.#options.image.partition(topic, partition)
    return state?.directories[state.replicas.indexOf(this.#options.brokerId)] ?? DirectoryId.UNASSIGNED
  }

  get #hasOffline(): boolean {
    const { directories, offlinePaths } = this.#options
    return offlinePaths.length > 0 || Array.from(directories.values()).some(({ failure }) => failure !== undefined)
  }

  /** The directory that the metadata assigned, else the one with the fewest replicas of those that have room and are not cordoned. */
  #directoryForNew(topicPartition: TopicPartition): LogDirectory {
    const { directories } = this.#options
    const assigned = this.#assignedTo(topicPartition)
    const directory = directories.get(assigned)
    if (directory !== undefined) {
      if (directory.failure !== undefined) throw directory.failure
      return directory
    }
    if (assigned !== DirectoryId.UNASSIGNED && this.#hasOffline) {
      throw new HostError('EIO', 'it may be in a log directory that is offline')
    }
    // A disk that was not mounted looks like a new one. Whoever has no other replica to copy must not begin anew.
    if (!isReservedDirectoryId(assigned) && this.#isOnlyReplica(topicPartition)) {
      throw new HostError(
        'EIO',
        `it was in a log directory that is not among log.dirs (its directory.id is ${assigned})`,
      )
    }
    const usable = Array.from(directories.values()).filter(({ failure }) => failure === undefined)
    const open = usable.filter(({ path }) => this.#options.isCordoned?.(path) !== true)
    const withRoom = open.filter(({ fullness }) => fullness === undefined)
    // One that is full can still make room. The controller gives nothing to a broker whose directories are all cordoned.
    const [first, ...others] = withRoom.length > 0 ? withRoom : open.length > 0 ? open : usable
    if (first === undefined) throw new HostError('EIO', 'all log directories have failed')
    return others.reduce(
      (emptiest, other) => (this.#countOf(other) < this.#countOf(emptiest) ? other : emptiest),
      first,
    )
  }

  /** Why nothing new is to be made here: all log directories are full, or almost; undefined where one has room. */
  get fullness(): string | undefined {
    const usable = Array.from(this.#options.directories.values()).filter(({ failure }) => failure === undefined)
    const reasons = usable.map(({ fullness }) => fullness)
    return reasons.includes(undefined) ? undefined : reasons[0]
  }

  #countOf(directory: LogDirectory): number {
    return this.#counts.get(directory) ?? 0
  }

  /** Notes where a replica is. */
  #place(slot: Slot, directory: LogDirectory | undefined): void {
    if (slot.directory !== undefined) this.#counts.set(slot.directory, this.#countOf(slot.directory) - 1)
    slot.directory = directory
    if (directory !== undefined) this.#counts.set(directory, this.#countOf(directory) + 1)
  }

  /** Has the controller told where a replica is, unless it knows. */
  #assign({ topicPartition, topicId, directory }: Slot): void {
    const directoryId = directory === undefined ? undefined : this.#idOf.get(directory)
    if (directoryId === undefined || directoryId === this.#assignedTo(topicPartition)) return
    this.#options.assignments.assign({ topicId, partition: topicPartition.partition, directoryId })
  }

  /** Begins a move anew that the end of the last broker interrupted. */
  async #resumeMove(slot: Slot): Promise<void> {
    const name = nameOf(slot.topicPartition)
    for (const directory of this.#options.directories.values()) {
      if (!directory.interrupted().some((topicPartition) => nameOf(topicPartition) === name)) continue
      if (slot.move !== undefined || directory === slot.directory) await directory.discardFuture(slot.topicPartition)
      else this.#move(slot, directory)
    }
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

  #tell(partition: Partition, leadership: 'began' | 'ended'): void {
    for (const listener of this.#leadershipListeners) listener(partition, leadership)
  }
}

/** No two topics have ids that are but one character apart: one of them was not read as it was written. */
function isMisspelt(foundId: TopicId, topicId: TopicId): boolean {
  let differing = 0
  for (let i = 0; i < topicId.length; i++) if (foundId[i] !== topicId[i]) differing++
  return differing === 1
}
