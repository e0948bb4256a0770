/**
 * UpdateFeatures: raises or lowers the levels of features for the whole cluster (KIP-584). All updates of a request take
 * effect or none.
 */
import { ErrorCode, type RequestOf } from '#protocol'
import type { updateFeatures as api } from '#protocol/messages'
import { ELIGIBLE_LEADER_REPLICAS, features, KRAFT_VERSION } from '../features.ts'
import type { FeatureRange } from '../image/cluster-image.ts'
import { ConfigResourceType, configRecord } from '../image/configs-image.ts'
import { featureLevel, METADATA_VERSION } from '../image/features-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { type ApiError, answer, apiError, errorFields, NO_ERROR, type Operation, type Scope } from './operation.ts'

type Update = RequestOf<typeof api>['featureUpdates'][number]

const UPGRADE = 1
const UNSAFE_DOWNGRADE = 3

export const updateFeatures: Operation<typeof api> = {
  run(scope, request) {
    const { featureUpdates } = request
    const records: MetadataRecord[] = []
    for (const update of featureUpdates) {
      const outcome = updateOne(scope, update)
      if ('error' in outcome) {
        const text = `The update failed for all features since the following feature had an error: ${outcome.message}`
        return answer(updateFeatures.refuse(apiError(outcome.error, text), request))
      }
      records.push(...outcome)
    }
    const results = featureUpdates.map(({ feature }) => ({ feature, ...errorFields(NO_ERROR) }))
    return { records, response: { ...errorFields(NO_ERROR), results } }
  },

  refuse: (error) => ({ ...errorFields(error), results: [] }),
}

function updateOne(
  scope: Scope,
  { feature: name, maxVersionLevel: level, upgradeType }: Update,
): readonly MetadataRecord[] | ApiError {
  const refuse = (text: string): ApiError =>
    apiError(ErrorCode.INVALID_UPDATE_VERSION, `Invalid update version ${level} for feature ${name}. ${text}`)
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    return refuse('The controller does not support the given upgrade type.')
  }
  const current = name === KRAFT_VERSION ? 1 : scope.image.features.levelOf(name)
  if (level < 0) return refuse('A feature version cannot be less than 0.')
  const unsupported = unsupportedBy(scope, name, level)
  if (unsupported !== undefined) return refuse(unsupported)
  if (level < current && upgradeType === UPGRADE) {
    return refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UPGRADE) return refuse("Can't downgrade to a newer version.")
  if (name === METADATA_VERSION && level < current) {
    const text =
      upgradeType === UNSAFE_DOWNGRADE
        ? 'Unsafe metadata downgrade is not supported in this version.'
        : 'Refusing to perform the requested downgrade because it might delete metadata information.'
    return apiError(
      ErrorCode.INVALID_UPDATE_VERSION,
      `Unsupported metadata.version downgrade from ${current} to ${level}. ${text}`,
    )
  }
  if (name === KRAFT_VERSION) return level < current ? refuse("Can't downgrade the version of this feature.") : []
  const records = [featureLevel(name, level)]
  if (name === ELIGIBLE_LEADER_REPLICAS && level > 0 && current === 0) records.push(...elrSafetyRecords(scope))
  return records
}

/** Who in the cluster does not know the level, in Kafka's words. */
function unsupportedBy({ image, nodeId }: Scope, name: string, level: number): string | undefined {
  const feature = features.find((candidate) => candidate.name === name)
  // What runs already may stay; beyond it, only what is offered.
  const range = { min: feature?.supported.min ?? 0, max: Math.max(feature?.offered ?? 0, image.features.levelOf(name)) }
  const local = reasonNotSupported(`Local controller ${nodeId}`, level, range)
  if (local !== undefined) return local
  for (const { id, features: known } of image.cluster.brokers.values()) {
    const reason = reasonNotSupported(`Broker ${id}`, level, known.get(name))
    if (reason !== undefined) return reason
  }
  for (const { id, features: known } of image.cluster.controllers.values()) {
    const reason = id === nodeId ? undefined : reasonNotSupported(`Controller ${id}`, level, known.get(name))
    if (reason !== undefined) return reason
  }
  return undefined
}

function reasonNotSupported(who: string, level: number, range: FeatureRange = { min: 0, max: 0 }): string | undefined {
  if (level >= range.min && level <= range.max) return undefined
  if (range.max === 0) return `${who} does not support this feature.`
  return `${who} only supports versions ${range.min === range.max ? range.min : `${range.min}-${range.max}`}`
}

/** With eligible leader replicas there is one min.insync.replicas for all brokers, and it is said (KIP-966). */
export function elrSafetyRecords({ image, config }: Pick<Scope, 'image' | 'config'>): MetadataRecord[] {
  const key = 'min.insync.replicas'
  const records: MetadataRecord[] = []
  const everywhere = { type: ConfigResourceType.BROKER, name: '' }
  if (!image.configs.of(everywhere.type, everywhere.name).has(key)) {
    records.push(configRecord(everywhere, key, String(config.minInSyncReplicas(new Map()))))
  }
  for (const resource of image.configs.resources()) {
    if (resource.type !== ConfigResourceType.BROKER || resource.name === '') continue
    if (image.configs.of(resource.type, resource.name).has(key)) records.push(configRecord(resource, key, null))
  }
  return records
}
