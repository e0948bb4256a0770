import type { BrokerId, Uuid } from '#core'
import { BOOTSTRAP_SNAPSHOT, snapshotBatches, type Voter } from '#raft'
import { features, KRAFT_VERSION } from '../features.ts'
import type { Endpoint } from '../image/cluster-image.ts'
import { featureLevel } from '../image/features-image.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../metadata-record.ts'

/** The records that a new cluster begins with: the level of each feature that is on. */
export function bootstrapRecords(): MetadataRecord[] {
  return features
    .filter(({ name, initial }) => name !== KRAFT_VERSION && initial > 0)
    .map(({ name, initial }) => featureLevel(name, initial))
}

/** The node as the only voter of its quorum. */
export function onlyVoter(id: BrokerId, directoryId: Uuid, endpoints: readonly Endpoint[]): Voter {
  const reached = endpoints.map(({ name, host, port }) => ({ name, host, port }))
  return { id, directoryId, endpoints: reached, kraftVersion: { min: 0, max: 1 } }
}

/** What a format writes to `00000000000000000000-0000000000.checkpoint`. */
export function bootstrapSnapshot(voter: Voter, nowMs: number): Uint8Array[] {
  return [
    ...snapshotBatches(BOOTSTRAP_SNAPSHOT, {
      lastContainedLogTimestamp: BigInt(nowMs),
      kraftVersion: 1,
      voters: [voter],
      values: bootstrapRecords().map(encodeMetadataRecord),
      nowMs,
    }),
  ]
}
