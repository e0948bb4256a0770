/** `ottla dump FILE`: what a file of a data folder says. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { createNodeHost } from '#host/node'
import { type DumpOptions, dump } from '../dump/dump.ts'
import { jsonOf, textOf } from '../dump/entry.ts'
import { outputOption } from '../options.ts'
import { colors, type OutputFormat, printable, write } from '../output.ts'

interface CommandOptions {
  readonly records?: boolean
  readonly topic?: string
  readonly output: OutputFormat
}

const PIECE_LENGTH = 64 * 1024

export function dumpCommand(): Command {
  return new Command('dump')
    .argument('<file...>')
    .option('-r, --records', 'the records of each batch, too; those of internal topics are shown in any case')
    .option('-t, --topic <topic>', 'the topic that a segment is of, where its folder does not tell')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Reads segments (*.log), their indexes (*.index, *.timeindex, *.txnindex), what is known of producers (*.snapshot), snapshots
of the metadata (*.checkpoint), and the small files beside them, as Ottla and Apache Kafka write them. What is damaged is
named with its place; the exit code is then 1. With -o json each entry is a line of JSON.

Examples:
  ottla dump ottla-data/greetings-0/00000000000000000000.log
  ottla dump ottla-data/__cluster_metadata-0/00000000000000000000.log
  ottla dump ottla-data/greetings-0/*.index ottla-data/*-checkpoint`,
    )
    .action(async (files: string[], { records = false, topic, output }: CommandOptions) => {
      const problems: Error[] = []
      for (const file of files) {
        if (files.length > 1) {
          await write(output === 'json' ? `${jsonOf({ type: 'file', file })}\n` : `${colors.bold(printable(file))}\n`)
        }
        const problem = await printFile(file, { records, topic, output })
        if (problem !== undefined) problems.push(problem)
      }
      if (problems.length > 0) throw new AggregateError(problems)
    })
}

interface PrintOptions extends DumpOptions {
  readonly output: OutputFormat
}

/** Prints a file, and returns the first problem that it has. */
async function printFile(file: string, { output, ...options }: PrintOptions): Promise<Error | undefined> {
  let problem: Error | undefined
  let text = ''
  for await (const entry of dump(resolve(file), createNodeHost(), options)) {
    if (entry.problem !== undefined) problem ??= new Error(`${file} is damaged ${entry.problem}`)
    const line = output === 'json' ? jsonOf(entry) : textOf(entry)
    text += `${entry.problem === undefined ? line : colors.red(line)}\n`
    if (text.length < PIECE_LENGTH) continue
    await write(text)
    text = ''
  }
  if (text !== '') await write(text)
  return problem
}
