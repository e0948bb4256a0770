/**
 * This node's part in the metadata quorum: its log of metadata, the image folded from what is committed, and, where it
 * leads, the controller.
 */
import type { BrokerId, LeaderEpoch, Offset, Uuid } from '#core'
import type { ControllerApi } from './controller/controller-api.ts'
import type { MetadataDelta } from './image/metadata-delta.ts'
import { MetadataImage } from './image/metadata-image.ts'

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
  /** -1 for the leader itself in version 0's sense: times are its own clock's. */
  readonly lastFetchTimestampMs: number
  readonly lastCaughtUpTimestampMs: number
}

export class MetadataNode {
  /** What is committed. */
  readonly image = new MetadataImage()
  readonly clusterId: Uuid = ''
  /** Ids of the log directories, by path, as `meta.properties` has them. */
  readonly directoryIds: ReadonlyMap<string, Uuid> = new Map()
  /** Answers when the result is committed; here for every node, wherever the controller is. */
  readonly controller: ControllerApi = {} as ControllerApi

  quorum(): QuorumDescription {
    return { leaderId: -1, leaderEpoch: -1, highWatermark: -1, voters: [], observers: [], nodes: [] }
  }

  /**
   * Tells `listener` of the whole image at once (a delta in which everything is new), then of every commit, after the
   * image has it and before the response to the request that caused it is given. Returns what ends it.
   */
  subscribe(_listener: (delta: MetadataDelta) => void): () => void {
    return () => {}
  }
}
