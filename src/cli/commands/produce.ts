/** `ottla produce TOPIC`: each line of stdin is a record. */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { Producer } from '#client'
import { utf8 } from '#core'
import type { Compression } from '#protocol/records'
import { collectPairs, parseCount } from '../arguments.ts'
import { Progress, print } from '../output.ts'
import { inSession, type SessionOptions, withSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Records that wait for an answer before stdin is read on. */
const PENDING_MAX = 20_000

interface ProduceOptions extends SessionOptions {
  readonly key?: string
  readonly keySeparator?: string
  readonly partition?: number
  readonly header: ReadonlyMap<string, string>
  readonly compression: Compression
  readonly empty?: 'null'
  readonly quiet?: boolean
}

export function produceCommand(): Command {
  return withSession(new Command('produce').argument('<topic>', 'made if it is missing and the broker allows'))
    .description('write records: one per line of stdin')
    .option('-k, --key <key>', 'the key of every record')
    .option('-K, --key-separator <text>', 'what stands between key and value in a line')
    .option('-p, --partition <number>', 'where all go; else by key, or in turn', parseCount('--partition', 0))
    .option('-H, --header <name=value>', 'a header of every record; may be given again', collectPairs, new Map())
    .option('-z, --compression <codec>', `one of ${COMPRESSIONS.join(', ')}`, parseCompression, 'none')
    .option('--empty <null>', 'with `null`, an empty value is null: a tombstone in a compacted topic', parseEmpty)
    .option('-q, --quiet', 'do not say at the end how many were written')
    .addHelpText(
      'after',
      `
Examples:
  echo hello | ottla produce greetings
  printf 'k1:a\\nk2:b\\n' | ottla produce pairs -K : -z zstd
  ottla produce log < access.log`,
    )
    .action(async (topic: string, options: ProduceOptions) => {
      await inSession(options, async (cluster) => {
        const producer = new Producer(cluster, { compression: options.compression })
        const headers = Array.from(options.header, ([key, value]) => ({ key, value: utf8(value) }))
        const progress = new Progress()
        const startMs = Date.now()
        let count = 0
        let failure: unknown
        if (process.stdin.isTTY === true && options.quiet !== true) {
          process.stderr.write('One record per line; end with Ctrl-D.\n')
        }
        for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
          const { key, value } = split(line, options)
          count++
          producer
            .send({
              topic,
              key,
              value,
              headers,
              ...(options.partition === undefined ? undefined : { partition: options.partition }),
            })
            .catch((error: unknown) => {
              failure ??= error
            })
          if (producer.pendingCount >= PENDING_MAX) await producer.flush().catch(() => {})
          if (failure !== undefined) throw failure
          progress.update(`${count} records, ${Math.round(count / ((Date.now() - startMs) / 1000))}/s`, Date.now())
        }
        await producer.flush().catch(() => {})
        progress.end()
        if (failure !== undefined) throw failure
        if (options.quiet !== true) {
          print(options.output, { topic, count }, () => [`Wrote ${count} record${count === 1 ? '' : 's'} to ${topic}.`])
        }
      })
    })
}

function split(line: string, options: ProduceOptions): { key: Uint8Array | null; value: Uint8Array | null } {
  let key: string | null = options.key ?? null
  let value = line
  if (options.keySeparator !== undefined) {
    const at = line.indexOf(options.keySeparator)
    if (at >= 0) {
      key = line.slice(0, at)
      value = line.slice(at + options.keySeparator.length)
    }
  }
  return {
    key: key === null ? null : utf8(key),
    value: value === '' && options.empty === 'null' ? null : utf8(value),
  }
}

function parseCompression(text: string): Compression {
  const codec = COMPRESSIONS.find((name) => name === text)
  if (codec === undefined) {
    throw new UsageError(`--compression is ${JSON.stringify(text)}`, `Give one of ${COMPRESSIONS.join(', ')}.`)
  }
  return codec
}

function parseEmpty(text: string): 'null' {
  if (text !== 'null') throw new UsageError(`--empty is ${JSON.stringify(text)}`, 'The one thing to give is null.')
  return text
}
