import { LOG_LEVELS, type LogLevel, LogLevels } from '#config'
import type { LogDetail, Logger } from '#host'

/** The parts of a broker that have a logger of their own, for BROKER_LOGGER configurations. */
export const LOGGERS = ['broker', 'coordinator', 'log', 'metadata', 'replication', 'server'] as const
export type LoggerName = (typeof LOGGERS)[number]

/** Loggers over one, each as talkative as its level says at the moment. */
export class Loggers {
  readonly levels: LogLevels
  readonly #target: Logger

  constructor(target: Logger, rootLevel: LogLevel) {
    this.#target = target
    this.levels = new LogLevels(LOGGERS, rootLevel)
  }

  of(name: LoggerName): Logger {
    const at = (method: keyof Logger, level: LogLevel) => {
      const rank = LOG_LEVELS.indexOf(level)
      return (message: string, detail?: LogDetail) => {
        if (rank >= LOG_LEVELS.indexOf(this.levels.of(name))) this.#target[method](message, detail)
      }
    }
    return {
      error: at('error', 'ERROR'),
      warn: at('warn', 'WARN'),
      info: at('info', 'INFO'),
      debug: at('debug', 'DEBUG'),
    }
  }
}
