import {
  type BrokerConfig,
  type BrokerKey,
  brokerKey,
  describeTopic,
  type Key,
  TopicConfig,
  type TopicKey,
  topicKey,
  validateClientMetricsConfigs,
  validateGroupConfigs,
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
    minInSyncReplicas: (overrides) => TopicConfig.valueOf('min.insync.replicas', overrides, broker),
    uncleanLeaderElection: (overrides) => TopicConfig.valueOf('unclean.leader.election.enable', overrides, broker),
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
      return invalidConfig(validateTopicConfigs(overrides, broker))
    }
    case ConfigResourceType.BROKER:
      return brokerNameProblem(name)
    case ConfigResourceType.GROUP:
      if (name === '') return apiError(ErrorCode.INVALID_REQUEST, 'Default group resources are not allowed.')
      return invalidConfig(validateGroupConfigs(overrides, broker))
    case ConfigResourceType.CLIENT_METRICS: {
      const refusal = validateClientMetricsConfigs(name, overrides)
      return refusal && apiError(ErrorCode[refusal.error], refusal.message)
    }
    default:
      return apiError(ErrorCode.INVALID_REQUEST, `Unknown resource type ${type}`)
  }
}

function invalidConfig(problem: string | undefined): ApiError | undefined {
  return problem === undefined ? undefined : apiError(ErrorCode.INVALID_CONFIG, problem)
}

/** A broker checks the values for itself before it asks, as only it knows what it runs with; here is what any can tell. */
function brokerNameProblem(name: string): ApiError | undefined {
  if (name === '') return undefined
  if (!/^[+-]?\d+$/.test(name)) {
    return apiError(ErrorCode.INVALID_REQUEST, 'Unable to parse broker name as a base 10 number.')
  }
  return Number(name) < 0 ? apiError(ErrorCode.INVALID_REQUEST, 'Invalid negative broker ID.') : undefined
}
