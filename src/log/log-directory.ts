/**
 * One folder of `log.dirs`: the logs in it, their checkpoints, and the order in which they reach the disk.
 *
 * A failed write or sync fences the directory: what the disk then holds is not known, so nothing more is acknowledged and
 * nothing is tried again (a second fsync may claim success for pages that the first one has lost). It can be closed, and
 * opened anew, which recovers what was stored. A disk that is full is none that failed: see `directory-disk.ts`.
 *
 * Invariants:
 *   one process, one `LogDirectory` per folder
 *   a log's folder appears and disappears as a whole: it is made, and goes, under a name that a start removes
 *   the mark of a clean shutdown is there only between a `close` that stored everything and the next `open`
 *   no checkpoint speaks of an earlier log of the same name once `createLog` has returned
 */
import { assert, nameOf, type Offset, type TopicId, type TopicPartition, ZERO_UUID } from '#core'
import { type Disk, type Host, HostError, type Lock } from '#host'
import { Checkpoints } from './checkpoints.ts'
import { cleanShutdown } from './clean-shutdown.ts'
import { Coalesced, forEachOf } from './coalesced.ts'
import { endInterruptedSwap, hasCompactionFiles } from './compaction/interrupted-swap.ts'
import { DamagedLogError } from './damaged-log.ts'
import { DirectoryDisk, isForSpace, isPassing } from './directory-disk.ts'
import { DiskSpace } from './disk-space.ts'
import {
  CLEAN_SHUTDOWN,
  futureFolder,
  isPassingFolder,
  LOCK,
  LOG,
  PARTITION_METADATA,
  passingFolder,
  RESERVE,
  SYNC_FAILED,
  segmentName,
  strayFolder,
} from './file-names.ts'
import { type ClosedLog, type FoundDirectory, findLogs } from './found-directory.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { type LogEnvironment, newSegment } from './log-store.ts'
import type { SharedDisk } from './log-writer.ts'
import { OpenFiles } from './open-files.ts'
import { parsePartitionMetadata, partitionMetadata } from './partition-metadata.ts'
import { ProducerStates } from './producer-states.ts'
import { ReadAhead } from './read-ahead.ts'
import { readIfThere } from './read-if-there.ts'
import { recoverLog } from './recovery.ts'
import { Reserve } from './reserve.ts'
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
  /** Logs that are synced at once. Default 3, one less than Node has threads for files: reads and writes go on. */
  readonly syncsMax?: number
  /** Files kept open between uses. Default 512. */
  readonly openFilesMax?: number
  /** Calls of the disk that are under way at once. Default: any number. */
  readonly callsMax?: number
  /** `ottla.disk.free.bytes.min`, which may change. Default 0. */
  readonly freeBytesMin?: () => number
  /** How many bytes may wait to be written. Default: any number. */
  readonly backlogBytesMax?: number
  /** Taken up by a file, to be given back when the disk is full. Default 0. */
  readonly reserveBytes?: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const IDLE_FILE_MS = 60 * 1000
const DELETE_DELAY_MS = 60 * 1000
/** Logs that are opened or closed at once: each waits for the disk most of the time. */
const LOGS_AT_ONCE = 16
/** How often a directory that is full looks for what retention gives up, and how long what is deleted is kept there. */
const MAKE_ROOM_MS = 5000
const REMOVED_WHEN_FULL_MS = 1000
/** A sync that takes longer is told of. */
const SLOW_MS = 2000

export class LogDirectory {
  readonly path: string
  /** Whether the last broker here closed its logs; else they are recovered as they are opened. */
  readonly wasCleanShutdown: boolean
  /** The broker epoch of that clean shutdown, -1: none. */
  readonly lastBrokerEpoch: number
  /** `producer.id.expiration.ms`, which may change. */
  producerIdExpirationMs: number
  readonly #host: LogDirectoryOptions['host']
  readonly #disk: DirectoryDisk
  readonly #space: DiskSpace
  readonly #reserve: Reserve
  readonly #syncs: SyncQueue
  #isSlow = false
  readonly #tailCache: TailCache
  readonly #lock: Lock
  readonly #environment: LogEnvironment
  readonly #files: OpenFiles
  readonly #logs = new Map<string, Log>()
  /** Folders of logs that are not open. */
  readonly #closed: Map<string, ClosedLog>
  /** Replicas that catch up to take the place of one in another directory, open; and those that a last broker left. */
  readonly #futures = new Map<string, Log>()
  readonly #interrupted: Map<string, { readonly topicPartition: TopicPartition; readonly path: string }>
  readonly #checkpoint = new Coalesced(() => this.#writeCheckpoints())
  readonly #rootSync = new Coalesced(() => this.#host.disk.syncDirectory(this.path))
  readonly #checkpoints: Checkpoints
  #removals: { readonly path: string; readonly sinceMs: number; readonly atMs: number }[] = []
  #madeRoomMs = Number.NEGATIVE_INFINITY
  readonly #mayMissPages: boolean
  /** The host's: fails where `#disk` would wait. */
  readonly #plainDisk: Disk
  #failure: HostError | undefined
  readonly #failureListeners = new Set<(error: HostError) => void>()

