/**
 * A group's configuration: what is set for the group, and for the rest what the broker's keys of the same meaning say.
 *
 * The broker sets bounds to what a group may have, by keys such as `group.consumer.min.session.timeout.ms`.
 */
import { BrokerConfig, NO_PROPERTIES, type Properties } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { inherited, readable } from './inheritance.ts'
import type { Key, ValueOf } from './key.ts'
import { type BrokerKey, brokerKey } from './keys/broker.ts'
import { groupKeys } from './keys/group.ts'
import type { Setting } from './values.ts'

export type GroupKey = keyof typeof groupKeys
export type GroupValue<K extends GroupKey> = ValueOf<(typeof groupKeys)[K]>

const byName: ReadonlyMap<string, Key> = new Map(Object.entries(groupKeys))

export function groupKey(name: string): Key | undefined {
  return byName.get(name)
}

export class GroupConfig {
  /** What is set for the group itself. */
  readonly overrides: Properties
  readonly #settings: ReadonlyMap<string, Setting>

  private constructor(overrides: Properties, settings: ReadonlyMap<string, Setting>) {
    this.overrides = overrides
    this.#settings = settings
  }

  /** The configuration of a group with `overrides` on this broker; one that cannot be read counts as not set. */
  static of(overrides: Properties = NO_PROPERTIES, broker: BrokerConfig = BrokerConfig.parse()): GroupConfig {
    const settings = new Map<string, Setting>()
    for (const [name, key] of byName) {
      settings.set(name, readable(name, key, overrides) ?? inherited(key, broker))
    }
    return new GroupConfig(overrides, settings)
  }

  get<K extends GroupKey>(name: K): GroupValue<K> {
    return this.setting(name).value as GroupValue<K>
  }

  /** As `get`, with the exact text. */
  setting(name: GroupKey): Setting {
    return this.#settings.get(name)!
  }
}

/** The broker's smallest and largest value of a group's key, from keys such as `group.consumer.min.session.timeout.ms`. */
function boundsOf(name: string, broker: BrokerConfig): { readonly min: number; readonly max: number } {
  const [kind, ...rest] = name.split('.')
  // The limits of tasks leave out the `num.` that the keys themselves have.
  const what = rest.join('.').replace(/^num\./, '')
  const bound = (side: 'min' | 'max') => {
    const key = `group.${kind}.${side}.${what}`
    return brokerKey(key) === undefined ? undefined : Number(broker.get(key as BrokerKey))
  }
  return { min: bound('min') ?? Number.NEGATIVE_INFINITY, max: bound('max') ?? Number.POSITIVE_INFINITY }
}

/** Why `overrides` are refused for a group, in Kafka's words, for INVALID_CONFIG; undefined where they are fine. */
export function validateGroupConfigs(
  overrides: Properties,
  broker: BrokerConfig = BrokerConfig.parse(),
): string | undefined {
  try {
    checkGroup(overrides, broker)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

function checkGroup(overrides: Properties, broker: BrokerConfig): void {
  for (const name of overrides.keys()) {
    if (groupKey(name) === undefined) throw new ConfigError(`Unknown group config name: ${name}`)
  }
  const tags = overrides.get('streams.rack.aware.assignment.tags')?.split(',') ?? []
  if (new Set(tags.map((tag) => tag.trim())).size < tags.length) {
    throw new ConfigError('streams.rack.aware.assignment.tags must not contain duplicate tag keys.')
  }
  for (const [name, text] of overrides) groupKey(name)!.parse(name, text)
  const config = GroupConfig.of(overrides, broker)
  for (const name of overrides.keys()) checkBounds(name, Number(config.get(name as GroupKey)), broker)
  checkAssignor(config, broker)
  for (const kind of ['consumer', 'share', 'streams'] as const) {
    const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`] as const
    if (config.get(session) <= config.get(heartbeat)) {
      throw new ConfigError(`${session} must be greater than ${heartbeat}`)
    }
  }
  if (config.get('errors.deadletterqueue.topic.name').startsWith('__')) {
    throw new ConfigError("errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'")
  }
}

function checkBounds(name: string, value: number, broker: BrokerConfig): void {
  const { min, max } = boundsOf(name, broker)
  if (!(value < min || value > max)) return
  if (Number.isFinite(min) && Number.isFinite(max)) {
    throw new ConfigError(`${name} must be in the range ${min} to ${max} inclusive.`)
  }
  const rule = value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`
  throw new ConfigError(`${name} must be ${rule}`)
}

function checkAssignor(config: GroupConfig, broker: BrokerConfig): void {
  const name = config.get('streams.assignor.name')
  const known = broker.get('group.streams.assignors')
  if (name === null || known.includes(name)) return
  const registered = `Registered assignors are: [${known.join(', ')}].`
  throw new ConfigError(`streams.assignor.name '${name}' is not a registered task assignor. ${registered}`)
}
