/**
 * What values must keep to beyond their type, and the sentence in which Kafka refuses those that do not.
 */
import { ConfigError } from './config-error.ts'
import type { Setting } from './values.ts'

export interface Rule<V> {
  /** The values that pass, in the form in which Kafka documents them. */
  readonly valid: string
  /** Throws a `ConfigError` where the setting does not keep to the rule. */
  check(name: string, setting: Setting<V>): void
}

/** Numbers from `min` to `max`, both included; either may be missing. */
export function range(min: number | undefined, max: number | undefined): Rule<number> {
  return {
    valid: `[${[min ?? [], '...', max ?? []].flat().join(',')}]`,
    check(name, { value, text }) {
      if (min !== undefined && value < min) throw ConfigError.of(name, `${text}`, `Value must be at least ${min}`)
      if (max !== undefined && value > max) throw ConfigError.of(name, `${text}`, `Value must be no more than ${max}`)
    },
  }
}

export function oneOf(words: readonly string[], { ignoreCase = false } = {}): Rule<string> {
  const list = words.join(', ')
  return {
    valid: ignoreCase ? `(case insensitive) [${list}]` : `[${list}]`,
    check(name, { value }) {
      const matches = (word: string) => (ignoreCase ? word.toUpperCase() === value.toUpperCase() : word === value)
      if (words.some(matches)) return
      throw ConfigError.of(name, value, `String must be one of${ignoreCase ? ' (case insensitive)' : ''}: ${list}`)
    },
  }
}

export const nonEmpty: Rule<string> = {
  valid: 'non-empty string',
  check(name, { value }) {
    if (value === '') throw ConfigError.of(name, value, 'String must be non-empty')
  },
}

/** Lists: no item is empty, each is one of `words` where there are any, and there is one at least unless `mayBeEmpty`. */
export function items(words: readonly string[] | undefined, mayBeEmpty: boolean): Rule<readonly string[]> {
  const item = words === undefined ? undefined : oneOf(words)
  return {
    valid: item?.valid ?? '',
    check(name, { value }) {
      if (value.length === 0 && !mayBeEmpty) {
        const valid = item?.valid ?? 'any non-empty value'
        throw new ConfigError(`Configuration '${name}' must not be empty. Valid values include: ${valid}`)
      }
      for (const text of value) {
        if (text === '') throw new ConfigError(`Configuration '${name}' values must not be empty.`)
        item?.check(name, { value: text, text })
      }
    },
  }
}

export const gzipLevel: Rule<number> = {
  valid: '[1,...,9] or -1',
  check(name, { value, text }) {
    if (value === -1 || (value >= 1 && value <= 9)) return
    throw ConfigError.of(name, `${text}`, 'Value must be between 1 and 9 or equal to -1')
  },
}

const REPLICAS = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'

export const throttledReplicas: Rule<readonly string[]> = {
  valid: REPLICAS,
  check(name, { value }) {
    if (value.every((replica) => /^[0-9]+:[0-9]+$/.test(replica)) || value.join() === '*') return
    const why = `${name} must be the literal '*' or a list of replicas in the following format: ${REPLICAS}`
    throw ConfigError.of(name, `[${value.join(', ')}]`, why)
  },
}

/** As `PnDTnHnMn.nS`; as Java reads it, in either case. */
const DURATION = /^P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]{1,9})?S)?)?$/i
const BY_DURATION = 'by_duration:'

export const autoOffsetReset: Rule<string> = {
  valid: '[latest, earliest, by_duration:PnDTnHnMn.nS]',
  check(name, { value }) {
    if (value === 'latest' || value === 'earliest') return
    if (value.startsWith(BY_DURATION) && DURATION.test(value.slice(BY_DURATION.length))) return
    const format = "either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'"
    const why = `Invalid value \`${value}\` for configuration ${name}. The value must be ${format}.`
    throw ConfigError.of(name, value, why)
  },
}

/** What Kafka takes for one; the host may even be missing. */
const HOST_AND_PORT = /^\[?[0-9a-zA-Z\-%._:]*\]?:[0-9]+$/

export const quorumVoters: Rule<readonly string[]> = {
  valid: 'non-empty list',
  check(name, { value }) {
    const form = 'Each entry should be in the form `{id}@{host}:{port}`.'
    for (const voter of value) {
      const [id = '', address, ...more] = voter.split('@')
      if (address === undefined || more.length > 0)
        throw new ConfigError(`Invalid configuration value for ${name}. ${form}`)
      if (!/^[0-9]+$/.test(id)) throw new ConfigError(`Failed to parse voter ID as an integer from ${id}`)
      if (HOST_AND_PORT.test(address)) continue
      throw new ConfigError(`Failed to parse host name from entry ${voter} for the configuration ${name}. ${form}`)
    }
  },
}

export const bootstrapServers: Rule<readonly string[]> = {
  valid: 'non-empty list',
  check(name, { value }) {
    for (const server of value) {
      if (HOST_AND_PORT.test(server)) continue
      const form = 'Each entry should be in the form "{host}:{port}"'
      throw new ConfigError(`Failed to parse host name from ${server} for the configuration ${name}. ${form}`)
    }
  },
}
