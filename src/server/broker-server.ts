/**
 * A broker, put together: host, logs, metadata, partitions, coordinators and handlers, from a configuration.
 *
 * The order of starting is the order of need, and stopping is its reverse:
 *
 *   folders are taken ── metadata is read, this node leads its quorum ── ports are taken ── the broker registers, fenced
 *   ── logs are opened ── coordinators load ── the broker is unfenced ── connections are served: ready
 *
 * A start that fails undoes what it did.
 */
import { type BrokerListener, Connections, type MalformedPart } from '#broker'
import type { BrokerConfig, LogLevel } from '#config'
import { Deadlines } from '#core'
import type { Host } from '#host'
import { MetadataNode } from '#metadata'
import { AutoTopics } from './auto-topics.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import { createHandlers } from './handlers.ts'
import { connectionLimitsOf, openHealth, openListeners, registrationOf } from './listeners.ts'
import { Loggers } from './loggers.ts'
import {
  compactLogs,
  coordinateGroups,
  createPartitions,
  type Foundation,
  failureOf,
  followGroups,
  isCordoned,
  lastEpochOf,
  maintainLogs,
  openDirectories,
  troublesOf,
} from './starting.ts'
import { Teardown } from './teardown.ts'

export class BrokerServer {
  readonly clusterId: string
  /** Resolves, with the reason, if the broker can no longer do its work. */
  readonly failed: Promise<Error>
  readonly #listeners: readonly BrokerListener[]
  readonly #connections: Connections
  readonly #teardown: Teardown
  #stopping: Promise<void> | undefined

  private constructor(
    listeners: readonly BrokerListener[],
    clusterId: string,
    {
      connections,
      failed,
      teardown,
    }: { readonly connections: Connections; readonly failed: Promise<Error>; readonly teardown: Teardown },
  ) {
    this.#listeners = listeners
    this.#connections = connections
    this.clusterId = clusterId
    this.failed = failed
    this.#teardown = teardown
  }

  /**
   * Resolves when the broker serves. Rejects, in one sentence, where it cannot, and leaves nothing behind. `logLevel` is
   * how much of what it says goes to the host's logger, until an operator changes it. Default `INFO`.
   */
  static async start(
    config: BrokerConfig,
    host: Host,
    { logLevel = 'INFO' }: { readonly logLevel?: LogLevel } = {},
  ): Promise<BrokerServer> {
    const loggers = new Loggers(host.logger, logLevel)
    const teardown = new Teardown(loggers.of('server'))
    try {
      return await BrokerServer.#start({ config, host, loggers, teardown })
    } catch (error) {
      await teardown.run()
      throw error
    }
  }

  static async #start(foundation: Foundation): Promise<BrokerServer> {
    const { config, host, loggers, teardown } = foundation
    let isReady = false
    const troubles: (() => readonly string[])[] = []
    await openHealth(foundation, { isReady: () => isReady, troubles: () => troubles.flatMap((tell) => tell()) })
    let lifecycle: BrokerLifecycle | undefined
    const directories = await openDirectories(foundation, () => lifecycle?.epoch ?? -1)
    troubles.push(() => troublesOf(directories))
    const node = await MetadataNode.open({
      host: { ...host, disk: directories.metadata.disk, logger: loggers.of('metadata') },
      config,
      directories: directories.all,
      metadataDirectory: directories.metadata,
    })
    teardown.add('leave the quorum', () => node.close())

    const deadlines = new Deadlines(host.clock)
    teardown.add('end the waiting', () => deadlines.close())
    const { partitions, follow } = createPartitions(foundation, node, {
      directories,
      brokerEpoch: () => lifecycle?.epoch ?? -1,
    })
    const groups = coordinateGroups(foundation, node)
    followGroups(groups, node, partitions)
    const autoTopics = new AutoTopics({
      controller: node.controller,
      partitions,
      image: node.image,
      logger: loggers.of('broker'),
      internalTopic: (name) => (name === groups.offsetsTopic.name ? groups.offsetsTopic : undefined),
    })
    const handlers = createHandlers({
      config,
      host,
      node,
      partitions,
      groups,
      autoTopics,
      deadlines,
      directories,
      loggers,
      brokerEpoch: () => lifecycle?.epoch ?? -1,
    })
    const connections = new Connections({
      clock: host.clock,
      logger: loggers.of('broker'),
      limits: connectionLimitsOf(config, host),
    })
    const listening = await openListeners(foundation, { connections, handlers })

    const registered = new BrokerLifecycle({
      ...registrationOf(config, listening.listeners),
      clusterId: node.clusterId,
      incarnationId: host.random.uuid(),
      logDirectoryIds: directories.open.map(({ path }) => node.directoryIds.get(path)!),
      offlineDirectoryIds: () =>
        directories.open.filter(({ failure }) => failure !== undefined).map(({ path }) => node.directoryIds.get(path)!),
      cordonedDirectoryIds: () =>
        directories.open.filter(({ path }) => isCordoned(config, path)).map(({ path }) => node.directoryIds.get(path)!),
      controller: node.controller,
      image: node.image,
      clock: host.clock,
      logger: loggers.of('server'),
      heartbeatIntervalMs: () => config.get('broker.heartbeat.interval.ms'),
      directoryFailureTimeoutMs: config.get('log.dir.failure.timeout.ms'),
      previousEpoch: lastEpochOf(directories.open),
    })
    lifecycle = registered
    await registered.register()
    const unfollow = await follow()
    teardown.add('close the partitions', async () => {
      unfollow()
      await partitions.close()
    })
    const failed = failureOf(directories, registered)
    maintainLogs(foundation, directories.all)
    compactLogs(foundation, directories.open)
    await registered.unfence()
    config.onChange((changed) => {
      if (changed.has('cordoned.log.dirs')) void registered.tellSoon()
    })
    teardown.add('tell the controller goodbye', () => registered.shutDown())
    listening.serve()
    isReady = true
    teardown.add('stop being ready', () => {
      isReady = false
    })
    teardown.add('answer what was taken', () => partitions.drain())
    // A disk that is full must not keep a broker from stopping.
    teardown.add('end the waiting for disks', () => {
      for (const directory of directories.all) directory.endPatience()
    })
    return new BrokerServer(listening.listeners, node.clusterId, { connections, failed, teardown })
  }

  /** Where it listens, by listener. */
  get addresses(): { readonly name: string; readonly host: string; readonly port: number }[] {
    return this.#listeners.map(({ name, address }) => ({ name, ...address }))
  }

  /** Requests that could not be read, since the start, by the part of them that was wrong. */
  get malformedRequests(): Readonly<Record<MalformedPart, number>> {
    return this.#connections.malformed
  }

  /** Gives leaderships away, answers what is under way, and closes everything. Calling it again waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#teardown.run()
    return this.#stopping
  }
}
