/** `ottla produce TOPIC`: each line of stdin is a record. */
import process from 'node:process'
import { Command, Option } from 'commander'
import { type OutgoingRecord, Producer } from '#client'
import { utf8 } from '#core'
import type { Compression } from '#protocol/records'
import { collectPairs, parseCount } from '../arguments.ts'
import { indexOfBytes, linesOf } from '../lines.ts'
import { PATIENCE_SECONDS, type SessionOptions, withSession } from '../options.ts'
import { Progress, plural, print, say } from '../output.ts'
import { fromJsonLine } from '../record-json.ts'
import { inSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface ProduceOptions extends SessionOptions {
  readonly input: 'text' | 'json'
  readonly key?: string
  readonly keySeparator?: string
  readonly partition?: number
  readonly header?: ReadonlyMap<string, string>
  readonly compression: Compression
  readonly emptyIsNull?: boolean
  readonly quiet?: boolean
}

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export function produceCommand(): Command {
  const command = new Command('produce')
    .argument('<topic>', 'made if it is missing and the broker allows it')
    .option('-k, --key <key>', 'the key of every record')
    .option('-K, --key-separator <text>', 'what stands between key and value in a line')
    .option('-p, --partition <number>', 'where all go; else by key, or in turn', parseCount(0))
    .option('-H, --header <name=value>', 'a header of every record; may be given again', collectPairs)
    .addOption(
      new Option('-z, --compression <codec>', 'how batches are compressed').choices(COMPRESSIONS).default('none'),
    )
    .option('-Z, --empty-is-null', 'an empty value is null: deletes the key in a compacted topic')
    .addOption(
      new Option('-i, --input <format>', 'what a line is: a value, or JSON as `consume -o json` prints it')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-q, --quiet', 'do not say at the end how many were written')
  return withSession(command, { timeoutSeconds: PATIENCE_SECONDS })
    .addHelpText(
      'after',
      `
A line ends with \\n or \\r\\n; what is between is taken byte for byte. The command ends well when all records are stored on
all replicas in sync, each once, whatever happens to the brokers meanwhile.

Examples:
  echo hello | ottla produce greetings
  printf 'k1:a\\nk2:b\\n' | ottla produce pairs -K : -z zstd
  ottla produce log < access.log
  ottla consume orders --from-beginning --exit -o json | ottla produce orders-copy --input json`,
    )
    .action(produce)
}

async function produce(topic: string, options: ProduceOptions): Promise<void> {
  checkOptions(options)
  const { stdin } = process
  // What has been read is still written when the reading is broken off; the second time we break off, too.
  const breakOff = () => stdin.destroy()
  process.once('SIGINT', breakOff)
  process.once('SIGTERM', breakOff)
  if (stdin.isTTY && options.quiet !== true) say('One record per line; Ctrl-D ends.')
  const stored = await inSession(options, async (cluster) => {
    let failure: unknown
    const producer = new Producer(cluster, {
      compression: options.compression,
      onFailure: (error) => {
        failure ??= error
        // Whoever writes to us may be silent for long: do not wait for the next line to tell.
        stdin.destroy()
      },
    })
    await sendLines(stdin, { producer, topic, options })
    if (failure !== undefined) throw failure
    await producer.flush()
    return producer.stored
  })
  if (options.quiet === true) return
  const partitions = stored.map(({ topic: _, ...ofPartition }) => ofPartition)
  const count = partitions.reduce((sum, ofPartition) => sum + ofPartition.count, 0)
  const [first] = partitions
  const where =
    count === 1 && first !== undefined ? `${topic}-${first.partition} at offset ${first.firstOffset}` : topic
  await print(options.output, { topic, count, partitions }, () => [`Wrote ${plural(count, 'record')} to ${where}.`])
}

interface Sending {
  readonly producer: Producer
  readonly topic: string
  readonly options: ProduceOptions
}

async function sendLines(stdin: AsyncIterable<Uint8Array>, { producer, topic, options }: Sending): Promise<void> {
  const toRecord = recordReader(options)
  const progress = new Progress(process.stdin)
  const startMs = performance.now()
  let count = 0
  try {
    for await (const lines of linesOf(stdin)) {
      const nowMs = Date.now()
      const records: OutgoingRecord[] = []
      let wrong: unknown
      for (const line of lines) {
        try {
          records.push(toRecord(line, count + 1, nowMs))
        } catch (error) {
          wrong = error
          break
        }
        count++
      }
      await producer.send(topic, records)
      if (wrong !== undefined) {
        // The lines before it are written in any case, not as it happens.
        await producer.flush()
        throw wrong
      }
      progress.update(
        () => `${plural(count, 'record')}, ${Math.round((count / (performance.now() - startMs)) * 1000)}/s`,
      )
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  } finally {
    progress.end()
  }
}

/** How a line becomes a record. */
function recordReader(options: ProduceOptions): (line: Uint8Array, number: number, nowMs: number) => OutgoingRecord {
  const headers = Array.from(options.header ?? [], ([key, value]) => ({ key, value: utf8(value) }))
  const { partition } = options
  if (options.input === 'json') {
    return (line, number, nowMs) => {
      try {
        const record = fromJsonLine(line, nowMs)
        return { ...record, headers: [...(record.headers ?? []), ...headers], partition, line: number }
      } catch (error) {
        throw new Error(`Line ${number} is no record: ${(error as Error).message}`, { cause: error })
      }
    }
  }
  const key = options.key === undefined ? null : utf8(options.key)
  const separator = options.keySeparator === undefined ? undefined : utf8(options.keySeparator)
  const toValue = (value: Uint8Array) => (value.length === 0 && options.emptyIsNull === true ? null : value)
  return (line, number, timestamp) => {
    const common = { headers, timestamp, partition, line: number }
    const at = separator === undefined ? -1 : indexOfBytes(line, separator)
    if (at < 0) return { key, value: toValue(line), ...common }
    return { key: line.subarray(0, at), value: toValue(line.subarray(at + separator!.length)), ...common }
  }
}

function checkOptions({ input, key, keySeparator, emptyIsNull }: ProduceOptions): void {
  if (keySeparator === '') throw new UsageError('--key-separator is empty', 'Give what stands between key and value.')
  if (input === 'json' && (key ?? keySeparator ?? emptyIsNull) !== undefined) {
    throw new UsageError('With --input json, key and value are what the JSON says', 'Leave out -k, -K and -Z.')
  }
}
