/**
 * The disk as one log directory uses it: patient where waiting helps, and never taking more than its share.
 *
 * A disk that is full, and a process that has no file descriptors left, are not failures: what could not be done is done
 * when there is room again. So a call that fails for that alone is made again, later and later, until it succeeds; who
 * waits for it waits, nothing is lost, nothing is written in part, and nobody has to be told but the operator. What is
 * asked for again is whole and at the same place, so a part that was taken is written over. A failed sync is never asked
 * for again, whatever its reason: what the disk then has is not known.
 *
 * Where a broker has several directories, one whose disk hangs would fill Node's few threads for files with its calls. So
 * at most `callsMax` of each are under way.
 *
 * Invariants:
 *   a call ends with what the disk says, but for ENOSPC, EDQUOT, EMFILE and ENFILE
 *   `isFull` while a call waits for space
 *   after `endPatience` nothing waits any more
 */
import type { FileRange } from '#core'
import { type Clock, type DirectoryEntry, type Disk, type File, HostError, type Lock, type Logger } from '#host'

export interface DirectoryDiskOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** The directory's, for what is logged. */
  readonly path: string
  /** Calls under way at once. Default: any number. */
  readonly callsMax?: number
}

const RETRY_MS_MIN = 20
const RETRY_MS_MAX = 1000
const HELD_BACK_MS_MAX = 5000
/** A disk that is now full and now not is reported no more often. */
const SAID_AGAIN_MS = 10_000

type Scarce = 'space' | 'files'

export class DirectoryDisk implements Disk {
  /** Called when there are no file descriptors left: gives back those that are not in use. */
  closeIdleFiles: () => void = () => {}
  readonly #disk: Disk
  readonly #options: DirectoryDiskOptions
  readonly #slots: Slots | undefined
  /** Calls that wait, and what for. */
  readonly #waiting: Record<Scarce, number> = { space: 0, files: 0 }
  readonly #sinceMs: Record<Scarce, number> = { space: 0, files: 0 }
  /** When that was last said. */
  readonly #saidMs: Record<Scarce, number> = { space: Number.NEGATIVE_INFINITY, files: Number.NEGATIVE_INFINITY }
  #isPatient = true
  readonly #whenFull = new Set<() => void>()
  /** Until this has resolved nothing that waits is tried again. */
  #heldBack: Promise<unknown> | undefined
  /** What ends the pauses of calls that wait, and the paths of these. */
  readonly #pauses = new Map<() => void, string>()
  /** Folders for which nothing waits any more. */
  #givenUp: string[] = []

  constructor(disk: Disk, options: DirectoryDiskOptions) {
    this.#disk = disk
    this.#options = options
    this.#slots = options.callsMax === undefined ? undefined : new Slots(options.callsMax)
  }

  /** Whether something waits to be written until there is space. */
  get isFull(): boolean {
    return this.#waiting.space > 0
  }

  /** The disk itself, for work that would rather fail than wait: it gives back what it has taken, and begins anew later. */
  get impatient(): Disk {
    return this.#disk
  }

  /** Whether there are other directories, which must not wait for this one. */
  get isOneOfSeveral(): boolean {
    return this.#slots !== undefined
  }

