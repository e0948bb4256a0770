export { BrokerConfig, type ChangeListener, type Layers, type Properties } from './broker-config.ts'
export type { BrokerListeners } from './broker-listeners.ts'
export { type ClientMetricsRefusal, validateClientMetricsConfigs } from './client-metrics-config.ts'
export { ConfigError } from './config-error.ts'
export {
  type ConfigEntry,
  ConfigSource,
  type ConfigSynonym,
  describeBroker,
  describeBrokerDefaults,
  describeClientMetrics,
  describeGroup,
  describeLoggers,
  describeTopic,
} from './describe.ts'
export { validateDynamicConfigs } from './dynamic-rules.ts'
export { GroupConfig, type GroupKey, type GroupValue, groupKey, validateGroupConfigs } from './group-config.ts'
export { type Importance, INT_MAX, type Key, type KeyType, LONG_MAX, type UpdateMode, type ValueOf } from './key.ts'
export { type BrokerKey, type BrokerValue, brokerKey, brokerKeys } from './keys/broker.ts'
export { clientMetricsKeys } from './keys/client-metrics.ts'
export { groupKeys } from './keys/group.ts'
export { topicKeys } from './keys/topic.ts'
export { type Endpoint, endpointText, isLoopback, SECURITY_PROTOCOLS, type SecurityProtocol } from './listeners.ts'
export { isLogLevel, LOG_LEVELS, type LogLevel, LogLevels, ROOT_LOGGER } from './log-levels.ts'
export { parseProperties } from './properties.ts'
export { TopicConfig, type TopicKey, type TopicValue, topicKey, validateTopicConfigs } from './topic-config.ts'
export type { Setting } from './values.ts'
