/**
 * The way of one log to the disk: what was appended is written in order, and synced when somebody asks for it.
 *
 * Appends of one turn, by whatever connections, and all that come while a write is under way, leave in one write per
 * segment. Other work on the log's files (the indexes of a segment that was rolled, a truncation) takes its turn between
 * the writes.
 *
 * Invariants:
 *   synced <= written; both only grow but by `rewind`
 *   one write or piece of work at a time; a sync may run beside it and covers what was written before it began
 *   a file that was written, and the folder where one was created, is in `dirty` until a sync has covered it
 *   after a failure nothing is written or synced any more
 *   what waits to be written is held (see the slabs of core)
 */
import { holdSlab, type Offset, releaseSlab } from '#core'
import type { Clock, HostError } from '#host'
import { type DirectoryDisk, isPassing } from './directory-disk.ts'
import type { DiskSpace } from './disk-space.ts'
import type { OpenFiles } from './open-files.ts'
import type { SyncQueue } from './sync-queue.ts'

/** What happens to a log is told here. */
export interface LogWriterEvents {
  /** More has been written or synced. */
  changed(): void
}

/** What the logs of a directory share. */
export interface SharedDisk {
  readonly disk: DirectoryDisk
  readonly space: DiskSpace
  readonly files: OpenFiles
  readonly syncs: SyncQueue
  readonly clock: Pick<Clock, 'atTurnEnd'>
  /** Fences the directory: called with the first write or sync that failed. */
  fail(cause: unknown): void
  readonly failure: HostError | undefined
}

interface Write {
  readonly path: string
  readonly position: number
  readonly chunks: Uint8Array[]
  sizeBytes: number
  endOffset: Offset
}

type Task = Write | (() => Promise<void>)

interface Waiter {
  resolve(): void
  reject(error: HostError): void
}

export class LogWriter {
  readonly #shared: SharedDisk
  readonly #folder: string
  readonly #events: LogWriterEvents
  #written: Offset = 0
  #synced: Offset = 0
  #queue: Task[] = []
  #running: Promise<void> | undefined
  readonly #dirty = new Set<string>()
  #isFolderDirty = false
  #syncing: Promise<void> | undefined
  /** Tasks that were ever queued, and that have ended. */
  #queuedCount = 0
  #endedCount = 0
  #settling: { readonly count: number; readonly resolve: () => void }[] = []
  #flushes: Waiter[] = []
  #ended: HostError | undefined

  constructor(shared: SharedDisk, folder: string, events: LogWriterEvents) {
    this.#shared = shared
    this.#folder = folder
    this.#events = events
  }

  /** The log's end on the disk, as a read of its files finds it. */
  get written(): Offset {
    return this.#written
  }

  /** Everything below survives a crash. */
  get synced(): Offset {
    return this.#synced
  }

