/** Every key that a broker has: Kafka's by their subject, and our own. */
import type { Key, ValueOf } from '../key.ts'
import { groupsKeys } from './groups.ts'
import { logKeys } from './log.ts'
import { networkKeys } from './network.ts'
import { nodeKeys } from './node.ts'
import { operationsKeys } from './operations.ts'
import { ottlaKeys } from './ottla.ts'
import { remoteKeys } from './remote.ts'
import { replicationKeys } from './replication.ts'
import { securityKeys } from './security.ts'
import { shareKeys } from './share.ts'
import { transactionKeys } from './transactions.ts'

export const brokerKeys = {
  ...nodeKeys,
  ...networkKeys,
  ...logKeys,
  ...replicationKeys,
  ...groupsKeys,
  ...transactionKeys,
  ...shareKeys,
  ...securityKeys,
  ...remoteKeys,
  ...operationsKeys,
  ...ottlaKeys,
} as const

export type BrokerKey = keyof typeof brokerKeys
export type BrokerValue<K extends BrokerKey> = ValueOf<(typeof brokerKeys)[K]>

const byName: ReadonlyMap<string, Key> = new Map(Object.entries(brokerKeys))

export function brokerKey(name: string): Key | undefined {
  return byName.get(name)
}
