/**
 * Who belongs to the cluster: registration of brokers and controllers, and their end.
 */
import type { BrokerId } from '#core'
import { ErrorCode } from '#protocol'
import type {
  brokerRegistration as brokerApi,
  controllerRegistration as controllerApi,
  unregisterBroker as unregisterApi,
} from '#protocol/messages'
import { METADATA_VERSION } from '../image/features-image.ts'
import { isReservedDirectoryId } from '../image/partition-registration.ts'
import { leadershipChanges } from './leadership.ts'
import { type ApiError, answer, apiError, type Call, errorFields, type Operation, type Scope } from './operation.ts'

/** Why a broker's request is refused that names its epoch: it is not, or no more, registered so. */
export function brokerEpochProblem(
  { image }: Scope,
  { brokerId, brokerEpoch }: { brokerId: BrokerId; brokerEpoch: number },
): ApiError | undefined {
  const broker = image.cluster.brokers.get(brokerId)
  if (broker === undefined) {
    return apiError(ErrorCode.STALE_BROKER_EPOCH, `No broker registration found for broker id ${brokerId}`)
  }
  if (broker.epoch === brokerEpoch) return undefined
  const message = `Expected broker epoch ${broker.epoch}, but got broker epoch ${brokerEpoch}`
  return apiError(ErrorCode.STALE_BROKER_EPOCH, message)
}

type Registration = Parameters<Operation<typeof brokerApi>['run']>[1]

/**
 * A broker registers: fenced, with a new epoch, where it is a new life; as it was, where it repeats or amends its
 * registration. What an earlier life led is led no more from then on, so that its leader epochs rise.
 */
export const brokerRegistration: Operation<typeof brokerApi> = {
  run(scope, request, call) {
    const problem = registrationProblem(scope, request, call)
    if (problem !== undefined) {
      const note = `broker ${request.brokerId}: ${problem.message}`
      return { ...answer(brokerRegistration.refuse(problem, request)), note }
    }
    const { brokerId: id, incarnationId } = request
    const existing = scope.image.cluster.brokers.get(id)
    const same = existing?.incarnationId === incarnationId ? existing : undefined
    const epoch = same?.epoch ?? call.nextOffset
    const records = []
    if (same === undefined) {
      // A clean stop leaves the epoch behind, which the next life shows (KIP-966): then everything was synced.
      const clean = existing !== undefined && existing.epoch === request.previousBrokerEpoch
      records.push(...leadershipChanges(scope, { type: clean ? 'leaves' : 'lostData', id }))
    }
    records.push({
      type: 'REGISTER_BROKER_RECORD' as const,
      version: 4,
      data: {
        brokerId: id,
        isMigratingZkBroker: false,
        incarnationId,
        brokerEpoch: epoch,
        endPoints: request.listeners,
        features: request.features,
        rack: request.rack,
        fenced: same?.fenced ?? true,
        inControlledShutdown: same?.inControlledShutdown ?? false,
        logDirs: request.logDirs,
        cordonedLogDirs: same?.cordonedDirectories ?? null,
      },
    })
    return { records, response: { errorCode: 0, brokerEpoch: epoch } }
  },

  refuse: ({ error }) => ({ errorCode: error, brokerEpoch: -1 }),
}

function registrationProblem(scope: Scope, request: Registration, { monotonicMs }: Call): ApiError | undefined {
  const { brokerId: id, clusterId, incarnationId, logDirs } = request
  const { cluster } = scope.image
  if (clusterId !== scope.clusterId) {
    const message = `Expected cluster ID ${scope.clusterId}, but got cluster ID ${clusterId}`
    return apiError(ErrorCode.INCONSISTENT_CLUSTER_ID, message)
  }
  const existing = cluster.brokers.get(id)
  if (existing !== undefined && existing.incarnationId !== incarnationId) {
    if (scope.sessions.isValid(id, existing.epoch, monotonicMs)) {
      return apiError(
        ErrorCode.DUPLICATE_BROKER_REGISTRATION,
        'Another broker is registered with that broker id. If the broker was recently restarted this should ' +
          "self-resolve once the heartbeat manager expires the broker's session.",
      )
    }
  }
  if (request.isMigratingZkBroker) {
    const message = 'Controller does not support registering ZK brokers.'
    return apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, message)
  }
  const invalid = (message: string): ApiError => apiError(ErrorCode.INVALID_REGISTRATION, message)
  if (logDirs.length === 0) return invalid('No directories specified in request')
  if (logDirs.some(isReservedDirectoryId)) return invalid('Reserved directory ID in request')
  if (new Set(logDirs).size !== logDirs.length) return invalid('Duplicate directory ID in request')
  for (const other of cluster.brokers.values()) {
    const shared = other.id === id ? undefined : logDirs.find((directory) => other.directories.includes(directory))
    if (shared !== undefined) return invalid(`Broker ${other.id} is already registered with directory ${shared}`)
  }
  return featureProblem(scope, request)
}

/** A broker must know the level of every feature that is in use. */
function featureProblem({ image }: Scope, { features }: Registration): ApiError | undefined {
  if (!features.some(({ name }) => name === METADATA_VERSION)) {
    return apiError(ErrorCode.INVALID_REGISTRATION, "Request features do not contain 'metadata.version'")
  }
  const finalized = new Map([[METADATA_VERSION, image.features.metadataVersion], ...image.features.finalized])
  for (const [name, level] of finalized) {
    const range = features.find((feature) => feature.name === name)
    const min = range?.minSupportedVersion ?? 0
    const max = range?.maxSupportedVersion ?? 0
    if (level >= min && level <= max) continue
    return apiError(
      ErrorCode.UNSUPPORTED_VERSION,
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants ` +
        `a version between ${min} and ${max}, inclusive.`,
    )
  }
  return undefined
}

/** A broker that will not come back is forgotten; what it led goes to others. */
export const unregisterBroker: Operation<typeof unregisterApi> = {
  run(scope, request) {
    const { brokerId: id } = request
    const broker = scope.image.cluster.brokers.get(id)
    if (broker === undefined) {
      const message = `Broker ID ${id} is not currently registered`
      return answer(unregisterBroker.refuse(apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, message), request))
    }
    const records = [
      ...leadershipChanges(scope, { type: 'leaves', id }),
      {
        type: 'UNREGISTER_BROKER_RECORD' as const,
        version: 0,
        data: { brokerId: id, brokerEpoch: broker.epoch },
      },
    ]
    return { records, response: { errorCode: 0, errorMessage: null } }
  },

  refuse: (error) => errorFields(error),
}

/** A controller tells where it is reached and which features it knows (KIP-919); each of its lives does. */
export const controllerRegistration: Operation<typeof controllerApi> = {
  run(_scope, { controllerId, incarnationId, zkMigrationReady, listeners, features }) {
    const data = { controllerId, incarnationId, zkMigrationReady, endPoints: listeners, features }
    const records = [{ type: 'REGISTER_CONTROLLER_RECORD' as const, version: 0, data }]
    return { records, response: { errorCode: 0, errorMessage: null } }
  },

  refuse: (error) => errorFields(error),
}
