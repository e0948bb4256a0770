import {
  type BrokerConfig,
  type BrokerKey,
  brokerKey,
  ConfigError,
  describeTopic,
  type Key,
  TopicConfig,
  type TopicKey,
  topicKey,
  validateTopicConfigs,
} from '#config'
import { ErrorCode } from '#protocol'
import { type ConfigResource, ConfigResourceType } from '../image/configs-image.ts'
import type { ConfigPort, Overrides } from './config-port.ts'
import { type ApiError, apiError } from './operation.ts'
import { topicNameProblem } from './topic-name.ts'

/** The rules of configuration that a broker's own configuration gives its controller. */
export function configRules(broker: BrokerConfig): ConfigPort {
  return {
    get numPartitions() {
      return broker.get('num.partitions')
    },
    get replicationFactor() {
      return broker.get('default.replication.factor')
    },
    get deleteTopicEnable() {
      return broker.get('delete.topic.enable')
    },
    get sessionTimeoutMs() {
      return broker.get('broker.session.timeout.ms')
    },
    validate: (resource, overrides) => validate(broker, resource, overrides),
    isList: (type, key) => keyOf(type, key)?.type === 'LIST',
    defaultOf: (type, key) => defaultOf(broker, type, key),
    describeTopic(overrides) {
      const entries = describeTopic(TopicConfig.of(overrides, broker), broker)
      return entries
        .map(({ name, value, readOnly, source, isSensitive }) => ({
          name,
          value,
          readOnly,
          configSource: source,
          isSensitive,
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    minInSyncReplicas: (overrides) => TopicConfig.of(overrides, broker).get('min.insync.replicas'),
    uncleanLeaderElection: (overrides) => TopicConfig.of(overrides, broker).get('unclean.leader.election.enable'),
  }
}

function keyOf(type: number, key: string): Key | undefined {
  return type === ConfigResourceType.TOPIC
    ? topicKey(key)
    : type === ConfigResourceType.BROKER
      ? brokerKey(key)
      : undefined
}

function defaultOf(broker: BrokerConfig, type: number, key: string): string {
  if (type === ConfigResourceType.BROKER) return broker.setting(key as BrokerKey).text ?? ''
  return TopicConfig.of(new Map(), broker).setting(key as TopicKey).text ?? ''
}

function validate(broker: BrokerConfig, { type, name }: ConfigResource, overrides: Overrides): ApiError | undefined {
  switch (type) {
    case ConfigResourceType.TOPIC: {
      if (name === '') return apiError(ErrorCode.INVALID_REQUEST, 'Default topic resources are not allowed.')
      const nameProblem = topicNameProblem(name)
      if (nameProblem !== undefined) return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, nameProblem)
      const problem = validateTopicConfigs(overrides, broker)
      return problem === undefined ? undefined : apiError(ErrorCode.INVALID_CONFIG, problem)
    }
    case ConfigResourceType.BROKER:
      return validateBroker(broker, name, overrides)
    default:
      return apiError(ErrorCode.INVALID_REQUEST, `Unknown resource type ${type}`)
  }
}

/** A broker's own keys, or with the name '' those of all brokers: dynamic ones only, each as its type wants it. */
function validateBroker(broker: BrokerConfig, name: string, overrides: Overrides): ApiError | undefined {
  const refuse = (message: string): ApiError => apiError(ErrorCode.INVALID_REQUEST, message)
  const nodeId = broker.get('node.id')
  if (name !== '' && !/^[+-]?\d+$/.test(name)) return refuse(`Node id must be an integer, but it is: ${name}`)
  if (name !== '' && Number(name) !== nodeId) {
    return refuse(`Unexpected broker id, expected ${nodeId}, but received ${name}`)
  }
  const fixed = [...overrides.keys()].filter((key) => brokerKey(key)?.update === 'read-only')
  if (fixed.length > 0) return refuse(`Cannot update these configs dynamically: Set(${fixed.join(', ')})`)
  for (const [key, text] of overrides) {
    try {
      brokerKey(key)?.parse(key, text)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return refuse(error.message)
    }
  }
  return undefined
}