  /** From now on a call that would wait fails. */
  endPatience(): void {
    this.#isPatient = false
    for (const end of [...this.#pauses.keys()]) end()
  }

  /** Does `work`, during which what waits to be done in `folder` fails: nobody needs it any more. */
  async givingUp(folder: string, work: () => Promise<void>): Promise<void> {
    this.#givenUp.push(folder)
    for (const [end, path] of [...this.#pauses]) if (path.startsWith(folder)) end()
    try {
      await work()
    } finally {
      this.#givenUp.splice(this.#givenUp.indexOf(folder), 1)
    }
  }

  /** Does `work` before what waits is tried again, and takes the space that `work` has found; for some seconds at most. */
  async holdingBack<T>(work: () => Promise<T>): Promise<T> {
    const done = work()
    const settled = done.then(
      () => {},
      () => {},
    )
    this.#heldBack = Promise.race([settled, this.#pause(HELD_BACK_MS_MAX, '')])
    try {
      return await done
    } finally {
      this.#heldBack = undefined
    }
  }

  /** What `work` gives, or `undefined` as soon as the disk is full: `work` may then wait for what its caller is to free. */
  async unlessFull<T>(work: Promise<T>): Promise<{ readonly result: T } | undefined> {
    if (this.isFull) {
      work.catch(() => {})
      return undefined
    }
    let tell = () => {}
    const full = new Promise<undefined>((resolve) => {
      tell = () => resolve(undefined)
    })
    this.#whenFull.add(tell)
    try {
      return await Promise.race([work.then((result) => ({ result })), full])
    } finally {
      this.#whenFull.delete(tell)
    }
  }

  /** Does `work`, and again while it fails for want of space or file descriptors. */
  async patiently<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      return await this.#again({ path, work, causeOf: scarceOf }, error)
    }
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<File> {
    const file = await this.patiently(path, () => this.#call(() => this.#disk.open(path, mode)))
    // A reader needs neither space nor, where there is only one directory, a slot.
    return mode === 'read' && this.#slots === undefined ? file : new DirectoryFile(file, path, this)
  }

  list(path: string, isMeasured?: (name: string) => boolean): Promise<readonly DirectoryEntry[]> {
    return this.patiently(path, () => this.#call(() => this.#disk.list(path, isMeasured)))
  }

  /** At once where that is quick, and no other directory could be held up by it. */
  async readFile(path: string, bytesMax?: number): Promise<Uint8Array> {
    const content = this.isOneOfSeveral ? undefined : this.#disk.readFileAtOnce?.(path)
    if (content !== undefined && content.length <= (bytesMax ?? Number.POSITIVE_INFINITY)) return content
    return await this.patiently(path, () => this.#call(() => this.#disk.readFile(path, bytesMax)))
  }

  /** Written anew from its beginning each time, so that even a sync of it that failed may be followed by another. */
  replaceFile(path: string, content: Uint8Array): Promise<void> {
    return this.patiently(path, () => this.#call(() => this.#disk.replaceFile(path, content)))
  }

  makeDirectory(path: string): Promise<void> {
    return this.patiently(path, () => this.#call(() => this.#disk.makeDirectory(path)))
  }

  rename(from: string, to: string): Promise<void> {
    return this.patiently(from, () => this.#call(() => this.#disk.rename(from, to)))
  }

  remove(path: string): Promise<void> {
    return this.#call(() => this.#disk.remove(path))
  }

  removeDirectory(path: string): Promise<void> {
    return this.patiently(path, () => this.#call(() => this.#disk.removeDirectory(path)))
  }

  async syncDirectory(path: string): Promise<void> {
    const sync = () => this.#call(() => this.#disk.syncDirectory(path))
    try {
      await sync()
    } catch (error) {
      // Only what kept the folder from being opened: then nothing has been synced, and nothing lost.
      const causeOf = (failure: unknown) => (scarceOf(failure) === 'files' ? 'files' : undefined)
      await this.#again({ path, work: sync, causeOf }, error)
    }
  }

  exists(path: string): Promise<boolean> {
    return this.#call(() => this.#disk.exists(path))
  }

  lock(path: string): Promise<Lock> {
    return this.patiently(path, () => this.#disk.lock(path))
  }

  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#call(() => this.#disk.space(path))
  }

  /** For its files: a call of which the directory has its share. */
  call<T>(start: () => Promise<T>): Promise<T> {
    return this.#call(start)
  }

  #call<T>(start: () => Promise<T>): Promise<T> {
    return this.#slots === undefined ? start() : this.#slots.run(start)
  }

  async #again<T>(call: Call<T>, error: unknown): Promise<T> {
    let failure = error
    for (;;) {
      const scarce = call.causeOf(failure)
      if (scarce === undefined || !this.#isPatientFor(call.path)) throw failure
      this.#begin(scarce, failure as HostError)
      let isDone = false
      try {
        for (
          let delayMs = RETRY_MS_MIN;
          call.causeOf(failure) === scarce;
          delayMs = Math.min(2 * delayMs, RETRY_MS_MAX)
        ) {
          if (scarce === 'files') this.closeIdleFiles()
          await this.#pause(delayMs, call.path)
          await this.#heldBack
          if (!this.#isPatientFor(call.path)) throw failure
          try {
            const result = await call.work()
            isDone = true
            return result
          } catch (again) {
            failure = again
          }
        }
      } finally {
        this.#end(scarce, isDone)
      }
    }
  }

  #isPatientFor(path: string): boolean {
    return this.#isPatient && !this.#givenUp.some((folder) => path.startsWith(folder))
  }

  #begin(scarce: Scarce, { message }: HostError): void {
    const { clock, logger, path } = this.#options
    if (this.#waiting[scarce]++ === 0) this.#sinceMs[scarce] = clock.monotonicMs()
    if (this.#sinceMs[scarce] - this.#saidMs[scarce] >= SAID_AGAIN_MS) {
      this.#saidMs[scarce] = this.#sinceMs[scarce]
      if (scarce === 'space') logger.error(`The disk of ${path} is full, what is to be written waits: ${message}`)
      else logger.error(`No file can be opened in ${path}, what needs one waits: ${message}`)
    }
    if (scarce !== 'space') return
    for (const tell of this.#whenFull) tell()
  }

  #end(scarce: Scarce, isDone: boolean): void {
    // What was not said to begin does not end either.
    if (--this.#waiting[scarce] > 0 || !isDone || this.#saidMs[scarce] !== this.#sinceMs[scarce]) return
    const { clock, logger, path } = this.#options
    const ms = Math.round(clock.monotonicMs() - this.#sinceMs[scarce])
    if (scarce === 'space') logger.info(`The disk of ${path} takes what waited, after ${ms} ms`)
    else logger.info(`Files in ${path} can be opened again, after ${ms} ms`)
  }

  #pause(delayMs: number, path: string): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        this.#pauses.delete(end)
        resolve()
      }
      const cancel = this.#options.clock.setTimer(delayMs, end)
      this.#pauses.set(end, path)
    })
  }
}

/** A call that may be made again. */
interface Call<T> {
  readonly path: string
  readonly work: () => Promise<T>
  /** What a failure of it waits for; undefined: nothing. */
  readonly causeOf: (error: unknown) => Scarce | undefined
}

class DirectoryFile implements File {
  readonly #file: File
  readonly #path: string
  readonly #disk: DirectoryDisk

  constructor(file: File, path: string, disk: DirectoryDisk) {
    this.#file = file
    this.#path = path
    this.#disk = disk
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#disk.call(() => this.#file.read(into, position))
  }

  /** Not where one disk could hold up others: in the caller's thread it would hold up all. */
  readAtOnce(into: Uint8Array, position: number): number | undefined {
    return this.#disk.isOneOfSeveral ? undefined : this.#file.readAtOnce(into, position)
  }

  /** As with `readAtOnce`. */
  range(position: number, length: number, release: () => void): FileRange | undefined {
    return this.#disk.isOneOfSeveral ? undefined : this.#file.range(position, length, release)
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#disk.patiently(this.#path, () => this.#disk.call(() => this.#file.write(chunks, position)))
  }

  /** As with `readAtOnce`. */
  writeAtOnce(chunks: readonly Uint8Array[], position: number): boolean {
    return !this.#disk.isOneOfSeveral && this.#file.writeAtOnce(chunks, position)
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#disk.patiently(this.#path, () => this.#disk.call(() => this.#file.truncate(sizeBytes)))
  }

  sync(): Promise<void> {
    return this.#disk.call(() => this.#file.sync())
  }

  size(): Promise<number> {
    return this.#disk.call(() => this.#file.size())
  }

  close(): Promise<void> {
    return this.#disk.call(() => this.#file.close())
  }
}

/** Lets so many calls be under way, those that wait in their order. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await start()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}

/** Whether a call failed for want of space alone. */
export function isForSpace(error: unknown): boolean {
  return scarceOf(error) === 'space'
}

/** Whether a call failed for what waiting may mend. */
export function isPassing(error: unknown): boolean {
  return scarceOf(error) !== undefined
}

/** What there is too little of; undefined where the failure has another reason, which waiting does not mend. */
function scarceOf(error: unknown): Scarce | undefined {
  if (!(error instanceof HostError)) return undefined
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return 'space'
  return error.code === 'EMFILE' || error.code === 'ENFILE' ? 'files' : undefined
}
