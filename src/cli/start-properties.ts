/** The configuration of a broker, out of what `ottla start` was given. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseProperties } from '#config'
import { UsageError } from './usage-error.ts'

export interface StartOptions {
  readonly port?: number
  readonly host?: string
  readonly data?: string
  /** A file. */
  readonly config?: string
  readonly set?: ReadonlyMap<string, string>
  readonly insecure?: boolean
  readonly health?: string
}

const KAFKA_PORT = 9092
const FOLDER_KEYS = ['log.dirs', 'log.dir', 'metadata.log.dir']

/**
 * Kafka's keys and their values: of the file, of `--set`, and of the options that stand for keys, in rising precedence.
 * Folders are made absolute. Throws a `UsageError` where the file cannot be read.
 */
export function startProperties(options: StartOptions): Map<string, string> {
  const properties = new Map([
    ...(options.config === undefined ? [] : readProperties(options.config)),
    ...(options.set ?? []),
  ])
  if (options.port !== undefined || options.host !== undefined) {
    const { host = '127.0.0.1', port = KAFKA_PORT } = options
    properties.set('listeners', `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${port}`)
  }
  if (options.data !== undefined) properties.set('log.dirs', options.data)
  if (options.insecure === true) properties.set('ottla.insecure', 'true')
  if (options.health !== undefined) properties.set('ottla.health.listener', options.health)
  if (!properties.has('log.dirs') && !properties.has('log.dir')) properties.set('log.dirs', 'ottla-data')
  for (const key of FOLDER_KEYS) {
    const folders = properties.get(key)?.split(',')
    if (folders !== undefined) properties.set(key, folders.map(absolute).join(','))
  }
  return properties
}

/** An empty name stays one, to be refused: it is not the folder that we are in. */
function absolute(folder: string): string {
  const name = folder.trim()
  return name === '' ? '' : resolve(name)
}

function readProperties(file: string): Map<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new UsageError(`Cannot read ${file}: ${error.message}`)
    throw error
  }
}
