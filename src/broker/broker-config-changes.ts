/**
 * What a broker does itself with a change of configurations before the controller stores it: it judges values of its own
 * (KIP-226), because only it knows what it runs with, and it changes its loggers (KIP-412), which are stored nowhere.
 *
 * All else goes to the controller as it came. The answers are Kafka's, word for word; only where Kafka fails, as at an
 * operation that does not exist, there is a reason.
 */
import {
  type BrokerConfig,
  brokerKey,
  isLogLevel,
  LOG_LEVELS,
  type LogLevels,
  type Properties,
  ROOT_LOGGER,
  validateDynamicConfigs,
} from '#config'
import type { Logger } from '#host'
import { ConfigResourceType, type MetadataImage } from '#metadata'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { incrementalAlterConfigs } from '#protocol/messages'

export interface ConfigChangePorts {
  readonly config: BrokerConfig
  readonly image: MetadataImage
  readonly logLevels: LogLevels
  readonly logger: Logger
}

/** A resource of a request to change configurations, with its changes or with all that is to be set. */
interface Resource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}
type ChangedResource = RequestOf<typeof incrementalAlterConfigs>['resources'][number]
type ConfigChange = ChangedResource['configs'][number]
export type ConfigAnswer = ResponseOf<typeof incrementalAlterConfigs>['responses'][number]

interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/**
 * Answers the resources that `answerHere` answers, and those that come twice, has the controller answer the others, and
 * gives all answers in the order of the resources.
 */
export async function answerChanges<R extends Resource>(
  resources: readonly R[],
  answerHere: (resource: R) => Refusal | 'done' | undefined,
  askController: (resources: R[]) => Promise<readonly ConfigAnswer[]>,
): Promise<ConfigAnswer[]> {
  const ids = resources.map(({ resourceType, resourceName }) => `${resourceType} ${resourceName}`)
  const count = new Map<string, number>()
  for (const id of ids) count.set(id, (count.get(id) ?? 0) + 1)

  const forController: R[] = []
  const answers = resources.map((resource, i): ConfigAnswer | undefined => {
    const isTwice = count.get(ids[i]!)! > 1
    const answer = isTwice ? invalid('Each resource must appear at most once.') : answerHere(resource)
    if (answer === undefined) {
      forController.push(resource)
      return undefined
    }
    const { resourceType, resourceName } = resource
    const { errorCode, errorMessage } = answer === 'done' ? { errorCode: ErrorCode.NONE, errorMessage: null } : answer
    return { errorCode, errorMessage, resourceType, resourceName }
  })
  const others = forController.length === 0 ? [] : await askController(forController)
  let next = 0
  return answers.map((answer) => answer ?? others[next++]!)
}

/** Refuses what cannot be set on this broker, or for all from here; undefined where the controller goes on with it. */
export function judgeBrokerValues(ports: ConfigChangePorts, resource: Resource): Refusal | undefined {
  if (resource.resourceType !== ConfigResourceType.BROKER) return undefined
  const malformed = malformedChanges(resource.configs) ?? wrongBroker(ports, resource.resourceName)
  if (malformed !== undefined) return malformed
  return judge(ports, resource.resourceName, new Map(resource.configs.map(({ name, value }) => [name, value!])))
}

/** As `judgeBrokerValues`, for changes to what is set; also changes this broker's loggers. */
export function judgeBrokerChanges(
  ports: ConfigChangePorts,
  resource: ChangedResource,
  validateOnly: boolean,
): Refusal | 'done' | undefined {
  const { resourceType, resourceName, configs } = resource
  if (resourceType === ConfigResourceType.BROKER_LOGGER) {
    return malformedOperations(configs) ?? changeLoggers(ports, resource, validateOnly)
  }
  if (resourceType !== ConfigResourceType.BROKER) return undefined
  const malformed = malformedOperations(configs) ?? wrongBroker(ports, resourceName)
  if (malformed !== undefined) return malformed
  const overrides = new Map(ports.image.configs.of(resourceType, resourceName))
  for (const change of configs) {
    const refusal = applyChange(overrides, change)
    if (refusal !== undefined) return refusal
  }
  return judge(ports, resourceName, overrides)
}

function judge({ config }: ConfigChangePorts, name: string, overrides: Properties): Refusal | undefined {
  const problem = validateDynamicConfigs(config, name === '' ? 'dynamicDefault' : 'dynamic', overrides)
  return problem === undefined ? undefined : invalid(problem)
}

