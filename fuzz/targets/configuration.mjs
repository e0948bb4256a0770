/**
 * Configurations as files and requests give them: parsed, or refused with a `ConfigError` that says why. The first byte
 * chooses who reads the text.
 */
import {
  BrokerConfig,
  brokerKeys,
  parseProperties,
  TopicConfig,
  topicKeys,
  validateClientMetricsConfigs,
  validateDynamicConfigs,
  validateGroupConfigs,
  validateTopicConfigs,
} from '#config'
import { readUtf8Leniently, utf8 } from '#core'

const broker = BrokerConfig.parse({})
const readers = [
  (properties) => BrokerConfig.parse(properties),
  (properties) => {
    validateTopicConfigs(properties, broker)
    TopicConfig.of(properties, broker)
  },
  (properties) => validateGroupConfigs(properties, broker),
  (properties) => validateClientMetricsConfigs('m', properties),
  (properties) => validateDynamicConfigs(broker, 'dynamic', properties),
  (properties) => {
    const before = BrokerConfig.parse({})
    before.setDynamic(properties, properties)
  },
]

function run(bytes) {
  if (bytes.length === 0) return
  const text = readUtf8Leniently(bytes.subarray(1))
  try {
    const properties = parseProperties(text)
    readers[bytes[0] % readers.length](properties)
  } catch (error) {
    if (error.name !== 'ConfigError') throw error
  }
}

function seeds() {
  const texts = [
    'log.dirs=/data\nlisteners=PLAINTEXT://127.0.0.1:9092,INTERNAL://[::1]:1\nlistener.security.protocol.map=INTERNAL:PLAINTEXT',
    'cleanup.policy=compact,delete\nsegment.bytes=1048576\nretention.ms=-1\ncompression.type=zstd',
    '# a comment\n! another\na = b\\\n  c\nd:\\u00e9\\t\n\\ e\\==f',
    'interval.ms=1000\nmetrics=a.,b.\nmatch=client_id=(a+)+$,client_software_name=x',
    'consumer.session.timeout.ms=45000',
    'log.retention.ms=5\nnum.io.threads=8\nlistener.name.plaintext.max.connections=5',
  ]
  const keys = [...Object.keys(brokerKeys), ...Object.keys(topicKeys)]
  for (let i = 0; i < keys.length; i += 12)
    texts.push(
      keys
        .slice(i, i + 12)
        .map((key) => `${key}=1`)
        .join('\n'),
    )
  return texts.flatMap((text) => readers.map((_, reader) => Uint8Array.of(reader, ...utf8(text))))
}

export const target = {
  about: 'properties files, broker, topic, group and client metrics configurations: any text',
  kind: 'files',
  bytesMax: 1024,
  seeds,
  heapBytesMax: () => 4 * 1024 * 1024,
  run,
}
