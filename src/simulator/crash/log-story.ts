/**
 * A log directory at work, and what it has promised.
 *
 * A story is written as a script of steps; some choices in it come from a seed. What it has promised is taken from what
 * the directory has said by then: the offsets that it acknowledged, the calls that it has answered.
 */
import { nameOf, type TopicPartition } from '#core'
import { type Random, silentLogger } from '#host'
import { type FileTree, MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import {
  type AppendOptions,
  DEFAULT_LOG_CONFIG,
  type Log,
  LogCleaner,
  type LogConfig,
  LogDirectory,
  TailCache,
} from '#log'
import {
  type BatchOptions,
  type ControlType,
  encodeBatch,
  encodeEndTxnMarker,
  nextOffsetOf,
  setBaseOffset,
  setLeaderEpoch,
} from '#protocol/records'
import { foundIn } from './log-facts.ts'
import {
  addTo,
  COORDINATOR_EPOCH,
  type Compaction,
  cutAt,
  endOf,
  type Lineage,
  type LogPromise,
  producersOf,
  recordsIn,
} from './log-history.ts'
import { Recording } from './recording.ts'
import type { Promised } from './scenario.ts'

export const PATH = '/data'
const TOPIC_IDS = ['jWoDUkekQkGofl7qffTGMQ', 'Zm9vYmFyYmF6cXV4MTIzNA', 'QWxsIGdvb2QgdGhpbmdzIQ']
export const NEVER = 2 ** 63

export interface DirectoryPromise extends Promised {
  readonly logs: ReadonlyMap<string, LogPromise>
  /** Whether the mark of a clean shutdown may be there: only from its writing until the next start has removed it. */
  readonly mayBeMarked: boolean
}

/** One log of a story. */
export class ToldLog {
  readonly topicPartition: TopicPartition
  readonly topicId: string
  readonly config: LogConfig
  log: Log | undefined
  presence: LogPromise['presence'] = 'maybe'
  lineage: Lineage = { startOffset: 0, batches: [] }
  /** While it is cut: what it was before. */
  formerLineage: Lineage | undefined
  epoch = 0
  compaction: Compaction | undefined
  /** The least that a crash may leave, and where it starts at the least. */
  endMin = 0
  startMin = 0
  startMax = 0

  constructor(topicPartition: TopicPartition, topicId: string, config: LogConfig) {
    this.topicPartition = topicPartition
    this.topicId = topicId
    this.config = config
  }

  promise(): LogPromise {
    const { log, topicId, presence, lineage, formerLineage } = this
    if (log !== undefined && log.failure === undefined && formerLineage === undefined) {
      const { stableEndOffset, recoveryPoint } = log
      this.endMin = Math.max(this.endMin, recoveryPoint, log.config.flushMessages === 1 ? stableEndOffset : 0)
    }
    this.startMax = Math.max(this.startMax, log?.logStartOffset ?? 0)
    const { endMin, startMin, startMax } = this
    const lineages = formerLineage === undefined ? [lineage] : [lineage, formerLineage]
    const endMax = Math.max(...lineages.map(endOf), startMax)
    const facts = { topicId, presence, lineages, endMin, endMax, startMin, startMax }
    return this.compaction === undefined ? facts : { ...facts, compaction: this.compaction }
  }
}

export interface StoryOptions {
  readonly seed: number
  readonly config?: Partial<LogConfig>
}

export class LogStory {
  readonly random: Random
  readonly clock = new VirtualClock()
  readonly recording: Recording<DirectoryPromise>
  readonly disk: MemoryDisk
  readonly logs = new Map<string, ToldLog>()
  readonly config: LogConfig
  directory!: LogDirectory
  #mayBeMarked = false
  #values = 0
  #lives = 0
  #topics = 0

  constructor({ seed, config }: StoryOptions, before?: FileTree) {
    this.random = seededRandom(seed)
    this.config = storyConfig(config)
    this.recording = new Recording(() => this.#promised(), before)
    this.disk = new MemoryDisk({ observe: this.recording.observe }, before)
  }

  #promised(): DirectoryPromise {
    const logs = new Map(Array.from(this.logs, ([name, told]) => [name, told.promise()]))
    let key = `${this.#mayBeMarked}`
    for (const [name, { topicId, presence, endMin, endMax, startMin, startMax, ...promise }] of logs) {
      const lengths = promise.lineages.map(({ batches }) => batches.length)
      const { gone, going } = promise.compaction ?? {}
      if (going !== undefined) key += `${gone?.size}-${going.offsets === gone}`
      key += ` ${name}:${topicId}:${presence}:${lengths}:${endMin}-${endMax}:${startMin}:${startMax}`
    }
    return { key, logs, mayBeMarked: this.#mayBeMarked }
  }

  async open(): Promise<void> {
    this.directory = await openDirectory(this.disk, ++this.#lives, this.clock)
    this.#mayBeMarked = false
    for (const topicPartition of this.directory.found()) {
      const told = this.logs.get(nameOf(topicPartition))!
      told.log = await this.directory.openLog(topicPartition, told.config)
    }
  }

  async close(): Promise<void> {
    this.#mayBeMarked = true
    await this.directory.close({ brokerEpoch: 7 })
    for (const told of this.logs.values()) {
      if (told.log === undefined) continue
      told.endMin = told.log.logEndOffset
      told.startMin = told.log.logStartOffset
      told.log = undefined
    }
  }

  /**
   * Has the disk fail at some call of `operation`, while there is work; then the broker is started again, and the machine, with
   * what it has in memory, goes on. What was appended and is not there any more was never acknowledged.
   */
  async fail(operation: 'sync' | 'write', told: ToldLog): Promise<void> {
    this.disk.failNext(operation, 'EIO')
    for (let i = 0; i < 4 && this.directory.failure === undefined; i++) {
      this.append(told, 1, { bytes: 100 })
      if (i === 1) told.log!.roll()
      await this.pause(40)
    }
    await this.directory.close({ brokerEpoch: 7 })
    await this.open()
    for (const each of this.logs.values()) each.lineage = cutAt(each.lineage, each.log!.logEndOffset)
  }

  async create(topic: string, config: Partial<LogConfig> = {}): Promise<ToldLog> {
    const topicPartition = { topic, partition: 0 }
    const told = new ToldLog(topicPartition, TOPIC_IDS[this.#topics++]!, { ...this.config, ...config })
    this.logs.set(nameOf(topicPartition), told)
    told.log = await this.directory.createLog(topicPartition, { topicId: told.topicId, config: told.config })
    told.presence = 'yes'
    return told
  }

  async delete(told: ToldLog): Promise<void> {
    told.presence = 'maybe'
    await this.directory.deleteLog(told.topicPartition)
    told.log = undefined
    told.presence = 'no'
  }

  /** Appends a batch of `count` records of about `bytes` bytes each. */
  append(told: ToldLog, count = 1, { bytes = 20, ...options }: BatchOptions & { bytes?: number } = {}): void {
    const timestamp = this.clock.nowMs() + this.random.below(1000)
    const records = Array.from({ length: count }, () => {
      const text = `${this.#values++} `.repeat(Math.ceil(bytes / 4)).slice(0, bytes)
      return { timestamp, key: null, value: new TextEncoder().encode(text) }
    })
    this.appendBytes(told, encodeBatch(records, { compute: nodeCompute, ...options }))
  }

  appendBytes(told: ToldLog, bytes: Uint8Array, options: Partial<AppendOptions> = {}): void {
    const outcome = told.log!.append(bytes, { origin: 'client', leaderEpoch: told.epoch, ...options })
    if (outcome.error !== undefined) throw new Error(outcome.message)
    addTo(told.lineage, bytes)
  }

  /** Appends what a leader of `epoch` has at the log's end: of one of two producers, or of none. */
  replicate(told: ToldLog, count: number, epoch = told.epoch): void {
    const timestamp = this.clock.nowMs() + this.random.below(1000)
    const records = Array.from({ length: count }, () => ({
      timestamp,
      value: new TextEncoder().encode(`${this.#values++}`),
    }))
    const producerId = BigInt(this.random.below(3))
    const known = producersOf(told.lineage.batches).get(producerId)
    const sequence = { producerId, producerEpoch: 0, baseSequence: (known?.lastSequence ?? -1) + 1 }
    const bytes = encodeBatch(records, producerId === 0n ? {} : sequence)
    setBaseOffset(bytes, 0, told.log!.logEndOffset)
    setLeaderEpoch(bytes, 0, epoch)
    this.appendBytes(told, bytes, { origin: 'replica' })
    told.epoch = epoch
  }

  /** Appends records with keys; a value of null deletes one. */
  put(told: ToldLog, puts: Readonly<Record<string, string | null>>, options: BatchOptions = {}): void {
    const bytes = (text: string) => new TextEncoder().encode(text)
    const records = Object.entries(puts).map(([key, value]) => ({
      timestamp: this.clock.nowMs(),
      key: bytes(key),
      value: value === null ? null : bytes(value),
    }))
    this.appendBytes(told, encodeBatch(records, { compute: nodeCompute, ...options }))
  }

  /** Has a log compacted, if there is something to compact. */
  async compact(told: ToldLog): Promise<void> {
    const gone = told.compaction?.gone ?? new Set()
    const going = { offsets: gone }
    told.compaction = { gone, going }
    const cleaner = new LogCleaner({
      host: { clock: this.clock, logger: silentLogger },
      directories: [this.directory],
      limits: () => ({ mapBytes: 1 << 16, loadFactor: 0.9, ioBytes: 4096 }),
      bytesPerSecond: () => Number.POSITIVE_INFINITY,
      backoffMs: () => 1000,
    })
    await cleaner.cleanFilthiest()
    const log = told.log!
    const left = recordsIn((await foundIn(log)).batches)
    going.offsets = new Set([...recordsIn(told.lineage.batches).keys()].filter((offset) => !left.has(offset)))
    told.compaction = { gone: going.offsets, going }
  }

  /** Ends the transaction of a producer. */
  end(told: ToldLog, producerId: bigint, type: typeof ControlType.ABORT | typeof ControlType.COMMIT): void {
    const marker = { timestamp: this.clock.nowMs(), producerId, producerEpoch: 0 }
    this.appendBytes(told, encodeEndTxnMarker(type, COORDINATOR_EPOCH, marker), { origin: 'coordinator' })
  }

  /** Lets the disk go on for some turns, how many is left to chance. */
  async pause(turnsMax = 12): Promise<void> {
    for (let i = this.random.below(turnsMax + 1); i > 0; i--) await undefined
  }

  /** When all that was appended may be acknowledged. */
  async settled(): Promise<void> {
    for (const { log } of this.logs.values()) {
      if (log === undefined || log.failure !== undefined) continue
      while (log.stableEndOffset < log.logEndOffset) await undefined
      log.advanceHighWatermark(log.stableEndOffset)
    }
    await this.pause(4)
  }

  async checkpoint(): Promise<void> {
    const starts = Array.from(this.logs.values(), (told) => [told, told.log?.logStartOffset ?? 0] as const)
    await this.directory.checkpoint()
    for (const [told, start] of starts) told.startMin = Math.max(told.startMin, start)
  }

  async truncate(told: ToldLog, offset: number): Promise<void> {
    const log = told.log!
    told.promise()
    told.formerLineage = told.lineage
    told.endMin = Math.min(told.endMin, offset)
    told.lineage = cutAt(told.lineage, offset)
    // A batch goes as a whole.
    const last = told.lineage.batches.at(-1)
    told.endMin = Math.min(told.endMin, last === undefined ? told.lineage.startOffset : nextOffsetOf(last))
    await log.truncateTo(offset)
    told.startMin = Math.min(told.startMin, log.logStartOffset)
    told.formerLineage = undefined
  }

  async startAnew(told: ToldLog, offset: number): Promise<void> {
    told.formerLineage = told.lineage
    told.lineage = { startOffset: offset, batches: [] }
    told.endMin = 0
    told.startMax = Math.max(told.startMax, offset)
    await told.log!.truncateFullyAndStartAt(offset)
    told.startMin = offset
    told.endMin = offset
    told.formerLineage = undefined
  }

  deleteRecords(told: ToldLog, offset: number): void {
    told.log!.advanceLogStartOffset(offset)
  }

  async retain(told: ToldLog): Promise<void> {
    const count = await told.log!.enforceRetention(this.clock.nowMs())
    if (count > 0) told.startMin = Math.max(told.startMin, told.log!.logStartOffset)
  }
}

export function storyConfig(config: Partial<LogConfig> = {}): LogConfig {
  return {
    ...DEFAULT_LOG_CONFIG,
    timestampAfterMaxMs: NEVER,
    timestampBeforeMaxMs: NEVER,
    retentionMs: -1,
    indexIntervalBytes: 150,
    segmentBytes: 600,
    fileDeleteDelayMs: 0,
    ...config,
  }
}

/** `life` is another number for each start: folders get other names. */
export function openDirectory(disk: MemoryDisk, life: number, clock = new VirtualClock()): Promise<LogDirectory> {
  const host = { clock, compute: nodeCompute, disk, logger: silentLogger, random: seededRandom(life) }
  return LogDirectory.open(PATH, { host, tailCache: new TailCache(0) })
}
