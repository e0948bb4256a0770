import { createRequire } from 'node:module'
import type { LogDetail, Logger } from '#host'

type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFormat = 'text' | 'json'

const STDERR = 2

/** Logs to stderr all that it is told: a line of text for people, or of JSON for machines. */
export function createNodeLogger({ format }: { readonly format: LogFormat }): Logger {
  return format === 'json' ? jsonLogger() : textLogger()
}

function jsonLogger(): Logger {
  // Loaded where it is used: a start without it is a tenth of a second sooner.
  const { destination, pino } = createRequire(import.meta.url)('pino') as typeof import('pino')
  const target = pino({ level: 'debug', base: null }, destination({ fd: STDERR, sync: true }))
  const at = (name: LogLevel) => (message: string, detail?: LogDetail) => target[name](detail ?? {}, message)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

function textLogger(): Logger {
  const at = (name: LogLevel) => (message: string, detail?: LogDetail) => {
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