  /** Bytes wait for the files at `position`; `endOffset` is where the log ends with them. */
  append(path: string, position: number, bytes: Uint8Array, endOffset: Offset): void {
    if (this.#why !== undefined) return
    this.#shared.space.waiting(bytes.length)
    const last = this.#queue.at(-1)
    if (typeof last === 'object' && last.path === path && last.position + last.sizeBytes === position) {
      addChunk(last.chunks, bytes)
      last.sizeBytes += bytes.length
      last.endOffset = endOffset
    } else {
      holdSlab(bytes)
      this.#enqueue({ path, position, chunks: [bytes], sizeBytes: bytes.length, endOffset })
    }
  }

  /** Does `work` when what was appended before has been written, and before what comes after. */
  inTurn(work: () => Promise<void>): void {
    this.#enqueue(work)
  }

  /** The file was written by other means: the next sync covers it, and its name. */
  touch(path: string): void {
    this.#dirty.add(path)
    this.#isFolderDirty = true
  }

  /** When everything appended so far has been written. Rejects where the directory is fenced or the log ended. */
  async settled(): Promise<void> {
    const count = this.#queuedCount
    // Not until nothing is left: under load there always is.
    if (this.#endedCount < count) await new Promise<void>((resolve) => this.#settling.push({ count, resolve }))
    if (this.#why !== undefined) throw this.#why
  }

  /** Why nothing reaches the disk any more. */
  get #why(): HostError | undefined {
    return this.#shared.failure ?? this.#ended
  }

  /** Asks for a sync of what has been written. */
  requestSync(): void {
    if (this.#shared.failure === undefined) this.#shared.syncs.request(this)
  }

  /** When everything below `endOffset`, and every file touched for it, survives a crash, but for what is cut meanwhile. */
  async flush(endOffset: Offset): Promise<void> {
    await this.settled()
    if (this.#synced >= endOffset && this.#dirty.size === 0 && !this.#isFolderDirty && this.#syncing === undefined)
      return
    const flushed = new Promise<void>((resolve, reject) => this.#flushes.push({ resolve, reject }))
    this.requestSync()
    await flushed
  }

  /** Lets go of files that are about to be renamed or removed: no sync opens them again, none is under way when it ends. */
  async release(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.#dirty.delete(path)
    await this.#syncing?.catch(() => {})
    for (const path of paths) this.#shared.files.forget(path)
  }

  /** Ends all work on the log's files, done or not: its folder is about to be renamed or let go. */
  async end(why: HostError): Promise<void> {
    this.#ended = why
    this.abandon(why)
    await this.#shared.disk.givingUp(`${this.#folder}/`, async () => await this.#running)
    await this.#syncing?.catch(() => {})
    this.#shared.files.forget(`${this.#folder}/`)
  }

  /** The log was cut: its files end at `endOffset`. Nothing may be queued. */
  rewind(endOffset: Offset): void {
    this.#written = endOffset
    this.#synced = Math.min(this.#synced, endOffset)
  }

  /** The files hold a log that ends at `written`, of which `synced` survives a crash. */
  restart(written: Offset, synced: Offset): void {
    this.#written = written
    this.#synced = synced
    this.#dirty.clear()
  }

  /** Called by the queue of syncs when it is this log's turn. */
  async sync(): Promise<void> {
    if (this.#why !== undefined) return
    const endOffset = this.#written
    const flushes = this.#flushes
    this.#flushes = []
    this.#syncing = this.#syncDirty()
    try {
      await this.#syncing
    } catch (cause) {
      this.#shared.fail(cause)
    } finally {
      this.#syncing = undefined
    }
    const why = this.#why
    if (why !== undefined) {
      for (const flush of flushes) flush.reject(why)
      return
    }
    // A truncation may have moved the end back while we synced.
    this.#synced = Math.max(this.#synced, Math.min(endOffset, this.#written))
    // All that they wait for had been written when this sync began; what has been cut since needs none.
    for (const flush of flushes) flush.resolve()
    this.#tell()
  }

  /** A listener that breaks has an invariant broken, and what it makes of the next news is anybody's guess: nothing more is told. */
  #tell(): void {
    try {
      if (this.#why === undefined) this.#events.changed()
    } catch (cause) {
      this.#shared.fail(cause)
    }
  }

  async #syncDirty(): Promise<void> {
    const paths = [...this.#dirty]
    const isFolderDirty = this.#isFolderDirty
    this.#dirty.clear()
    this.#isFolderDirty = false
    for (const path of paths) await this.#shared.files.with(path, 'write', (file) => file.sync())
    if (isFolderDirty) await this.#shared.disk.syncDirectory(this.#folder)
  }

  /** What waits will never be done: the directory is fenced, or the log has ended. */
  abandon(error: HostError): void {
    for (const task of this.#queue) if (typeof task === 'object') this.#shared.space.waiting(-task.sizeBytes)
    this.#queue = []
    const flushes = this.#flushes
    this.#flushes = []
    for (const flush of flushes) flush.reject(error)
    this.#endTasks(this.#queuedCount)
  }

  #enqueue(task: Task): void {
    if (this.#why !== undefined) return
    this.#queue.push(task)
    this.#queuedCount++
    // Not at once: what else is appended in this turn goes along.
    this.#running ??= new Promise<void>((resolve) => this.#shared.clock.atTurnEnd(resolve)).then(() => this.#run())
  }

  async #run(): Promise<void> {
    try {
      for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
        const work = typeof task === 'function' ? task() : this.#write(task)
        if (work !== undefined) await work
        this.#endTasks(this.#endedCount + 1)
      }
    } catch (cause) {
      // Of a log that has ended, what waited for space was given up.
      if (this.#ended === undefined || !isPassing(cause)) this.#shared.fail(cause)
    }
    this.#running = undefined
  }

  #write(write: Write): Promise<void> | undefined {
    const { path, position, chunks } = write
    if (position === 0) this.#isFolderDirty = true
    const { files } = this.#shared
    if (!files.writeAtOnce(path, chunks, position)) {
      return files.with(path, 'write', (file) => file.write(chunks, position)).then(() => this.#wrote(write))
    }
    this.#wrote(write)
    return undefined
  }

  #wrote({ path, chunks, sizeBytes, endOffset }: Write): void {
    for (const chunk of chunks) releaseSlab(chunk)
    this.#shared.space.waiting(-sizeBytes)
    this.#dirty.add(path)
    this.#written = endOffset
    this.#tell()
  }

  #endTasks(count: number): void {
    this.#endedCount = count
    while (this.#settling.length > 0 && this.#settling[0]!.count <= count) this.#settling.shift()!.resolve()
  }
}

/** Holds and adds `bytes`. Batches that lie side by side leave as one piece, with one hold. */
function addChunk(chunks: Uint8Array[], bytes: Uint8Array): void {
  const last = chunks[chunks.length - 1]!
  if (last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
    chunks[chunks.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length)
  } else {
    holdSlab(bytes)
    chunks.push(bytes)
  }
}
