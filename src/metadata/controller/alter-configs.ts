/**
 * AlterConfigs, which states all of a resource's configuration, and IncrementalAlterConfigs, which states changes
 * (KIP-339). Resources of one request succeed and fail each for itself.
 */
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { alterConfigs as alterApi, incrementalAlterConfigs as incrementalApi } from '#protocol/messages'
import { type ConfigResource, ConfigResourceType, configRecord, keyOf } from '../image/configs-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { elrEnabled } from './leadership.ts'
import { type ApiError, apiError, NO_ERROR, type Operation, type Scope, separateDuplicates } from './operation.ts'

const MIN_IN_SYNC_REPLICAS = 'min.insync.replicas'
const VALUE_LENGTH_MAX = 32767

type Result = ResponseOf<typeof incrementalApi>['responses'][number]
interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}
/** Keys in their order, with the new value or null to remove it. */
type Changes = ReadonlyMap<string, string | null>

export const incrementalAlterConfigs: Operation<typeof incrementalApi> = {
  run(scope, { resources }) {
    return alter(scope, resources, (resource, known) =>
      incrementalChanges(scope, { resource, known, configs: resource.configs }),
    )
  },
  refuse: (error, { resources }) => ({ responses: resources.map((resource) => result(resource, error)) }),
}

export const alterConfigs: Operation<typeof alterApi> = {
  run(scope, { resources }) {
    return alter(scope, resources, ({ configs }, known) => {
      const names = configs.map((config) => config.name)
      if (new Set(names).size < names.length) return duplicateKeys()
      const nulls = configs.filter((config) => config.value === null)
      if (nulls.length > 0) return nullValues(nulls)
      const changes = new Map<string, string | null>(configs.map((config) => [config.name, config.value]))
      for (const key of known.keys()) if (!changes.has(key)) changes.set(key, null)
      return changes
    })
  },
  refuse: (error, { resources }) => ({ responses: resources.map((resource) => result(resource, error)) }),
}

function alter<R extends Resource>(
  scope: Scope,
  resources: readonly R[],
  changesOf: (resource: R, known: ReadonlyMap<string, string>) => Changes | ApiError,
): { records: readonly MetadataRecord[]; response: { responses: readonly Result[] } } {
  const records: MetadataRecord[] = []
  const keyOfEach = (each: R): string => keyOf({ type: each.resourceType, name: each.resourceName })
  const duplicates = new Set(separateDuplicates(resources, keyOfEach).duplicates)
  const responses = resources.map((each) => {
    if (duplicates.has(each)) {
      return result(each, apiError(ErrorCode.INVALID_REQUEST, 'Each resource must appear at most once.'))
    }
    const resource = { type: each.resourceType, name: each.resourceName }
    const changes = changesOf(each, scope.image.configs.of(resource.type, resource.name))
    if ('error' in changes) return result(each, changes)
    const problem = configProblem(scope, resource, changes) ?? existenceProblem(scope, resource)
    if (problem !== undefined) return result(each, problem)
    for (const record of recordsOf(scope, resource, changes)) records.push(record)
    return result(each, NO_ERROR)
  })
  records.push(...clearElrRecords(scope, records))
  return { records, response: { responses } }
}

function result({ resourceType, resourceName }: Resource, { error, message }: ApiError): Result {
  return { errorCode: error, errorMessage: message, resourceType, resourceName }
}

