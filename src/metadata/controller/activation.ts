import { ELIGIBLE_LEADER_REPLICAS } from '../features.ts'
import type { MetadataImage } from '../image/metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import type { ConfigPort } from './config-port.ts'
import { elrSafetyRecords } from './update-features.ts'

/**
 * What a controller writes before anything else when it begins to lead: the end of a transaction that another left open,
 * and, in a new cluster, the records that its format prepared, as one transaction.
 */
export function activationRecords(
  { image, config }: { readonly image: MetadataImage; readonly config: ConfigPort },
  bootstrapRecords: readonly MetadataRecord[],
): MetadataRecord[] {
  const records: MetadataRecord[] = []
  if (image.inTransaction) {
    records.push({ type: 'ABORT_TRANSACTION_RECORD', version: 0, data: { reason: 'Controller failover' } })
  }
  if (image.features.isSet) return records
  records.push({ type: 'BEGIN_TRANSACTION_RECORD', version: 0, data: { name: 'Bootstrap records' } })
  records.push(...bootstrapRecords)
  const elr = bootstrapRecords.some(
    ({ type, data }) =>
      type === 'FEATURE_LEVEL_RECORD' && data.name === ELIGIBLE_LEADER_REPLICAS && data.featureLevel > 0,
  )
  if (elr) records.push(...elrSafetyRecords({ image, config }))
  records.push({ type: 'END_TRANSACTION_RECORD', version: 0, data: {} })
  return records
}
