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

const NONE: ReadonlyMap<string, string> = new Map()

/** Dynamic configurations: what was set, not what is in effect (that takes the defaults too). */
export class ConfigsImage {
  readonly #resources = new Map<string, { readonly resource: ConfigResource; readonly values: Map<string, string> }>()

  /** What is set for a resource; empty where nothing is. */
  of(type: number, name: string): ReadonlyMap<string, string> {
    return this.#resources.get(`${type}:${name}`)?.values ?? NONE
  }

  /** The resources that have something set. */
  *resources(): Iterable<ConfigResource> {
    for (const { resource } of this.#resources.values()) yield resource
  }
}
