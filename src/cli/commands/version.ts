/** `ottla version`: what this is. */
import process from 'node:process'
import { Command } from 'commander'
import { type OutputFormat, print } from '../output.ts'
import { KAFKA_VERSION, VERSION } from '../version.ts'

export function versionCommand(): Command {
  return new Command('version')
    .description('show the version of Ottla, of Kafka as it speaks it, and of Node')
    .option('-o, --output <text|json>', 'how to print it', 'text')
    .action(({ output }: { output: OutputFormat }) => {
      const versions = { ottla: VERSION, kafka: KAFKA_VERSION, node: process.versions.node }
      print(output, versions, ({ ottla, kafka, node }) => [
        `ottla ${ottla} (speaks Apache Kafka ${kafka}, Node ${node})`,
      ])
    })
}
