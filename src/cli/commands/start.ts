/** `ottla start`: a broker. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { Command } from 'commander'
import { BrokerConfig, parseProperties } from '#config'
import { MemoryDisk } from '#host/memory'
import { createNodeHost, createNodeLogger, type LogFormat } from '#host/node'
import { BrokerServer } from '#server'
import { collectPairs, parseCount } from '../arguments.ts'
import { UsageError } from '../usage-error.ts'

interface StartOptions {
  readonly port?: number
  readonly host?: string
  readonly data?: string
  readonly config?: string
  readonly set: ReadonlyMap<string, string>
  readonly memory?: boolean
  readonly insecure?: boolean
  readonly health?: string
  readonly logLevel: keyof typeof levels
  readonly logFormat: LogFormat
}

const levels = { error: 'ERROR', warn: 'WARN', info: 'INFO', debug: 'DEBUG' } as const
const LOG_LEVELS = Object.keys(levels) as (keyof typeof levels)[]
const LOG_FORMATS: readonly LogFormat[] = ['text', 'json']

export function startCommand(): Command {
  return new Command('start')
    .description('run a broker until it is told to stop (Ctrl-C, SIGTERM)')
    .option('-p, --port <number>', 'port to listen on, 0: any free one (default: 9092)', parseCount('--port', 0))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('-d, --data <folder>', 'where everything is kept (default: ./ottla-data)')
    .option('-c, --config <server.properties>', "a configuration file, with Kafka's keys")
    .option('-s, --set <key=value>', 'one configuration, before the file; may be given again', collectPairs, new Map())
    .option('--memory', 'keep nothing on disk: all is gone with the process')
    .option('--insecure', 'allow others to reach the broker without authentication')
    .option('--health <host:port>', 'answer GET /health and /ready over HTTP')
    .option('--log-level <level>', LOG_LEVELS.join(', '), oneOf('--log-level', LOG_LEVELS), 'info')
    .option('--log-format <format>', 'text or json, on stderr', oneOf('--log-format', LOG_FORMATS), 'text')
    .addHelpText(
      'after',
      `
Options win over --set, --set over the file. Every key is explained in docs/configuration.md.

Examples:
  ottla start --port 0 --memory
  ottla start --data /var/lib/ottla --set log.retention.hours=24
  ottla start --set log.flush.interval.messages=9223372036854775807     (acknowledge before the disk has synced)`,
    )
    .action(start)
}

async function start(options: StartOptions): Promise<void> {
  const config = BrokerConfig.parse(propertiesOf(options))
  const logger = createNodeLogger({ format: options.logFormat })
  const host = createNodeHost({
    logger,
    ...(options.memory === true ? { disk: new MemoryDisk({ survives: false }) } : undefined),
  })
  for (const warning of config.warnings) logger.warn(warning)

  // Signals count from the beginning: one that comes while the broker starts stops it when it has.
  const stopAsked = new Promise<string>((ask) => {
    process.once('SIGINT', () => ask('SIGINT'))
    process.once('SIGTERM', () => ask('SIGTERM'))
  })
  const server = await BrokerServer.start(config, host, { logLevel: levels[options.logLevel] })
  const where = server.addresses.map(
    ({ name, host: name_, port }) => `${name}://${name_.includes(':') ? `[${name_}]` : name_}:${port}`,
  )
  const kept = options.memory === true ? 'in memory' : config.get('log.dirs').join(', ')
  process.stdout.write(`Ottla is ready on ${where.join(', ')}, data ${kept}\n`)

  const why = await Promise.race([stopAsked, server.failed.then((error) => error)])
  if (why instanceof Error) {
    await server.stop().catch(() => {})
    throw why
  }
  logger.info(`Stopping after ${why}`)
  process.once('SIGINT', () => process.exit(1))
  await server.stop()
  process.exit(0)
}

/** The configuration file, what `--set` says, and the options that stand for keys, in rising precedence. */
function propertiesOf(options: StartOptions): Map<string, string> {
  const properties = new Map<string, string>(options.config === undefined ? [] : readProperties(options.config))
  for (const [key, value] of options.set) properties.set(key, value)
  if (options.port !== undefined || options.host !== undefined) {
    const host = options.host ?? '127.0.0.1'
    properties.set('listeners', `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${options.port ?? 9092}`)
  }
  if (options.data !== undefined) properties.set('log.dirs', resolve(options.data))
  if (options.insecure === true) properties.set('ottla.insecure', 'true')
  if (options.health !== undefined) properties.set('ottla.health.listener', options.health)
  if (!properties.has('log.dirs') && !properties.has('log.dir')) properties.set('log.dirs', resolve('ottla-data'))
  return properties
}

function readProperties(file: string): Map<string, string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${error instanceof Error ? error.message : error}`)
  }
  return parseProperties(text)
}

function oneOf<Word extends string>(name: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text)
    if (word === undefined)
      throw new UsageError(`${name} is ${JSON.stringify(text)}`, `Give one of ${words.join(', ')}.`)
    return word
  }
}
