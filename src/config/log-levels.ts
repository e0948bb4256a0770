/**
 * How much each part of the broker says in its log: the loggers that AlterConfigs knows as BROKER_LOGGER (KIP-412).
 *
 * Levels live as long as the process, and are not part of the configuration. A logger without a level of its own has the
 * root's.
 */
import { assert } from '#core'

/** From the most telling to the least. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const ROOT_LOGGER = 'root'

export class LogLevels {
  readonly #own = new Map<string, LogLevel | undefined>()
  readonly #listeners = new Set<() => void>()

  /** The loggers by name, besides the root. */
  constructor(names: readonly string[], rootLevel: LogLevel = 'INFO') {
    this.#own.set(ROOT_LOGGER, rootLevel)
    for (const name of names) this.#own.set(name, undefined)
  }

  has(name: string): boolean {
    return this.#own.has(name)
  }

  /** The level in effect. */
  of(name: string): LogLevel {
    return this.#own.get(name) ?? this.#own.get(ROOT_LOGGER)!
  }

  /** All loggers by name, the root first, with the levels in effect. */
  *[Symbol.iterator](): IterableIterator<readonly [string, LogLevel]> {
    for (const name of this.#own.keys()) yield [name, this.of(name)]
  }

  /** Gives a logger a level of its own, or, where there is none, takes it away. */
  set(name: string, level: LogLevel | undefined): void {
    assert(this.has(name), 'only loggers that exist have levels')
    assert(level !== undefined || name !== ROOT_LOGGER, 'the root logger always has a level')
    this.#own.set(name, level)
    for (const listener of this.#listeners) listener()
  }

  /** Has `listener` called after levels have changed. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export function isLogLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some((level) => level === text)
}
