/** `ottla start`: a broker. */
import { Command, Option } from 'commander'
import { collectPairs, parseCount } from '../arguments.ts'
import { outputOption } from '../options.ts'
import type { OutputFormat } from '../output.ts'
import type { StartOptions } from '../start-properties.ts'

interface CommandOptions extends StartOptions {
  readonly memory?: boolean
  readonly logLevel: keyof typeof LOG_LEVELS
  readonly logFormat: 'text' | 'json'
  readonly output: OutputFormat
}

const LOG_LEVELS = { error: 'ERROR', warn: 'WARN', info: 'INFO', debug: 'DEBUG' } as const

export function startCommand(): Command {
  return new Command('start')
    .option('-p, --port <number>', 'port to listen on, 0: any free one (default: 9092)', parseCount(0, 65535))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .addOption(
      new Option('-d, --data <folder>', 'where everything is kept (default: ./ottla-data)').conflicts('memory'),
    )
    .option('-c, --config <server.properties>', "a configuration file, with Kafka's keys")
    .option('-s, --set <key=value>', 'one configuration; may be given again', collectPairs)
    .option('--memory', 'keep nothing on disk: all is gone with the process')
    .option('--insecure', 'allow others to reach the broker without authentication')
    .option('--health <host:port>', 'answer GET /health and /ready over HTTP')
    .addOption(new Option('--log-level <level>', 'how much is logged').choices(Object.keys(LOG_LEVELS)).default('info'))
    .addOption(new Option('--log-format <format>', 'of the log, on stderr').choices(['text', 'json']).default('text'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Options win over --set, and --set over the file. --host and --port stand for listeners=PLAINTEXT://HOST:PORT, --data for
log.dirs. A broker listens on this machine only, unless --insecure is given: there is no authentication yet.

When it is ready it prints one line. SIGTERM or Ctrl-C stops it; what was acknowledged is on disk in any case.

Examples:
  ottla start
  ottla start --port 0 --memory -o json                                 for a test: any port, no files
  ottla start --data /var/lib/ottla --set log.retention.hours=24
  ottla start --host 0.0.0.0 --insecure --set advertised.listeners=PLAINTEXT://broker.lan:9092
  ottla start --set log.flush.interval.messages=9223372036854775807     acknowledge before the disk has synced`,
    )
    .action(async ({ output, memory = false, logLevel, logFormat, ...options }: CommandOptions) => {
      const [{ runBroker }, { startProperties }] = await Promise.all([
        import('../run-broker.ts'),
        import('../start-properties.ts'),
      ])
      await runBroker(startProperties(options), { output, memory, logLevel: LOG_LEVELS[logLevel], logFormat })
    })
}
