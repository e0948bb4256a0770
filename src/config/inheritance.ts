/** How topics and groups come to the values that are not set for them. */
import type { BrokerConfig, Properties } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { Key } from './key.ts'
import type { BrokerKey } from './keys/broker.ts'
import type { Setting } from './values.ts'

/** The value of a key where the resource has none of its own: that of the broker's key, or the default. */
export function inherited(key: Key, broker: BrokerConfig): Setting {
  return key.broker === undefined ? key.default : broker.setting(key.broker as BrokerKey)
}

/**
 * The value that is set for the resource. It was validated when it was set; where it cannot be read nevertheless, because
 * another release wrote it, it counts as not set.
 */
export function readable(name: string, key: Key, overrides: Properties): Setting | undefined {
  const text = overrides.get(name)
  if (text === undefined) return undefined
  try {
    return key.parse(name, text)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}
