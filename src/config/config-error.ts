/** A configuration that somebody wrote is wrong; the message is Kafka's. The door that read it answers INVALID_CONFIG. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  /** Kafka's sentence for a wrong value of a key. */
  static of(key: string, value: string, why: string): ConfigError {
    return new ConfigError(`Invalid value ${value} for configuration ${key}: ${why}`)
  }
}
