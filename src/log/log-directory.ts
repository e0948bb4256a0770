/**
 * One folder of `log.dirs`: the logs in it, their checkpoints, and the order in which they reach the disk.
 */
import { nameOf, type TopicId, type TopicPartition } from '#core'
import type { Host, HostError } from '#host'
import { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import type { TailCache } from './tail-cache.ts'

export interface LogDirectoryOptions {
  readonly host: Pick<Host, 'clock' | 'compute' | 'disk' | 'logger' | 'random'>
  readonly tailCache: TailCache
  /** `producer.id.expiration.ms`. Default one day. */
  readonly producerIdExpirationMs?: number
  /** Files that are synced at once. Default 4. */
  readonly syncsMax?: number
  /** Files kept open between uses. Default 512. */
  readonly openFilesMax?: number
}

/** A log whose bytes are damaged where they had been stored: nothing of it is cut away, an operator or a replica decides. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly topicPartition: TopicPartition

  constructor(topicPartition: TopicPartition, message: string) {
    super(message)
    this.topicPartition = topicPartition
  }
}

export class LogDirectory {
  readonly path: string
  /** Whether the last broker here closed its logs; else they are recovered as they are opened. */
  readonly wasCleanShutdown: boolean = true
  /** The broker epoch of that clean shutdown, -1: none. */
  readonly lastBrokerEpoch: number = -1
  readonly #logs = new Map<string, Log>()

  private constructor(path: string) {
    this.path = path
  }

  /**
   * Takes the folder for this process, creates it where missing, removes what deleted topics left, and reads the
   * checkpoints; logs are opened one by one. Rejects with a `HostError`: `ELOCKED` where another process has the folder.
   */
  static async open(path: string, options: LogDirectoryOptions): Promise<LogDirectory> {
    await options.host.disk.makeDirectory(path)
    return new LogDirectory(path)
  }

  /** Why the directory is fenced: a write or sync failed. Nothing is acknowledged any more. */
  get failure(): HostError | undefined {
    return undefined
  }

  onFailure(_listener: (error: HostError) => void): () => void {
    return () => {}
  }

  /** The partitions that have a folder here, opened or not. */
  found(): readonly TopicPartition[] {
    return []
  }

  /** The logs that are open. */
  logs(): Iterable<Log> {
    return this.#logs.values()
  }

  get(topicPartition: TopicPartition): Log | undefined {
    return this.#logs.get(nameOf(topicPartition))
  }

  /** Creates an empty log; when it resolves, the folder survives a crash. */
  async createLog(
    topicPartition: TopicPartition,
    { topicId, config }: { readonly topicId: TopicId; readonly config: LogConfig },
  ): Promise<Log> {
    const log = new Log(topicPartition, topicId, config)
    this.#logs.set(nameOf(topicPartition), log)
    return log
  }

  /** Opens one that `found` names, and recovers it where needed. Rejects with `DamagedLogError` or `HostError`. */
  async openLog(topicPartition: TopicPartition, _config: LogConfig): Promise<Log> {
    throw new DamagedLogError(topicPartition, 'not built yet')
  }

  /**
   * Deletes a log: its folder is renamed to `topic-N.<id>-delete`, which survives a crash when this resolves, and removed
   * after `file.delete.delay.ms` or at the next start.
   */
  async deleteLog(topicPartition: TopicPartition): Promise<void> {
    this.#logs.delete(nameOf(topicPartition))
  }

  /** Removes files whose time has come, expires producers, syncs what `flush.ms` asks for, closes idle files. */
  async maintain(_nowMs: number): Promise<void> {}

  /** `enforceRetention` of every log; returns how many segments were removed. */
  async enforceRetention(_nowMs: number): Promise<number> {
    return 0
  }

  /** Writes the recovery point, log start offset and high watermark checkpoints. */
  async checkpoint(): Promise<void> {}

  /** Syncs and closes all logs, writes the checkpoints and the mark of a clean shutdown, and gives the folder back. */
  async close(_options: { readonly brokerEpoch: number }): Promise<void> {}
}
