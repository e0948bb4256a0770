/**
 * The names by which a broker's keys are set: their own, and those under a listener's prefix, as in
 * `listener.name.internal.ssl.client.auth`, which count for that listener alone.
 */
import { type BrokerKey, brokerKey } from './keys/broker.ts'

const UNDER_LISTENER = /^listener\.name\.[^.]*\.(.*)$/

/** Keys that a SASL mechanism may have of its own: `listener.name.<listener>.<mechanism>.<key>`. */
const OF_MECHANISMS: readonly BrokerKey[] = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
]

/** The table's key for `name`, which may be under a listener's prefix. Undefined where the table has none. */
export function baseName(name: string): BrokerKey | undefined {
  const rest = UNDER_LISTENER.exec(name)?.[1]
  if (rest === undefined) return tableName(name)
  return OF_MECHANISMS.find((key) => rest.endsWith(key)) ?? tableName(rest)
}

function tableName(name: string): BrokerKey | undefined {
  return brokerKey(name) === undefined ? undefined : (name as BrokerKey)
}

/** The name of `key` for one listener alone. */
export function underListener(listenerName: string, key: BrokerKey): string {
  return `listener.name.${listenerName.toLowerCase()}.${key}`
}