  private constructor(
    path: string,
    options: LogDirectoryOptions,
    { found, lock, disk }: { found: FoundDirectory; lock: Lock; disk: DirectoryDisk },
  ) {
    const { tailCache, producerIdExpirationMs = DAY_MS, syncsMax = 3, openFilesMax = 512 } = options
    const { freeBytesMin = () => 0, backlogBytesMax = Number.POSITIVE_INFINITY } = options
    const plainDisk = options.host.disk
    this.#plainDisk = plainDisk
    const host = { ...options.host, disk }
    const { clock, logger } = host
    this.path = path
    this.#disk = disk
    this.#reserve = new Reserve(options.host, `${path}/${RESERVE}`, options.reserveBytes ?? 0)
    this.#space = new DiskSpace({ disk, path, logger, freeBytesMin, backlogBytesMax })
    this.wasCleanShutdown = found.cleanBrokerEpoch !== undefined
    this.lastBrokerEpoch = found.cleanBrokerEpoch ?? -1
    this.producerIdExpirationMs = producerIdExpirationMs
    this.#host = host
    this.#tailCache = tailCache
    this.#lock = lock
    this.#closed = found.logs
    this.#interrupted = found.futures
    this.#mayMissPages = found.mayMissPages
    // Checkpoints fail where there is no space for them: what is deleted to make some must not wait for that.
    this.#checkpoints = new Checkpoints(plainDisk, path, found)
    this.#files = new OpenFiles(disk, openFilesMax, () => clock.nowMs())
    this.#syncs = new SyncQueue(syncsMax, () => clock.monotonicMs())
    disk.closeIdleFiles = () => this.#files.closeIdle(Number.POSITIVE_INFINITY)
    const directory = this
    const shared: SharedDisk = {
      disk,
      space: this.#space,
      files: this.#files,
      syncs: this.#syncs,
      clock,
      fail: (cause) => this.#fail(cause),
      get failure() {
        return directory.#failure
      },
    }
    this.#environment = {
      host,
      shared,
      indexes: new SegmentIndexes(shared),
      readAhead: new ReadAhead(() => clock.monotonicMs()),
      checkpoint: () => disk.patiently(path, () => this.#checkpoint.run()),
      checkpointIfSpace: () => this.#checkpointIfSpace(),
      checkpointFromReserve: async () => {
        if (await this.#checkpointIfSpace()) return true
        await this.#orFail(() => this.#reserve.give())
        return await this.#checkpointIfSpace()
      },
      removeLater: (path, delayMs) => {
        const sinceMs = clock.nowMs()
        this.#removals.push({ path, sinceMs, atMs: sinceMs + delayMs })
      },
    }
  }

  /**
   * Takes the folder for this process, creates it where missing, removes what deleted topics left, and reads the
   * checkpoints; logs are opened one by one. Rejects with a `HostError`: `ELOCKED` where another process has the folder.
   */
  static async open(path: string, options: LogDirectoryOptions): Promise<LogDirectory> {
    const { clock, disk: plainDisk, logger } = options.host
    const callsMax = options.callsMax === undefined ? {} : { callsMax: options.callsMax }
    const disk = new DirectoryDisk(plainDisk, { clock, logger, path, ...callsMax })
    if (!(await disk.exists(path))) {
      await disk.makeDirectory(path)
      await disk.syncDirectory(path.slice(0, path.lastIndexOf('/')) || '/')
    }
    const lock = await disk.lock(`${path}/${LOCK}`)
    try {
      const found = await findLogs(path, { disk, logger })
      const directory = new LogDirectory(path, options, { found, lock, disk })
      await directory.#look()
      return directory
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** The disk as this directory uses it: patient, and with its share of the calls that are under way. */
  get disk(): Disk {
    return this.#disk
  }

  /** Why records of clients are refused, and new logs better made elsewhere; undefined while there is room. */
  get fullness(): string | undefined {
    return this.#space.refusal
  }

  /**
   * What waits for space or for file descriptors fails from now on, and fences the directory: a broker that stops does not
   * wait for an operator.
   */
  endPatience(): void {
    this.#disk.endPatience()
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
   * The topic of a log that `found` names, which is not opened for it; `ZERO_UUID` where its folder does not tell and has no
   * records. Rejects with `DamagedLogError` where it should tell: it does from a log's birth on.
   */
  async topicIdOf(topicPartition: TopicPartition): Promise<TopicId> {
    const closed = this.#closed.get(nameOf(topicPartition))
    const topicId = closed === undefined ? ZERO_UUID : await this.#topicIdOf(closed)
    if (topicId === ZERO_UUID && (await this.#hasRecords(topicPartition))) {
      throw new DamagedLogError(topicPartition, `its ${PARTITION_METADATA} is missing`)
    }
    return topicId
  }

  async #topicIdOf(closed: ClosedLog): Promise<TopicId> {
    if (closed.topicId === undefined) {
      const { topicPartition } = closed
      const path = `${this.path}/${nameOf(topicPartition)}/${PARTITION_METADATA}`
      const content = await readIfThere(this.#host.disk, path)
      const topicId = content === undefined ? ZERO_UUID : parsePartitionMetadata(content)
      if (topicId === undefined && (await this.#hasRecords(topicPartition))) {
        throw new DamagedLogError(topicPartition, `its ${PARTITION_METADATA} is damaged`)
      }
      closed.topicId = topicId ?? ZERO_UUID
    }
    return closed.topicId
  }

  async #hasRecords(topicPartition: TopicPartition): Promise<boolean> {
    const entries = await this.#host.disk.list(`${this.path}/${nameOf(topicPartition)}`)
    return entries.some(({ name, sizeBytes }) => name.endsWith(LOG) && sizeBytes > 0)
  }

  /**
   * Creates an empty log; when it resolves, the folder survives a crash. Rejects with a `HostError`: `EEXIST` where there
   * is one already.
   */
  async createLog(
    topicPartition: TopicPartition,
    { topicId, config }: { readonly topicId: TopicId; readonly config: LogConfig },
  ): Promise<Log> {
    const name = nameOf(topicPartition)
    const folder = `${this.path}/${name}`
    this.#assertUsable()
    if (this.#logs.has(name) || this.#closed.has(name) || (await this.#host.disk.exists(folder))) {
      throw new HostError('EEXIST', `Cannot create the log of ${name}: ${folder} exists`)
    }
    const log = await this.#create(folder, { topicPartition, topicId }, { config, startOffset: 0 })
    this.#logs.set(name, log)
    return log
  }

  /** Does what changes the folder itself: a disk that does not let us is no longer to be counted on. */
  async #orFail<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) this.#fail(error)
      throw error
    }
  }

  async #create(
    folder: string,
    { topicPartition, topicId }: { readonly topicPartition: TopicPartition; readonly topicId: TopicId },
    { config, startOffset }: { readonly config: LogConfig; readonly startOffset: Offset },
  ): Promise<Log> {
    const { disk, random } = this.#host
    if (this.#checkpoints.speakOf(topicPartition)) await this.#environment.checkpoint()
    // A log is born under the name that it will die by: whatever a crash leaves of it is removed at the next start.
    const passing = `${this.path}/${passingFolder(topicPartition, random.uuid())}`
    await this.#orFail(async () => {
      await disk.makeDirectory(passing)
      await writeFile(disk, `${passing}/${PARTITION_METADATA}`, partitionMetadata(topicId), {
        isSynced: true,
        isNew: true,
      })
      await writeFile(disk, `${passing}/${segmentName(startOffset)}${LOG}`, new Uint8Array(0), { isNew: true })
      await disk.syncDirectory(passing)
      await disk.rename(passing, folder)
      await this.#rootSync.run()
    })
    return new Log(
      this.#environment,
      { topicPartition, topicId, folder },
      {
        segments: new Segments([newSegment(this.#environment, folder, startOffset, config)]),
        producers: new ProducerStates(),
        epochs: new LeaderEpochs(),
        snapshots: new Set(),
        logStartOffset: startOffset,
        logEndOffset: startOffset,
        highWatermark: startOffset,
        recoveryPoint: startOffset,
        unsyncedPaths: [],
        tracePaths: [],
      },
      { config, tail: this.#tailCache.tail(), cleanedOffset: undefined },
    )
  }

  /**
   * Opens one that `found` names, and recovers it where needed. Its `topicId` is `ZERO_UUID` where the folder does not tell.
   * Rejects with `DamagedLogError` or `HostError`.
   */
  async openLog(topicPartition: TopicPartition, config: LogConfig): Promise<Log> {
    const name = nameOf(topicPartition)
    this.#assertUsable()
    const closed = this.#closed.get(name)
    if (closed === undefined) {
      throw new HostError('ENOENT', `Cannot open the log of ${name}: ${this.path}/${name} is not there`)
    }
    const { log, tracePaths } = await this.#open(closed, config, this.wasCleanShutdown)
    this.#logs.set(name, log)
    this.#closed.delete(name)
    if (tracePaths.length > 0) await this.#environment.checkpoint()
    for (const path of tracePaths) this.#environment.removeLater(path, 0)
    return log
  }

  async #open(
    closed: ClosedLog,
    config: LogConfig,
    wasCleanShutdown: boolean,
  ): Promise<{ readonly log: Log; readonly tracePaths: readonly string[] }> {
    const { disk, logger, clock } = this.#host
    const { topicPartition } = closed
    const folder = `${this.path}/${nameOf(topicPartition)}`
    const topicId = await this.#topicIdOf(closed)
    const { shared, indexes } = this.#environment
    const { rollJitterMs } = newSegment(this.#environment, folder, 0, config)
    const entries = await disk.list(folder, isSegment)
    const wasCompacting = hasCompactionFiles(entries)
    const mayMissPages = this.#mayMissPages
    const identified = { logger, topicPartition, folder, config, rollJitterMs }
    const context = { shared, indexes, ...identified, wasCompacting, mayMissPages, nowMs: clock.nowMs() }
    const files = await endInterruptedSwap(context, entries)
    const recovered = await recoverLog(context, files, { ...closed, wasCleanShutdown })
    const identity = { topicPartition, topicId, folder }
    const { cleanedOffset } = closed
    const log = new Log(this.#environment, identity, recovered, { config, tail: this.#tailCache.tail(), cleanedOffset })
    return { log, tracePaths: recovered.tracePaths }
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
    const log = this.#logs.get(nameOf(topicPartition))
    const passing = passingFolder(topicPartition, this.#host.random.uuid())
    const path = await this.#retire(topicPartition, passing)
    if (path !== undefined) this.#environment.removeLater(path, log?.config.fileDeleteDelayMs ?? DELETE_DELAY_MS)
  }

  /**
   * Takes a log out of the way, open or not, and keeps it: its folder is renamed to `topic-N.<id>-stray`, which survives a
   * crash when this resolves. Gives its new path, undefined where there is no such log.
   */
  async setAside(topicPartition: TopicPartition): Promise<string | undefined> {
    return await this.#retire(topicPartition, strayFolder(topicPartition, this.#host.random.uuid()))
  }

  async #retire(topicPartition: TopicPartition, folder: string): Promise<string | undefined> {
    const name = nameOf(topicPartition)
    const log = this.#logs.get(name)
    this.#assertUsable()
    if (log === undefined && !this.#closed.has(name)) return undefined
    this.#logs.delete(name)
    this.#closed.delete(name)
    await log?.abandon()
    await this.#orFail(async () => {
      await this.#host.disk.rename(`${this.path}/${name}`, `${this.path}/${folder}`)
      await this.#rootSync.run()
    })
    return `${this.path}/${folder}`
  }

  /** Replicas that catch up, to take the place of one in another directory. */
  futures(): Iterable<Log> {
    return this.#futures.values()
  }

  /** Partitions that were being moved here when the last broker ended. */
  interrupted(): readonly TopicPartition[] {
    return Array.from(this.#interrupted.values(), ({ topicPartition }) => topicPartition)
  }

  /**
   * Creates an empty replica beside the one in another directory, in a folder `topic-N.<id>-future`; one that was left
   * behind goes. It begins at `startOffset`.
   */
  async createFuture(
    topicPartition: TopicPartition,
    options: { readonly topicId: TopicId; readonly config: LogConfig; readonly startOffset: Offset },
  ): Promise<Log> {
    const name = nameOf(topicPartition)
    this.#assertUsable()
    if (this.#logs.has(name) || this.#closed.has(name) || this.#futures.has(name)) {
      throw new HostError('EEXIST', `Cannot move ${name} to ${this.path}: it is there`)
    }
    const folder = `${this.path}/${futureFolder(topicPartition, this.#host.random.uuid())}`
    const log = await this.#create(folder, { topicPartition, topicId: options.topicId }, options)
    this.#futures.set(name, log)
    // The new one is there, so that a crash leaves the wish to move in any case.
    await this.#dropInterrupted(name)
    return log
  }

  /**
   * Gives a future replica the folder `topic-N`, which the one in the other directory has as well: after a crash it is the
   * longer one that counts. It is opened anew for that; the log that is returned goes on catching up.
   */
  async settleFuture(topicPartition: TopicPartition, config: LogConfig): Promise<Log> {
    const name = nameOf(topicPartition)
    const future = this.#futures.get(name)
    assert(future !== undefined, 'only a replica that was created is settled')
    await future.close()
    this.#assertUsable()
    await this.#host.disk.rename(future.folder, `${this.path}/${name}`)
    await this.#rootSync.run()
    const { topicId, recoveryPoint, logStartOffset, highWatermark, cleanedOffset } = future
    const offsets = { recoveryPoint, logStartOffset, isStartKnown: true, highWatermark, cleanedOffset }
    const closed = { topicPartition, topicId, ...offsets }
    const { log } = await this.#open(closed, config, true)
    this.#futures.set(name, log)
    return log
  }

  /** The settled replica is the one that counts from now on. */
  adoptFuture(topicPartition: TopicPartition): void {
    const name = nameOf(topicPartition)
    const future = this.#futures.get(name)
    assert(future !== undefined && !this.#logs.has(name), 'a directory has one log of a partition')
    this.#futures.delete(name)
    this.#logs.set(name, future)
  }

  /** Removes a future replica, open or left behind, where there is one. */
  async discardFuture(topicPartition: TopicPartition): Promise<void> {
    const name = nameOf(topicPartition)
    this.#assertUsable()
    await this.#dropInterrupted(name)
    const future = this.#futures.get(name)
    if (future === undefined) return
    this.#futures.delete(name)
    await future.abandon()
    await this.#removeSoon(topicPartition, future.folder)
  }

  async #dropInterrupted(name: string): Promise<void> {
    const interrupted = this.#interrupted.get(name)
    this.#interrupted.delete(name)
    if (interrupted !== undefined) await this.#removeSoon(interrupted.topicPartition, interrupted.path)
  }

  async #removeSoon(topicPartition: TopicPartition, path: string): Promise<void> {
    const passing = `${this.path}/${passingFolder(topicPartition, this.#host.random.uuid())}`
    await this.#host.disk.rename(path, passing)
    await this.#rootSync.run()
    this.#environment.removeLater(passing, 0)
  }

  /** Does what is due: removes files, expires producers, syncs what `flush.ms` asks for, closes idle files. Every few seconds. */
  async maintain(nowMs: number): Promise<void> {
    this.#files.closeIdle(nowMs - IDLE_FILE_MS)
    this.#environment.readAhead.forgetOld()
    if (this.#failure !== undefined) return
    for (const log of this.#logs.values()) log.maintain(nowMs, this.producerIdExpirationMs)
    await this.#removeDue(({ atMs }) => atMs <= nowMs)
  }

  async #removeDue(isDue: (removal: { readonly sinceMs: number; readonly atMs: number }) => boolean): Promise<void> {
    const due = this.#removals.filter(isDue)
    this.#removals = this.#removals.filter((removal) => !isDue(removal))
    for (const { path } of due) await this.#remove(path)
  }

  /**
   * Looks whether the disk is there, has room, and is fast enough. Every second or so; one call may take as long as the disk
   * hangs, the next should wait for it.
   */
  async watch(): Promise<void> {
    if (this.#failure !== undefined) return
    const slowestMs = this.#syncs.longestMs
    if (slowestMs >= SLOW_MS !== this.#isSlow) {
      this.#isSlow = !this.#isSlow
      const seconds = Math.round(slowestMs / 1000)
      if (this.#isSlow) {
        this.#host.logger.warn(`The disk of ${this.path} is slow: a sync has taken ${seconds} s so far, and goes on`)
      } else this.#host.logger.info(`The disk of ${this.path} syncs in time again`)
    }
    // A folder that was removed or unmounted takes writes to files that are open as if nothing had happened.
    if (!(await this.#disk.exists(`${this.path}/${LOCK}`))) {
      this.#fail(new HostError('ENOENT', `${this.path} is not what it was: its file ${LOCK} is gone`))
      return
    }
    await this.#look()
    if (this.#space.refusal !== undefined) await this.#makeRoom(this.#host.clock.nowMs())
  }

  async #look(): Promise<void> {
    await this.#space.look()
    const hasRoom = this.#space.refusal === undefined && this.#space.freeBytes > 2 * this.#reserve.sizeBytes
    if (hasRoom) await this.#orFail(() => this.#reserve.take())
  }

  /** Retention, and the end of what was deleted, come sooner where the space is needed. */
  async #makeRoom(nowMs: number): Promise<void> {
    if (nowMs - this.#madeRoomMs >= MAKE_ROOM_MS) {
      this.#madeRoomMs = nowMs
      await this.#disk.holdingBack(() => this.enforceRetention(nowMs))
    }
    // Not at once: somebody may be about to read.
    await this.#removeDue(({ sinceMs }) => nowMs - sinceMs >= REMOVED_WHEN_FULL_MS)
    await this.#space.look()
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

  async #checkpointIfSpace(): Promise<boolean> {
    try {
      await this.#checkpoint.run()
      return true
    } catch (error) {
      if (!isForSpace(error)) throw error
      return false
    }
  }

  async #writeCheckpoints(): Promise<void> {
    const open = [...this.#logs.values(), ...this.#futures.values()]
    try {
      await this.#checkpoints.write(open, [...this.#closed.values()])
    } catch (error) {
      // One that cannot be written for another reason tells that the disk is no longer to be counted on.
      if (!isPassing(error)) this.#fail(error)
      throw error
    }
  }

  /**
   * Syncs and closes all logs, writes the checkpoints and the mark of a clean shutdown, and gives the folder back. Of a
   * fenced directory nothing is stored any more; it resolves all the same.
   */
  async close({ brokerEpoch }: { readonly brokerEpoch: number }): Promise<void> {
    this.#disk.endPatience()
    try {
      await forEachOf([...this.#logs.values(), ...this.#futures.values()], LOGS_AT_ONCE, (log) => log.close())
      if (this.#failure === undefined) {
        await this.#checkpoint.run()
        // A log that nobody has opened is as the last broker left it.
        const isAllStored = this.wasCleanShutdown || this.#closed.size === 0
        if (isAllStored) await this.#markAsStored(brokerEpoch)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#files.closeIdle(Number.POSITIVE_INFINITY)
      await this.#lock.release()
    }
  }

  async #markAsStored(brokerEpoch: number): Promise<void> {
    const { disk } = this.#host
    if (this.#mayMissPages) await disk.remove(`${this.path}/${SYNC_FAILED}`)
    await disk.replaceFile(`${this.path}/${CLEAN_SHUTDOWN}`, cleanShutdown(brokerEpoch))
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return
    const error = cause instanceof HostError ? cause : new HostError('EIO', `${cause}`, cause)
    this.#failure = error
    void this.#noteFailure()
    this.#host.logger.error(
      `The log directory ${this.path} is fenced, nothing in it is acknowledged any more: ${error.message}`,
    )
    for (const log of [...this.#logs.values(), ...this.#futures.values()]) log.fail(error)
    const listeners = [...this.#failureListeners]
    this.#failureListeners.clear()
    for (const listener of listeners) listener(error)
  }

  /** As well as a failing disk lets us; where it does not, nothing that it shows is likely to be read either. */
  async #noteFailure(): Promise<void> {
    const plainDisk = this.#plainDisk
    try {
      await (await plainDisk.open(`${this.path}/${SYNC_FAILED}`, 'write')).close()
      await plainDisk.syncDirectory(this.path)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Of a log's files, those whose size counts. */
function isSegment(name: string): boolean {
  return name.includes(LOG)
}
