/**
 * One folder of `log.dirs`: the logs in it, their checkpoints, and the order in which they reach the disk.
 *
 * A failed write or sync fences the directory: what the disk then holds is not known, so nothing more is acknowledged and
 * nothing is tried again (a second fsync may claim success for pages that the first one has lost). It can be closed, and
 * opened anew, which recovers what was stored.
 *
 * Invariants:
 *   one process, one `LogDirectory` per folder
 *   a log's folder appears and disappears as a whole: it is made, and goes, under a name that a start removes
 *   the mark of a clean shutdown is there only between a `close` that stored everything and the next `open`
 *   no checkpoint speaks of an earlier log of the same name once `createLog` has returned
 */
import { nameOf, type Offset, type TopicId, type TopicPartition, ZERO_UUID } from '#core'
import { type Host, HostError, type Lock } from '#host'
import { cleanShutdown, parseCleanShutdown } from './clean-shutdown.ts'
import { Coalesced, forEachOf } from './coalesced.ts'
import { DamagedLogError } from './damaged-log.ts'
import {
  CLEAN_SHUTDOWN,
  HIGH_WATERMARK_CHECKPOINT,
  isPassingFolder,
  LOCK,
  LOG,
  LOG_START_CHECKPOINT,
  PARTITION_METADATA,
  partitionOfFolder,
  passingFolder,
  RECOVERY_POINT_CHECKPOINT,
  segmentName,
} from './file-names.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { type LogEnvironment, newSegment } from './log-store.ts'
import type { SharedDisk } from './log-writer.ts'
import { type CheckpointedOffsets, offsetCheckpoint, parseOffsetCheckpoint } from './offset-checkpoint.ts'
import { OpenFiles } from './open-files.ts'
import { parsePartitionMetadata, partitionMetadata } from './partition-metadata.ts'
import { ProducerStates } from './producer-states.ts'
import { readIfThere } from './read-if-there.ts'
import { recoverLog } from './recovery.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { Segments } from './segments.ts'
import { SyncQueue } from './sync-queue.ts'
import type { TailCache } from './tail-cache.ts'
import { writeFile } from './write-file.ts'

export interface LogDirectoryOptions {
  readonly host: Pick<Host, 'clock' | 'compute' | 'disk' | 'logger' | 'random'>
  readonly tailCache: TailCache
  /** `producer.id.expiration.ms`. Default one day. */
  readonly producerIdExpirationMs?: number
  /** Logs that are synced at once. Default 4. */
  readonly syncsMax?: number
  /** Files kept open between uses. Default 512. */
  readonly openFilesMax?: number
}

/** What the checkpoints say of a log that is not open. */
interface ClosedLog {
  readonly topicPartition: TopicPartition
  readonly recoveryPoint: Offset
  readonly logStartOffset: Offset
  readonly highWatermark: Offset
}

const DAY_MS = 24 * 60 * 60 * 1000
const IDLE_FILE_MS = 60 * 1000
const DELETE_DELAY_MS = 60 * 1000
/** Logs that are opened or closed at once: each waits for the disk most of the time. */
const LOGS_AT_ONCE = 16

export class LogDirectory {
  readonly path: string
  /** Whether the last broker here closed its logs; else they are recovered as they are opened. */
  readonly wasCleanShutdown: boolean
  /** The broker epoch of that clean shutdown, -1: none. */
  readonly lastBrokerEpoch: number
  /** `producer.id.expiration.ms`, which may change. */
  producerIdExpirationMs: number
  readonly #host: LogDirectoryOptions['host']
  readonly #tailCache: TailCache
  readonly #lock: Lock
  readonly #environment: LogEnvironment
  readonly #files: OpenFiles
  readonly #logs = new Map<string, Log>()
  /** Folders of logs that are not open. */
  readonly #closed: Map<string, ClosedLog>
  readonly #checkpoint = new Coalesced(() => this.#writeCheckpoints())
  readonly #rootSync = new Coalesced(() => this.#host.disk.syncDirectory(this.path))
  /** Checkpoints as they are on the disk, and the partitions in them. */
  readonly #stored = new Map<string, Uint8Array>()
  #spokenOf: Set<string>
  #removals: { readonly path: string; readonly atMs: number }[] = []
  #failure: HostError | undefined
  readonly #failureListeners = new Set<(error: HostError) => void>()

