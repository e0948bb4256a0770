/**
 * The features of Kafka 4.4 (KIP-584): which levels this release can live with, and which it offers.
 *
 * A level is raised for the whole cluster when all its nodes have the APIs behind it. What Ottla does not have yet starts at
 * 0 and cannot be raised; but a folder in which Kafka raised it can be served, as the records of such a feature are kept
 * and nothing else depends on them.
 */
import type { FeatureRange } from './image/cluster-image.ts'
import { METADATA_VERSION } from './image/features-image.ts'

export interface Feature {
  readonly name: string
  /** Levels that a cluster with this node in it may be at. */
  readonly supported: FeatureRange
  /** The highest level that an operator can ask for. */
  readonly offered: number
  /** The level that a new cluster gets. */
  readonly initial: number
}

export const ELIGIBLE_LEADER_REPLICAS = 'eligible.leader.replicas.version'
export const KRAFT_VERSION = 'kraft.version'

/** By name; a format writes those with an initial level in this order. */
export const features: readonly Feature[] = [
  // 4.4-IV2; the lowest that 4.4 still reads is 3.3-IV3.
  { name: METADATA_VERSION, supported: { min: 7, max: 33 }, offered: 33, initial: 33 },
  // In control records, not in metadata records: voters are in the log.
  { name: KRAFT_VERSION, supported: { min: 0, max: 1 }, offered: 1, initial: 1 },
  // KIP-966 changes what a replica may be elected after an unclean stop. One synced replica has no use for it.
  { name: ELIGIBLE_LEADER_REPLICAS, supported: { min: 0, max: 1 }, offered: 1, initial: 0 },
  { name: 'group.version', supported: { min: 0, max: 1 }, offered: 0, initial: 0 },
  { name: 'share.version', supported: { min: 0, max: 2 }, offered: 0, initial: 0 },
  { name: 'streams.version', supported: { min: 0, max: 1 }, offered: 0, initial: 0 },
  { name: 'transaction.version', supported: { min: 0, max: 2 }, offered: 0, initial: 0 },
]

/** What a node registers with. */
export const supportedFeatures: ReadonlyMap<string, FeatureRange> = new Map(
  features.map(({ name, supported }) => [name, supported]),
)
