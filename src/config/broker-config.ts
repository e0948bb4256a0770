/**
 * A broker's configuration: what the file and the command line say (static), what was set for all brokers of the
 * cluster (dynamic default) and for this one (dynamic), in rising precedence.
 *
 * The static part is checked as a whole before the broker starts, each key and the keys against each other, in Kafka's
 * words. The dynamic parts come out of the metadata log, checked when they were set; what cannot be read in them (another
 * broker's release wrote it) is left out and said, because a running broker must go on running.
 *
 * Invariant: every key of the table has a valid value at any time; listeners are told after all values have changed.
 */
import { type BrokerListeners, resolveListeners } from './broker-listeners.ts'
import { checkBroker } from './broker-rules.ts'
import { ConfigError } from './config-error.ts'
import type { Key } from './key.ts'
import { type BrokerKey, type BrokerValue, brokerKey, brokerKeys } from './keys/broker.ts'
import type { Setting } from './values.ts'

/** Keys and the texts of their values, as a file or a request gives them. */
export type Properties = ReadonlyMap<string, string>

/** The layers a value may come from, highest precedence first. */
export interface Layers {
  readonly dynamic: Properties
  readonly dynamicDefault: Properties
  readonly fixed: Properties
}

export type ChangeListener = (changed: ReadonlySet<BrokerKey>) => void

const NONE: Properties = new Map()

export class BrokerConfig {
  /** What an operator should hear of the static configuration; nothing in it keeps the broker from starting. */
  readonly warnings: readonly string[]
  #layers: Layers
  #settings: ReadonlyMap<string, Setting>
  #endpoints: BrokerListeners | undefined
  readonly #listeners = new Set<ChangeListener>()

  private constructor(layers: Layers, settings: ReadonlyMap<string, Setting>, warnings: readonly string[]) {
    this.#layers = layers
    this.#settings = settings
    this.warnings = warnings
  }

  /** Reads a static configuration. Throws a `ConfigError` that says what is wrong, where, with which value. */
  static parse(properties: Properties | Readonly<Record<string, string>> = NONE): BrokerConfig {
    const fixed = withSynonyms(properties instanceof Map ? properties : new Map(Object.entries(properties)))
    const settings = new Map<string, Setting>()
    const warnings: string[] = []
    for (const [name, text] of fixed) {
      const setting = parseNamed(name, text)
      if (setting === undefined) warnings.push(`The configuration '${name}' was supplied but is not known.`)
      else settings.set(name, setting)
    }
    const config = new BrokerConfig({ dynamic: NONE, dynamicDefault: NONE, fixed }, settings, warnings)
    config.#endpoints = resolveListeners(config)
    warnings.push(...checkBroker(config, config.#endpoints))
    return config
  }

  /** The value of a key; where it has none of its own, by its fallback or its default. */
  get<K extends BrokerKey>(name: K): BrokerValue<K> {
    return this.setting(name).value as BrokerValue<K>
  }

  /** As `get`, with the exact text. */
  setting(name: BrokerKey): Setting {
    const key: Key = brokerKeys[name]
    const own = this.#settings.get(name) ?? key.default
    if (own.text !== null) return own
    for (const { key: other, factor = 1 } of key.fallback) {
      const setting = this.setting(other as BrokerKey)
      if (setting.text !== null) return scaled(setting, factor)
    }
    return own
  }

  /** What is set by `name` itself, also under a listener's prefix or a name that is not in the table. */
  own(name: string): Setting | undefined {
    return this.#settings.get(name)
  }

  /** True where the static configuration sets `name`, to its default value or another. */
  isSet(name: BrokerKey): boolean {
    return this.#layers.fixed.has(name)
  }

  /** Where the broker listens and what it advertises. */
  get listeners(): BrokerListeners {
    this.#endpoints ??= resolveListeners(this)
    return this.#endpoints
  }

  /** What each layer sets, by its own text. */
  get layers(): Layers {
    return this.#layers
  }

  /**
   * Takes the dynamic parts as they are now in the metadata and tells the listeners which keys have another value than
   * before. Returns what could not be read, for the log.
   */
  setDynamic(dynamic: Properties, dynamicDefault: Properties): readonly string[] {
    const unread: string[] = []
    const settings = new Map<string, Setting>()
    const { fixed } = this.#layers
    for (const layer of [fixed, dynamicDefault, dynamic]) {
      for (const [name, text] of layer) {
        try {
          const setting = parseNamed(name, text)
          if (setting !== undefined) settings.set(name, setting)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          unread.push(error.message)
        }
      }
    }
    const before = this.#settings
    const names = Object.keys(brokerKeys) as BrokerKey[]
    const textsBefore = names.map((name) => this.setting(name).text)
    this.#layers = { dynamic, dynamicDefault, fixed }
    this.#settings = settings
    const changed = new Set(names.filter((name, index) => this.setting(name).text !== textsBefore[index]))
    if (changed.size > 0 || before.size !== settings.size) {
      for (const listener of this.#listeners) listener(changed)
    }
    return unread
  }

  /** Has `listener` called with the keys whose values have changed. Returns what ends it. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

const LISTENER_KEY = /^listener\.name\.[^.]*\.(.*)$/

/** Keys that a SASL mechanism may have of its own: `listener.name.<listener>.<mechanism>.<key>`. */
const MECHANISM_KEYS: readonly BrokerKey[] = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
]

/** The table's name for `name`, which may have a listener's prefix. Undefined where the table has no such key. */
export function baseName(name: string): BrokerKey | undefined {
  const rest = LISTENER_KEY.exec(name)?.[1]
  if (rest === undefined) return brokerKey(name) === undefined ? undefined : (name as BrokerKey)
  const mechanism = MECHANISM_KEYS.find((key) => rest.endsWith(key))
  return mechanism ?? (brokerKey(rest) === undefined ? undefined : (rest as BrokerKey))
}

function parseNamed(name: string, text: string): Setting | undefined {
  const base = baseName(name)
  return base === undefined ? undefined : brokerKeys[base].parse(name, text)
}

/** `broker.id` is the older name of `node.id`: either gives the other. */
function withSynonyms(properties: Properties): Properties {
  const node = properties.get('node.id') ?? properties.get('broker.id')
  if (node === undefined) return properties
  return new Map([['node.id', node], ['broker.id', node], ...properties])
}

function scaled(setting: Setting, factor: number): Setting {
  if (factor === 1) return setting
  const value = Math.max((setting.value as number) * factor, -1)
  return { value, text: String(value) }
}
