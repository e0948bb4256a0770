import type { MetadataRecord, RecordData } from '../metadata-record.ts'
import type { ChangeLog } from './change-log.ts'

/** What a configuration belongs to, by the numbers of the wire. */
export const ConfigResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const

/** One thing that is configured. A broker's name is its id in decimal; `''` is the default of all brokers. */
export interface ConfigResource {
  /** One of `ConfigResourceType`. */
  readonly type: number
  readonly name: string
}

/** Names a resource in maps. */
export function keyOf({ type, name }: ConfigResource): string {
  return `${type}:${name}`
}

const NONE: ReadonlyMap<string, string> = new Map()

/** Dynamic configurations: what was set, not what is in effect (that takes the defaults too). */
export class ConfigsImage {
  readonly #resources = new Map<string, { readonly resource: ConfigResource; readonly values: Map<string, string> }>()

  /** What is set for a resource; empty where nothing is. */
  of(type: number, name: string): ReadonlyMap<string, string> {
    return this.#resources.get(keyOf({ type, name }))?.values ?? NONE
  }

  /** The resources that have something set. */
  *resources(): Iterable<ConfigResource> {
    for (const { resource } of this.#resources.values()) yield resource
  }

  set(data: RecordData<'CONFIG_RECORD'>, changes?: ChangeLog): void {
    const resource = { type: data.resourceType, name: data.resourceName }
    const key = keyOf(resource)
    const known = this.#resources.get(key)
    if (data.value !== null) {
      if (known === undefined) this.#resources.set(key, { resource, values: new Map([[data.name, data.value]]) })
      else known.values.set(data.name, data.value)
    } else if (known !== undefined) {
      known.values.delete(data.name)
      if (known.values.size === 0) this.#resources.delete(key)
    }
    changes?.configChanged(resource)
  }

  /** Forgets a resource that is gone. */
  removeAll(resource: ConfigResource): void {
    this.#resources.delete(keyOf(resource))
  }

  *records(): Iterable<MetadataRecord> {
    for (const { resource, values } of this.#resources.values()) {
      for (const [name, value] of values) yield configRecord(resource, name, value)
    }
  }

  copy(): ConfigsImage {
    const copy = new ConfigsImage()
    for (const [key, { resource, values }] of this.#resources) {
      copy.#resources.set(key, { resource, values: new Map(values) })
    }
    return copy
  }
}

/** Sets `name`, or removes it where `value` is null. */
export function configRecord(
  { type, name: resourceName }: ConfigResource,
  name: string,
  value: string | null,
): MetadataRecord {
  return { type: 'CONFIG_RECORD', version: 0, data: { resourceType: type, resourceName, name, value } }
}
