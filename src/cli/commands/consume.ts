/** `ottla consume TOPIC`: records on stdout. */
import process from 'node:process'
import { Command } from 'commander'
import { type Cluster, type ConsumedRecord, Consumer, GroupMember, OffsetPoint, type ReadPosition } from '#client'
import { joinBytes, utf8 } from '#core'
import { parseCount, parseMoment } from '../arguments.ts'
import { jsonValue, Progress } from '../output.ts'
import { type RecordFormat, recordFormat } from '../record-format.ts'
import { inSession, type SessionOptions, withSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface ConsumeOptions extends SessionOptions {
  readonly fromBeginning?: boolean
  readonly offset?: number
  readonly since?: string
  readonly last?: number
  readonly partition?: number
  readonly group?: string
  readonly format?: string
  readonly exit?: boolean
  readonly count?: number
}

const HEARTBEAT_MS = 3000

export function consumeCommand(): Command {
  return withSession(new Command('consume').argument('<topic>'))
    .description('read records and print them; from now on, if no start is given')
    .option('--from-beginning', 'start with the oldest record')
    .option('--offset <number>', 'start with this offset', parseCount('--offset', 0))
    .option(
      '--since <moment>',
      'start with what is as new as this: a date, milliseconds since 1970, or 15m, 2h, 7d ago',
    )
    .option('--last <count>', 'start with the last so many records of each partition', parseCount('--last', 1))
    .option('-p, --partition <number>', 'read this one only', parseCount('--partition', 0))
    .option('-g, --group <name>', 'read as a member of this group, go on where it stopped, and commit')
    .option('-f, --format <text>', "how to print a record, as kcat's -f: %t %p %o %k %s %h %T, \\n; see below")
    .option('-e, --exit', 'end when all that is there has been read')
    .option('-n, --count <count>', 'end after so many records', parseCount('--count', 1))
    .addHelpText(
      'after',
      `
In a format, %s is the value, %k the key, %S and %K their lengths (-1: null), %R the value's length as 4 bytes,
%h the headers, %t the topic, %p the partition, %o the offset, %T the timestamp in ms. Default: '%s\\n'.
With -o json each record is one line of JSON; bytes that are not UTF-8 come as base64.

Examples:
  ottla consume greetings --from-beginning --exit
  ottla consume orders --since 15m -f '%p@%o %k=%s\\n'
  ottla consume orders -g billing -o json | jq .value`,
    )
    .action(async (topic: string, options: ConsumeOptions) => {
      checkStart(options)
      const print = printerOf(options)
      const stop = new AbortController()
      const onSignal = () => stop.abort()
      process.once('SIGINT', onSignal)
      process.once('SIGTERM', onSignal)
      process.stdout.on('error', onSignal)
      try {
        await inSession(options, async (cluster) => {
          const read = options.group === undefined ? readPartitions : readAsMember
          await read(cluster, { topic, options, print, signal: stop.signal })
        })
      } finally {
        process.off('SIGINT', onSignal)
        process.off('SIGTERM', onSignal)
      }
    })
}

interface Work {
  readonly topic: string
  readonly options: ConsumeOptions
  readonly print: (records: readonly ConsumedRecord[]) => Promise<void>
  readonly signal: AbortSignal
}

/** Reads all partitions, or the one that was asked for, without a group. */
async function readPartitions(cluster: Cluster, { topic, options, print, signal }: Work): Promise<void> {
  const consumer = new Consumer(cluster)
  const { partitions } = await cluster.topic(topic)
  const numbers = options.partition === undefined ? partitions.map(({ partition }) => partition) : [options.partition]
  const positions = await startOf(consumer, topic, { numbers, options })
  const ends = options.exit === true ? await consumer.offsetsAt(topic, numbers, OffsetPoint.LATEST) : undefined
  const progress = new Progress()
  let left = options.count ?? Number.POSITIVE_INFINITY
  while (!signal.aborted && left > 0) {
    const open =
      ends === undefined ? positions : positions.filter(({ partition, offset }) => offset < ends.get(partition)!)
    if (open.length === 0) break
    const records = (await consumer.poll(open)).slice(0, left)
    left -= records.length
    await print(ends === undefined ? records : records.filter(({ partition, offset }) => offset < ends.get(partition)!))
    if (ends !== undefined && process.stdout.isTTY !== true) {
      const rest = positions.reduce((sum, { partition, offset }) => sum + Math.max(0, ends.get(partition)! - offset), 0)
      progress.update(`${rest} records left`, Date.now())
    }
  }
  progress.end()
}

/** Reads what the group assigns, and commits what has been printed. */
async function readAsMember(cluster: Cluster, { topic, options, print, signal }: Work): Promise<void> {
  const consumer = new Consumer(cluster, { maxWaitMs: 300 })
  const member = new GroupMember(cluster, { groupId: options.group ?? '', topics: [topic] })
  let left = options.count ?? Number.POSITIVE_INFINITY
  try {
    while (!signal.aborted && left > 0) {
      const assigned = await member.join()
      const starts = await startOf(consumer, topic, { numbers: assigned.map(({ partition }) => partition), options })
      const positions = starts.map((start) => {
        const committed = assigned.find(({ partition }) => partition === start.partition)?.committedOffset ?? -1
        return committed >= 0 ? { ...start, offset: committed } : start
      })
      const ends =
        options.exit === true
          ? await consumer.offsetsAt(
              topic,
              positions.map(({ partition }) => partition),
              OffsetPoint.LATEST,
            )
          : undefined
      let heartbeatMs = Date.now()
      for (;;) {
        const isAtEnd = ends !== undefined && positions.every(({ partition, offset }) => offset >= ends.get(partition)!)
        if (signal.aborted || left <= 0 || isAtEnd) return
        if (positions.length === 0) await cluster.pause(300)
        const records = await consumer.poll(positions)
        const taken = records.slice(0, left)
        left -= taken.length
        await print(taken)
        const isMember = await member.commit(nextOffsets(taken))
        const isDue = Date.now() - heartbeatMs >= HEARTBEAT_MS
        if (isDue) heartbeatMs = Date.now()
        if (!isMember || (isDue && !(await member.heartbeat()))) break
      }
    }
  } finally {
    await member.leave().catch(() => {})
  }
}

function nextOffsets(records: readonly ConsumedRecord[]) {
  const next = new Map<string, { topic: string; partition: number; offset: number }>()
  for (const { topic, partition, offset } of records) {
    next.set(`${topic}-${partition}`, { topic, partition, offset: offset + 1 })
  }
  return [...next.values()]
}

function checkStart({ fromBeginning, offset, since, last }: ConsumeOptions): void {
  const given = Object.entries({
    '--from-beginning': fromBeginning,
    '--offset': offset,
    '--since': since,
    '--last': last,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} say different starts`, 'Give one of them.')
}

async function startOf(
  consumer: Consumer,
  topic: string,
  { numbers, options }: { readonly numbers: readonly number[]; readonly options: ConsumeOptions },
): Promise<ReadPosition[]> {
  const positions = (offsets: ReadonlyMap<number, number>) =>
    Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset }))
  if (options.offset !== undefined) return numbers.map((partition) => ({ topic, partition, offset: options.offset! }))
  if (options.since !== undefined) {
    return positions(await consumer.offsetsAt(topic, numbers, parseMoment(options.since, Date.now())))
  }
  if (options.last !== undefined) {
    const [first, end] = await Promise.all([
      consumer.offsetsAt(topic, numbers, OffsetPoint.EARLIEST),
      consumer.offsetsAt(topic, numbers, OffsetPoint.LATEST),
    ])
    const { last } = options
    return numbers.map((partition) => ({
      topic,
      partition,
      offset: Math.max(first.get(partition)!, end.get(partition)! - last),
    }))
  }
  const point = options.fromBeginning === true ? OffsetPoint.EARLIEST : OffsetPoint.LATEST
  return positions(await consumer.offsetsAt(topic, numbers, point))
}

function printerOf(options: ConsumeOptions): Work['print'] {
  if (options.output === 'json' && options.format !== undefined) {
    throw new UsageError('--format and -o json are two formats', 'Give one of them.')
  }
  const format = options.output === 'json' ? asJson : readFormat(options.format ?? '%s\\n')
  return async (records) => {
    const chunks = records.flatMap((record) => format(record))
    if (chunks.length === 0 || process.stdout.write(joinBytes(chunks))) return
    await new Promise((resolve) => {
      process.stdout.once('drain', resolve)
      process.stdout.once('error', resolve)
    })
  }
}

function readFormat(text: string): RecordFormat {
  try {
    return recordFormat(text)
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message)
    throw error
  }
}

const asJson: RecordFormat = ({ topic, partition, offset, timestamp, key, value, headers }) => {
  const shown = {
    topic,
    partition,
    offset,
    timestamp,
    key: jsonBytes(key),
    value: jsonBytes(value),
    headers: headers.map((header) => ({ key: header.key, value: jsonBytes(header.value) })),
  }
  return [utf8(`${JSON.stringify(shown, jsonValue)}\n`)]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function jsonBytes(bytes: Uint8Array | null): string | { readonly base64: string } | null {
  if (bytes === null) return null
  try {
    return decoder.decode(bytes)
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}
