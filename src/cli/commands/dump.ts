/** `ottla dump FILE`: what a file of a data folder says. */
import { resolve } from 'node:path'
import process from 'node:process'
import { Command } from 'commander'
import { MalformedError } from '#core'
import { createNodeHost } from '#host/node'
import { dump } from '../dump.ts'

export function dumpCommand(): Command {
  return new Command('dump')
    .argument('<file...>')
    .description('show what a file of a data folder says: segment, index, snapshot, checkpoint')
    .option('-r, --records', 'the records of each batch too')
    .addHelpText(
      'after',
      `
Examples:
  ottla dump --records ottla-data/greetings-0/00000000000000000000.log
  ottla dump --records ottla-data/__cluster_metadata-0/00000000000000000000.log
  ottla dump ottla-data/greetings-0/00000000000000000000.index`,
    )
    .action(async (files: string[], options: { records?: boolean }) => {
      const host = createNodeHost()
      for (const file of files) {
        if (files.length > 1) process.stdout.write(`${file}:\n`)
        try {
          for await (const line of dump(resolve(file), host, { records: options.records === true })) {
            process.stdout.write(`${line}\n`)
          }
        } catch (error) {
          if (!(error instanceof MalformedError || error instanceof RangeError)) throw error
          throw new Error(`${file} is no such file, or damaged: ${error.message}`, { cause: error })
        }
      }
    })
}
