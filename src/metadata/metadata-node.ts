/**
 * This node's part in the metadata quorum: its log of metadata, the image folded from what is committed, and, where it
 * leads, the controller.
 *
 * A request goes to the controller, which decides at once; its records are appended, and the response waits until they are
 * committed, folded into the image and told to the subscribers. A request that changes nothing waits for what was decided
 * before it, so that whoever asks sees what others were promised. If the log fails, the controller is dropped with all
 * that it had decided and not committed; the image never had it.
 *
 * Invariants:
 *   image = fold of the log up to the high watermark                                                     (INV-38)
 *   subscribers are told every commit once, in order, before any response that depends on it is given
 */
import { type BrokerId, Deadlines, type LeaderEpoch, MalformedError, type Offset, type Uuid, utf8 } from '#core'
import type { RequestOf, ResponseOf } from '#protocol'
import { formatQuorumState, type QuorumState, Raft } from '#raft'
import { configRules } from './controller/config-rules.ts'
import { Controller, refuse } from './controller/controller.ts'
import {
  type ControllerApi,
  type ControllerApis,
  type ControllerContext,
  controllerApis,
} from './controller/controller-api.ts'
import { supportedFeatures } from './features.ts'
import { ChangeLog, deltaOfAll } from './image/change-log.ts'
import { featureFields } from './image/cluster-image.ts'
import type { MetadataDelta } from './image/metadata-delta.ts'
import type { MetadataImage } from './image/metadata-image.ts'
import { type MetadataNodeOptions, type OpenedNode, openNode } from './open-node.ts'
import { ActiveController, NOT_CONTROLLER } from './quorum/active-controller.ts'
import { type LoggedBatch, QuorumLog } from './quorum/quorum-log.ts'
import { Snapshots } from './storage/snapshots.ts'
import { StorageError } from './storage/storage-error.ts'

/** The quorum as DescribeQuorum tells it. */
export interface QuorumDescription {
  readonly leaderId: BrokerId
  readonly leaderEpoch: LeaderEpoch
  readonly highWatermark: Offset
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
  readonly nodes: readonly {
    readonly id: BrokerId
    readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  }[]
}

export interface QuorumReplica {
  readonly replicaId: BrokerId
  readonly directoryId: Uuid
  readonly logEndOffset: Offset
  /** By the leader's clock; the leader counts as having fetched just now. */
  readonly lastFetchTimestampMs: number
  readonly lastCaughtUpTimestampMs: number
}

export class MetadataNode {
  /** What is committed. Read it synchronously; it changes in place. */
  readonly image: MetadataImage
  readonly clusterId: string
  /** Ids of the log directories, by path, as `meta.properties` has them. */
  readonly directoryIds: ReadonlyMap<string, Uuid>
  /** Answers when the result is committed. */
  readonly controller: ControllerApi
  readonly #options: MetadataNodeOptions
  readonly #startsWith: Pick<OpenedNode, 'nodeId' | 'bootstrapRecords' | 'controllerEndpoints'>
  readonly #quorum: QuorumLog
  readonly #snapshots: Snapshots
  readonly #deadlines: Deadlines
  readonly #subscribers = new Set<(delta: MetadataDelta) => void>()
  #active: ActiveController | undefined
  #settleOpen: (error?: Error) => void = () => {}

  /**
   * Opens the metadata of this node, formatting new folders, and resolves when it leads its quorum and the image is
   * complete. Rejects with `StorageError` where the folders cannot be used, `HostError` where the disk fails.
   */
  static async open(options: MetadataNodeOptions): Promise<MetadataNode> {
    const node = new MetadataNode(options, await openNode(options))
    try {
      await new Promise<void>((resolve, reject) => {
        node.#settleOpen = (error) => (error === undefined ? resolve() : reject(error))
        node.#quorum.start()
      })
    } catch (error) {
      await node.close()
      throw error
    }
    return node
  }

