/** The steps from a configuration to a broker that serves: see `broker-server.ts` for their order. */
import { type BrokerConfig, TopicConfig } from '#config'
import { GroupCoordinator, groupCoordinatorConfigOf, OFFSETS_TOPIC } from '#coordinator'
import type { TopicId, Uuid } from '#core'
import type { Host } from '#host'
import { LogDirectory, TailCache } from '#log'
import { ConfigResourceType, type MetadataDelta, type MetadataNode } from '#metadata'
import { type PartitionConfig, Partitions } from '#replication'
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

/** Takes the log directories. */
export async function openDirectories(
  { config, host, loggers, teardown }: Foundation,
  brokerEpoch: () => number,
): Promise<LogDirectory[]> {
  const tailCache = new TailCache(config.get('ottla.tail.cache.bytes'))
  const directories: LogDirectory[] = []
  for (const path of config.get('log.dirs')) {
    const directory = await LogDirectory.open(path, {
      host: { ...host, logger: loggers.of('log') },
      tailCache,
      producerIdExpirationMs: config.get('producer.id.expiration.ms'),
      syncsMax: config.get('ottla.sync.concurrency'),
    })
    directories.push(directory)
    teardown.add(`close ${path}`, () => directory.close({ brokerEpoch: brokerEpoch() }))
  }
  return directories
}

/** Resolves when the broker cannot go on: the directory with the metadata log has failed, or all have. */
export function failureOf(directories: readonly LogDirectory[]): Promise<Error> {
  const [metadataDirectory] = directories
  return new Promise((resolve) => {
    for (const directory of directories) {
      directory.onFailure((error) => {
        const isOver = directory === metadataDirectory || directories.every(({ failure }) => failure !== undefined)
        if (isOver) resolve(error)
      })
    }
  })
}

/** The partitions of this broker: none yet, until `follow` has them follow the metadata. */
export function createPartitions(
  { config, loggers }: Foundation,
  node: MetadataNode,
  directories: readonly LogDirectory[],
): { readonly partitions: Partitions; readonly follow: () => Promise<() => void> } {
  const { image, directoryIds } = node
  const byId = new Map<Uuid, LogDirectory>()
  for (const directory of directories) byId.set(directoryIds.get(directory.path)!, directory)
  const settings = new TopicSettings(config, node)
  const partitions = new Partitions({
    brokerId: config.get('node.id'),
    image,
    directories: byId,
    configOf: (topic) => settings.of(topic),
    logger: loggers.of('replication'),
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

/** What is done every now and then: retention, checkpoints, syncs and clean-ups of the log directories. */
export function maintainLogs(
  { config, host, loggers, teardown }: Foundation,
  directories: readonly LogDirectory[],
): void {
  const { clock } = host
  const logger = loggers.of('server')
  const each = (work: (directory: LogDirectory) => Promise<unknown>) => () =>
    Promise.all(directories.map((directory) => work(directory)))
  const jobs = [
    new Periodic(
      'apply retention',
      each((directory) => directory.enforceRetention(clock.nowMs())),
      {
        clock,
        logger,
        intervalMs: () => config.get('log.retention.check.interval.ms'),
      },
    ),
    new Periodic(
      'write the checkpoints',
      each((directory) => directory.checkpoint()),
      {
        clock,
        logger,
        intervalMs: () => config.get('log.flush.offset.checkpoint.interval.ms'),
      },
    ),
    new Periodic(
      'maintain the logs',
      each((directory) => directory.maintain(clock.nowMs())),
      {
        clock,
        logger,
        intervalMs: () => Math.min(MAINTENANCE_MS_MAX, config.get('log.flush.scheduler.interval.ms')),
      },
    ),
  ]
  teardown.add('end the maintenance of logs', async () => {
    await Promise.all(jobs.map((job) => job.stop()))
  })
}

const MAINTENANCE_MS_MAX = 1000