  private constructor(path: string, options: LogDirectoryOptions, found: FoundDirectory) {
    const { host, tailCache, producerIdExpirationMs = DAY_MS, syncsMax = 4, openFilesMax = 512 } = options
    this.path = path
    this.wasCleanShutdown = found.cleanBrokerEpoch !== undefined
    this.lastBrokerEpoch = found.cleanBrokerEpoch ?? -1
    this.producerIdExpirationMs = producerIdExpirationMs
    this.#host = host
    this.#tailCache = tailCache
    this.#lock = found.lock
    this.#closed = found.logs
    this.#spokenOf = found.spokenOf
    this.#files = new OpenFiles(host.disk, openFilesMax, () => host.clock.nowMs())
    const directory = this
    const shared: SharedDisk = {
      disk: host.disk,
      files: this.#files,
      syncs: new SyncQueue(syncsMax),
      fail: (cause) => this.#fail(cause),
      get failure() {
        return directory.#failure
      },
    }
    this.#environment = {
      host,
      shared,
      indexes: new SegmentIndexes(shared),
      checkpoint: () => this.#checkpoint.run(),
      removeLater: (path, delayMs) => this.#removals.push({ path, atMs: host.clock.nowMs() + delayMs }),
    }
  }

  /**
   * Takes the folder for this process, creates it where missing, removes what deleted topics left, and reads the
   * checkpoints; logs are opened one by one. Rejects with a `HostError`: `ELOCKED` where another process has the folder.
   */
  static async open(path: string, options: LogDirectoryOptions): Promise<LogDirectory> {
    const { disk } = options.host
    if (!(await disk.exists(path))) {
      await disk.makeDirectory(path)
      await disk.syncDirectory(path.slice(0, path.lastIndexOf('/')) || '/')
    }
    const lock = await disk.lock(`${path}/${LOCK}`)
    try {
      return new LogDirectory(path, options, await findLogs(path, options.host, lock))
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Why the directory is fenced: a write or sync failed. Nothing is acknowledged any more. */
  get failure(): HostError | undefined {
    return this.#failure
  }

  /** Calls `listener` once if the directory is fenced. */
  onFailure(listener: (error: HostError) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  /** The partitions that have a folder here and are not open. */
  found(): readonly TopicPartition[] {
    return Array.from(this.#closed.values(), (log) => log.topicPartition)
  }

  /** The logs that are open. */
  logs(): Iterable<Log> {
    return this.#logs.values()
  }

  get(topicPartition: TopicPartition): Log | undefined {
    return this.#logs.get(nameOf(topicPartition))
  }

  /**
   * Creates an empty log; when it resolves, the folder survives a crash. Rejects with a `HostError`: `EEXIST` where there
   * is one already.
   */
  async createLog(
    topicPartition: TopicPartition,
    { topicId, config }: { readonly topicId: TopicId; readonly config: LogConfig },
  ): Promise<Log> {
    const { disk, random } = this.#host
    const name = nameOf(topicPartition)
    const folder = `${this.path}/${name}`
    this.#assertUsable()
    if (this.#logs.has(name) || this.#closed.has(name) || (await disk.exists(folder))) {
      throw new HostError('EEXIST', `Cannot create the log of ${name}: ${folder} exists`)
    }
    if (this.#spokenOf.has(name)) await this.#checkpoint.run()
    // A log is born under the name that it will die by: whatever a crash leaves of it is removed at the next start.
    const passing = `${this.path}/${passingFolder(name, random.uuid())}`
    await disk.makeDirectory(passing)
    await writeFile(disk, `${passing}/${PARTITION_METADATA}`, partitionMetadata(topicId), { isSynced: true })
    await writeFile(disk, `${passing}/${segmentName(0)}${LOG}`, new Uint8Array(0))
    await disk.syncDirectory(passing)
    await disk.rename(passing, folder)
    await this.#rootSync.run()
    const segment = newSegment(this.#environment, folder, 0, config)
    const log = new Log(
      this.#environment,
      { topicPartition, topicId, folder },
      {
        segments: new Segments([segment]),
        producers: new ProducerStates(),
        epochs: new LeaderEpochs(),
        snapshots: new Set(),
        logStartOffset: 0,
        logEndOffset: 0,
        highWatermark: 0,
        recoveryPoint: 0,
        unsyncedPaths: [],
      },
      { config, tail: this.#tailCache.tail() },
    )
    this.#logs.set(name, log)
    return log
  }

  /**
   * Opens one that `found` names, and recovers it where needed. Its `topicId` is `ZERO_UUID` where the folder does not tell.
   * Rejects with `DamagedLogError` or `HostError`.
   */
  async openLog(topicPartition: TopicPartition, config: LogConfig): Promise<Log> {
    const { disk, logger } = this.#host
    const name = nameOf(topicPartition)
    const folder = `${this.path}/${name}`
    this.#assertUsable()
    const closed = this.#closed.get(name)
    if (closed === undefined) throw new HostError('ENOENT', `Cannot open the log of ${name}: ${folder} is not there`)
    const metadata = await readIfThere(disk, `${folder}/${PARTITION_METADATA}`)
    const topicId = metadata === undefined ? undefined : parsePartitionMetadata(metadata)
    const { shared, indexes } = this.#environment
    const { rollJitterMs } = newSegment(this.#environment, folder, 0, config)
    const context = { shared, indexes, logger, topicPartition, folder, config, rollJitterMs }
    const { wasCleanShutdown } = this
    const recovered = await recoverLog(context, await disk.list(folder), { ...closed, wasCleanShutdown })
    const identity = { topicPartition, topicId: topicId ?? ZERO_UUID, folder }
    const log = new Log(this.#environment, identity, recovered, { config, tail: this.#tailCache.tail() })
    this.#logs.set(name, log)
    this.#closed.delete(name)
    return log
  }

  /** Opens all that `found` names, several at once. Gives those that are damaged; rejects with a `HostError` for others. */
  async openLogs(configOf: (topicPartition: TopicPartition) => LogConfig): Promise<readonly DamagedLogError[]> {
    const damaged: DamagedLogError[] = []
    await forEachOf(this.found(), LOGS_AT_ONCE, async (topicPartition) => {
      try {
        await this.openLog(topicPartition, configOf(topicPartition))
      } catch (error) {
        if (!(error instanceof DamagedLogError)) throw error
        damaged.push(error)
      }
    })
    return damaged
  }

  /**
   * Deletes a log, open or not: its folder is renamed to `topic-N.<id>-delete`, which survives a crash when this resolves,
   * and removed after `file.delete.delay.ms` or at the next start.
   */
  async deleteLog(topicPartition: TopicPartition): Promise<void> {
    const { disk, random } = this.#host
    const name = nameOf(topicPartition)
    const log = this.#logs.get(name)
    this.#assertUsable()
    if (log === undefined && !this.#closed.has(name)) return
    this.#logs.delete(name)
    this.#closed.delete(name)
    await log?.abandon()
    const passing = `${this.path}/${passingFolder(name, random.uuid())}`
    await disk.rename(`${this.path}/${name}`, passing)
    await this.#rootSync.run()
    this.#environment.removeLater(passing, log?.config.fileDeleteDelayMs ?? DELETE_DELAY_MS)
  }

  /** Does what is due: removes files, expires producers, syncs what `flush.ms` asks for, closes idle files. Every few seconds. */
  async maintain(nowMs: number): Promise<void> {
    this.#files.closeIdle(nowMs - IDLE_FILE_MS)
    if (this.#failure !== undefined) return
    for (const log of this.#logs.values()) log.maintain(nowMs, this.producerIdExpirationMs)
    const due = this.#removals.filter(({ atMs }) => atMs <= nowMs)
    this.#removals = this.#removals.filter(({ atMs }) => atMs > nowMs)
    for (const { path } of due) await this.#remove(path)
  }

  async #remove(path: string): Promise<void> {
    try {
      await (isPassingFolder(path) ? this.#host.disk.removeDirectory(path) : this.#host.disk.remove(path))
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#host.logger.warn(`${error.message}; it is tried again at the next start`)
    }
  }

  /** `enforceRetention` of every log; returns how many segments were removed. */
  async enforceRetention(nowMs: number): Promise<number> {
    let count = 0
    for (const log of [...this.#logs.values()]) count += await log.enforceRetention(nowMs)
    return count
  }

  /**
   * Writes the recovery point, log start offset and high watermark checkpoints, and before them the leader epochs that
   * they count on. `log.flush.offset.checkpoint.interval.ms` and its like say how often.
   */
  async checkpoint(): Promise<void> {
    this.#assertUsable()
    await this.#checkpoint.run()
  }

  async #writeCheckpoints(): Promise<void> {
    const logs = [...this.#logs.values()]
    const all = [...logs, ...this.#closed.values()]
    // Taken before the epochs are stored: what is synced meanwhile may be of an epoch that is not.
    const points = all.map((log) => [log.topicPartition, log.recoveryPoint] as const)
    await forEachOf(logs, LOGS_AT_ONCE, (log) => log.storeEpochs())
    const starts = all.map((log) => [log.topicPartition, log.logStartOffset] as const)
    const marks = all.map((log) => [log.topicPartition, log.highWatermark] as const)
    await this.#replace(
      LOG_START_CHECKPOINT,
      starts.filter(([, offset]) => offset > 0),
    )
    await this.#replace(HIGH_WATERMARK_CHECKPOINT, marks)
    await this.#replace(RECOVERY_POINT_CHECKPOINT, points)
    this.#spokenOf = new Set(all.map((log) => nameOf(log.topicPartition)))
  }

  async #replace(name: string, offsets: readonly (readonly [TopicPartition, Offset])[]): Promise<void> {
    const content = offsetCheckpoint(offsets)
    const stored = this.#stored.get(name)
    if (stored !== undefined && isEqual(stored, content)) return
    this.#stored.delete(name)
    await this.#host.disk.replaceFile(`${this.path}/${name}`, content)
    this.#stored.set(name, content)
  }

  /**
   * Syncs and closes all logs, writes the checkpoints and the mark of a clean shutdown, and gives the folder back. Of a
   * fenced directory nothing is stored any more; it resolves all the same.
   */
  async close({ brokerEpoch }: { readonly brokerEpoch: number }): Promise<void> {
    try {
      await forEachOf(this.#logs.values(), LOGS_AT_ONCE, (log) => log.close())
      if (this.#failure === undefined) {
        await this.#checkpoint.run()
        // A log that nobody has opened is as the last broker left it.
        const isAllStored = this.wasCleanShutdown || this.#closed.size === 0
        if (isAllStored) await this.#host.disk.replaceFile(`${this.path}/${CLEAN_SHUTDOWN}`, cleanShutdown(brokerEpoch))
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#files.closeIdle(Number.POSITIVE_INFINITY)
      await this.#lock.release()
    }
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return
    const error = cause instanceof HostError ? cause : new HostError('EIO', `${cause}`, cause)
    this.#failure = error
    this.#host.logger.error(
      `The log directory ${this.path} is fenced, nothing in it is acknowledged any more: ${error.message}`,
    )
    for (const log of this.#logs.values()) log.fail(error)
    const listeners = [...this.#failureListeners]
    this.#failureListeners.clear()
    for (const listener of listeners) listener(error)
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** What a start finds in the folder. */
interface FoundDirectory {
  readonly lock: Lock
  readonly logs: Map<string, ClosedLog>
  /** Partitions that the checkpoints have, with or without a folder. */
  readonly spokenOf: Set<string>
  /** Undefined where the last broker did not close its logs. */
  readonly cleanBrokerEpoch: number | undefined
}

async function findLogs(path: string, host: LogDirectoryOptions['host'], lock: Lock): Promise<FoundDirectory> {
  const { disk, logger } = host
  const entries = await disk.list(path)
  const [points, starts, marks] = [
    await readCheckpoint(host, `${path}/${RECOVERY_POINT_CHECKPOINT}`),
    await readCheckpoint(host, `${path}/${LOG_START_CHECKPOINT}`),
    await readCheckpoint(host, `${path}/${HIGH_WATERMARK_CHECKPOINT}`),
  ]
  const logs = new Map<string, ClosedLog>()
  for (const { name, kind } of entries) {
    if (kind !== 'directory') continue
    const topicPartition = partitionOfFolder(name)
    if (isPassingFolder(name)) await disk.removeDirectory(`${path}/${name}`)
    else if (topicPartition === undefined) logger.warn(`The folder ${path}/${name} is no log and is left alone`)
    else {
      logs.set(name, {
        topicPartition,
        recoveryPoint: points.get(name) ?? 0,
        logStartOffset: starts.get(name) ?? 0,
        highWatermark: marks.get(name) ?? 0,
      })
    }
  }
  const marker = await readIfThere(disk, `${path}/${CLEAN_SHUTDOWN}`)
  // Gone before anything is written: it must never be there after a crash.
  await disk.remove(`${path}/${CLEAN_SHUTDOWN}`)
  await disk.syncDirectory(path)
  return {
    lock,
    logs,
    spokenOf: new Set([...points.keys(), ...starts.keys(), ...marks.keys()]),
    cleanBrokerEpoch: marker === undefined ? undefined : parseCleanShutdown(marker),
  }
}

async function readCheckpoint(
  { disk, logger }: LogDirectoryOptions['host'],
  path: string,
): Promise<CheckpointedOffsets> {
  const content = await readIfThere(disk, path)
  const offsets = content === undefined ? new Map<string, Offset>() : parseOffsetCheckpoint(content)
  if (offsets === undefined) logger.warn(`The checkpoint ${path} is damaged and counts as empty`)
  return offsets ?? new Map()
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
