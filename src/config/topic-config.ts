/**
 * A topic's configuration: what is set for the topic, and for the rest what the broker's keys of the same meaning say.
 *
 * It does not change: when the topic's or the broker's values do, whoever holds one makes another.
 */
import { BrokerConfig, NO_PROPERTIES, type Properties } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { inherited, readable } from './inheritance.ts'
import type { Key, ValueOf } from './key.ts'
import { topicKeys } from './keys/topic.ts'
import type { Setting } from './values.ts'

export type TopicKey = keyof typeof topicKeys
export type TopicValue<K extends TopicKey> = ValueOf<(typeof topicKeys)[K]>

const byName: ReadonlyMap<string, Key> = new Map(Object.entries(topicKeys))

export function topicKey(name: string): Key | undefined {
  return byName.get(name)
}

export class TopicConfig {
  /** What is set for the topic itself. */
  readonly overrides: Properties
  readonly #settings: ReadonlyMap<string, Setting>

  private constructor(overrides: Properties, settings: ReadonlyMap<string, Setting>) {
    this.overrides = overrides
    this.#settings = settings
  }

  /** The configuration of a topic with `overrides` on this broker; one that cannot be read counts as not set. */
  static of(overrides: Properties = NO_PROPERTIES, broker: BrokerConfig = BrokerConfig.parse()): TopicConfig {
    const settings = new Map<string, Setting>()
    for (const [name, key] of byName) settings.set(name, settingOf(name, key, overrides, broker))
    return new TopicConfig(overrides, settings)
  }

  /** The value of one key in the configuration that `of` would give, without the others. */
  static valueOf<K extends TopicKey>(name: K, overrides: Properties, broker: BrokerConfig): TopicValue<K> {
    return settingOf(name, byName.get(name)!, overrides, broker).value as TopicValue<K>
  }

  get<K extends TopicKey>(name: K): TopicValue<K> {
    return this.setting(name).value as TopicValue<K>
  }

  /** As `get`, with the exact text. */
  setting(name: TopicKey): Setting {
    return this.#settings.get(name)!
  }

  /** The size at which a segment is closed: `internal.segment.bytes`, for tests, may be smaller than is good. */
  get segmentBytes(): number {
    return this.get('internal.segment.bytes') ?? this.get('segment.bytes')
  }

  get isCompacted(): boolean {
    return this.get('cleanup.policy').includes('compact')
  }

  get isDeleted(): boolean {
    return this.get('cleanup.policy').includes('delete')
  }
}

/**
 * Why `overrides` are refused for a topic, in Kafka's words, for INVALID_CONFIG; undefined where they are fine. `broker`
 * gives the values that are not set, as some keys are checked against each other.
 */
export function validateTopicConfigs(
  overrides: Properties,
  broker: BrokerConfig = BrokerConfig.parse(),
): string | undefined {
  try {
    checkTopic(overrides, broker)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

function checkTopic(overrides: Properties, broker: BrokerConfig): void {
  for (const name of overrides.keys()) {
    if (topicKey(name) === undefined) throw new ConfigError(`Unknown topic config name: ${name}`)
  }
  for (const [name, text] of overrides) topicKey(name)!.parse(name, text)
  const [min, max] = [
    TopicConfig.valueOf('min.compaction.lag.ms', overrides, broker),
    TopicConfig.valueOf('max.compaction.lag.ms', overrides, broker),
  ]
  if (min > max) {
    const conflict = `min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`
    throw new ConfigError(`conflict topic config setting ${conflict}`)
  }
  if (TopicConfig.valueOf('remote.storage.enable', overrides, broker)) {
    throw new ConfigError(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  }
}

function settingOf(name: string, key: Key, overrides: Properties, broker: BrokerConfig): Setting {
  return readable(name, key, overrides) ?? inherited(key, broker)
}
