/** The steps from a configuration to a broker that serves: see `broker-server.ts` for their order. */
import { type BrokerConfig, TopicConfig } from '#config'
import { GroupCoordinator, groupCoordinatorConfigOf, OFFSETS_TOPIC } from '#coordinator'
import type { TopicId, Uuid } from '#core'
import { type Host, HostError } from '#host'
import { LogCleaner, LogDirectory, type LogDirectoryOptions, TailCache } from '#log'
import { ConfigResourceType, type MetadataDelta, type MetadataNode } from '#metadata'
import { DirectoryAssignments, type PartitionConfig, Partitions } from '#replication'
import type { BrokerLifecycle } from './broker-lifecycle.ts'
import { PartitionCoordinatorLog } from './coordinator-log.ts'
import type { Loggers } from './loggers.ts'
import { partitionConfigOf } from './partition-config.ts'
import { Periodic } from './periodic.ts'
import type { Teardown } from './teardown.ts'

/** What a start works with, and leaves what has to be undone. */
export interface Foundation {
  readonly config: BrokerConfig
  readonly host: Host
  readonly loggers: Loggers
  readonly teardown: Teardown
}

/** The log directories of this broker: those that it took, and those that it goes on without. */
export interface Directories {
  /** Those of `log.dirs`. */
  readonly open: readonly LogDirectory[]
  /** The one with the metadata log: one of them, or one of its own. */
  readonly metadata: LogDirectory
  /** All that are open, whatever is in them. */
  readonly all: readonly LogDirectory[]
  /** Of `log.dirs`. */
  readonly offlinePaths: readonly string[]
}

/** A hanging disk would take all threads that there are for files: of several directories none has more than half. */
const SHARE_OF_CALLS = 1 / 2
const OPEN_FILES_MIN = 8
const OPEN_FILES_MAX = 512
/** Enough for the checkpoints of some ten thousand partitions. */
const RESERVE_BYTES = 1024 * 1024

/**
 * Takes the log directories. One that the disk does not give is left out, but for that of the metadata log; one that
 * another process has ends the start.
 */
export async function openDirectories(
  { config, host, loggers, teardown }: Foundation,
  brokerEpoch: () => number,
): Promise<Directories> {
  const tailCache = new TailCache(config.get('ottla.tail.cache.bytes'))
  const logPaths = config.get('log.dirs')
  const metadataPath = config.get('metadata.log.dir') ?? logPaths[0]!
  const paths = [...new Set([metadataPath, ...logPaths])]
  const { concurrency } = host.disk
  const isShared = paths.length > 1 && concurrency !== undefined
  const options = {
    host: { ...host, logger: loggers.of('log') },
    tailCache,
    producerIdExpirationMs: config.get('producer.id.expiration.ms'),
    syncsMax: config.get('ottla.sync.concurrency'),
    reserveBytes: RESERVE_BYTES,
    backlogBytesMax: config.get('ottla.request.memory.bytes'),
    freeBytesMin: () => config.get('ottla.disk.free.bytes.min'),
    openFilesMax: openFilesOf(host, paths.length),
    ...(isShared ? { callsMax: Math.max(1, Math.floor(concurrency * SHARE_OF_CALLS)) } : {}),
  }
  const opened = new Map<string, LogDirectory>()
  const offlinePaths: string[] = []
  for (const path of paths) {
    let directory: LogDirectory
    try {
      directory = await openDirectory(path, options)
    } catch (error) {
      if (!(error instanceof HostError) || error.code === 'ELOCKED') throw error
      if (path === metadataPath) {
        throw new HostError(error.code, `Cannot use the log directory ${path}: ${error.message}`, error)
      }
      loggers.of('server').error(`The log directory ${path} is offline, the others are served: ${error.message}`)
      offlinePaths.push(path)
      continue
    }
    teardown.add(`close ${path}`, () => {
      // A start that failed leaves what the last broker noted.
      const epoch = brokerEpoch()
      return directory.close({ brokerEpoch: epoch < 0 ? directory.lastBrokerEpoch : epoch })
    })
    opened.set(path, directory)
  }
  return {
    open: logPaths.flatMap((path) => opened.get(path) ?? []),
    metadata: opened.get(metadataPath)!,
    all: [...opened.values()],
    offlinePaths,
  }
}

/** Files that a directory keeps open between uses: an eighth of what the process may have, for all of them. */
function openFilesOf({ openFilesMax = Number.POSITIVE_INFINITY }: Host, directoryCount: number): number {
  return Math.max(OPEN_FILES_MIN, Math.min(OPEN_FILES_MAX, Math.floor(openFilesMax / 8 / directoryCount)))
}

