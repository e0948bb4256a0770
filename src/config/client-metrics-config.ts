/**
 * The configuration of a subscription to the metrics of clients (KIP-714).
 */
import type { Properties } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { Key } from './key.ts'
import { clientMetricsKeys } from './keys/client-metrics.ts'

const byName: ReadonlyMap<string, Key> = new Map(Object.entries(clientMetricsKeys))

/** A refusal by the name of Kafka's error: not every one is INVALID_CONFIG here. */
export interface ClientMetricsRefusal {
  readonly error: 'INVALID_CONFIG' | 'INVALID_REQUEST'
  readonly message: string
}

const INTERVAL_MIN_MS = 100
const INTERVAL_MAX_MS = 3_600_000

/** Why `overrides` are refused for the subscription `name`, in Kafka's words; undefined where they are fine. */
export function validateClientMetricsConfigs(name: string, overrides: Properties): ClientMetricsRefusal | undefined {
  if (name === '') return { error: 'INVALID_REQUEST', message: "Subscription name can't be empty" }
  for (const key of overrides.keys()) {
    if (byName.has(key)) continue
    return { error: 'INVALID_REQUEST', message: `Unknown client metrics configuration: ${key}` }
  }
  try {
    for (const [key, text] of overrides) byName.get(key)!.parse(key, text)
  } catch (error) {
    if (error instanceof ConfigError) return { error: 'INVALID_CONFIG', message: error.message }
    throw error
  }
  const intervalText = overrides.get('interval.ms')
  const intervalMs = Number(intervalText ?? INTERVAL_MIN_MS)
  if (intervalMs < INTERVAL_MIN_MS || intervalMs > INTERVAL_MAX_MS) {
    const rule = `interval must be between ${INTERVAL_MIN_MS} and ${INTERVAL_MAX_MS} (1 hour)`
    return { error: 'INVALID_REQUEST', message: `Invalid value ${intervalMs} for interval.ms, ${rule}` }
  }
  const patterns = clientMetricsKeys.match.parse('match', overrides.get('match') ?? '').value
  const wrong = patterns.find((pattern) => !isPattern(pattern))
  if (wrong === undefined) return undefined
  return { error: 'INVALID_CONFIG', message: `Illegal client matching pattern: ${wrong}` }
}

const PROPERTIES = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

function isPattern(text: string): boolean {
  const [property = '', expression, ...more] = text.split('=')
  if (expression === undefined || expression === '' || more.length > 0) return false
  if (!PROPERTIES.includes(property.trim())) return false
  try {
    new RegExp(expression.trim(), 'u')
    return true
  } catch {
    return false
  }
}
