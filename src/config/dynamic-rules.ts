/**
 * What may be set on a broker while it runs, and for whom. Kafka's rules, in Kafka's words.
 */
import type { BrokerConfig, Properties } from './broker-config.ts'
import { baseName } from './broker-names.ts'
import { ConfigError } from './config-error.ts'
import { brokerKey } from './keys/broker.ts'

/** Keys of TLS that a listener has for itself alone, because connections of others may be using them. */
const ONLY_UNDER_LISTENER = [
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
]

/**
 * Why this broker may not have these dynamic values, of its own (`dynamic`) or as those of all brokers
 * (`dynamicDefault`); undefined where it may. `overrides` is all that would then be set there.
 */
export function validateDynamicConfigs(
  config: BrokerConfig,
  layer: 'dynamic' | 'dynamicDefault',
  overrides: Properties,
): string | undefined {
  try {
    checkNames([...overrides.keys()], layer)
    const { dynamic, dynamicDefault } = config.layers
    if (layer === 'dynamic') config.withDynamic(overrides, dynamicDefault)
    else config.withDynamic(dynamic, overrides)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

function checkNames(names: readonly string[], layer: 'dynamic' | 'dynamicDefault'): void {
  refuse(
    names.filter((name) => brokerKey(name)?.update === 'read-only'),
    'Cannot update these configs dynamically',
  )
  refuse(
    names.filter((name) => ONLY_UNDER_LISTENER.includes(name)),
    'These security configs can be dynamically updated only per-listener using the listener prefix',
  )
  if (layer === 'dynamic') return
  refuse(names.filter(isPerBroker), 'Cannot update these configs at default cluster level, broker id must be specified')
}

function isPerBroker(name: string): boolean {
  const base = baseName(name)
  if (base === undefined) return false
  const { update } = brokerKey(base)!
  return base === name ? update === 'per-broker' : update !== 'cluster-wide'
}

function refuse(names: readonly string[], why: string): void {
  if (names.length > 0) throw new ConfigError(`${why}: [${names.join(', ')}]`)
}