async function openDirectory(path: string, options: LogDirectoryOptions): Promise<LogDirectory> {
  const directory = await LogDirectory.open(path, options)
  try {
    // Whose it is decides whether the broker may start; whether it can be read, only whether it starts with this one.
    const identity = `${path}/meta.properties`
    if (await directory.disk.exists(identity)) await directory.disk.readFile(identity)
    return directory
  } catch (error) {
    await directory.close({ brokerEpoch: directory.lastBrokerEpoch })
    throw error
  }
}

/** Whether a log directory is to take no new replicas (KIP-1066). */
export function isCordoned(config: BrokerConfig, path: string): boolean {
  return config.get('cordoned.log.dirs').some((cordoned) => cordoned === '*' || cordoned === path)
}

/** What an operator should look after, a sentence each; none where all is well. */
export function troublesOf({ all, offlinePaths }: Directories): readonly string[] {
  const troubles = offlinePaths.map((path) => `the log directory ${path} is offline since the start`)
  for (const { path, failure, fullness } of all) {
    if (failure !== undefined) troubles.push(`the log directory ${path} has failed: ${failure.message}`)
    else if (fullness !== undefined) troubles.push(fullness)
  }
  return troubles
}

/**
 * Resolves when the broker cannot go on: the directory with the metadata log has failed, or every one of `log.dirs`, or the
 * controller does not learn of one that has.
 */
export function failureOf({ metadata, open }: Directories, lifecycle: BrokerLifecycle): Promise<Error> {
  return new Promise((resolve) => {
    const endIfNoneIsLeft = () => {
      if (open.some(({ failure }) => failure === undefined)) return
      resolve(new HostError('EIO', 'All log directories have failed: there is nothing left to serve'))
    }
    for (const directory of open) {
      directory.onFailure(() => {
        endIfNoneIsLeft()
        lifecycle.tellOfFailure().catch(resolve)
      })
    }
    endIfNoneIsLeft()
    metadata.onFailure((error) => {
      resolve(
        new HostError(
          error.code,
          `The log directory ${metadata.path}, which has the metadata log, failed: ${error.message}`,
          error,
        ),
      )
    })
  })
}

/** The epoch in which the broker before this one stored all it had, in every directory; -1: there was none. */
export function lastEpochOf(directories: readonly LogDirectory[]): number {
  const [first = -1, ...rest] = directories.map(({ lastBrokerEpoch }) => lastBrokerEpoch)
  return rest.every((epoch) => epoch === first) ? first : -1
}

/** The partitions of this broker: none yet, until `follow` has them follow the metadata. */
export function createPartitions(
  { config, host, loggers, teardown }: Foundation,
  node: MetadataNode,
  { directories, brokerEpoch }: { readonly directories: Directories; readonly brokerEpoch: () => number },
): { readonly partitions: Partitions; readonly follow: () => Promise<() => void> } {
  const { image, directoryIds, controller } = node
  const brokerId = config.get('node.id')
  const logger = loggers.of('replication')
  const byId = new Map<Uuid, LogDirectory>()
  for (const directory of directories.open) byId.set(directoryIds.get(directory.path)!, directory)
  const settings = new TopicSettings(config, node)
  const { clock } = host
  const assignments = new DirectoryAssignments({ brokerId, brokerEpoch, controller, clock, logger })
  teardown.add('end the assignments', () => assignments.close())
  const partitions = new Partitions({
    brokerId,
    image,
    directories: byId,
    offlinePaths: directories.offlinePaths,
    isCordoned: (path) => isCordoned(config, path),
    assignments,
    configOf: (topic) => settings.of(topic),
    logger,
  })
  async function follow(): Promise<() => void> {
    const unsubscribe = node.subscribe((delta) => {
      settings.apply(delta)
      partitions.apply(delta)
    })
    await partitions.settled()
    await partitions.setStraysAside()
    return unsubscribe
  }
  return { partitions, follow }
}

/** What topics obey: their own settings over the broker's, which may both change at any time. */
class TopicSettings {
  readonly #config: BrokerConfig
  readonly #node: MetadataNode
  /** By the settings of the topic, as most topics have the same. */
  readonly #known = new Map<string, PartitionConfig>()

