/** What may come next on a command line: commands, options, the values of options, and the names of topics and groups. */
import process from 'node:process'
import type { Command, Option } from 'commander'
import { createProgram } from './program.ts'

/** A source of values gets the words of the line, which may say where the brokers are. */
type Values = (words: readonly string[]) => Promise<readonly string[]>

/** Values that are no fixed choice, by command and option, or by the name of an argument. */
const OPTION_VALUES: Readonly<Record<string, Values>> = {
  'consume --group': groupNames,
  'group reset --topic': topicNames,
  'start --set': () => settings(brokerKeyNames()),
  'topic alter --config': () => settings(topicKeyNames()),
  'topic alter --delete-config': topicKeyNames,
  'topic create --config': () => settings(topicKeyNames()),
}
const ARGUMENT_VALUES: Readonly<Record<string, Values>> = { topic: topicNames, group: groupNames }

/** What a shell takes for a word, whatever a broker calls its topics. */
const PLAIN = /^[\w./:=+-]+$/

/** What the last of `words` may become. None where it is to be the name of a file, or anything. */
export async function completionsOf(words: readonly string[]): Promise<string[]> {
  const before = words.slice(0, -1)
  const begun = words.at(-1) ?? ''
  const found = await candidates(before, { isOption: begun.startsWith('-') })
  return [...new Set(found)].filter((word) => word.startsWith(begun) && PLAIN.test(word)).sort()
}

async function candidates(before: readonly string[], { isOption }: { isOption: boolean }): Promise<readonly string[]> {
  let command = await createProgram(before)
  let argumentCount = 0
  let waitsForValue: Option | undefined
  for (const word of before) {
    if (waitsForValue !== undefined) {
      waitsForValue = undefined
      continue
    }
    const option = command.options.find(({ short, long }) => word === short || word === long)
    if (option !== undefined) {
      if (option.required || option.optional) waitsForValue = option
      continue
    }
    const below = command.commands.find((sub) => sub.name() === word || sub.aliases().includes(word))
    if (below !== undefined) command = below
    else if (!word.startsWith('-')) argumentCount++
  }
  if (waitsForValue !== undefined) {
    const values = OPTION_VALUES[`${pathOf(command)} ${waitsForValue.long}`]
    return waitsForValue.argChoices ?? (await values?.(before)) ?? []
  }
  const options = [...command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []), '--help']
  if (isOption) return options
  const help = command.createHelp()
  if (command.commands.length > 0) return help.visibleCommands(command).map((sub) => sub.name())
  const { registeredArguments } = command
  const argument = registeredArguments[argumentCount] ?? registeredArguments.findLast(({ variadic }) => variadic)
  if (argument === undefined) return options
  return argument.argChoices ?? (await ARGUMENT_VALUES[argument.name()]?.(before)) ?? []
}

function pathOf(command: Command): string {
  const { parent } = command
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`
}

async function topicNames(words: readonly string[]): Promise<readonly string[]> {
  return await (await import('./cluster-names.ts')).topicNames(bootstrapIn(words))
}

async function groupNames(words: readonly string[]): Promise<readonly string[]> {
  return await (await import('./cluster-names.ts')).groupNames(bootstrapIn(words))
}

async function brokerKeyNames(): Promise<readonly string[]> {
  return Object.keys((await import('#config')).brokerKeys)
}

async function topicKeyNames(): Promise<readonly string[]> {
  return Object.keys((await import('#config')).topicKeys)
}

async function settings(names: Promise<readonly string[]>): Promise<readonly string[]> {
  return (await names).map((name) => `${name}=`)
}

/** The brokers that the line names, or the environment. */
function bootstrapIn(words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === '-b' || word === '--bootstrap')
  return at < 0 ? process.env.OTTLA_BOOTSTRAP : words[at + 1]
}
