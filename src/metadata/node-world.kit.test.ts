/** A node with its folders on some host, for tests: what starts it, stops it, and asks it. */
import { BrokerConfig, type BrokerKey } from '#config'
import { type Clock, type Disk, type Logger, silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { LogDirectory, TailCache } from '#log'
import type { RequestOf, ResponseOf } from '#protocol'
import { type ControllerApis, type ControllerContext, controllerApis } from './controller/controller-api.ts'
import { type ApiName, fill } from './controller/controller-world.kit.test.ts'
import { supportedFeatures } from './features.ts'
import { featureFields } from './image/cluster-image.ts'
import type { MetadataImage } from './image/metadata-image.ts'
import { MetadataNode, type MetadataNodeOptions } from './index.ts'
import { encodeMetadataRecord } from './metadata-record.ts'

export interface NodeWorldOptions {
  readonly disk?: Disk
  readonly clock?: Clock
  readonly logger?: Logger
  readonly paths?: readonly string[]
  readonly seed?: number
  readonly config?: { readonly [Key in BrokerKey]?: string }
  readonly node?: Partial<MetadataNodeOptions>
}

export class NodeWorld {
  readonly node: MetadataNode
  readonly directories: readonly LogDirectory[]

  private constructor(node: MetadataNode, directories: readonly LogDirectory[]) {
    this.node = node
    this.directories = directories
  }

  /** Takes the folders and opens the node; gives the folders back where that fails. */
  static async open(options: NodeWorldOptions = {}): Promise<NodeWorld> {
    const { disk = new MemoryDisk(), clock = new VirtualClock(), logger = silentLogger } = options
    const host = { clock, compute: nodeCompute, disk, logger, random: seededRandom(options.seed ?? 1) }
    const config = BrokerConfig.parse({ 'node.id': '1', ...(options.config as Record<string, string>) })
    const tailCache = new TailCache(1024 * 1024)
    const directories: LogDirectory[] = []
    try {
      for (const path of options.paths ?? ['/data']) {
        directories.push(await LogDirectory.open(path, { host, tailCache }))
      }
      const node = await MetadataNode.open({ host, config, directories, ...options.node })
      return new NodeWorld(node, directories)
    } catch (error) {
      for (const directory of directories) await directory.close({ brokerEpoch: -1 })
      throw error
    }
  }

  get image(): MetadataImage {
    return this.node.image
  }

  /** Asks the controller; what is left out is zero, empty or null. */
  ask<Name extends ApiName>(
    name: Name,
    partial: object,
    context?: ControllerContext,
  ): Promise<ResponseOf<ControllerApis[Name]>> {
    const request = fill(controllerApis[name].request.fields, partial) as RequestOf<ControllerApis[Name]>
    return this.node.controller[name](request, context)
  }

  /** Registers a broker and has it unfenced. */
  async broker(brokerId = 1, incarnation = 'life'): Promise<number> {
    const { brokerEpoch } = await this.ask('brokerRegistration', {
      brokerId,
      clusterId: this.node.clusterId,
      incarnationId: `${incarnation.padEnd(20, '-')}${brokerId}A`,
      listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9091 + brokerId, securityProtocol: 0 }],
      features: featureFields(supportedFeatures),
      logDirs: brokerId === 1 ? [...this.node.directoryIds.values()] : [`directory-of-broker-${brokerId}A`],
      previousBrokerEpoch: -1,
    })
    await this.heartbeat(brokerId)
    return brokerEpoch ?? -1
  }

  heartbeat(brokerId: number, wants: object = {}): Promise<ResponseOf<ControllerApis['brokerHeartbeat']>> {
    const { cluster, offset } = this.image
    const brokerEpoch = cluster.brokers.get(brokerId)!.epoch
    const request = { brokerId, brokerEpoch, currentMetadataOffset: offset, cordonedLogDirs: null, ...wants }
    return this.ask('brokerHeartbeat', request)
  }

  /** Creates topics of one partition and gives their error codes. */
  async create(...names: string[]): Promise<number[]> {
    const topics = names.map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }))
    const response = await this.ask('createTopics', { topics, timeoutMs: 60000 })
    return response.topics.map((topic) => topic.errorCode)
  }

  async close(): Promise<void> {
    await this.node.close()
    for (const directory of this.directories) await directory.close({ brokerEpoch: -1 })
  }
}

/** All that an image says, to be compared. */
export function contentOf(image: MetadataImage): Uint8Array[] {
  return [...image.records()].map(encodeMetadataRecord)
}