  constructor(config: BrokerConfig, node: MetadataNode) {
    this.#config = config
    this.#node = node
    config.onChange(() => this.#known.clear())
  }

  apply({ configs, image }: MetadataDelta): void {
    if (!configs.some(({ type }) => type === ConfigResourceType.BROKER)) return
    const own = image.configs.of(ConfigResourceType.BROKER, String(this.#config.get('node.id')))
    this.#config.setDynamic(own, image.configs.of(ConfigResourceType.BROKER, ''))
  }

  of(topic: string): PartitionConfig {
    const overrides = this.#node.image.configs.of(ConfigResourceType.TOPIC, topic)
    const key = JSON.stringify([...overrides])
    let known = this.#known.get(key)
    if (known === undefined) {
      known = partitionConfigOf(TopicConfig.of(overrides, this.#config))
      this.#known.set(key, known)
    }
    return known
  }
}

/** Groups live on the partitions of `__consumer_offsets` that are led here. */
export function coordinateGroups(
  { config, host, loggers, teardown }: Foundation,
  node: MetadataNode,
): GroupCoordinator {
  const groups = new GroupCoordinator({
    config: groupCoordinatorConfigOf(config),
    clock: host.clock,
    random: host.random,
    compute: host.compute,
    logger: loggers.of('coordinator'),
    offsetsPartitionCount: () =>
      node.image.topics.byName.get(OFFSETS_TOPIC)?.partitions.size ?? config.get('offsets.topic.num.partitions'),
  })
  teardown.add('close the groups', () => groups.close())
  return groups
}

/** Tells the group coordinator which partitions are led here, and which topics are gone. */
export function followGroups(groups: GroupCoordinator, node: MetadataNode, partitions: Partitions): void {
  partitions.onLeadership((partition, leadership) => {
    const { topic, partition: index } = partition.topicPartition
    if (topic !== OFFSETS_TOPIC) return
    if (leadership === 'began') void groups.lead(index, new PartitionCoordinatorLog(partition))
    else groups.resign(index, partition.leaderEpoch)
  })
  node.subscribe(({ topics }) => {
    const deleted = new Map<string, TopicId>()
    for (const { name, id, deleted: isGone } of topics.values()) if (isGone) deleted.set(name, id)
    if (deleted.size > 0) groups.topicsDeleted(deleted)
  })
}

/**
 * What is done every now and then: retention, checkpoints, syncs and clean-ups of the log directories, and a look at their
 * disks. Each directory has its own, as one may hang.
 */
export function maintainLogs(
  { config, host, loggers, teardown }: Foundation,
  directories: readonly LogDirectory[],
): void {
  const { clock } = host
  const logger = loggers.of('server')
  const jobs = directories.flatMap((directory) => {
    const every = (what: string, intervalMs: () => number, work: () => Promise<unknown>) =>
      new Periodic(
        `${what} in ${directory.path}`,
        async () => {
          if (directory.failure === undefined) await work()
        },
        { clock, logger, intervalMs },
      )
    return [
      every(
        'apply retention',
        () => config.get('log.retention.check.interval.ms'),
        () => directory.enforceRetention(clock.nowMs()),
      ),
      every(
        'write the checkpoints',
        () => config.get('log.flush.offset.checkpoint.interval.ms'),
        () => directory.checkpoint(),
      ),
      every(
        'maintain the logs',
        () => Math.min(MAINTENANCE_MS_MAX, config.get('log.flush.scheduler.interval.ms')),
        () => directory.maintain(clock.nowMs()),
      ),
      every(
        'look at the disk',
        () => WATCH_MS,
        () => directory.watch(),
      ),
    ]
  })
  teardown.add('end the maintenance of logs', async () => {
    await Promise.all(jobs.map((job) => job.stop()))
  })
}

const WATCH_MS = 1000
const MAINTENANCE_MS_MAX = 1000

/** Compaction of the logs that ask for it. */
export function compactLogs(
  { config, host, loggers, teardown }: Foundation,
  directories: readonly LogDirectory[],
): void {
  if (!config.get('log.cleaner.enable')) return
  const cleaner = new LogCleaner({
    host: { clock: host.clock, logger: loggers.of('log') },
    directories,
    limits: () => ({
      mapBytes: config.get('log.cleaner.dedupe.buffer.size'),
      loadFactor: config.get('log.cleaner.io.buffer.load.factor'),
      ioBytes: config.get('log.cleaner.io.buffer.size'),
    }),
    bytesPerSecond: () => config.get('log.cleaner.io.max.bytes.per.second'),
    backoffMs: () => config.get('log.cleaner.backoff.ms'),
  })
  cleaner.start()
  teardown.add('end compaction', () => cleaner.stop())
}
