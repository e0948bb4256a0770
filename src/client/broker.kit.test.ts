/** A whole broker in this process for tests: memory for a disk and a network. It can be stopped and started again. */
import { BrokerConfig } from '#config'
import type { Host, Logger } from '#host'
import { silentLogger } from '#host'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import { createTopics } from '#protocol/messages'
import { BrokerServer } from '#server'
import { Cluster, type ClusterOptions } from './cluster.ts'
import { throwIfError } from './kafka-error.ts'

const SETTINGS = {
  'log.dirs': '/data',
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
}
const ADDRESS = { host: '127.0.0.1', port: 9092 }

export interface World {
  readonly cluster: Cluster
  /** What the client has warned of. */
  readonly warnings: string[]
  /** Another client. */
  connect(options?: Partial<ClusterOptions>): Cluster
  createTopic(name: string, partitions?: number, configs?: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
  /** Starts the broker again on the same disk. */
  start(): Promise<void>
}

export async function withBroker(work: (world: World) => Promise<void>): Promise<void> {
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) }
  const host: Host = createNodeHost({
    disk: new MemoryDisk({ clock: createNodeHost().clock }),
    network: new MemoryNetwork(),
  })
  let server = await BrokerServer.start(BrokerConfig.parse(SETTINGS), host)
  const clusters: Cluster[] = []
  const connect = (options: Partial<ClusterOptions> = {}) => {
    const cluster = new Cluster({ ...host, logger }, { bootstrap: [ADDRESS], retryTimeoutMs: 10_000, ...options })
    clusters.push(cluster)
    return cluster
  }
  const cluster = connect()
  // Timers alone do not keep the process alive, and here there is no socket that would.
  const alive = setInterval(() => {}, 60_000)
  try {
    await work({
      cluster,
      warnings,
      connect,
      async createTopic(name, partitions = 1, configs = {}) {
        const { topics } = await cluster.ask(createTopics, {
          topics: [
            {
              name,
              numPartitions: partitions,
              replicationFactor: 1,
              assignments: [],
              configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
            },
          ],
          timeoutMs: 1000,
          validateOnly: false,
        })
        throwIfError(topics[0]?.errorCode ?? -1, `Cannot create ${name}`, topics[0]?.errorMessage)
      },
      stop: () => server.stop(),
      async start() {
        server = await BrokerServer.start(BrokerConfig.parse(SETTINGS), host)
      },
    })
  } finally {
    for (const one of clusters) await one.close()
    await server.stop()
    clearInterval(alive)
  }
}