function duplicateKeys(): ApiError {
  return apiError(ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys')
}

function nullValues(configs: readonly { readonly name: string }[]): ApiError {
  const names = configs.map((config) => config.name).join(', ')
  return apiError(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${names}`)
}

const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

function incrementalChanges(
  { config }: Scope,
  {
    resource: { resourceType },
    known,
    configs,
  }: {
    resource: Resource
    known: ReadonlyMap<string, string>
    configs: RequestOf<typeof incrementalApi>['resources'][number]['configs']
  },
): Changes | ApiError {
  if (new Set(configs.map(({ name }) => name)).size < configs.length) return duplicateKeys()
  const nulls = configs.filter(({ configOperation, value }) => configOperation !== DELETE && value === null)
  if (nulls.length > 0) return nullValues(nulls)
  const changes = new Map<string, string | null>()
  for (const { name, configOperation, value } of configs) {
    if (configOperation === SET) changes.set(name, value)
    else if (configOperation === DELETE) changes.set(name, null)
    else if (configOperation === APPEND || configOperation === SUBTRACT) {
      if (!config.isList(resourceType, name)) {
        const operation = configOperation === APPEND ? 'APPEND' : 'SUBTRACT'
        const message = `Can't ${operation} to key ${name} because its type is not LIST.`
        return apiError(ErrorCode.INVALID_CONFIG, message)
      }
      const items = (known.get(name) ?? config.defaultOf(resourceType, name)).split(',').filter((item) => item !== '')
      const given = value!.split(',')
      const after =
        configOperation === APPEND
          ? [...items, ...given.filter((item) => !items.includes(item))]
          : items.filter((item) => !given.includes(item))
      changes.set(name, after.join(','))
    } else {
      return apiError(ErrorCode.INVALID_REQUEST, `Unknown operations type ${configOperation}`)
    }
  }
  return changes
}

/** Why the configuration of a resource cannot be changed so. */
export function configProblem(scope: Scope, resource: ConfigResource, changes: Changes): ApiError | undefined {
  const overrides = new Map(scope.image.configs.of(resource.type, resource.name))
  for (const [key, value] of changes) {
    const problem = minInSyncReplicasProblem(scope, resource, { key, value })
    if (problem !== undefined) return problem
    if (value === null) {
      overrides.delete(key)
    } else if (value.length > VALUE_LENGTH_MAX) {
      return apiError(
        ErrorCode.INVALID_CONFIG,
        'The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.',
      )
    } else {
      overrides.set(key, value)
    }
  }
  return scope.config.validate(resource, overrides)
}

/** Eligible leader replicas are counted by one min.insync.replicas for all brokers, which must be there (KIP-966). */
function minInSyncReplicasProblem(
  scope: Scope,
  { type, name }: ConfigResource,
  { key, value }: { key: string; value: string | null },
): ApiError | undefined {
  if (type !== ConfigResourceType.BROKER || key !== MIN_IN_SYNC_REPLICAS || !elrEnabled(scope)) return undefined
  if (name !== '') {
    return apiError(
      ErrorCode.INVALID_CONFIG,
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    )
  }
  if (value !== null) return undefined
  return apiError(ErrorCode.INVALID_CONFIG, 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.')
}

function existenceProblem({ image }: Scope, { type, name }: ConfigResource): ApiError | undefined {
  if (type === ConfigResourceType.TOPIC && !image.topics.byName.has(name)) {
    return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`)
  }
  if (type === ConfigResourceType.BROKER && name !== '' && !image.cluster.brokers.has(Number(name))) {
    return apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, `No node with id ${name} found.`)
  }
  return undefined
}

/** A broker's keys are written even where they do not change, so that it reads again what they point to (KAFKA-14136). */
function recordsOf({ image }: Scope, resource: ConfigResource, changes: Changes): MetadataRecord[] {
  const known = image.configs.of(resource.type, resource.name)
  const written = [...changes].filter(
    ([key, value]) => resource.type === ConfigResourceType.BROKER || (known.get(key) ?? null) !== value,
  )
  return written.map(([key, value]) => configRecord(resource, key, value))
}

/** Another min.insync.replicas makes eligible leader replicas meaningless: those of the topic, or of all, are forgotten. */
export function clearElrRecords(scope: Scope, records: readonly MetadataRecord[]): MetadataRecord[] {
  if (!elrEnabled(scope)) return []
  const cleared: MetadataRecord[] = []
  for (const { type, data } of records) {
    if (type !== 'CONFIG_RECORD' || data.name !== MIN_IN_SYNC_REPLICAS) continue
    const topicName = data.resourceType === ConfigResourceType.TOPIC ? data.resourceName : ''
    cleared.push({ type: 'CLEAR_ELR_RECORD', version: 0, data: { topicName } })
  }
  return cleared
}
