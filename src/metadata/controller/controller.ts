/**
 * The controller: the one place where the state of the cluster is decided.
 *
 * It is a pure state machine. `handle` takes a request and gives records and a response, changing nothing; `append` folds
 * records into the image that the next request is judged by. So decisions follow each other without waiting for the disk,
 * each based on all before it, committed or not; and if an append fails, the controller is thrown away with its image and
 * another begins from what is committed.
 *
 * Invariant: the same records, requests, times and random numbers give the same decisions (INV-39).
 */
import type { BrokerId, Uuid } from '#core'
import type { Random } from '#host'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { MetadataBatch, MetadataImage } from '../image/metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { activationRecords } from './activation.ts'
import { alterConfigs, incrementalAlterConfigs } from './alter-configs.ts'
import { alterPartition } from './alter-partition.ts'
import { assignReplicasToDirs } from './assign-replicas.ts'
import { brokerHeartbeat, fenceStaleBroker } from './broker-heartbeat.ts'
import { BrokerSessions } from './broker-sessions.ts'
import { brokerRegistration, controllerRegistration, unregisterBroker } from './brokers.ts'
import type { ConfigPort } from './config-port.ts'
import type { ControllerApis } from './controller-api.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import { deleteTopics } from './delete-topics.ts'
import { electLeaders } from './leadership.ts'
import {
  type ApiError,
  apiError,
  type Call,
  type ControllerResult,
  type Operation,
  RECORDS_MAX,
  type Scope,
} from './operation.ts'
import { allocateProducerIds } from './producer-ids.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './reassignments.ts'
import { updateFeatures } from './update-features.ts'

const operations: { readonly [Name in keyof ControllerApis]: Operation<ControllerApis[Name]> } = {
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
}

/** What brokers and controllers cause for themselves. */
const internal: ReadonlySet<keyof ControllerApis> = new Set([
  'brokerRegistration',
  'brokerHeartbeat',
  'unregisterBroker',
  'allocateProducerIds',
  'alterPartition',
  'assignReplicasToDirs',
  'controllerRegistration',
])

/** A user's request takes effect as one batch or not at all; what brokers cause takes as many as it needs. */
export function isUserRequest(name: keyof ControllerApis): boolean {
  return !internal.has(name)
}

export interface ControllerOptions {
  readonly nodeId: BrokerId
  readonly clusterId: Uuid
  /** What is committed; it becomes the controller's own. */
  readonly image: MetadataImage
  readonly config: ConfigPort
  readonly random: Pick<Random, 'uuid'>
  readonly monotonicMs: number
}

export class Controller {
  readonly #scope: Scope

  constructor({ nodeId, clusterId, image, config, random, monotonicMs }: ControllerOptions) {
    const sessions = new BrokerSessions(nodeId, config.sessionTimeoutMs)
    for (const { id, epoch, fenced } of image.cluster.brokers.values()) {
      if (!fenced) sessions.touch(id, epoch, { monotonicMs, metadataOffset: -1 })
    }
    this.#scope = { nodeId, clusterId, image, config, random, sessions }
  }

  /** With everything that was appended, committed or not. */
  get image(): MetadataImage {
    return this.#scope.image
  }

  /** What to append before the first request; see `activationRecords`. */
  activate(bootstrapRecords: readonly MetadataRecord[]): MetadataRecord[] {
    return activationRecords(this.#scope, bootstrapRecords)
  }

  handle<Name extends keyof ControllerApis>(
    name: Name,
    request: RequestOf<ControllerApis[Name]>,
    call: Call,
  ): ControllerResult<ResponseOf<ControllerApis[Name]>> {
    const operation: Operation<ControllerApis[Name]> = operations[name]
    const result = operation.run(this.#scope, request, call)
    if (result.records.length > RECORDS_MAX && isUserRequest(name)) {
      return { records: [], response: operation.refuse(TOO_LARGE, request) }
    }
    const validateOnly = 'validateOnly' in request && request.validateOnly
    return validateOnly ? { ...result, records: [] } : result
  }

  /** Folds a batch that was appended. */
  append(batch: MetadataBatch): void {
    this.#scope.image.apply(batch)
    for (const record of batch.records) {
      if (record.type === 'UNREGISTER_BROKER_RECORD') this.#scope.sessions.remove(record.data.brokerId)
    }
  }

  /** The records that fence the broker longest silent, where one has been silent too long. */
  fenceStaleBroker(monotonicMs: number): MetadataRecord[] {
    return fenceStaleBroker(this.#scope, monotonicMs)
  }

  /** When to ask `fenceStaleBroker` next; undefined: no broker has a session. */
  get nextExpiryMs(): number | undefined {
    return this.#scope.sessions.nextExpiryMs
  }
}

/** A request that would take more records, or more bytes, than one batch can have. */
export const TOO_LARGE: ApiError = apiError(
  ErrorCode.POLICY_VIOLATION,
  'Unable to perform excessively large batch operation.',
)

/** The response to a request that was not decided on, or whose records were lost. */
export function refuse<Name extends keyof ControllerApis>(
  name: Name,
  error: ApiError,
  request: RequestOf<ControllerApis[Name]>,
): ResponseOf<ControllerApis[Name]> {
  const operation: Operation<ControllerApis[Name]> = operations[name]
  return operation.refuse(error, request)
}
