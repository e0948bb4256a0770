/**
 * The commands. Only the one that is called is loaded, so that `ottla version` does not pay for a broker; of the others
 * the help shows a name and a sentence.
 */
import { Command } from 'commander'
import { errorColors } from './output.ts'
import { VERSION } from './version.ts'

interface Entry {
  /** Empty: not for people, and not shown. */
  readonly description: string
  readonly load: () => Promise<Command>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  start: {
    description: 'run a broker until it is told to stop (Ctrl-C, SIGTERM)',
    load: async () => (await import('./commands/start.ts')).startCommand(),
  },
  topic: {
    description: 'create, list, describe, alter and delete topics',
    load: async () => (await import('./commands/topic.ts')).topicCommand(),
  },
  produce: {
    description: 'write records: one for each line of stdin',
    load: async () => (await import('./commands/produce.ts')).produceCommand(),
  },
  consume: {
    description: 'read records and print them',
    load: async () => (await import('./commands/consume.ts')).consumeCommand(),
  },
  group: {
    description: 'list, describe, reset and delete consumer groups',
    load: async () => (await import('./commands/group.ts')).groupCommand(),
  },
  cluster: {
    description: 'show the brokers, the metadata quorum and the features of a cluster',
    load: async () => (await import('./commands/cluster.ts')).clusterCommand(),
  },
  dump: {
    description: 'show what a file of a data folder says: segment, index, snapshot, checkpoint',
    load: async () => (await import('./commands/dump.ts')).dumpCommand(),
  },
  completion: {
    description: 'print a script by which your shell completes this command',
    load: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
  __complete: {
    description: '',
    load: async () => (await import('./commands/complete.ts')).completeCommand(),
  },
  version: {
    description: 'show the version of Ottla, of Kafka as it speaks it, and of Node',
    load: async () => (await import('./commands/version.ts')).versionCommand(),
  },
}

/** The command with the part that the words of a command line call: `ottla help topic` calls `topic` too. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('ottla')
    .description('Event streaming that speaks Kafka: a broker, and the tools to work with one.')
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('<command> [options]')
    .addHelpText(
      'after',
      `
Begin with:
  ottla start                                  a broker on 127.0.0.1:9092, its data in ./ottla-data
  echo hello | ottla produce greetings         write a record
  ottla consume greetings --from-beginning     read it

ottla help <command> explains one. Brokers elsewhere: -b host:port, or OTTLA_BOOTSTRAP in the environment.`,
    )
  const [called] = words.filter((word) => word !== 'help' && !word.startsWith('-'))
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = name === called ? await load() : new Command(name)
    program.addCommand(command.description(description), { hidden: description === '' })
  }
  settle(program)
  return program
}

/** Errors of the command line come to whoever parses it, instead of ending the process; all look alike. */
function settle(command: Command): void {
  command
    .exitOverride()
    .showHelpAfterError(errorColors.dim(`${pathOf(command)} --help shows what there is.`))
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'ottla: ')) })
    .helpOption('-h, --help', 'show help')
  for (const sub of command.commands) settle(sub)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
