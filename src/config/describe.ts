/**
 * What DescribeConfigs tells of a resource: each key with its value, where the value comes from, and what would count
 * without it, highest precedence first (its synonyms).
 *
 * Secrets are never told. Neither are keys that no table has: nobody knows whether they are secrets.
 */
import type { BrokerConfig, Properties } from './broker-config.ts'
import { baseName } from './broker-names.ts'
import type { GroupConfig, GroupKey } from './group-config.ts'
import { readable } from './inheritance.ts'
import type { Key, KeyType } from './key.ts'
import { brokerKey, brokerKeys } from './keys/broker.ts'
import { clientMetricsKeys } from './keys/client-metrics.ts'
import { groupKeys } from './keys/group.ts'
import { topicKeys } from './keys/topic.ts'
import type { LogLevels } from './log-levels.ts'
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
  const listed = Object.entries<Key>(brokerKeys).filter(([, key]) => !key.internal && !key.onlyDynamic)
  const { static: fixed, dynamicDefault, dynamic } = config.layers
  const names = new Set(
    [listed.map(([name]) => name), fixed.keys(), dynamicDefault.keys(), dynamic.keys()].flatMap((each) => [...each]),
  )
  return [...names].sort().map((name) => {
    const base = baseName(name)
    const own = config.own(name) ?? (base === name ? brokerKey(name)!.default : undefined)
    return brokerEntry(name, own?.text ?? null, brokerSynonyms(config, name))
  })
}

/** What is set for all brokers of the cluster at once, as it was set. */
export function describeBrokerDefaults(config: BrokerConfig): ConfigEntry[] {
  return [...config.layers.dynamicDefault].map(([name, text]) => {
    const synonyms = brokerSynonyms(config, name)
    return brokerEntry(
      name,
      text,
      synonyms.filter(({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER),
    )
  })
}

function brokerEntry(name: string, text: string | null, synonyms: readonly ConfigSynonym[]): ConfigEntry {
  const key = brokerKey(baseName(name) ?? '')
  const own = brokerKey(name)
  const isSensitive = isSecret(key)
  return {
    name,
    value: isSensitive ? null : text,
    // Only a key's own name counts: what is set under a listener's prefix is shown as read-only, as Kafka does.
    readOnly: own === undefined || own.update === 'read-only',
    source: synonyms[0]?.source ?? ConfigSource.DEFAULT,
    isSensitive,
    synonyms,
    type: key === undefined ? UNKNOWN_TYPE : TYPES[key.type],
    documentation: own?.doc ?? null,
  }
}

function isSecret(key: Key | undefined): boolean {
  return key === undefined || key.type === 'PASSWORD'
}

/** Keys of one meaning in finer and coarser units: to ask for one is to be told of all. */
const FAMILIES = Object.entries<Key>(brokerKeys)
  .filter(([, { fallback }]) => fallback.some(({ factor }) => factor !== undefined))
  .map(([name, { fallback }]) => [name, ...fallback.map(({ key }) => key)])

/** `name` and what counts where it is not set. */
function synonymNames(name: string): readonly string[] {
  const family = FAMILIES.find((keys) => keys.includes(name))
  if (family !== undefined) return family
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  const base = baseName(name)
  return base === undefined || base === name ? [name] : [name, base]
}

/** Kafka tells of no default where a key is only ever set while a broker runs. */
function defaultText(name: string): string | null | undefined {
  const key = brokerKey(name)
  return key?.onlyDynamic ? null : key?.default.text
}

function brokerSynonyms(config: BrokerConfig, name: string): ConfigSynonym[] {
  const names = synonymNames(name)
  const isSensitive = isSecret(brokerKey(baseName(name) ?? ''))
  const layers: [ConfigSource, (name: string) => string | null | undefined][] = [
    [ConfigSource.DYNAMIC_BROKER, (synonym) => config.layers.dynamic.get(synonym)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER, (synonym) => config.layers.dynamicDefault.get(synonym)],
    [ConfigSource.STATIC_BROKER, (synonym) => config.layers.static.get(synonym)],
    [ConfigSource.DEFAULT, defaultText],
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

/** All keys of a topic, with what the broker's keys of the same meaning say. */
export function describeTopic(config: TopicConfig, broker: BrokerConfig): ConfigEntry[] {
  return describeResource(topicKeys, config.overrides, {
    source: ConfigSource.TOPIC,
    textOf: (name) => config.setting(name as TopicKey).text,
    inheritedFrom: (key) => (key.broker === undefined ? [] : brokerSynonyms(broker, key.broker)),
  })
}

/** All keys of a group, with what the broker's keys of the same meaning say. */
export function describeGroup(config: GroupConfig, broker: BrokerConfig): ConfigEntry[] {
  return describeResource(groupKeys, config.overrides, {
    source: ConfigSource.GROUP,
    textOf: (name) => config.setting(name as GroupKey).text,
    inheritedFrom: (key, name) =>
      key.broker === undefined ? defaultOf(key, name) : brokerSynonyms(broker, key.broker),
  })
}

/** All keys of a subscription to clients' metrics. */
export function describeClientMetrics(overrides: Properties): ConfigEntry[] {
  const keys: Readonly<Record<string, Key>> = clientMetricsKeys
  return describeResource(keys, overrides, {
    source: ConfigSource.CLIENT_METRICS,
    textOf: (name) => (readable(name, keys[name]!, overrides) ?? keys[name]!.default).text,
    inheritedFrom: () => [],
  })
}

/** The loggers of a broker and their levels. */
export function describeLoggers(levels: LogLevels): ConfigEntry[] {
  return [...levels].map(([name, level]) => ({
    name,
    value: level,
    readOnly: false,
    source: ConfigSource.DYNAMIC_BROKER_LOGGER,
    isSensitive: false,
    synonyms: [],
    type: UNKNOWN_TYPE,
    documentation: null,
  }))
}

function defaultOf(key: Key, name: string): ConfigSynonym[] {
  return key.default.text === null ? [] : [{ name, value: key.default.text, source: ConfigSource.DEFAULT }]
}

function describeResource(
  keys: Readonly<Record<string, Key>>,
  overrides: Properties,
  {
    source,
    textOf,
    inheritedFrom,
  }: {
    readonly source: ConfigSource
    readonly textOf: (name: string) => string | null
    readonly inheritedFrom: (key: Key, name: string) => readonly ConfigSynonym[]
  },
): ConfigEntry[] {
  const listed = Object.entries(keys).filter(([name, key]) => !key.internal || overrides.has(name))
  return listed.map(([name, key]) => {
    const value = textOf(name)
    const own = overrides.has(name) ? [{ name, value, source }] : []
    const synonyms = [...own, ...inheritedFrom(key, name)]
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
