/**
 * A controller with the log that it writes, for tests: requests in a short form, and what came of them as lines of text.
 */
import { BrokerConfig } from '#config'
import { ZERO_UUID } from '#core'
import { seededRandom } from '#host/memory'
import type { Field, Fields, RequestOf } from '#protocol'
import { supportedFeatures } from '../features.ts'
import { featureFields } from '../image/cluster-image.ts'
import { featureLevel } from '../image/features-image.ts'
import { MetadataImage } from '../image/metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { configRules } from './config-rules.ts'
import { Controller } from './controller.ts'
import { type ControllerApis, controllerApis } from './controller-api.ts'

export type ApiName = keyof ControllerApis

export class ControllerWorld {
  readonly controller: Controller
  /** Everything that was written. */
  readonly records: MetadataRecord[] = []
  #monotonicMs = 0

  constructor(properties: Record<string, string> = {}) {
    const random = seededRandom(1)
    this.controller = new Controller({
      nodeId: 1,
      clusterId: 'cluster-cluster-cluste',
      image: new MetadataImage(),
      config: configRules(BrokerConfig.parse({ 'node.id': '1', ...properties })),
      random,
      monotonicMs: 0,
    })
    this.append(this.controller.activate([featureLevel('metadata.version', 33)]))
  }

  /** Carries out one command and tells what came of it. */
  play(command: string): string[] {
    const space = command.indexOf(' ')
    const verb = space < 0 ? command : command.slice(0, space)
    const rest = command.slice(verb.length + 1)
    if (verb in controllerApis) return this.request(verb as ApiName, JSON.parse(this.#withTopicIds(rest) || '{}'))
    const [word = '', ...words] = rest.split(' ')
    const options = new Map(words.map((each) => each.split('=') as [string, string]))
    switch (verb) {
      case 'broker':
        return this.request('brokerRegistration', {
          brokerId: Number(word),
          clusterId: 'cluster-cluster-cluste',
          incarnationId: id(options.get('incarnation') ?? `life-of-${word}`),
          listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9091 + Number(word), securityProtocol: 0 }],
          features: featureFields(supportedFeatures),
          rack: options.get('rack') ?? null,
          logDirs: (options.get('directories') ?? `directory-${word}`).split(',').map(id),
          previousBrokerEpoch: Number(options.get('previous') ?? -1),
        })
      case 'alive':
        return this.#heartbeat(Number(word), {})
      case 'stop':
        return this.#heartbeat(Number(word), { wantShutDown: true })
      case 'fence':
        return this.#heartbeat(Number(word), { wantFence: true })
      case 'wait': {
        this.#monotonicMs += Number(word)
        const records = this.controller.fenceStaleBroker(this.#monotonicMs)
        this.append(records)
        return records.map(show)
      }
      default:
        throw new Error(`No such command: ${command}`)
    }
  }

  request(name: ApiName, partial: object): string[] {
    const { request: schema } = controllerApis[name]
    const { apiVersion = schema.versionMax, ...fields } = partial as { apiVersion?: number }
    const request = fill(schema.fields, fields) as RequestOf<ControllerApis[typeof name]>
    const { records, response, note } = this.controller.handle(name, request, {
      monotonicMs: this.#monotonicMs,
      nextOffset: this.records.length,
      apiVersion,
      describes: () => true,
    })
    this.append(records)
    const lines = records.length > 20 ? [`${records.length} records`] : records.map(show)
    const answer = `-> ${JSON.stringify(response, withoutNulls)}`
    return note === undefined ? [...lines, answer] : [...lines, answer, `   ${note}`]
  }

  append(records: readonly MetadataRecord[]): void {
    this.records.push(...records)
    this.controller.append({ lastOffset: this.records.length - 1, epoch: 1, timestampMs: 0, records })
  }

  /** `$a` stands for the id of topic `a`. */
  #withTopicIds(text: string): string {
    const { byName } = this.controller.image.topics
    return text.replace(/\$(\w+)/g, (_, name) => byName.get(name)?.id ?? ZERO_UUID)
  }

  #heartbeat(brokerId: number, wants: object): string[] {
    const { image } = this.controller
    const brokerEpoch = image.cluster.brokers.get(brokerId)?.epoch ?? -1
    return this.request('brokerHeartbeat', {
      brokerId,
      brokerEpoch,
      currentMetadataOffset: image.offset,
      ...wants,
      cordonedLogDirs: null,
    })
  }
}

/** A UUID that can be recognized. */
export function id(name: string): string {
  return `${name.padEnd(21, '-')}A`
}

function show({ type, data }: MetadataRecord): string {
  const shown = type === 'PARTITION_RECORD' ? { ...data, leaderRecoveryState: data.leaderRecoveryState || -1 } : data
  return `${type} ${JSON.stringify(shown, withoutNulls)}`
}

/** The long lists of configurations, nulls, and the fields of change records that say "no change". */
function withoutNulls(key: string, value: unknown): unknown {
  if (value === null || (key === 'configs' && Array.isArray(value))) return undefined
  if ((key === 'leader' && value === -2) || (key === 'leaderRecoveryState' && value === -1)) return undefined
  if (key === 'features' || key === 'isMigratingZkBroker') return undefined
  return typeof value === 'bigint' ? String(value) : value
}

/** The message with zero, empty or null where `partial` leaves something out. */
export function fill(fields: Fields, partial: object): object {
  const given = partial as Record<string, unknown>
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, filled(field, given[name])]))
}

function filled({ type, element, options }: Field, value: unknown): unknown {
  if (value === undefined) {
    if (options.default !== undefined) return options.default
    if (options.nullable !== undefined) return null
    if (type === 'array') return []
    if (type === 'string') return ''
    if (type === 'bool') return false
    if (type === 'uuid') return ZERO_UUID
    if (type === 'struct') return fill(element as Fields, {})
    return type === 'int64' ? 0n : 0
  }
  if (type !== 'array' || value === null) return value
  const inner = element as Field | Fields
  const isStruct = typeof inner.type !== 'string'
  return isStruct ? (value as object[]).map((item) => fill(inner as Fields, item)) : value
}
