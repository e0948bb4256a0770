/** A log directory on a disk in memory, its clock by hand, and batches to append: what the tests of this room share. */
import assert from 'node:assert/strict'
import { poisonReleasedSlabs } from '#core'
import { silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { type BatchOptions, baseOffsetOf, encodeBatch, lastOffsetOf, readRecords, sizeOf } from '#protocol/records'
import type { Appended, AppendOptions } from './append.ts'
import type { Log } from './log.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from './log-config.ts'
import { LogDirectory, type LogDirectoryOptions } from './log-directory.ts'
import { TailCache } from './tail-cache.ts'

poisonReleasedSlabs()

export const TOPIC_ID = 'jWoDUkekQkGofl7qffTGMQ'
export const orders = { topic: 'orders', partition: 3 }
export const PATH = '/data'
export const FOLDER = `${PATH}/orders-3`

export type WorldOptions = Partial<Omit<LogDirectoryOptions, 'host' | 'tailCache'>> & {
  readonly config?: Partial<LogConfig>
  readonly disk?: MemoryDisk
  readonly tailBytes?: number
  /** Goes on over crashes and restarts; default: a new one each time. */
  readonly clock?: VirtualClock
}

/** A broker's log directory, as it is between a start and an end. */
export class World {
  readonly disk: MemoryDisk
  readonly clock: VirtualClock
  readonly directory: LogDirectory
  readonly options: WorldOptions
  /** What was logged, but for what is of use to developers only. */
  readonly said: readonly string[]

  private constructor(
    { disk, clock, said }: { disk: MemoryDisk; clock: VirtualClock; said: string[] },
    directory: LogDirectory,
    options: WorldOptions,
  ) {
    this.said = said
    this.disk = disk
    this.clock = clock
    this.directory = directory
    this.options = options
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const { config: _, disk = new MemoryDisk(), tailBytes = 0, clock = new VirtualClock(), ...rest } = options
    const said: string[] = []
    const note = (message: string) => void said.push(message)
    const host = {
      clock,
      compute: nodeCompute,
      disk,
      logger: process.env.LOUD === undefined ? { ...silentLogger, error: note, warn: note, info: note } : console,
      random: seededRandom(1),
    }
    const directory = await LogDirectory.open(PATH, { host, tailCache: new TailCache(tailBytes), ...rest })
    return new World({ disk, clock, said }, directory, options)
  }

  get config(): LogConfig {
    return { ...DEFAULT_LOG_CONFIG, ...this.options.config }
  }

  create(): Promise<Log> {
    return this.directory.createLog(orders, { topicId: TOPIC_ID, config: this.config })
  }

  openLog(): Promise<Log> {
    return this.directory.openLog(orders, this.config)
  }

  close(): Promise<void> {
    return this.directory.close({ brokerEpoch: 7 })
  }

  /** The same after a crash (by default with nothing kept that was not synced), with its log open. */
  async crash(
    keep?: Parameters<MemoryDisk['crash']>[0],
    options: WorldOptions = {},
  ): Promise<{ world: World; log: Log }> {
    const world = await World.open({ ...this.options, ...options, disk: this.disk.crash(keep) })
    return { world, log: await world.openLog() }
  }

  /** The same after a clean stop and start, with its log open. */
  async reopen(options: WorldOptions = {}): Promise<{ world: World; log: Log }> {
    await this.close()
    const world = await World.open({ ...this.options, ...options, disk: this.disk })
    return { world, log: await world.openLog() }
  }
}

let counter = 0

/** A batch of `values`, or of so many records. */
export function batch(
  values: number | readonly string[],
  options: BatchOptions & { timestamp?: number } = {},
): Uint8Array {
  const { timestamp = 1000, ...rest } = options
  const texts = typeof values === 'number' ? Array.from({ length: values }, () => `value ${counter++}`) : values
  return encodeBatch(
    texts.map((text) => ({ timestamp, key: null, value: new TextEncoder().encode(text) })),
    rest,
  )
}

/** A batch of an idempotent producer. */
export function sent(
  producerId: bigint,
  baseSequence: number,
  count: number,
  options: BatchOptions & { timestamp?: number } = {},
): Uint8Array {
  return batch(count, { producerId, producerEpoch: 0, baseSequence, ...options })
}

export function append(log: Log, bytes: Uint8Array, options: Partial<AppendOptions> = {}): Appended {
  const outcome = log.append(bytes, { origin: 'client', leaderEpoch: 0, ...options })
  assert.equal(outcome.error, undefined, `accepted, not refused with ${'message' in outcome ? outcome.message : ''}`)
  assert.ok(outcome.error === undefined)
  return outcome
}

/** All records of a log from `from` on, as text by offset, and that their offsets follow on. */
export async function contentOf(log: Log, from = log.logStartOffset, maxBytes = 1000): Promise<Map<number, string>> {
  const content = new Map<number, string>()
  for (let next = from; next < log.logEndOffset; ) {
    const slice = await log.read(next, { maxBytes, atLeastOne: true, endOffset: log.logEndOffset })
    assert.equal(slice.error, 0)
    assert.ok(slice.nextOffset > next, 'a read goes on')
    for (const chunk of slice.chunks) {
      for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) {
        for (const record of readRecords(chunk.subarray(at), nodeCompute)) {
          if (record.offset >= next) content.set(record.offset, new TextDecoder().decode(record.value!))
        }
        assert.ok(lastOffsetOf(chunk, at) >= baseOffsetOf(chunk, at))
      }
    }
    next = slice.nextOffset
  }
  return content
}

/** Lets everything happen that waits only for the disk, which takes no time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}
