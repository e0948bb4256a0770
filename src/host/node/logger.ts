import { destination, pino } from 'pino'
import type { LogDetail, Logger } from '#host'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFormat = 'text' | 'json'

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
const STDERR = 2

/** Logs to stderr: a line of text for people, or of JSON for machines. */
export function createNodeLogger({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Logger {
  return format === 'json' ? jsonLogger(level) : textLogger(level)
}

function jsonLogger(level: LogLevel): Logger {
  const target = pino({ level, base: null }, destination({ fd: STDERR, sync: true }))
  const at = (name: LogLevel) => (message: string, detail?: LogDetail) => target[name](detail ?? {}, message)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

function textLogger(level: LogLevel): Logger {
  const at = (name: LogLevel) => (message: string, detail?: LogDetail) => {
    if (ORDER.indexOf(name) > ORDER.indexOf(level)) return
    const fields =
      detail === undefined
        ? ''
        : ` ${JSON.stringify(detail, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`
    process.stderr.write(`${new Date().toISOString()} ${name.toUpperCase().padEnd(5)} ${printable(message + fields)}\n`)
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** What a peer sent may be in a message: it must not move the cursor of whoever reads the log. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
