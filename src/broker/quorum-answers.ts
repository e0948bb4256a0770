/** What the requests that change the quorum have in common. */
import type { BrokerId, Uuid } from '#core'
import type { QuorumDescription } from '#metadata'
import { ErrorCode } from '#protocol'

export interface QuorumPorts {
  readonly clusterId: string
  readonly quorum: () => Pick<QuorumDescription, 'voters' | 'nodes'>
}

/** What to answer who means another cluster. */
export function clusterProblem({ clusterId }: QuorumPorts, asked: string | null) {
  if (asked === null || asked === clusterId) return undefined
  const errorMessage = `The given id "${asked}" doesn't match the cluster id "${clusterId}"`
  return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, errorMessage }
}

/** As Kafka's tools show a voter. */
export function voterText({ replicaId, directoryId }: { readonly replicaId: BrokerId; readonly directoryId: Uuid }) {
  return `ReplicaKey(id=${replicaId}, directoryId=${directoryId})`
}
