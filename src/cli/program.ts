/**
 * The commands. Each is loaded when it is called, so that `ottla version` does not pay for a broker.
 */
import { Command } from 'commander'
import { colors } from './output.ts'
import { VERSION } from './version.ts'

const SUBCOMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand(),
  topic: async () => (await import('./commands/topic.ts')).topicCommand(),
  produce: async () => (await import('./commands/produce.ts')).produceCommand(),
  consume: async () => (await import('./commands/consume.ts')).consumeCommand(),
  group: async () => (await import('./commands/group.ts')).groupCommand(),
  cluster: async () => (await import('./commands/cluster.ts')).clusterCommand(),
  dump: async () => (await import('./commands/dump.ts')).dumpCommand(),
  completion: async () => (await import('./commands/completion.ts')).completionCommand(),
  version: async () => (await import('./commands/version.ts')).versionCommand(),
}

/** The whole command, with all that is below it where `only` does not name one part. */
export async function createProgram(only?: string): Promise<Command> {
  const program = new Command('ottla')
    .description('Event streaming that speaks Kafka: a broker, and the tools to work with one.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError(colors.dim('Try the same with --help.'))
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Begin with:
  ottla start                                  a broker on 127.0.0.1:9092, data in ./ottla-data
  echo hello | ottla produce greetings         write a record
  ottla consume greetings --from-beginning     read it`,
    )
  const names = only !== undefined && only in SUBCOMMANDS ? [only] : Object.keys(SUBCOMMANDS)
  for (const name of names) program.addCommand(await SUBCOMMANDS[name]!())
  return program
}
