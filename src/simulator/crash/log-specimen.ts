/**
 * A log directory to damage: two logs, in several segments, with all codecs, producers, transactions, epochs, and a
 * beginning that DeleteRecords moved. One was closed; the other was left by a crash after all of it had been synced.
 */
import { nameOf } from '#core'
import { HostError, type Logger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { DamagedLogError, type Log, LogDirectory, TailCache } from '#log'
import { baseOffsetOf, ControlType, lastOffsetOf, maxTimestampOf } from '#protocol/records'
import { filesIn, type Specimen, type Verdict } from './damage.ts'
import { isEqual } from './log-history.ts'
import { LogStory, PATH, storyConfig } from './log-story.ts'

const CONFIG = { segmentBytes: 700, indexIntervalBytes: 200, retentionMs: 7 * 24 * 60 * 60 * 1000 }
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** The work: the same each time. */
async function work(): Promise<LogStory> {
  const story = new LogStory({ seed: 3, config: CONFIG })
  await story.open()
  const orders = await story.create('orders')
  const payments = await story.create('payments')
  for (const [index, codec] of [...CODECS, ...CODECS].entries()) {
    story.append(orders, 3, { bytes: 60, codec })
    const sent = { producerId: 7n, producerEpoch: 0, baseSequence: index * 2, transactional: true }
    story.append(orders, 2, { bytes: 40, ...sent })
    if (index % 2 === 0) story.end(orders, 7n, index % 4 === 0 ? ControlType.ABORT : ControlType.COMMIT)
    orders.log!.assignEpoch(++orders.epoch)
    story.append(payments, 1, { bytes: 30 })
    await story.settled()
  }
  story.end(orders, 7n, ControlType.ABORT)
  await story.settled()
  story.deleteRecords(orders, 4)
  await story.checkpoint()
  return story
}

export async function logSpecimens(): Promise<readonly Specimen[]> {
  const crashed = await work()
  const closed = await work()
  await closed.close()
  return [await specimen('a closed directory', closed), await specimen('a directory that was not closed', crashed)]
}

async function specimen(name: string, story: LogStory): Promise<Specimen> {
  const tree = story.disk.tree()
  const expected = await factsIn(new MemoryDisk({}, tree.copy()), story.logs)
  const files = filesIn(tree).filter((path) => !path.endsWith('.lock'))
  return { name, tree, files, inspect: (damaged, logger) => inspect(damaged, logger, expected) }
}

/** What a directory serves, by the names of its logs. */
type Facts = ReadonlyMap<string, LogFacts>

interface LogFacts {
  readonly startOffset: number
  readonly endOffset: number
  readonly batches: readonly Uint8Array[]
  /** All that was ever appended. */
  readonly appended: readonly Uint8Array[]
  /** Producers, transactions, epochs. */
  readonly text: string
  /** The records that are found by their times. */
  readonly times: string
}

async function open(disk: MemoryDisk, logger: Logger): Promise<LogDirectory> {
  const host = { clock: new VirtualClock(), compute: nodeCompute, disk, logger, random: seededRandom(9) }
  return await LogDirectory.open(PATH, { host, tailCache: new TailCache(0) })
}

async function factsIn(disk: MemoryDisk, logs: LogStory['logs']): Promise<Facts> {
  const directory = await open(disk, { error: throwIt, warn: throwIt, info() {}, debug() {} })
  const facts = new Map<string, LogFacts>()
  for (const topicPartition of directory.found()) {
    const log = await directory.openLog(topicPartition, storyConfig(CONFIG))
    const appended = logs.get(nameOf(topicPartition))!.lineage.batches
    facts.set(nameOf(topicPartition), { ...(await factsOf(log)), appended })
  }
  return facts
}

function throwIt(message: string): never {
  throw new Error(message)
}

/** A batch that the log says it cannot serve. */
class NotServed extends Error {
  override readonly name = 'NotServed'
}

async function factsOf(log: Log, from = log.logStartOffset): Promise<Omit<LogFacts, 'appended'>> {
  const { logStartOffset, logEndOffset } = log
  const batches: Uint8Array[] = []
  for (let next = logStartOffset; next < logEndOffset; ) {
    // One batch at a time: each read begins at the index.
    const slice = await log.read(next, { maxBytes: 1, atLeastOne: true, endOffset: logEndOffset })
    if (slice.error !== 0 || slice.sizeBytes === 0) throw new NotServed(`error ${slice.error} at ${next}`)
    batches.push(...slice.chunks.map((chunk) => chunk.slice()))
    next = slice.nextOffset
  }
  // Its topic's id is held against the metadata by whoever opens it.
  const text: string[] = []
  for (const producer of log.activeProducers()) text.push(Object.values(producer).join('/'))
  for (const { producerId, firstOffset, lastOffset } of await log.abortedTransactions(from, logEndOffset)) {
    text.push(`${producerId}:${firstOffset}-${lastOffset}`)
  }
  for (let offset = from; offset < logEndOffset; offset++) text.push(`${log.epochAt(offset)}`)
  const times: string[] = []
  for (const batch of batches) {
    const found = await log.offsetForTimestamp(maxTimestampOf(batch))
    times.push(`${found?.offset}@${found?.timestampMs}`)
  }
  const greatest = await log.offsetOfMaxTimestamp()
  times.push(`${greatest?.offset}@${greatest?.timestampMs}`)
  const texts = { text: text.join(' '), times: times.join(' ') }
  return { startOffset: logStartOffset, endOffset: logEndOffset, batches, ...texts }
}

async function inspect(disk: MemoryDisk, logger: Logger, expected: Facts): Promise<Verdict> {
  const directory = await open(disk, logger)
  const refused: string[] = []
  if (directory.found().length !== expected.size) throw new Error(`it finds ${directory.found().length} logs`)
  for (const topicPartition of directory.found()) {
    const name = nameOf(topicPartition)
    try {
      const log = await directory.openLog(topicPartition, storyConfig(CONFIG))
      const count = await log.enforceRetention(new VirtualClock().nowMs())
      if (count > 0) throw new Error(`${name} gives up ${count} segments that are not old`)
      const wanted = expected.get(name)!
      compare(name, await factsOf(log, Math.max(log.logStartOffset, wanted.startOffset)), wanted)
    } catch (error) {
      if (!(error instanceof DamagedLogError || error instanceof NotServed || error instanceof HostError)) throw error
      refused.push(`${name}: ${error.message}`)
    }
  }
  // One file is damaged: what it does not belong to is served.
  if (refused.length === expected.size) throw new Error(`no log is served: ${refused.join('; ')}`)
  return refused.length === 0 ? { outcome: 'same' } : { outcome: 'refused', words: refused.join('; ') }
}

/** What DeleteRecords has hidden may be seen again, where what says so is damaged. */
function compare(name: string, found: Omit<LogFacts, 'appended'>, expected: LogFacts): void {
  const { startOffset, endOffset, appended, text, times } = expected
  if (found.startOffset > startOffset) throw new Error(`${name} starts at ${found.startOffset}, not ${startOffset}`)
  if (found.endOffset !== endOffset) throw new Error(`${name} ends at ${found.endOffset}, not ${endOffset}`)
  const wanted = appended.filter((batch) => lastOffsetOf(batch) >= found.startOffset)
  for (const [index, batch] of wanted.entries()) {
    const other = found.batches[index]
    if (other === undefined || !isEqual(batch, other)) {
      throw new Error(`${name} serves another batch at ${baseOffsetOf(batch)}`)
    }
  }
  if (found.text !== text) throw new Error(`${name} says ${found.text}\n  not ${text}`)
  // What is seen again is found by its time as well.
  if (found.startOffset === startOffset && found.times !== times) {
    throw new Error(`${name} finds times at ${found.times}\n  not ${times}`)
  }
}
