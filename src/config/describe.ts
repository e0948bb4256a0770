/**
 * What DescribeConfigs tells of a resource: each key with its value, where the value comes from, and what would count
 * without it, highest precedence first (its synonyms).
 *
 * Secrets are never told. Neither are keys that no table has: nobody knows whether they are secrets.
 */
import { type BrokerConfig, baseName, type Properties } from './broker-config.ts'
import type { Key, KeyType } from './key.ts'
import { type BrokerKey, brokerKey, brokerKeys } from './keys/broker.ts'
import { topicKeys } from './keys/topic.ts'
import type { TopicConfig, TopicKey } from './topic-config.ts'

/** Kafka's numbers for where a value comes from. */
export const ConfigSource = {
  UNKNOWN: 0,
  TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
  DYNAMIC_BROKER_LOGGER: 6,
  CLIENT_METRICS: 7,
  GROUP: 8,
} as const
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource]

/** Kafka's numbers for the types of values. */
const TYPES: Readonly<Record<KeyType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}
const UNKNOWN_TYPE = 0

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/** One key of a resource, in the shape of DescribeConfigs' answer. */
export interface ConfigEntry {
  readonly name: string
  /** Null for a secret, and where there is no value. */
  readonly value: string | null
  readonly readOnly: boolean
  readonly source: ConfigSource
  readonly isSensitive: boolean
  readonly synonyms: readonly ConfigSynonym[]
  readonly type: number
  readonly documentation: string | null
}

/** All keys of a broker: those of the table that are not internal, and whatever else is set. */
export function describeBroker(config: BrokerConfig): ConfigEntry[] {
  const names = new Set(Object.keys(brokerKeys).filter((name) => !brokerKey(name)!.internal))
  const { fixed, dynamicDefault, dynamic } = config.layers
  for (const layer of [fixed, dynamicDefault, dynamic]) {
    for (const name of layer.keys()) names.add(name)
  }
  return [...names].sort().map((name) => describeBrokerKey(config, name, brokerSynonyms(config, name)))
}

/** What is set for all brokers of the cluster at once. */
export function describeBrokerDefaults(config: BrokerConfig): ConfigEntry[] {
  return [...config.layers.dynamicDefault.keys()].sort().map((name) => {
    const synonyms = brokerSynonyms(config, name)
    return describeBrokerKey(
      config,
      name,
      synonyms.filter(({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER),
    )
  })
}

function describeBrokerKey(config: BrokerConfig, name: string, synonyms: ConfigSynonym[]): ConfigEntry {
  const base = baseName(name)
  const key: Key | undefined = base === undefined ? undefined : brokerKeys[base]
  const isSensitive = key === undefined || key.type === 'PASSWORD'
  const own = config.own(name) ?? (base === name ? key?.default : undefined)
  return {
    name,
    value: isSensitive ? null : (own?.text ?? null),
    readOnly: key === undefined || key.update === 'read-only',
    source: synonyms[0]?.source ?? ConfigSource.DEFAULT,
    isSensitive,
    synonyms,
    type: key === undefined ? UNKNOWN_TYPE : TYPES[key.type],
    documentation: base === name ? key!.doc : null,
  }
}

/** Keys that mean the same in coarser units: asking for one tells of all. */
const FAMILIES: readonly (readonly BrokerKey[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
]

/** `name` and what counts where it is not set. */
function synonymNames(name: string): readonly string[] {
  const family = FAMILIES.find((keys) => keys.some((key) => key === name))
  if (family !== undefined) return family
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  const base = baseName(name)
  return base === undefined || base === name ? [name] : [name, base]
}

function brokerSynonyms(config: BrokerConfig, name: string): ConfigSynonym[] {
  const names = synonymNames(name)
  const isSensitive = (brokerKey(baseName(name) ?? '')?.type ?? 'PASSWORD') === 'PASSWORD'
  const layers: [ConfigSource, (name: string) => string | null | undefined][] = [
    [ConfigSource.DYNAMIC_BROKER, (synonym) => config.layers.dynamic.get(synonym)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER, (synonym) => config.layers.dynamicDefault.get(synonym)],
    [ConfigSource.STATIC_BROKER, (synonym) => config.layers.fixed.get(synonym)],
    [ConfigSource.DEFAULT, (synonym) => brokerKey(synonym)?.default.text],
  ]
  const synonyms: ConfigSynonym[] = []
  for (const [source, textOf] of layers) {
    for (const synonym of names) {
      const text = textOf(synonym)
      if (text != null) synonyms.push({ name: synonym, value: isSensitive ? null : text, source })
    }
  }
  // Kafka tells what counts from the first mention of the name itself on.
  const first = synonyms.findIndex((synonym) => synonym.name === name)
  return first < 0 ? [] : synonyms.slice(first)
}

/** All keys of a topic that are not internal, and the internal ones that are set. */
export function describeTopic(config: TopicConfig, broker: BrokerConfig): ConfigEntry[] {
  return describeResource(
    topicKeys,
    config.overrides,
    ConfigSource.TOPIC,
    broker,
    (name) => config.setting(name as TopicKey).text,
  )
}

export function describeResource(
  keys: Readonly<Record<string, Key>>,
  overrides: Properties,
  source: ConfigSource,
  broker: BrokerConfig,
  textOf: (name: string) => string | null,
): ConfigEntry[] {
  const names = Object.keys(keys).filter((name) => !keys[name]!.internal || overrides.has(name))
  return names.map((name) => {
    const key = keys[name]!
    const value = textOf(name)
    const synonyms = key.broker === undefined ? [] : brokerSynonyms(broker, key.broker)
    if (overrides.has(name)) synonyms.unshift({ name, value, source })
    return {
      name,
      value,
      readOnly: false,
      source: synonyms[0]?.source ?? ConfigSource.DEFAULT,
      isSensitive: false,
      synonyms,
      type: TYPES[key.type],
      documentation: key.doc,
    }
  })
}
