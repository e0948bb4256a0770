/**
 * A broker's configuration: what the file and the command line say (static), what was set for all brokers of the
 * cluster (dynamic default) and for this one (dynamic), in rising precedence.
 *
 * The static part is checked as a whole before the broker starts: each key, and the keys against each other. The dynamic
 * parts come out of the metadata log and were checked when they were set; what cannot be read in them nevertheless
 * (another release wrote it) is left out and said, because a running broker must go on running.
 *
 * Invariant: every key of the table has a valid value at any time; listeners are told after all values have changed.
 */
import { type BrokerListeners, resolveListeners } from './broker-listeners.ts'
import { baseName, underListener } from './broker-names.ts'
import { checkBroker } from './broker-rules.ts'
import { ConfigError } from './config-error.ts'
import type { Key } from './key.ts'
import { type BrokerKey, type BrokerValue, brokerKeys } from './keys/broker.ts'
import type { Setting } from './values.ts'

/** Keys and the texts of their values, as a file or a request gives them. */
export type Properties = ReadonlyMap<string, string>

export const NO_PROPERTIES: Properties = new Map()

/** The layers a value may come from, the highest precedence first. */
export interface Layers {
  readonly dynamic: Properties
  readonly dynamicDefault: Properties
  readonly static: Properties
}

export type ChangeListener = (changed: ReadonlySet<BrokerKey>) => void

export class BrokerConfig {
  /** What an operator should hear of the static configuration; nothing in it keeps the broker from starting. */
  readonly warnings: readonly string[]
  #layers: Layers
  /** By the name that sets it: a key's own, or one under a listener's prefix. */
  #settings: ReadonlyMap<string, Setting>
  #listeners: BrokerListeners
  readonly #changeListeners = new Set<ChangeListener>()

  private constructor(layers: Layers, settings: ReadonlyMap<string, Setting>) {
    this.#layers = layers
    this.#settings = settings
    this.#listeners = resolveListeners(this)
    this.warnings = [...unknownNames(layers.static), ...checkBroker(this)]
  }

  /** Reads a static configuration. Throws a `ConfigError` that says what is wrong, where, with which value. */
  static parse(properties: Properties | Readonly<Record<string, string>> = NO_PROPERTIES): BrokerConfig {
    const given = properties instanceof Map ? properties : new Map(Object.entries(properties))
    const layers = { dynamic: NO_PROPERTIES, dynamicDefault: NO_PROPERTIES, static: withNodeId(given) }
    return new BrokerConfig(layers, settle(layers))
  }

  /** The value of a key; where it has none of its own, by its fallback or its default. */
  get<K extends BrokerKey>(name: K): BrokerValue<K> {
    return this.setting(name).value as BrokerValue<K>
  }

  /** As `get`, for one listener, which may have its own value. */
  getFor<K extends BrokerKey>(listenerName: string, name: K): BrokerValue<K> {
    const own = this.#settings.get(underListener(listenerName, name))
    return own === undefined ? this.get(name) : (own.value as BrokerValue<K>)
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

  /** What is set by `name` itself, which may be under a listener's prefix. */
  own(name: string): Setting | undefined {
    return this.#settings.get(name)
  }

  /** Where the broker listens and what it advertises. */
  get listeners(): BrokerListeners {
    return this.#listeners
  }

  /** What each layer sets, in its own text. */
  get layers(): Layers {
    return this.#layers
  }

  /** The configuration that this one would be with other dynamic parts. Throws a `ConfigError` where it would be wrong. */
  withDynamic(dynamic: Properties, dynamicDefault: Properties): BrokerConfig {
    const layers = { dynamic, dynamicDefault, static: this.#layers.static }
    return new BrokerConfig(layers, settle(layers))
  }

  /**
   * Takes the dynamic parts as they are now in the metadata and tells the listeners which keys have another value than
   * before. Returns what could not be read, for the log.
   */
  setDynamic(dynamic: Properties, dynamicDefault: Properties): readonly string[] {
    const unread: string[] = []
    const names = Object.keys(brokerKeys) as BrokerKey[]
    const before = names.map((name) => this.setting(name).text)
    this.#layers = { dynamic, dynamicDefault, static: this.#layers.static }
    this.#settings = settle(this.#layers, unread)
    const changed = new Set(names.filter((name, index) => this.setting(name).text !== before[index]))
    if (changed.size > 0) {
      for (const listener of this.#changeListeners) listener(changed)
    }
    return unread
  }

  /** Has `listener` called with the keys whose values have changed. Returns what ends it. */
  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }
}

/** Parses all layers, the lowest first; what cannot be read is told to `unread`, or thrown where there is none. */
function settle(layers: Layers, unread?: string[]): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>()
  for (const properties of [layers.static, layers.dynamicDefault, layers.dynamic]) {
    for (const [name, text] of properties) {
      const base = baseName(name)
      if (base === undefined) continue
      try {
        settings.set(name, brokerKeys[base].parse(name, text))
      } catch (error) {
        if (unread === undefined || !(error instanceof ConfigError)) throw error
        unread.push(error.message)
      }
    }
  }
  return settings
}

function unknownNames(properties: Properties): string[] {
  const unknown = [...properties.keys()].filter((name) => baseName(name) === undefined)
  return unknown.map((name) => `The configuration '${name}' was supplied but is not known.`)
}

/** `broker.id` is the older name of `node.id`: either gives the other. */
function withNodeId(properties: Properties): Properties {
  const id = properties.get('node.id') ?? properties.get('broker.id')
  return id === undefined ? properties : new Map([['node.id', id], ['broker.id', id], ...properties])
}

/** Below -1, as below 0 in Kafka, nothing is meant but "no limit". */
function scaled(setting: Setting, factor: number): Setting {
  if (factor === 1) return setting
  const value = Math.max((setting.value as number) * factor, -1)
  return { value, text: String(value) }
}
