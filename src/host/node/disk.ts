/**
 * The disk by `node:fs`. Callbacks, not its promises: a write or read costs one trip to the thread pool and one object.
 *
 * Writes and reads of up to a megabyte go without the trip, which may take several times what the kernel needs to copy
 * their bytes. They stay in this thread only as long as the kernel takes and gives bytes at once: not into a file that is
 * being synced, and when they took long (dirty pages are throttled, the device hangs, or has to be read first) all of
 * its kind go to the pool for a while. So a disk that is slow holds up the event loop for a small part of the time. See
 * docs/decisions/0012-writes-and-reads-at-once.md.
 */
import {
  access,
  close,
  closeSync,
  constants,
  type Dirent,
  fdatasync,
  fstat,
  fstatSync,
  fsync,
  ftruncate,
  mkdir,
  open,
  openSync,
  read,
  readdir,
  readSync,
  rename,
  rm,
  type Stats,
  type StatsFs,
  stat,
  statfs,
  unlink,
  writev,
  writevSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileRange } from '#core'
import type { DirectoryEntry, Disk, File } from '../disk.ts'
import { HostError } from '../host-error.ts'
import { lockFolder } from './folder-lock.ts'
import { type SystemCalls, systemCalls } from './system-calls.ts'

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
}
const READ_FILE_BYTES_MAX = 64 * 1024 * 1024
/** What takes longer than the trip to the pool by far is left to it: it would hold up the event loop. */
const WRITE_AT_ONCE_BYTES_MAX = 1024 * 1024
/** A slice of a megabyte, and what is read around it. */
const READ_AT_ONCE_BYTES_MAX = 1152 * 1024
/** Sent in one call. */
const SEND_BYTES_MAX = 1024 * 1024
const READ_FILE_AT_ONCE_BYTES_MAX = 64 * 1024
/** A file that has grown to this is taken for one that goes on growing, and has so many bytes in advance: an eighth at most. */
const RESERVE_FROM_BYTES = 8 * 1024 * 1024
const RESERVE_BYTES = 1024 * 1024

/** Longer than a thread waits for its turn on a processor. */
const TURN_MS = 50

/**
 * Sends work to the pool after some that took too long in the loop's thread, for so many times as long as it took. Where
 * nobody can tell whether it was slow itself or waited for a processor, one alone does not count.
 */
class Care {
  static readonly #TIMES = 20
  readonly #tooLongMs: number
  #untilMs = 0
  #wasSlow = false

  constructor(tooLongMs: number) {
    this.#tooLongMs = tooLongMs
  }

  isDue(nowMs: number): boolean {
    return nowMs < this.#untilMs
  }

  /** Some work that began at `beganMs` has ended. Where it took too long, `counts` tells whether that was its own fault. */
  ended(beganMs: number, counts = (tookMs: number) => this.#wasSlow || tookMs > TURN_MS): void {
    const tookMs = performance.now() - beganMs
    const isSlow = tookMs > this.#tooLongMs
    if (isSlow && counts(tookMs)) this.#untilMs = beganMs + Care.#TIMES * tookMs
    this.#wasSlow = isSlow
  }
}

const HELD_UP_MS = 5
const care = new Care(HELD_UP_MS)
/** Reads of logs: the page cache gives a megabyte in a fifth of that. */
const readCare = new Care(0.5)
let blocksRead = 0

/**
 * Whether a slow read came from a device. If the process has read no block since the last one that was slow, the thread had
 * to wait for its turn on a processor, unless it was so long that a file system may be at work that counts no blocks.
 */
function cameFromDevice(tookMs: number): boolean {
  const { fsRead } = process.resourceUsage()
  const hasRead = fsRead !== blocksRead
  blocksRead = fsRead
  return hasRead || tookMs > HELD_UP_MS
}

/** Threads that libuv has for files, when nobody says otherwise; they are made before we could. */
const THREADS = 4

