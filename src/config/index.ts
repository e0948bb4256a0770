export { BrokerConfig, type ChangeListener, type Layers, type Properties } from './broker-config.ts'
export type { BrokerListeners } from './broker-listeners.ts'
export { ConfigError } from './config-error.ts'
export {
  type ConfigEntry,
  ConfigSource,
  type ConfigSynonym,
  describeBroker,
  describeBrokerDefaults,
  describeTopic,
} from './describe.ts'
export { type Importance, INT_MAX, type Key, type KeyType, LONG_MAX, type UpdateMode, type ValueOf } from './key.ts'
export { type BrokerKey, type BrokerValue, brokerKey, brokerKeys } from './keys/broker.ts'
export { topicKeys } from './keys/topic.ts'
export { type Endpoint, endpointText, isLoopback, type SecurityProtocol } from './listeners.ts'
export { parseProperties } from './properties.ts'
export { TopicConfig, type TopicKey, type TopicValue, topicKey, validateTopicConfigs } from './topic-config.ts'
export type { Setting } from './values.ts'
