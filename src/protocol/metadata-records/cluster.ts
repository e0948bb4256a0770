/** Metadata records of the cluster as a whole: configuration, features, quotas, producer ids. */
import { array, bool, float64, int8, int16, int32, int64, message, offset, string } from '../schema.ts'

/** A configuration value is set, or removed where `value` is null. */
export const configRecord = message(
  'ConfigRecord',
  { key: 4, versions: '0', flexible: '0+' },
  {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: string({ nullable: '0+' }),
  },
)

/** A feature is finalized at a level (KIP-584); metadata.version is the first record of a cluster. */
export const featureLevelRecord = message(
  'FeatureLevelRecord',
  { key: 12, versions: '0', flexible: '0+' },
  {
    name: string(),
    featureLevel: int16(),
  },
)

/** A quota is set or removed (KIP-546). */
export const clientQuotaRecord = message(
  'ClientQuotaRecord',
  { key: 14, versions: '0', flexible: '0+' },
  {
    entity: array({
      entityType: string(),
      entityName: string({ nullable: '0+' }),
    }),
    key: string(),
    value: float64(),
    remove: bool(),
  },
)

/** Producer ids below `nextProducerId` have been given out to brokers (KIP-730). */
export const producerIdsRecord = message(
  'ProducerIdsRecord',
  { key: 15, versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset({ default: -1 }),
    nextProducerId: int64(),
  },
)

/** Nothing; its offset alone shows that the controller is alive (KIP-835). */
export const noOpRecord = message('NoOpRecord', { key: 20, versions: '0', flexible: '0+' }, {})

/** How far a migration from ZooKeeper is (KIP-866). */
export const zkMigrationStateRecord = message(
  'ZkMigrationStateRecord',
  { key: 21, versions: '0', flexible: '0+' },
  {
    zkMigrationState: int8(),
  },
)