  private constructor(options: MetadataNodeOptions, opened: OpenedNode) {
    const { clock, disk, logger } = options.host
    const { nodeId, directoryId, log, store, image, voterSet, quorumState, quorumStatePath } = opened
    const { bootstrapRecords, controllerEndpoints } = opened
    this.#options = options
    this.#startsWith = { nodeId, bootstrapRecords, controllerEndpoints }
    this.image = image
    this.clusterId = opened.identity.clusterId
    this.directoryIds = opened.identity.directoryIds
    this.controller = this.#controllerApi()
    this.#deadlines = new Deadlines(clock)
    const rules = {
      bytesBetween: options.config.get('metadata.log.max.record.bytes.between.snapshots'),
      intervalMs: options.config.get('metadata.log.max.snapshot.interval.ms'),
      retentionBytes: options.config.get('metadata.max.retention.bytes'),
      retentionMs: options.config.get('metadata.max.retention.ms'),
    }
    this.#snapshots = new Snapshots({ store, log, clock, logger, rules })
    this.#quorum = new QuorumLog({
      raft: new Raft({ nodeId, directoryId, log, quorumState, voterSet, snapshot: store.latest }),
      log,
      clock,
      loaded: opened.loaded,
      saveState: (state: QuorumState) =>
        disk.replaceFile(quorumStatePath, utf8(formatQuorumState(state, voterSet.kraftVersion, [nodeId]))),
      events: {
        committed: (batches) => this.#committed(batches),
        resigned: (cause) => this.#resigned(cause),
      },
    })
  }

  /**
   * Tells `listener` of the whole image at once (a delta in which everything is new), then of every commit, after the
   * image has it and before the response to the request that caused it is given. Returns what ends it.
   */
  subscribe(listener: (delta: MetadataDelta) => void): () => void {
    listener(deltaOfAll(this.image))
    this.#subscribers.add(listener)
    return () => this.#subscribers.delete(listener)
  }

  /** The level of the feature kraft.version, which the log has in control records; 0: voters are not in the log. */
  get kraftVersion(): number {
    return this.#quorum.raft.voterSet.kraftVersion
  }

  quorum(): QuorumDescription {
    const { raft } = this.#quorum
    const nowMs = this.#options.host.clock.nowMs()
    const { voters } = raft.voterSet
    return {
      leaderId: raft.leaderId,
      leaderEpoch: raft.epoch,
      highWatermark: raft.highWatermark,
      voters: voters.map(({ id, directoryId }) => ({
        replicaId: id,
        directoryId,
        logEndOffset: this.#quorum.endOffset,
        lastFetchTimestampMs: nowMs,
        lastCaughtUpTimestampMs: nowMs,
      })),
      observers: [],
      nodes: voters.map(({ id, endpoints }) => ({ id, endpoints })),
    }
  }

  /** Stops leading; what is not committed is answered with NOT_CONTROLLER. The log stays the directory's to close. */
  async close(): Promise<void> {
    this.#quorum.resign()
    this.#quorum.close()
    this.#deadlines.close()
    await this.#snapshots.settle()
  }

  #controllerApi(): ControllerApi {
    const names = Object.keys(controllerApis) as (keyof ControllerApis)[]
    const entries = names.map((name) => [
      name,
      (request: RequestOf<ControllerApis[typeof name]>, context?: ControllerContext) =>
        this.#submit(name, request, context),
    ])
    return Object.fromEntries(entries) as ControllerApi
  }

  #submit<Name extends keyof ControllerApis>(
    name: Name,
    request: RequestOf<ControllerApis[Name]>,
    context: ControllerContext = {},
  ): Promise<ResponseOf<ControllerApis[Name]>> {
    if (this.#active !== undefined) return this.#active.submit(name, request, context)
    return Promise.resolve(refuse(name, NOT_CONTROLLER, request))
  }

  #committed(batches: readonly LoggedBatch[]): void {
    const changes = new ChangeLog()
    let sizeBytes = 0
    for (const batch of batches) {
      if (!this.#fold(batch, changes)) return
      sizeBytes += batch.sizeBytes
    }
    const delta = changes.toDelta(this.image)
    for (const subscriber of this.#subscribers) subscriber(delta)
    const { raft } = this.#quorum
    if (this.#active === undefined && raft.role === 'leader') void this.#lead()
    else this.#active?.committed(raft.highWatermark)
    this.#snapshots.committed(sizeBytes, this.image, raft.voterSet)
  }

  /** False where the log contradicts itself, which only one that another process wrote can do: then nothing goes on. */
  #fold(batch: LoggedBatch, changes: ChangeLog): boolean {
    try {
      this.image.apply(batch, changes)
      return true
    } catch (error) {
      if (!(error instanceof MalformedError) || this.#active !== undefined) throw error
      const message = `The metadata log contradicts itself in the batch that ends at offset ${batch.lastOffset}`
      this.#settleOpen(new StorageError(`${message}: ${error.message}.`, { cause: error }))
      return false
    }
  }

  /** The epoch's first commit: the image has all that there was, and the controller begins on a copy of it. */
  async #lead(): Promise<void> {
    const { config, host } = this.#options
    const { clock, logger, random } = host
    const { nodeId, bootstrapRecords, controllerEndpoints } = this.#startsWith
    const controller = new Controller({
      nodeId,
      clusterId: this.clusterId,
      image: this.image.copy(),
      config: configRules(config),
      random,
      monotonicMs: clock.monotonicMs(),
    })
    const active = new ActiveController({
      controller,
      quorum: this.#quorum,
      clock,
      logger,
      deadlines: this.#deadlines,
      batchBytesMax: config.get('internal.metadata.max.batch.size.in.bytes'),
    })
    this.#active = active
    void active.activate(bootstrapRecords)
    await active.submit('controllerRegistration', {
      controllerId: nodeId,
      incarnationId: random.uuid(),
      zkMigrationReady: false,
      listeners: controllerEndpoints,
      features: featureFields(supportedFeatures),
    })
    this.#settleOpen()
  }

  #resigned(cause: Error | undefined): void {
    const active = this.#active
    this.#active = undefined
    active?.resign()
    if (cause === undefined) return
    this.#options.host.logger.error(`The metadata log has failed: ${cause.message}`)
    this.#settleOpen(cause)
  }
}
