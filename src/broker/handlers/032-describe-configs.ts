/**
 * DescribeConfigs: the configuration in effect of topics, brokers, groups and subscriptions to metrics, and the levels of
 * loggers; for each value where it comes from, and what would count without it.
 */
import {
  type BrokerConfig,
  type ConfigEntry,
  describeBroker,
  describeBrokerDefaults,
  describeClientMetrics,
  describeGroup,
  describeLoggers,
  describeTopic,
  GroupConfig,
  type LogLevels,
  TopicConfig,
} from '#config'
import { ConfigResourceType, type MetadataImage, topicNameProblem } from '#metadata'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { describeConfigs } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export interface DescribeConfigsPorts {
  readonly config: BrokerConfig
  readonly image: MetadataImage
  readonly logLevels: LogLevels
}

type Request = RequestOf<typeof describeConfigs>
type Result = ResponseOf<typeof describeConfigs>['results'][number]

interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export function describeConfigsHandler(ports: DescribeConfigsPorts): Handler<typeof describeConfigs> {
  return handler(describeConfigs, (request) => ({
    results: request.resources.map((resource) => {
      const { resourceType, resourceName } = resource
      const described = describe(ports, resourceType, resourceName)
      if (!Array.isArray(described)) return { resourceType, resourceName, configs: [], ...described }
      const configs = described.filter(isAskedIn(resource)).map((entry) => answer(entry, request))
      return { errorCode: ErrorCode.NONE, errorMessage: '', resourceType, resourceName, configs }
    }),
  }))
}

/** No keys, like null, asks for all. */
function isAskedIn({ configurationKeys }: Request['resources'][number]): (entry: ConfigEntry) => boolean {
  if (configurationKeys === null || configurationKeys.length === 0) return () => true
  const keys = new Set(configurationKeys)
  return ({ name }) => keys.has(name)
}

function answer(entry: ConfigEntry, request: Request): Result['configs'][number] {
  const { name, value, readOnly, source, isSensitive, synonyms, type, documentation } = entry
  return {
    name,
    value,
    readOnly,
    configSource: source,
    isSensitive,
    synonyms: request.includeSynonyms ? synonyms : [],
    configType: type,
    documentation: request.includeDocumentation ? documentation : null,
  }
}

function describe({ config, image, logLevels }: DescribeConfigsPorts, type: number, name: string) {
  const overrides = () => image.configs.of(type, name)
  switch (type) {
    case ConfigResourceType.TOPIC: {
      const problem = topicNameProblem(name)
      if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
      if (!image.topics.byName.has(name)) return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, '')
      return describeTopic(TopicConfig.of(overrides(), config), config)
    }
    case ConfigResourceType.BROKER:
      if (name === '') return describeBrokerDefaults(config)
      return wrongBroker(config, name, ' or empty string,') ?? describeBroker(config)
    case ConfigResourceType.BROKER_LOGGER:
      if (name === '') return refusal(ErrorCode.INVALID_REQUEST, 'Broker id must not be empty')
      return wrongBroker(config, name, '') ?? describeLoggers(logLevels)
    case ConfigResourceType.CLIENT_METRICS:
      if (name === '') return refusal(ErrorCode.INVALID_REQUEST, 'Client metrics subscription name must not be empty')
      return describeClientMetrics(overrides())
    case ConfigResourceType.GROUP:
      if (name === '') return refusal(ErrorCode.INVALID_REQUEST, 'Group name must not be empty')
      return describeGroup(GroupConfig.of(overrides(), config), config)
    default:
      return refusal(ErrorCode.INVALID_REQUEST, `Unexpected resource type ${type} for resource ${name}`)
  }
}

/** A broker tells of nobody but itself. */
function wrongBroker(config: BrokerConfig, name: string, alternative: string): Refusal | undefined {
  if (!/^[+-]?[0-9]+$/.test(name)) {
    return refusal(ErrorCode.INVALID_REQUEST, `Broker id must be an integer, but it is: ${name}`)
  }
  const nodeId = config.get('node.id')
  if (Number(name) === nodeId) return undefined
  const message = `Unexpected broker id, expected ${nodeId}${alternative} but received ${name}`
  return refusal(ErrorCode.INVALID_REQUEST, message)
}

function refusal(errorCode: ErrorCode, errorMessage: string): Refusal {
  return { errorCode, errorMessage }
}