function wrongBroker({ config }: ConfigChangePorts, name: string): Refusal | undefined {
  if (name === '') return undefined
  if (!/^[+-]?[0-9]+$/.test(name)) return invalid(`Node id must be an integer, but it is: ${name}`)
  const nodeId = config.get('node.id')
  return Number(name) === nodeId ? undefined : invalid(`Unexpected broker id, expected ${nodeId}, but received ${name}`)
}

function malformedChanges(configs: Resource['configs']): Refusal | undefined {
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    return invalid('Error due to duplicate config keys')
  }
  const nulls = configs.filter(({ value }) => value === null).map(({ name }) => name)
  return nulls.length === 0 ? undefined : invalid(`Null value not supported for : ${nulls.join(', ')}`)
}

/** A deletion needs no value. */
function malformedOperations(configs: readonly ConfigChange[]): Refusal | undefined {
  return malformedChanges(
    configs.map(({ name, value, configOperation }) => ({
      name,
      value: configOperation === Operation.DELETE ? '' : value,
    })),
  )
}

function applyChange(overrides: Map<string, string>, change: ConfigChange): Refusal | undefined {
  const { name, configOperation: operation } = change
  const value = change.value ?? ''
  if (operation === Operation.SET) {
    overrides.set(name, value)
  } else if (operation === Operation.DELETE) {
    overrides.delete(name)
  } else if (operation === Operation.APPEND || operation === Operation.SUBTRACT) {
    const key = brokerKey(name)
    if (key === undefined) return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: `Unknown config name: ${name}` }
    const word = operation === Operation.APPEND ? 'append' : 'subtract'
    if (key.type !== 'LIST') {
      const errorMessage = `Config value ${word} is not allowed for config key: ${name}`
      return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage }
    }
    const items = (overrides.get(name) ?? key.default.text ?? '').split(',').filter((item) => item !== '')
    const given = value.split(',')
    const added = given.filter((item) => !items.includes(item))
    const after = word === 'append' ? [...items, ...added] : items.filter((item) => !given.includes(item))
    overrides.set(name, after.join(','))
  } else {
    return invalid(`Unknown operations type ${operation}`)
  }
  return undefined
}

function changeLoggers(
  ports: ConfigChangePorts,
  { resourceName, configs }: ChangedResource,
  validateOnly: boolean,
): Refusal | 'done' {
  const refusal = wrongNode(ports, resourceName) ?? wrongLoggers(ports, configs)
  if (refusal !== undefined) return refusal
  if (validateOnly) return 'done'
  for (const { name, value, configOperation } of configs) {
    const level = configOperation === Operation.DELETE ? undefined : value!
    if (level !== undefined && !isLogLevel(level)) continue
    ports.logLevels.set(name, level)
    ports.logger.warn(`The log level of ${name} is ${ports.logLevels.of(name)} now`)
  }
  return 'done'
}

function wrongNode({ config }: ConfigChangePorts, name: string): Refusal | undefined {
  if (!/^[+-]?[0-9]+$/.test(name)) return invalid(`Node id must be an integer, but it is: ${name}`)
  const nodeId = config.get('node.id')
  return Number(name) === nodeId ? undefined : invalid(`Unexpected node id. Expected ${nodeId}, but received ${name}`)
}

function wrongLoggers({ logLevels }: ConfigChangePorts, configs: readonly ConfigChange[]): Refusal | undefined {
  for (const { name, value, configOperation: operation } of configs) {
    if (operation !== Operation.SET && operation !== Operation.DELETE) {
      const known = Object.entries(Operation).find(([, number]) => number === operation)
      const what = known === undefined ? `Unknown operation type ${operation}` : `${known[0]} operation`
      return invalid(`${what} is not allowed for the BROKER_LOGGER resource`)
    }
    if (!logLevels.has(name)) {
      return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: `Logger ${name} does not exist!` }
    }
    if (operation === Operation.DELETE) {
      if (name === ROOT_LOGGER) return invalid(`Removing the log level of the ${name} logger is not allowed`)
    } else if (!isLogLevel(value!)) {
      const levels = `Valid log levels are ${[...LOG_LEVELS].sort().join(', ')}`
      const errorMessage = `Cannot set the log level of ${name} to ${value} as it is not a supported log level. ${levels}`
      return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage }
    }
  }
  return undefined
}

function invalid(errorMessage: string): Refusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
}
