/**
 * The requests that a controller answers: what handlers, partitions and the broker's own life need of it.
 *
 * All have one form: the request as it was decoded goes in, the response comes when what it says is committed, so that a
 * broker which is not the controller can later forward the very bytes. Nothing rejects but for our own mistakes: errors are
 * in the response, where Kafka puts them (NOT_CONTROLLER where this node stopped leading while the request was pending).
 * Authorisation is the caller's.
 */
import type { Api, RequestOf, ResponseOf } from '#protocol'
import {
  allocateProducerIds,
  alterConfigs,
  alterPartition,
  alterPartitionReassignments,
  assignReplicasToDirs,
  brokerHeartbeat,
  brokerRegistration,
  controllerRegistration,
  createPartitions,
  createTopics,
  deleteTopics,
  electLeaders,
  incrementalAlterConfigs,
  listPartitionReassignments,
  unregisterBroker,
  updateFeatures,
} from '#protocol/messages'

export const controllerApis = {
  createTopics,
  deleteTopics,
  createPartitions,
  alterConfigs,
  incrementalAlterConfigs,
  electLeaders,
  alterPartitionReassignments,
  listPartitionReassignments,
  updateFeatures,
  brokerRegistration,
  brokerHeartbeat,
  unregisterBroker,
  allocateProducerIds,
  alterPartition,
  assignReplicasToDirs,
  controllerRegistration,
} as const satisfies Readonly<Record<string, Api>>

export type ControllerApis = typeof controllerApis

export interface ControllerContext {
  /** Version of the request, where the response depends on it. Default: the newest. */
  readonly apiVersion?: number
  /** Whether the configuration of a new topic may be told in the response. Default: of every topic. */
  readonly describes?: (topic: string) => boolean
}

/** `await node.controller.createTopics(request)`. */
export type ControllerApi = {
  readonly [Name in keyof ControllerApis]: (
    request: RequestOf<ControllerApis[Name]>,
    context?: ControllerContext,
  ) => Promise<ResponseOf<ControllerApis[Name]>>
}
