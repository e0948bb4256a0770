/** `ottla version`: what this is. */
import process from 'node:process'
import { Command } from 'commander'
import { outputOption } from '../options.ts'
import { type OutputFormat, print } from '../output.ts'
import { KAFKA_VERSION, VERSION } from '../version.ts'

export function versionCommand(): Command {
  return new Command('version')
    .addOption(outputOption())
    .action(async ({ output }: { readonly output: OutputFormat }) => {
      const versions = { ottla: VERSION, kafka: KAFKA_VERSION, node: process.versions.node }
      await print(output, versions, ({ ottla, kafka, node }) => [
        `ottla ${ottla} (speaks Apache Kafka ${kafka}, Node ${node})`,
      ])
    })
}