export const nodeDisk: Disk = {
  concurrency: Number(process.env.UV_THREADPOOL_SIZE) || THREADS,

  async open(path, mode) {
    return new NodeFile(await call<number>(`open ${path}`, (done) => open(path, FLAGS[mode], done)), path)
  },

  async list(path, isMeasured = () => true) {
    const entries = await call<Dirent[]>(`list ${path}`, (done) => readdir(path, { withFileTypes: true }, done))
    const described = await Promise.all(
      entries.map((entry) => {
        if (entry.isDirectory()) return folder(entry.name)
        if (entry.isFile() && !isMeasured(entry.name)) return unmeasured(entry.name)
        return describe(path, entry.name)
      }),
    )
    return described.filter((entry) => entry !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
  },

  async readFile(path, bytesMax = READ_FILE_BYTES_MAX) {
    const file = await nodeDisk.open(path, 'read')
    try {
      const size = await file.size()
      if (size > bytesMax) throw new HostError('EFBIG', `Cannot read ${path}: it has ${size} bytes, not ${bytesMax}`)
      const content = new Uint8Array(size)
      return content.subarray(0, await file.read(content, 0))
    } finally {
      await file.close()
    }
  },

  readFileAtOnce(path) {
    const beganMs = performance.now()
    if (care.isDue(beganMs)) return undefined
    try {
      const fd = openSync(path, FLAGS.read)
      try {
        const { size } = fstatSync(fd)
        if (size > READ_FILE_AT_ONCE_BYTES_MAX) return undefined
        const content = new Uint8Array(size)
        return readSync(fd, content, 0, size, 0) === size ? content : undefined
      } finally {
        closeSync(fd)
      }
    } catch {
      return undefined
    } finally {
      care.ended(beganMs)
    }
  },

  async replaceFile(path, content) {
    const temporary = `${path}.tmp`
    const file = await nodeDisk.open(temporary, 'write')
    try {
      await file.truncate(0)
      await file.write([content], 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await nodeDisk.rename(temporary, path)
    await nodeDisk.syncDirectory(dirname(path))
  },

  async makeDirectory(path) {
    // Not Node's own `recursive`, which never ends where a file system refuses folders as if their parent were missing.
    const make = () => call(`create folder ${path}`, (done) => mkdir(path, done))
    const parent = dirname(path)
    try {
      await make()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (error.code === 'EEXIST' && (await isDirectory(path))) return
      if (error.code !== 'ENOENT' || parent === path || (await isDirectory(parent))) throw error
      await nodeDisk.makeDirectory(parent)
      await make()
    }
  },

  async rename(from, to) {
    await call(`rename ${from} to ${to}`, (done) => rename(from, to, done))
  },

  async remove(path) {
    await unlessMissing(call(`remove ${path}`, (done) => unlink(path, done)))
  },

  async removeDirectory(path) {
    await call(`remove folder ${path}`, (done) => rm(path, { recursive: true, force: true }, done))
  },

  async syncDirectory(path) {
    // Windows has no such call; its file systems journal names by themselves.
    if (process.platform === 'win32') return
    const fd = await call<number>(`open folder ${path}`, (done) => open(path, constants.O_RDONLY, done))
    try {
      await call(`sync folder ${path}`, (done) => fsync(fd, done))
    } finally {
      await call(`close folder ${path}`, (done) => close(fd, done))
    }
  },

  exists(path) {
    return new Promise((resolve) => access(path, constants.F_OK, (error) => resolve(error === null)))
  },

  lock: lockFolder,

  async space(path) {
    const { bavail, blocks, bsize } = await call<StatsFs>(`look at the volume of ${path}`, (done) => statfs(path, done))
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  },
}

/** A range that the system sends by itself, where it can. */
export class NodeFileRange implements FileRange {
  readonly length: number
  readonly release: () => void
  readonly #fd: number
  readonly #position: number

  constructor({ fd, position, length }: { fd: number; position: number; length: number }, release: () => void) {
    this.#fd = fd
    this.#position = position
    this.length = length
    this.release = release
  }

  read(into: Uint8Array, at: number): boolean {
    const beganMs = performance.now()
    try {
      return readSync(this.#fd, into, 0, into.length, this.#position + at) === into.length
    } catch {
      return false
    } finally {
      readCare.ended(beganMs, cameFromDevice)
    }
  }

  /** Sends on from `at`; returns how many bytes the socket has taken, 0 where none, for whatever reason. */
  sendTo(system: Pick<SystemCalls, 'sendFile'>, socketFd: number, at: number): number {
    const beganMs = performance.now()
    const length = Math.min(this.length - at, SEND_BYTES_MAX)
    const sent = system.sendFile(socketFd, this.#fd, this.#position + at, length)
    readCare.ended(beganMs, cameFromDevice)
    return sent
  }
}

class NodeFile implements File {
  readonly #fd: number
  readonly #path: string
  #syncCount = 0
  /** Where the last write at once ended. */
  #appendedTo = 0
  /** Up to where blocks were asked for; infinite where there are none to be had. */
  #reservedTo = 0

  constructor(fd: number, path: string) {
    this.#fd = fd
    this.#path = path
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      const bytes = await call<number>(`read ${this.#path}`, (ended) =>
        read(this.#fd, into, done, into.length - done, position + done, ended),
      )
      if (bytes === 0) break
      done += bytes
    }
    return done
  }

  readAtOnce(into: Uint8Array, position: number): number | undefined {
    const beganMs = performance.now()
    if (into.length > READ_AT_ONCE_BYTES_MAX || readCare.isDue(beganMs)) return undefined
    try {
      const bytes = readSync(this.#fd, into, 0, into.length, position)
      return bytes === into.length ? bytes : undefined
    } catch {
      return undefined
    } finally {
      readCare.ended(beganMs, cameFromDevice)
    }
  }

  range(position: number, length: number, release: () => void): FileRange | undefined {
    if (readCare.isDue(performance.now())) return undefined
    return new NodeFileRange({ fd: this.#fd, position, length }, release)
  }

  writeAtOnce(chunks: readonly Uint8Array[], position: number): boolean {
    const sizeBytes = sizeOf(chunks)
    const beganMs = performance.now()
    if (this.#syncCount > 0 || sizeBytes > WRITE_AT_ONCE_BYTES_MAX || care.isDue(beganMs)) return false
    try {
      this.#reserve(position, sizeBytes)
      return writevSync(this.#fd, chunks, position) === sizeBytes
    } catch {
      return false
    } finally {
      care.ended(beganMs)
    }
  }

  /**
   * Asks for the blocks behind what is written, where a file is growing: the system is quicker with many at once than with each
   * page's own. They are never given back: a cut could meet what another has appended since.
   */
  #reserve(position: number, sizeBytes: number): void {
    const isGrowing = position === this.#appendedTo
    this.#appendedTo = position + sizeBytes
    if (!isGrowing || position < RESERVE_FROM_BYTES || this.#appendedTo <= this.#reservedTo) return
    const isReserved = systemCalls()?.reserve(this.#fd, position, sizeBytes + RESERVE_BYTES)
    this.#reservedTo = isReserved === true ? this.#appendedTo + RESERVE_BYTES : Number.POSITIVE_INFINITY
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let left = chunks
    let at = position
    while (left.length > 0) {
      const bytes = await call<number>(`write ${this.#path}`, (done) => writev(this.#fd, left, at, done))
      at += bytes
      left = after(left, bytes)
      // A disk that takes nothing and reports nothing would hold us here for ever.
      if (bytes === 0 && left.length > 0) throw new HostError('EIO', `Cannot write ${this.#path}: nothing was taken`)
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    await call(`truncate ${this.#path}`, (done) => ftruncate(this.#fd, sizeBytes, done))
  }

  async sync(): Promise<void> {
    this.#syncCount++
    try {
      await call(`sync ${this.#path}`, (done) => fdatasync(this.#fd, done))
    } finally {
      this.#syncCount--
    }
  }

  async size(): Promise<number> {
    const { size } = await call<Stats>(`look at ${this.#path}`, (done) => fstat(this.#fd, done))
    return size
  }

  async close(): Promise<void> {
    await call(`close ${this.#path}`, (done) => close(this.#fd, done))
  }
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of chunks) bytes += length
  return bytes
}

/** What is left of `chunks` when `bytes` of them have been written, without chunks that are empty. */
function after(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes
  let i = 0
  while (i < chunks.length && skip >= chunks[i]!.length) skip -= chunks[i++]!.length
  const left = chunks.slice(i)
  if (skip > 0) left[0] = left[0]!.subarray(skip)
  return left
}

function unmeasured(name: string): DirectoryEntry {
  return { name, kind: 'file', sizeBytes: 0, modifiedMs: 0 }
}

function folder(name: string): DirectoryEntry {
  return { name, kind: 'directory', sizeBytes: 0, modifiedMs: 0 }
}

/** A file, or what a link leads to; undefined where it has gone in the meantime. */
async function describe(path: string, name: string): Promise<DirectoryEntry | undefined> {
  const stats = await unlessMissing(call<Stats>(`look at ${path}/${name}`, (done) => stat(join(path, name), done)))
  if (stats === undefined) return undefined
  if (stats.isDirectory()) return folder(name)
  return { name, kind: 'file', sizeBytes: stats.size, modifiedMs: stats.mtimeMs }
}

type Done<T> = (error: NodeJS.ErrnoException | null, result?: T) => void

/** Calls `node:fs`; a failure says what was tried and carries the system's code. */
function call<T = void>(what: string, start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null) resolve(result as T)
      else reject(new HostError(error.code ?? 'EIO', `Cannot ${what}: ${error.message}`, error))
    })
  })
}

function isDirectory(path: string): Promise<boolean> {
  return new Promise((resolve) => stat(path, (error, stats) => resolve(error === null && stats.isDirectory())))
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return undefined
    throw error
  }
}
