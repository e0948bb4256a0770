/**
 * Files of a log directory that are open, for as long as they are used. One that was used lately stays open, so that a
 * busy log opens its file once; of those not in use the oldest are closed beyond `openMax`, and all by `closeIdle` when
 * nobody has used them for a while. A broker with a hundred thousand partitions has a few hundred files open.
 */
import type { FileRange } from '#core'
import type { Disk, File } from '#host'

interface OpenFile {
  readonly opened: Promise<File>
  /** Once it is open; a call can then be made in the same turn. */
  file: File | undefined
  users: number
  lastUsedMs: number
  /** To be closed by its last user: its name means another file from now on. */
  isForgotten: boolean
}

export class OpenFiles {
  readonly #disk: Disk
  readonly #openMax: number
  readonly #nowMs: () => number
  /**
   * By use, the latest last; what is done at once does not count. Reading and writing the same file are two; for writing the
   * key is the path as it is.
   */
  readonly #files = new Map<string, OpenFile>()
  #readsAtOnce = false

  constructor(disk: Disk, openMax: number, nowMs: () => number) {
    this.#disk = disk
    this.#openMax = openMax
    this.#nowMs = nowMs
  }

  get count(): number {
    return this.#files.size
  }

  /** Gives `use` the file, which stays open until it has ended. `write` creates it where it is missing. */
  async with<T>(path: string, mode: 'read' | 'write', use: (file: File) => Promise<T>): Promise<T> {
    const entry = this.#take(path, mode)
    try {
      return await use(entry.file ?? (await entry.opened))
    } finally {
      this.#release(entry)
    }
  }

  /** Reads from a file as `File.readAtOnce` does; undefined where it is not open. */
  readAtOnce(path: string, into: Uint8Array, position: number): number | undefined {
    const entry = this.#files.get(readKey(path))
    const read = entry?.file?.readAtOnce(into, position)
    this.#readsAtOnce = read !== undefined
    if (read !== undefined) entry!.lastUsedMs = this.#nowMs()
    return read
  }

  /**
   * A stretch of a file that is only to be sent, at once as `readAtOnce`. The file stays open until it is released; undefined
   * where it is not open, or where more are in use than may stay open: peers that do not read would hold any number.
   */
  range(path: string, position: number, length: number): FileRange | undefined {
    if (this.#files.size > this.#openMax) return undefined
    const entry = this.#files.get(readKey(path))
    let isHeld = true
    const range = entry?.file?.range(position, length, () => {
      if (isHeld) this.#release(entry)
      isHeld = false
    })
    if (range !== undefined) entry!.users++
    return range
  }

  /** Whether reads take no waiting: the last one took none. */
  get readsAtOnce(): boolean {
    return this.#readsAtOnce
  }

  /** Writes to a file as `File.writeAtOnce` does; false where it is not open. */
  writeAtOnce(path: string, chunks: readonly Uint8Array[], position: number): boolean {
    const entry = this.#files.get(path)
    if (entry?.file === undefined || !entry.file.writeAtOnce(chunks, position)) return false
    entry.lastUsedMs = this.#nowMs()
    return true
  }

  #release(entry: OpenFile): void {
    entry.users--
    entry.lastUsedMs = this.#nowMs()
    if (entry.isForgotten) closeUnused(entry)
    else this.#closeBeyond(this.#openMax)
  }

  #take(path: string, mode: 'read' | 'write'): OpenFile {
    const key = mode === 'read' ? readKey(path) : path
    let entry = this.#files.get(key)
    if (entry === undefined) {
      entry = { opened: this.#disk.open(path, mode), file: undefined, users: 0, lastUsedMs: 0, isForgotten: false }
      const created = entry
      created.opened.then(
        (file) => {
          created.file = file
        },
        () => {
          if (this.#files.get(key) === created) this.#files.delete(key)
        },
      )
    } else {
      this.#files.delete(key)
    }
    this.#files.set(key, entry)
    entry.users++
    return entry
  }

  /** No longer takes what was opened by this path (or, ending with `/`, under it) for what is there now. */
  forget(path: string): void {
    const isFolder = path.endsWith('/')
    for (const key of isFolder ? [...this.#files.keys()] : [path, readKey(path)]) {
      const entry = this.#files.get(key)
      if (entry === undefined || (isFolder && !key.startsWith(path) && !key.startsWith(readKey(path)))) continue
      this.#files.delete(key)
      entry.isForgotten = true
      closeUnused(entry)
    }
  }

  /** Closes what nobody has used since `sinceMs`. */
  closeIdle(sinceMs: number): void {
    for (const [key, entry] of this.#files) {
      if (entry.users === 0 && entry.lastUsedMs <= sinceMs) this.#close(key, entry)
    }
  }

  #closeBeyond(count: number): void {
    if (this.#files.size <= count) return
    for (const [key, entry] of this.#files) {
      if (entry.users === 0) this.#close(key, entry)
      if (this.#files.size <= count) return
    }
  }

  #close(key: string, entry: OpenFile): void {
    this.#files.delete(key)
    closeUnused(entry)
  }
}

function readKey(path: string): string {
  return `r${path}`
}

/** What was to reach the disk was synced while the file was in use; a close that fails loses nothing. */
function closeUnused(entry: OpenFile): void {
  if (entry.users === 0) void entry.opened.then((file) => file.close()).catch(() => {})
}
