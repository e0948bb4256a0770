/** How topics and groups come to the values that are not set for them. */
import type { BrokerConfig, Properties } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { Key } from './key.ts'
import type { BrokerKey } from './keys/broker.ts'
import type { Setting } from './values.ts'

/**
 * The value of a key where the resource has none of its own: that of the broker's key, or the default. Of a list that the
 * broker offers, the resource has the first item.
 */
export function inherited(key: Key, broker: BrokerConfig): Setting {
  if (key.broker === undefined) return key.default
  const setting = broker.setting(key.broker as BrokerKey)
  // A broker says "keep for ever" by any negative number, a topic by -1 alone.
  if (key.broker === 'log.retention.ms' && Number(setting.value) < 0) return { value: -1, text: '-1' }
  if (key.type !== 'STRING' || !Array.isArray(setting.value)) return setting
  const first: string | null = setting.value[0] ?? null
  return { value: first, text: first }
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
