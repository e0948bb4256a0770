/**
 * Logs to stderr: a line of text for people, or of JSON for machines.
 *
 * What a turn of the event loop says leaves in one write, as a write stops the loop: a thousand groups that join at once are
 * two thousand lines. What an operator must not miss leaves at once, with all before it; the rest is there when the process
 * exits, unless it is killed.
 */
import { createRequire } from 'node:module'
import type { LogDetail, Logger } from '#host'

type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFormat = 'text' | 'json'

/** Takes a line that is formatted, with its end. */
type Write = (line: string) => void

/** `write` defaults to stderr; it gets the lines of a turn together. */
export function createNodeLogger({
  format,
  write = (lines) => void process.stderr.write(lines),
}: {
  readonly format: LogFormat
  readonly write?: Write
}): Logger {
  let pending = ''
  const flush = () => {
    if (pending === '') return
    const lines = pending
    pending = ''
    write(lines)
  }
  process.on('exit', flush)
  const log = (format === 'json' ? jsonLog : textLog)((line) => {
    if (pending === '') setImmediate(flush)
    pending += line
  })
  const later = (level: LogLevel) => (message: string, detail?: LogDetail) => log(level, message, detail)
  const atOnce = (level: LogLevel) => (message: string, detail?: LogDetail) => {
    log(level, message, detail)
    flush()
  }
  return { error: atOnce('error'), warn: atOnce('warn'), info: later('info'), debug: later('debug') }
}

type Log = (level: LogLevel, message: string, detail: LogDetail | undefined) => void

function jsonLog(write: Write): Log {
  // Loaded where it is used: a start without it is a tenth of a second sooner.
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino')
  const target = pino({ level: 'debug', base: null }, { write })
  return (level, message, detail) => target[level](detail ?? {}, message)
}

function textLog(write: Write): Log {
  return (level, message, detail) => {
    const fields =
      detail === undefined
        ? ''
        : ` ${JSON.stringify(detail, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`
    write(`${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${printable(message + fields)}\n`)
  }
}

/** What a peer sent may be in a message: it must not move the cursor of whoever reads the log. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
