/** `ottla consume TOPIC`: records on stdout. */
import process from 'node:process'
import { Command, Option } from 'commander'
import { type Cluster, GroupMember, OffsetPoint, type PartitionOffset, partitionOfTopic } from '#client'
import { nameOf, utf8 } from '#core'
import { parseCount, parseMoment } from '../arguments.ts'
import { PATIENCE_SECONDS, type SessionOptions, withSession } from '../options.ts'
import { Progress, plural } from '../output.ts'
import { Reading, type ReadingOptions, type Start, startsOf } from '../reading.ts'
import { type RecordFormat, recordFormat } from '../record-format.ts'
import { toJsonLine } from '../record-json.ts'
import { inSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface ConsumeOptions extends SessionOptions {
  readonly fromBeginning?: boolean
  readonly offset?: number
  readonly since?: bigint
  readonly last?: number
  readonly partition?: number
  readonly group?: string
  readonly format?: RecordFormat
  readonly exit?: boolean
  readonly count?: number
}

const COMMIT_INTERVAL_MS = 1000
/** How long a member that ends may take to commit and leave. */
const LEAVE_MS = 2000

export function consumeCommand(): Command {
  const starts = ['fromBeginning', 'offset', 'since', 'last']
  const start = (flags: string, description: string) =>
    new Option(flags, description).conflicts(starts.filter((name) => name !== new Option(flags).attributeName()))
  const command = new Command('consume')
    .argument('<topic>')
    .addOption(start('--from-beginning', 'start with the oldest record'))
    .addOption(start('--offset <number>', 'start with this offset').argParser(parseCount(0)))
    .addOption(
      start('--since <moment>', 'start with what is as new as this: a date, or 90s, 15m, 2h, 7d ago').argParser(
        (text) => parseMoment(text, Date.now()),
      ),
    )
    .addOption(
      start('--last <count>', 'start with the last so many records of each partition').argParser(parseCount(1)),
    )
    .addOption(new Option('-p, --partition <number>', 'read this one only').argParser(parseCount(0)).conflicts('group'))
    .option('-g, --group <group>', 'read as a member of this group: go on where it stopped, and commit')
    .addOption(
      new Option('-f, --format <text>', "how to print a record, as kcat's -f: see below").argParser(recordFormat),
    )
    .option('-e, --exit', 'end when all that is there has been read')
    .option('-n, --count <count>', 'end after so many records', parseCount(1))
  return withSession(command, { timeoutSeconds: PATIENCE_SECONDS })
    .addHelpText(
      'after',
      `
Where no start is given, it is the end: what is written from now on is read. A group starts where it has committed; there
the start given counts for partitions in which it has committed nothing.

In a format, %s is the value, %k the key, %S and %K their lengths (-1: null), %R the value's length as 4 bytes, %h the
headers, %t the topic, %p the partition, %o the offset, %T the timestamp in ms, %% a percent sign; \\n \\t \\r \\0 \\\\ \\xHH are
characters. Default: '%s\\n'. With -o json each record is a line of JSON; bytes that are not UTF-8 come as base64.

Examples:
  ottla consume greetings --from-beginning --exit
  ottla consume orders --since 15m -f '%p@%o %k=%s\\n'
  ottla consume orders -g billing -o json | jq .value`,
    )
    .action(consume)
}

async function consume(topic: string, options: ConsumeOptions): Promise<void> {
  if (options.output === 'json' && options.format !== undefined) {
    throw new UsageError('--format and -o json are two formats', 'Give one of them.')
  }
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const progress = new Progress(process.stdout)
  try {
    await inSession(options, async (cluster) => {
      const work = { cluster, topic, options, progress, signal: stop.signal }
      await (options.group === undefined ? readAlone(work) : readAsMember(work, options.group))
    })
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    progress.end()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

interface Work {
  readonly cluster: Cluster
  readonly topic: string
  readonly options: ConsumeOptions
  readonly progress: Progress
  /** Aborted when the user wants it to end. */
  readonly signal: AbortSignal
}

/** Reads all partitions, or the one that was asked for. */
async function readAlone({ cluster, topic, options, progress, signal }: Work): Promise<void> {
  const begin = async () => {
    const known = await cluster.topic(topic)
    const read = options.partition === undefined ? known.partitions : [partitionOfTopic(known, options.partition)]
    const where = read.map(({ partition }) => ({ topic, partition }))
    return await Reading.begin(cluster, await startsOf(cluster, where, startIn(options)), readingOptions(options, 0))
  }
  const reading = await unlessAborted(signal, begin())
  const growing = options.partition === undefined && options.exit !== true
  while (!reading.isDone) {
    await unlessAborted(signal, reading.step())
    progress.update(() => progressOf(reading))
    if (!growing) continue
    const { partitions } = await unlessAborted(signal, cluster.topic(topic, { waitMs: cluster.retryTimeoutMs }))
    // What is in a partition that was not there has come since we began, whatever the start.
    const added = partitions.slice(reading.positions.length)
    reading.add(added.map(({ partition }) => ({ topic, partition, offset: 0 })))
  }
}

/** Reads what the group assigns, and commits what has been printed. */
async function readAsMember({ cluster, topic, options, progress, signal }: Work, groupId: string): Promise<void> {
  await unlessAborted(signal, cluster.topic(topic))
  const member = new GroupMember(cluster, { groupId, topics: [topic] })
  const inTime = async (work: Promise<unknown>) => await Promise.race([work.catch(() => {}), cluster.pause(LEAVE_MS)])
  let count = 0
  try {
    for (let isDone = false; !isDone; ) {
      const assigned = await unlessAborted(signal, member.join())
      const begin = async () => {
        const fresh = assigned.filter(({ committedOffset }) => committedOffset === undefined)
        const committed = assigned.flatMap(({ topic: of, partition, committedOffset: offset }) =>
          offset === undefined ? [] : [{ topic: of, partition, offset }],
        )
        const starts = [...committed, ...(await startsOf(cluster, fresh, startIn(options)))]
        const reading = await Reading.begin(cluster, starts, readingOptions(options, count))
        return { reading, commits: new Commits(member, reading, committed) }
      }
      const { reading, commits } = await unlessAborted(signal, begin())
      try {
        while (!reading.isDone && !member.isStale) {
          await unlessAborted(signal, reading.step())
          await unlessAborted(signal, commits.commitIfDue())
          progress.update(() => progressOf(reading))
        }
        await commits.commit()
      } finally {
        // Where it ends otherwise, what has been printed is committed all the same.
        await inTime(commits.commit())
      }
      count += reading.count
      isDone = reading.isDone
    }
  } finally {
    await inTime(member.leave())
  }
}

/** Commits where a reading has come to, now and then. */
class Commits {
  readonly #member: GroupMember
  readonly #reading: Reading
  #committed: ReadonlyMap<string, number>
  #atMs = performance.now()

  /** `committed` is what the group has already. A start that is not there is committed too: whoever goes on, does so here. */
  constructor(member: GroupMember, reading: Reading, committed: readonly PartitionOffset[]) {
    this.#member = member
    this.#reading = reading
    this.#committed = new Map(committed.map((position) => [nameOf(position), position.offset]))
  }

  async commitIfDue(): Promise<void> {
    if (performance.now() - this.#atMs >= COMMIT_INTERVAL_MS) await this.commit()
  }

  async commit(): Promise<void> {
    const { positions } = this.#reading
    const moved = positions.filter((position) => this.#committed.get(nameOf(position)) !== position.offset)
    if (await this.#member.commit(moved)) {
      this.#committed = new Map(positions.map((position) => [nameOf(position), position.offset]))
    }
    this.#atMs = performance.now()
  }
}

class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** What `work` gives; rejects with `Interrupted` as soon as the signal is aborted, whatever `work` does then. */
async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Interrupted())
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}

function startIn({ fromBeginning, offset, since, last }: ConsumeOptions): Start {
  if (offset !== undefined) return { offset }
  if (last !== undefined) return { last }
  if (since !== undefined) return { timestamp: since }
  return { timestamp: fromBeginning === true ? OffsetPoint.EARLIEST : OffsetPoint.LATEST }
}

function readingOptions({ output, format, exit, count }: ConsumeOptions, printedCount: number): ReadingOptions {
  return {
    format: output === 'json' ? asJson : (format ?? recordFormat('%s\\n')),
    exit: exit === true,
    countMax: (count ?? Number.POSITIVE_INFINITY) - printedCount,
  }
}

const asJson: RecordFormat = (where, record) => [utf8(toJsonLine(where, record))]

function progressOf({ count, leftCount }: Reading): string {
  return `${plural(count, 'record')}${leftCount === Number.POSITIVE_INFINITY ? '' : `, ${leftCount} left`}`
}
